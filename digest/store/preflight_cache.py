"""Lookups: what a preflight asked the world and what it was told, with the time, so that it asks politely."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from digest.store.articles import chunks
from digest.store.schema import lookups


def keep(connection: Connection, kind: str, said: Mapping[str, object], at: datetime) -> None:
    """Store what was *said* about each thing, as JSON, in the place of what was said before."""
    if not said:
        return
    keys = {thing: _key(kind, thing) for thing in said}
    for part in chunks(sorted(keys.values())):
        connection.execute(delete(lookups).where(lookups.c.key.in_(part)))
    connection.execute(
        insert(lookups),
        [{"key": keys[thing], "kind": kind, "at": at, "said": value} for thing, value in said.items()],
    )


def of(
    connection: Connection, kind: str, things: Collection[str], since: datetime
) -> dict[str, tuple[Any, datetime]]:
    """Return what was said about each of *things* since *since*, and when; others are left out."""
    keys = {_key(kind, thing): thing for thing in things}
    found: dict[str, tuple[Any, datetime]] = {}
    for part in chunks(sorted(keys)):
        query = select(lookups).where(lookups.c.key.in_(part), lookups.c.at >= since)
        found |= {keys[row.key]: (row.said, row.at) for row in connection.execute(query)}
    return found


def forget(connection: Connection, before: datetime) -> None:
    """Delete what was said before *before*."""
    connection.execute(delete(lookups).where(lookups.c.at < before))


def _key(kind: str, thing: str) -> str:
    return hashlib.sha256(f"{kind}\0{thing}".encode()).hexdigest()
