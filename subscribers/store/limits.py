"""How often something was asked for, in windows of time."""

from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select

from subscribers.rules import Allowance
from subscribers.schema import limits
from subscribers.store.upsert import count_up

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def count_within_limit(connection: Connection, allowance: Allowance, key: str, now: datetime) -> bool:
    """Count one more for *key* and return whether that is still allowed; windows that are over go away."""
    end = _end(allowance, now)
    connection.execute(delete(limits).where(limits.c.window < now))
    row = {"kind": allowance.kind, "key": key, "window": end}
    return count_up(connection, limits, row, "kind", "key", "window") <= allowance.most


def is_exhausted(connection: Connection, allowance: Allowance, key: str, now: datetime) -> bool:
    """Return whether nothing more is allowed for *key* in this window; it counts nothing."""
    here = (limits.c.kind == allowance.kind, limits.c.key == key, limits.c.window == _end(allowance, now))
    count: int | None = connection.execute(select(limits.c.count).where(*here)).scalar_one_or_none()
    return (count or 0) >= allowance.most


def _end(allowance: Allowance, now: datetime) -> datetime:
    return now + allowance.window - (now - _EPOCH) % allowance.window
