"""Paces: one bucket of tokens for each relay and one for all together, in rows that all workers take from.

A row is only written where there is a rate. Time is the database's own, so workers on several machines agree.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from math import floor
from typing import TypeVar

from sqlalchemy import Connection, select, update

from digest.store.engine import clock
from digest.store.schema import paces
from digest.store.statements import insert_new

T = TypeVar("T")
ALL = "all"  # the bucket of all relays together
SAVED = 2.0  # seconds' worth of tokens that a bucket holds
FIRST = 1.0  # and what it holds at first


def set_rate(connection: Connection, name: str, rate: float | None) -> None:
    """Set how many messages a second *name* may take, 0 for no limit; None for what the configuration says."""
    insert_new(connection, paces, {"name": name, "tokens": 0.0})
    connection.execute(update(paces).where(paces.c.name == name).values(rate=rate))


def rates(connection: Connection) -> dict[str, float]:
    """Return the rates that a person set."""
    query = select(paces.c.name, paces.c.rate).where(paces.c.rate.is_not(None))
    return {row.name: row.rate for row in connection.execute(query)}


def take(connection: Connection, buckets: Mapping[str, float], most: int) -> int:
    """Take up to *most* tokens from each of *buckets* (name -> rate) alike; return how many."""
    now = clock(connection)
    full = {name: _filled(connection, name, rate, now) for name, rate in sorted(buckets.items())}
    count = max(0, min(most, *(floor(tokens) for tokens in full.values())))
    for name, tokens in full.items():
        changed = update(paces).where(paces.c.name == name)
        connection.execute(changed.values(tokens=tokens - count, at=now))
    return count


def give_back(connection: Connection, buckets: Collection[str], count: int) -> None:
    """Put back *count* tokens that were taken and not used."""
    changed = update(paces).where(paces.c.name.in_(list(buckets)))
    connection.execute(changed.values(tokens=paces.c.tokens + count))


def _filled(connection: Connection, name: str, rate: float, now: datetime) -> float:
    """Return how many tokens the bucket *name* holds by now; its row is locked until the transaction ends."""
    query = select(paces.c.tokens, paces.c.at).where(paces.c.name == name).with_for_update()
    found = connection.execute(query).one_or_none()
    if found is None:
        insert_new(connection, paces, {"name": name, "tokens": 0.0})
        found = connection.execute(query).one()
    if found.at is None:
        return max(1.0, rate * FIRST)
    seconds = max(0.0, (now - found.at).total_seconds())
    return float(min(max(1.0, rate * SAVED), found.tokens + seconds * rate))


def in_pace(
    connection: Connection, limit: int, buckets: Mapping[str, float], claim: Callable[[int], list[T]]
) -> list[T]:
    """Return what *claim* finds, up to *limit* and to what all of *buckets* hold by now."""
    if not buckets:
        return claim(limit)
    granted = take(connection, buckets, limit)
    found = claim(granted) if granted else []
    if len(found) < granted:
        give_back(connection, buckets, granted - len(found))
    return found
