"""Calls: what the alarms' webhook is to be told, and whether it answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from digest.store.schema import calls
from digest.store.statements import fitted, insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that is due."""

    id: int
    key: str
    body: Mapping[str, object]
    attempts: int


def enqueue(
    connection: Connection, key: str, body: Mapping[str, object], *, due: datetime, deadline: datetime
) -> bool:
    """Keep a call to be made; False when one with *key* is or was there already."""
    return (
        insert_new(
            connection, calls, {"key": fitted(key), "body": dict(body), "due": due, "deadline": deadline}
        )
        == 1
    )


def take(connection: Connection, now: datetime, again: datetime, limit: int = 20) -> list[Call]:
    """Return the calls that are due and put each off until *again*: whoever dies now has not lost them."""
    query = (
        select(calls)
        .where(calls.c.done_at.is_(None), calls.c.due <= now, calls.c.deadline > now)
        .order_by(calls.c.due)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [
        Call(id=row.id, key=row.key, body=row.body, attempts=row.attempts)
        for row in connection.execute(query)
    ]
    put_off = update(calls).where(calls.c.id.in_([one.id for one in found]))
    if found:
        connection.execute(put_off.values(due=again, attempts=calls.c.attempts + 1))
    return found


def settle(connection: Connection, call: int, *, done: datetime | None, due: datetime, problem: str) -> None:
    """Store what came of a call: *done* when it was answered, else the *problem* and when it is *due* again."""
    values = {"done_at": done, "due": due, "problem": problem[:500]}
    connection.execute(update(calls).where(calls.c.id == call).values(**values))


def waiting(connection: Connection, now: datetime) -> bool:
    """Return whether a call is due."""
    query = select(calls.c.id).where(calls.c.done_at.is_(None), calls.c.due <= now, calls.c.deadline > now)
    return connection.execute(query.limit(1)).first() is not None
