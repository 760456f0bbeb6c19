"""Halted providers: who refuses an edition for what it is or whom it is from, until a person lets it go on."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from digest.store.schema import halts
from digest.store.sql import insert_new


def halt(connection: Connection, edition: int, provider: str, why: str, now: datetime) -> bool:
    """Let *provider* get nothing more of *edition*; return whether it was us who did."""
    row = {"edition_id": edition, "provider": provider, "why": why, "at": now}
    return insert_new(connection, halts, row) == 1


def of(connection: Connection, edition: int) -> dict[str, str]:
    """Return the providers that are halted for *edition*, and why."""
    query = select(halts.c.provider, halts.c.why).where(halts.c.edition_id == edition)
    return {row.provider: row.why for row in connection.execute(query.order_by(halts.c.provider))}


def lift(connection: Connection, edition: int) -> int:
    """Let all providers get *edition* again; return how many were halted."""
    return connection.execute(delete(halts).where(halts.c.edition_id == edition)).rowcount
