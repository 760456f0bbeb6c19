"""Choices: what an editor decided, append-only; undo is another choice."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from digest.editions.choices import active, acts
from digest.model import Choice
from digest.model.choice import Approve, Undo, decode, encode
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


def undo_approvals(connection: Connection, edition: int, by: str, at: datetime) -> None:
    """Take every approval of *edition* back, in the name of *by*."""
    for choice, _ in acts(active(of(connection, edition)), Approve):
        add(connection, edition, Choice(Undo(choice.id), by, at))
