"""Choices: what an editor decided, append-only; undo is another choice."""

from sqlalchemy import Connection, func, insert, select

from digest.model import Choice
from digest.model.choice import decode, encode
from digest.store.schema import choices


def add(connection: Connection, edition: int, choice: Choice) -> int:
    """Record *choice* for *edition*; return its id."""
    kind, article, body = encode(choice.act)
    row = {
        "edition_id": edition,
        "act": kind,
        "article_id": article,
        "body": body,
        "by": choice.by,
        "at": choice.at,
    }
    return int(connection.execute(insert(choices).values(**row).returning(choices.c.id)).scalar_one())


def of(connection: Connection, edition: int) -> tuple[Choice, ...]:
    """Return the choices made for *edition*, oldest first."""
    query = select(choices).where(choices.c.edition_id == edition).order_by(choices.c.id)
    return tuple(
        Choice(decode(row.act, row.article_id, row.body), row.by, row.at, id=row.id)
        for row in connection.execute(query)
    )


def last(connection: Connection, edition: int) -> int:
    """Return the id of the newest choice made for *edition*, 0 where there is none."""
    query = select(func.coalesce(func.max(choices.c.id), 0)).where(choices.c.edition_id == edition)
    return int(connection.execute(query).scalar_one())
