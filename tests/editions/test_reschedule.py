"""Waiting days follow the configuration: whatever is changed when, no day twice, none lost, none started by surprise."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.config.schema import WEEKDAYS, Schedule
from digest.editions.occurrences import Occurrence, due, is_day, upcoming
from digest.editions.reschedule import BEFORE, GONE, OFF, OPEN, changes
from digest.model import OccurrenceState

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Asia/Jerusalem",
)
START = datetime(2026, 3, 20, 9, tzinfo=UTC)  # the clocks change within days of it in four of the zones


class Rows:
    """What the database keeps of one newsletter, with the looks at it."""

    def __init__(self) -> None:
        self.rows: dict[date, Occurrence] = {}
        self.rang: datetime | None = None

    def look(self, schedule: Schedule, now: datetime) -> list[Any]:
        found = changes(schedule, self.rows.values(), now, self.rang)
        for one in found:
            old = self.rows.get(one.day)
            assert (old.id if old else 0) == one.id, "no day gets a second row"
            number = one.id or len(self.rows) + 1
            self.rows[one.day] = Occurrence(
                id=number, newsletter="daily", date=one.day, due=one.due, deadline=one.deadline, state=one.state,
                note=one.note,
            )  # fmt: skip
        self.rang = now
        return found

    def settle(self, now: datetime) -> list[date]:
        """Do as the bell does: what is due goes out, what is too late is missed; return what went out."""
        sent = []
        for day, one in self.rows.items():
            if one.state in OPEN and one.due <= now:
                late = now >= one.deadline
                self.rows[day] = replace(one, state=OccurrenceState.MISSED if late else OccurrenceState.DONE)
                sent += [] if late else [day]
        return sent


times = st.builds(time, hour=st.integers(0, 23), minute=st.sampled_from([0, 1, 30, 59]))
schedules = st.builds(
    Schedule,
    time=times,
    zone=st.sampled_from(ZONES),
    days=st.lists(st.sampled_from(WEEKDAYS), unique=True, max_size=7).map(tuple),
    exclude=st.lists(st.dates(date(2026, 3, 18), date(2026, 4, 10)), max_size=3).map(tuple),
    lead=st.sampled_from([timedelta(minutes=10), timedelta(hours=1), timedelta(hours=30)]),
    freshness=st.sampled_from([timedelta(hours=1), timedelta(hours=6), timedelta(hours=30)]),
    freeze=st.just(timedelta(minutes=10)),
)
pauses = st.one_of(st.just(timedelta(0)), st.integers(1, 90).map(lambda n: timedelta(minutes=n)),
                   st.integers(1, 96).map(lambda n: timedelta(hours=n)))  # fmt: skip
steps = st.lists(st.tuples(pauses, st.one_of(st.none(), schedules)), min_size=2, max_size=10)


@settings(max_examples=60, deadline=None)
@given(first=schedules, road=steps)
def test_whatever_is_changed_when_no_day_is_twice_and_none_is_lost(
    first: Schedule, road: list[tuple[timedelta, Schedule | None]]
) -> None:
    house, schedule, now = Rows(), first, START
    house.look(schedule, now)
    went: list[date] = house.settle(now)
    for pause, edited in road:
        before, rang = dict(house.rows), house.rang
        assert rang is not None
        now += pause
        schedule = edited or schedule
        found = house.look(schedule, now)
        assert changes(schedule, house.rows.values(), now, now) == [], "looking again changes nothing"
        _moved_rightly(found, before, now, rang)
        _follows(house, schedule, now, rang)
        sent = house.settle(now)
        went += sent
    assert len(went) == len(set(went)), "no day goes out twice"


def _moved_rightly(found: list[Any], before: dict[date, Occurrence], now: datetime, rang: datetime) -> None:
    for one in found:
        old = before.get(one.day)
        if old is not None:
            assert old.state in OPEN or old.note == OFF, "what is settled stays so"
        if one.state in OPEN and one.due <= now:
            assert one.due > rang if old is None else one.due == old.due, "no change starts anything at once"


def _follows(house: Rows, schedule: Schedule, now: datetime, rang: datetime) -> None:
    """Each moment of the schedule since the last look, and the next one, has its row at its moment."""
    for day, one in house.rows.items():
        if one.state in OPEN:
            assert is_day(schedule, day)
            moment = due(schedule, day)
            assert one.due == moment or moment <= now, "a waiting day is at the schedule's own moment"
            assert one.deadline == one.due + schedule.freshness
    span = [now.date() + timedelta(days=offset) for offset in range(-14, 2)]
    for day in span:
        if is_day(schedule, day) and rang < due(schedule, day) <= now:
            assert day in house.rows, "a moment that nobody was there for has its row"
    for moment in upcoming(schedule, now, 1):
        day = moment.astimezone(schedule.tz).date()
        row = house.rows[day]
        assert row.due == moment or row.state not in OPEN
        assert row.state is not OccurrenceState.SKIPPED or row.note == BEFORE, "the next day is not left out"


def looked(*road: tuple[str, dict[str, Any]]) -> Rows:
    house = Rows()
    for at, words in road:
        house.look(Schedule(**words), datetime.fromisoformat(at).replace(tzinfo=UTC))
    return house


SIX, TEN = {"time": time(6)}, {"time": time(10)}


@pytest.mark.parametrize(
    ("road", "wanted"),
    [
        ([("2026-03-03T12:00", SIX), ("2026-03-04T05:30", TEN)], "2026-03-04T10:00"),  # later
        ([("2026-03-03T12:00", TEN), ("2026-03-04T05:30", SIX)], "2026-03-04T06:00"),  # earlier, and to come
        ([("2026-03-03T12:00", TEN), ("2026-03-04T08:00", SIX)], "2026-03-04T10:00"),  # earlier than now: it stays
        ([("2026-03-03T12:00", SIX), ("2026-03-04T07:00", TEN)], "2026-03-04T10:00"),  # late and not out yet
        ([("2026-03-03T12:00", SIX), ("2026-03-04T05:30", {**SIX, "zone": "America/New_York"})], "2026-03-04T11:00"),
        ([("2026-03-03T12:00", SIX), ("2026-03-04T05:30", {**SIX, "zone": "Asia/Tokyo"})], "2026-03-04T06:00"),
    ],
)  # fmt: skip
def test_a_changed_time_or_zone_holds_from_the_next_look_on(road: Any, wanted: str) -> None:
    assert looked(*road).rows[date(2026, 3, 4)].due.isoformat() == f"{wanted}:00+00:00"


def test_a_day_that_was_put_far_off_comes_back() -> None:
    house = looked(
        ("2026-03-03T12:00", {**SIX, "days": ("sat",)}),
        ("2026-03-03T12:01", {**SIX, "days": ("wed", "sat")}),  # a day before the row that waits
    )
    assert {day.day: one.state.value for day, one in house.rows.items()} == {4: "waiting", 7: "waiting"}


def test_a_day_that_leaves_the_schedule_does_not_go_out_and_returns_with_it() -> None:
    weekdays = {**SIX, "days": ("mon", "tue", "wed", "thu", "fri")}
    house = looked(("2026-03-06T12:00", SIX), ("2026-03-07T05:30", weekdays))
    saturday = date(2026, 3, 7)
    assert (house.rows[saturday].state, house.rows[saturday].note) == (OccurrenceState.SKIPPED, OFF)
    house.look(Schedule(**SIX), datetime(2026, 3, 7, 5, 40, tzinfo=UTC))
    assert house.rows[saturday].state is OccurrenceState.WAITING
    house.look(Schedule(**weekdays), datetime(2026, 3, 7, 5, 50, tzinfo=UTC))
    house.look(Schedule(**SIX), datetime(2026, 3, 7, 6, 30, tzinfo=UTC))
    assert house.rows[saturday].state is OccurrenceState.SKIPPED, (
        "its moment passed while it was not in the schedule"
    )


def test_a_day_put_in_after_its_moment_is_no_missed_one() -> None:
    house = looked(("2026-03-02T12:00", {**SIX, "days": ("sat",)}), ("2026-03-04T08:00", SIX))
    # Tuesday and this morning's six o'clock fell into a time in which nobody looked: they are late under this schedule.
    assert date(2026, 3, 3) in house.rows
    house = looked(
        ("2026-03-02T12:00", {**SIX, "days": ("sat",)}), ("2026-03-04T08:00", {**SIX, "days": ("sat",)}),
        ("2026-03-04T08:01", SIX),
    )  # fmt: skip
    assert sorted(day.day for day in house.rows) == [5, 7]


# ---------------------------------------------------------------------------- one look at a time

LEAD = timedelta(hours=1)
DAY = date(2026, 3, 4)  # a Wednesday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def six(**more: Any) -> Schedule:
    return Schedule(**{"time": time(6), "lead": LEAD, "freshness": timedelta(hours=6), **more})


def known(
    state: OccurrenceState, note: str = "", due: str = "2026-03-04T06:00", day: date = DAY
) -> Occurrence:
    moment = at(due)
    return Occurrence(id=7, newsletter="daily", date=day, due=moment, deadline=moment + timedelta(hours=6),
                      state=state, note=note)  # fmt: skip


def told(
    schedule: Schedule, now: str, rang: str | None, *rows: Occurrence
) -> list[tuple[str, str, str, int]]:
    """Return of each change its moment, state and note, and which row it is of."""
    found = changes(schedule, rows, at(now), None if rang is None else at(rang))
    assert all(one.deadline == one.due + schedule.freshness for one in found if one.note != OFF)
    return [(f"{one.due:%m-%dT%H}", one.state.value, one.note, one.id) for one in found]


W, B, S, D, M = (
    OccurrenceState.WAITING,
    OccurrenceState.BUILDING,
    OccurrenceState.SKIPPED,
    OccurrenceState.DONE,
    OccurrenceState.MISSED,
)


@pytest.mark.parametrize(
    ("now", "rang", "wanted"),
    [
        # a newsletter that was never looked at: the next day, and what this day's was for a new installation
        ("2026-03-04T05:30", None, ["03-04T06 waiting"]),
        ("2026-03-04T08:00", None, [f"03-04T06 skipped {BEFORE}", "03-05T06 waiting"]),
        ("2026-03-04T06:00", None, [f"03-04T06 skipped {BEFORE}", "03-05T06 waiting"]),
        # what fell due since the clock last rang, to the minute, and what comes next
        ("2026-03-04T06:00", "2026-03-04T05:59", ["03-04T06 waiting", "03-05T06 waiting"]),
        ("2026-03-04T06:01", "2026-03-04T06:00", ["03-05T06 waiting"]),
        (
            "2026-03-04T08:00",
            "2026-03-02T07:00",
            ["03-03T06 waiting", "03-04T06 waiting", "03-05T06 waiting"],
        ),
        ("2026-03-20T05:00", "2026-01-01T00:00", [*(f"03-{day:02}T06 waiting" for day in range(6, 21))]),
    ],
)
def test_days_without_a_row(now: str, rang: str | None, wanted: list[str]) -> None:
    assert [" ".join(part for part in one[:3] if part) for one in told(six(), now, rang)] == wanted


def test_a_long_lead_makes_rows_of_all_days_that_are_being_built() -> None:
    two = told(six(lead=timedelta(hours=49)), "2026-03-04T05:00", "2026-03-04T04:59")
    assert [one[0] for one in two] == ["03-04T06", "03-05T06", "03-06T06"]
    edge = told(six(lead=timedelta(hours=25)), "2026-03-04T05:00", "2026-03-04T04:59")
    assert [one[0] for one in edge] == ["03-04T06", "03-05T06"], "whose lead begins this very moment"
    assert [
        one[0] for one in told(six(lead=timedelta(hours=24)), "2026-03-04T05:00", "2026-03-04T04:59")
    ] == ["03-04T06"]


def test_what_happened_before_the_first_look_is_said_of_a_new_installation_only() -> None:
    other = known(D, due="2026-03-03T06:00", day=date(2026, 3, 3))
    assert [one[0] for one in told(six(), "2026-03-04T08:00", None, other)] == ["03-05T06"]
    assert [one[0] for one in told(six(), "2026-03-04T08:00", "2026-03-04T07:59")] == ["03-05T06"]


NO_WEDNESDAY = ("mon", "tue", "thu", "fri", "sat", "sun")


@pytest.mark.parametrize(
    ("row", "schedule", "now", "wanted"),
    [
        (known(W), six(), "2026-03-04T05:00", []),
        (known(W), six(time=time(7)), "2026-03-04T05:00", [("03-04T07", "waiting", "", 7)]),
        (known(B, "kept"), six(time=time(7)), "2026-03-04T05:00", [("03-04T07", "building", "kept", 7)]),
        (known(W), six(time=time(5)), "2026-03-04T05:00", []),  # that moment is now: not to come any more
        (known(W), six(freshness=timedelta(hours=2)), "2026-03-04T05:00", [("03-04T06", "waiting", "", 7)]),
        (known(W), six(days=NO_WEDNESDAY), "2026-03-04T05:00", [("03-04T06", "skipped", OFF, 7)]),
        (known(B), six(exclude=(DAY,)), "2026-03-04T05:00", [("03-04T06", "skipped", OFF, 7)]),
        (known(S, OFF), six(), "2026-03-04T05:00", [("03-04T06", "waiting", "", 7)]),
        (known(S, GONE), six(time=time(7)), "2026-03-04T05:00", [("03-04T07", "waiting", "", 7)]),
        (known(S, OFF), six(time=time(5)), "2026-03-04T05:00", []),
        (known(S, OFF), six(days=NO_WEDNESDAY), "2026-03-04T05:00", []),
        (known(S, "cancelled by dana"), six(), "2026-03-04T05:00", []),
        (known(S, BEFORE), six(), "2026-03-04T05:00", []),
        (known(D, OFF), six(time=time(7)), "2026-03-04T05:00", []),
        (known(M), six(time=time(7)), "2026-03-04T05:00", []),
    ],
)
def test_a_day_that_has_its_row(row: Occurrence, schedule: Schedule, now: str, wanted: Any) -> None:
    found = told(schedule, now, "2026-03-04T04:59", row)
    assert [one for one in found if one[3]] == wanted
    assert {one[0] for one in found if not one[3]} <= {"03-05T05", "03-05T06", "03-05T07"}, (
        "and no second row"
    )
