from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.articles import dates, polling

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("2026-03-04T05:00:00+02:00", "2026-03-04T03:00:00+00:00"), ("2026-03-04T05:00:00Z", "2026-03-04T05:00:00+00:00"),
        ("Wed, 04 Mar 2026 05:00:00 -0500", "2026-03-04T10:00:00+00:00"), ("2026-03-04", "2026-03-04T00:00:00+00:00"),
        ("Wed, 04 Mar 2026 05:00:00 EST", "2026-03-04T10:00:00+00:00"),
    ],
)  # fmt: skip
def test_dates_are_read_with_their_zone(raw: str, wanted: str) -> None:
    found = dates.moment(raw, {})
    assert found is not None
    assert found.isoformat() == wanted


@pytest.mark.parametrize(
    "raw", ["", "yesterday", "0001-01-01T00:00:00Z", "2026-13-45", "9999-12-31T23:59:59-12:00", "x" * 5000]
)
def test_what_is_no_date_is_none(raw: str) -> None:
    assert dates.moment(raw, {}) is None


def test_summer_time_counts_where_a_source_names_a_place() -> None:
    own = dates.zones({"zones": {"IDT": "Asia/Jerusalem"}, "zone": "Asia/Jerusalem"})
    assert dates.moment("Wed, 05 Aug 2026 12:00:00 IDT", own) == datetime(2026, 8, 5, 9, tzinfo=UTC)
    assert dates.moment("2026-01-05T12:00:00", own) == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert dates.moment("2026-01-05T12:00:00Z", own) == datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "options",
    [
        None,
        {},
        {"zones": 3},
        {"zones": {"IST": "Nowhere/At_All"}},
        {"zone": "../etc/passwd"},
        {"zone": "+99:00"},
    ],
)
def test_odd_options_name_no_zone(options: Any) -> None:
    assert dates.zones(options) == {}


@pytest.mark.parametrize(
    ("published", "wanted"),
    [
        (None, NOW), (datetime(1970, 1, 1, tzinfo=UTC), NOW), (NOW + timedelta(days=60), NOW), (NOW + timedelta(minutes=5), NOW),
        (NOW - timedelta(days=3), NOW - timedelta(days=3)), (NOW + timedelta(days=1), NOW + timedelta(days=1)),
    ],
)  # fmt: skip
def test_a_missing_or_absurd_date_is_when_we_saw_it(published: datetime | None, wanted: datetime) -> None:
    assert dates.settled(published, NOW) == wanted


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, 0), ({"cache-control": "max-age=600"}, 600), ({"cache-control": "max-age=600", "age": "100"}, 500),
        ({"cache-control": "no-cache", "expires": "Wed, 04 Mar 2026 06:00:00 GMT"}, 0), ({"expires": "0"}, 0),
        ({"expires": "Wed, 04 Mar 2026 06:00:00 GMT"}, 3600), ({"retry-after": "Wed, 04 Mar 2026 05:10:00 GMT"}, 600),
        ({"retry-after": "soon"}, 0), ({"retry-after": "99999999999999"}, 3650 * 86400), ({"cache-control": "max-age=600", "retry-after": "60"}, 600),
        ({"expires": "Tue, 03 Mar 2026 06:00:00 GMT"}, 0),
    ],
)  # fmt: skip
def test_the_longest_wait_that_headers_ask_for(headers: dict[str, str], wanted: int) -> None:
    assert polling.hold(headers, NOW) == timedelta(seconds=wanted)


def after(*minutes: float) -> list[datetime | None]:
    return [NOW + timedelta(minutes=number) for number in minutes]


@pytest.mark.parametrize(
    ("new", "made", "hours"),
    [
        (after(175, 168, 141, 139), None, 3),
        (after(540, 540, 540, 540), None, 0),  # all at one time: an embargo
        (after(175, 100, 50, 400), None, 0),  # not by the same hours
        (after(175), None, 0),
        (after(175, 168, 130, -10, -20, -30, -40), None, 0),  # not most of them
        (after(175, -10, -20, -30), NOW + timedelta(hours=3), 3),  # the feed's own clock says so
        (after(15 * 60 + 1, 15 * 60 + 5, 15 * 60 + 9), None, 0),  # no zone is that far ahead
    ],
)
def test_a_clock_in_a_wrong_zone_is_told_from_an_embargo(
    new: list[datetime | None], made: datetime | None, hours: int
) -> None:
    assert dates.ahead_by(new, made, NOW) == hours
