"""Halted providers and relays: who refuses an edition for what it is or whom it is from, until a person lets it go on.

That a person did is kept as the row of no provider.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from digest.store.schema import halts
from digest.store.statements import insert_new

LOOKED = ""


def halt(connection: Connection, edition: int, provider: str, why: str, now: datetime) -> bool:
    """Let *provider* get nothing more of *edition*; return whether it was us who did."""
    row = {"edition_id": edition, "provider": provider, "why": why, "at": now}
    return insert_new(connection, halts, row) == 1


def of(connection: Connection, edition: int) -> dict[str, str]:
    """Return the providers that are halted for *edition*, and why."""
    query = select(halts.c.provider, halts.c.why).where(
        halts.c.edition_id == edition, halts.c.provider != LOOKED
    )
    return {row.provider: row.why for row in connection.execute(query.order_by(halts.c.provider))}


def lift(connection: Connection, edition: int) -> int:
    """Let all providers get *edition* again; return how many were halted."""
    mine = (halts.c.edition_id == edition, halts.c.provider != LOOKED)
    return connection.execute(delete(halts).where(*mine)).rowcount


def record_review(connection: Connection, edition: int, now: datetime) -> None:
    """Note that a person let *edition* go on after a halt; only what comes after the last look counts."""
    connection.execute(delete(halts).where(halts.c.edition_id == edition, halts.c.provider == LOOKED))
    halt(connection, edition, LOOKED, "a person let it go on", now)


def reviewed(connection: Connection, edition: int) -> bool:
    """Return whether a person let *edition* go on after a halt, and has not sent to the missing since."""
    query = select(halts.c.at).where(halts.c.edition_id == edition, halts.c.provider == LOOKED)
    return connection.execute(query).first() is not None


def reviewed_at(connection: Connection, edition: int) -> datetime | None:
    """Return when a person let *edition* go on after a halt; None where none has since it was sent to the missing."""
    query = select(halts.c.at).where(halts.c.edition_id == edition, halts.c.provider == LOOKED)
    found: datetime | None = connection.execute(query).scalar_one_or_none()
    return found


def forget(connection: Connection, edition: int) -> None:
    """Begin anew: no provider is halted, and nobody has looked."""
    connection.execute(delete(halts).where(halts.c.edition_id == edition))
