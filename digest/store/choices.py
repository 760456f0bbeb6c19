"""Choices: what an editor decided, append-only; undo is another choice."""

from sqlalchemy import Connection, func, insert, select

from digest.model import Choice
from digest.store.schema import choices


def add(connection: Connection, edition: int, choice: Choice) -> int:
    """Record *choice* for *edition*; return its id."""
    row = {
        "edition_id": edition,
        "act": choice.act,
        "article_id": choice.article,
        "value": choice.value,
        "by": choice.by,
        "at": choice.at,
        "undoes": choice.undoes,
    }
    return int(connection.execute(insert(choices).values(**row).returning(choices.c.id)).scalar_one())


def of(connection: Connection, edition: int) -> tuple[Choice, ...]:
    """Return the choices made for *edition*, oldest first."""
    query = select(choices).where(choices.c.edition_id == edition).order_by(choices.c.id)
    return tuple(
        Choice(row.act, row.article_id, row.value, row.by, row.at, id=row.id, undoes=row.undoes)
        for row in connection.execute(query)
    )


def last(connection: Connection, edition: int) -> int:
    """Return the id of the newest choice made for *edition*, 0 where there is none."""
    query = select(func.coalesce(func.max(choices.c.id), 0)).where(choices.c.edition_id == edition)
    return int(connection.execute(query).scalar_one())
