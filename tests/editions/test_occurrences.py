"""The calendar of a newsletter, over whole years of changing clocks."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from digest.config.schema import Schedule
from digest.editions.occurrences import due, is_day, start, upcoming

ZONES = ("Asia/Jerusalem", "Europe/London", "America/New_York", "Australia/Lord_Howe")


@pytest.mark.parametrize(
    "at", [time(0, 0), time(1, 30), time(2, 0), time(2, 15), time(2, 30), time(6, 0), time(23, 59)]
)
@pytest.mark.parametrize("zone", ZONES)
def test_each_local_date_of_a_year_has_one_moment_on_that_date(zone: str, at: time) -> None:
    schedule = Schedule(time=at, zone=zone)
    days = [date(2026, 1, 1) + timedelta(days=offset) for offset in range(365)]
    found = [due(schedule, day) for day in days]
    assert [moment.astimezone(schedule.tz).date() for moment in found] == days
    assert found == sorted(set(found))
    assert all(is_day(schedule, day) for day in days)
    shown = [moment.astimezone(schedule.tz).time() for moment in found]
    assert sum(each != at for each in shown) <= 1


@pytest.mark.parametrize("at", [time(1, 30), time(2, 30), time(6, 0)])
@pytest.mark.parametrize("zone", ZONES)
def test_upcoming_walks_a_year_without_a_gap_or_a_repeat(zone: str, at: time) -> None:
    schedule = Schedule(time=at, zone=zone)
    start = due(schedule, date(2026, 1, 1))
    assert upcoming(schedule, start, 365) == [
        due(schedule, date(2026, 1, 2) + timedelta(days=offset)) for offset in range(365)
    ]


def test_a_skipped_time_is_the_first_minute_after_the_gap() -> None:
    jerusalem = Schedule(time=time(2, 30), zone="Asia/Jerusalem")
    assert due(jerusalem, date(2026, 3, 27)) == datetime(2026, 3, 27, 0, 0, tzinfo=UTC)  # 03:00 +03:00
    lord_howe = Schedule(time=time(2, 10), zone="Australia/Lord_Howe")
    assert due(lord_howe, date(2026, 10, 4)) == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)  # 02:30 +11:00


def test_a_doubled_time_is_the_first_of_the_two() -> None:
    london = Schedule(time=time(1, 30), zone="Europe/London")
    assert due(london, date(2026, 10, 25)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    new_york = Schedule(time=time(1, 30), zone="America/New_York")
    assert due(new_york, date(2026, 11, 1)) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_date_that_a_zone_skipped_is_no_day() -> None:
    samoa = Schedule(time=time(6, 0), zone="Pacific/Apia")
    assert not is_day(samoa, date(2011, 12, 30))
    assert is_day(samoa, date(2011, 12, 31))


def test_sunday_to_thursday_is_a_week_too() -> None:
    schedule = Schedule(time=time(6, 0), zone="Asia/Jerusalem", days=("sun", "mon", "tue", "wed", "thu"))
    week = [date(2026, 3, 1) + timedelta(days=offset) for offset in range(7)]  # a Sunday
    assert [is_day(schedule, day) for day in week] == [True] * 5 + [False] * 2


def test_an_excluded_date_is_no_day() -> None:
    schedule = Schedule(time=time(6, 0), exclude=(date(2026, 12, 25),))
    assert not is_day(schedule, date(2026, 12, 25))
    assert upcoming(schedule, datetime(2026, 12, 24, 12, tzinfo=UTC), 1) == [
        datetime(2026, 12, 26, 6, tzinfo=UTC)
    ]


def test_a_calendar_without_days_ends() -> None:
    assert upcoming(Schedule(time=time(6, 0), days=()), datetime(2026, 1, 1, tzinfo=UTC), 3) == []


def test_a_spread_moves_each_days_start_a_little_and_always_by_the_same() -> None:
    ten = Schedule(time=time(6, 0), spread=timedelta(minutes=10))
    days = [date(2026, 1, 1) + timedelta(days=offset) for offset in range(200)]
    late = [start(ten, "daily", day, due(ten, day)) - due(ten, day) for day in days]
    assert late == [start(ten, "daily", day, due(ten, day)) - due(ten, day) for day in days]
    assert timedelta(0) <= min(late) < timedelta(minutes=1)
    assert timedelta(minutes=9) < max(late) <= timedelta(minutes=10)
    assert len(set(late)) > 100
    assert late != [start(ten, "evening", day, due(ten, day)) - due(ten, day) for day in days]
    none = Schedule(time=time(6, 0))
    assert {start(none, "daily", day, due(none, day)) - due(none, day) for day in days} == {timedelta(0)}


def test_a_spread_that_could_miss_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter than freshness"):
        Schedule(time=time(6, 0), spread=timedelta(hours=6))
