"""How often something may be asked for: whole windows of time, each key on its own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, create_engine, func, select

from subscribers.rules import Allowance
from subscribers.schema import limits
from subscribers.store.limits import full, within

HOURLY = Allowance("network", 3, timedelta(hours=1))
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as opened:
        limits.create(opened)
        yield opened
    engine.dispose()


def asked(connection: Connection, key: str, at: datetime, allowance: Allowance = HOURLY) -> bool:
    return within(connection, allowance, key, at)


def test_as_many_as_are_allowed_and_no_more_until_the_window_is_over(connection: Connection) -> None:
    minute = timedelta(minutes=1)
    assert [asked(connection, "a", NOON + minute * number) for number in range(5)] == [True] * 3 + [False] * 2
    assert asked(connection, "b", NOON), "each key has its own"
    assert not asked(connection, "a", NOON + 59 * minute)
    assert [asked(connection, "a", NOON + 60 * minute) for _ in range(4)] == [True] * 3 + [False]


def test_each_kind_has_its_own_count(connection: Connection) -> None:
    other = Allowance("domain", 1, timedelta(hours=1))
    assert asked(connection, "a", NOON)
    assert asked(connection, "a", NOON, other)
    assert not asked(connection, "a", NOON, other)
    assert asked(connection, "a", NOON)


def test_windows_begin_on_the_hour_and_at_midnight_utc(connection: Connection) -> None:
    daily = Allowance("address", 1, timedelta(days=1))
    assert asked(connection, "a", NOON, daily)
    assert not asked(connection, "a", NOON + timedelta(hours=11, minutes=59), daily)
    assert asked(connection, "a", NOON + timedelta(hours=12), daily)


def test_to_ask_whether_it_is_full_counts_nothing(connection: Connection) -> None:
    assert full(connection, HOURLY, "a", NOON) is False
    for number in range(3):
        assert full(connection, HOURLY, "a", NOON) is False, number
        asked(connection, "a", NOON)
    assert full(connection, HOURLY, "a", NOON) is True
    assert full(connection, HOURLY, "b", NOON) is False
    assert full(connection, HOURLY, "a", NOON + timedelta(hours=1)) is False


def test_what_is_over_is_forgotten(connection: Connection) -> None:
    for number in range(4):
        asked(connection, str(number), NOON)
    asked(connection, "a", NOON + timedelta(hours=1, seconds=1))
    assert connection.execute(select(func.count()).select_from(limits)).scalar_one() == 1
