"""How often something was asked for, in windows of time."""

from datetime import UTC, datetime

from sqlalchemy import Connection, delete

from subscribers.rules import Allowance
from subscribers.schema import limits
from subscribers.store.upsert import count_up

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def within(connection: Connection, allowance: Allowance, key: str, now: datetime) -> bool:
    """Count one more for *key* and return whether that is still allowed; windows that are over go away."""
    end = now + allowance.window - (now - _EPOCH) % allowance.window
    connection.execute(delete(limits).where(limits.c.window < now))
    row = {"kind": allowance.kind, "key": key, "window": end}
    return count_up(connection, limits, row, "kind", "key", "window") <= allowance.most
