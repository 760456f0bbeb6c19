"""What is due for a day: each step of a scheduler tick, by the rows and the moment."""

from datetime import UTC, date, datetime, timedelta

import pytest

from digest.config.schema import Schedule
from digest.editions.due import Day, Step, next_step
from digest.editions.occurrences import Occurrence
from digest.model import Edition, EditionState, OccurrenceState

DUE = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
AUTOMATIC = {"time": "06:00", "lead": "60m", "freeze": "10m", "approval": "automatic"}


def schedule(**more: object) -> Schedule:
    return Schedule.model_validate(AUTOMATIC | more)


def occurrence(*notified: str) -> Occurrence:
    return Occurrence(
        id=1,
        newsletter="daily",
        date=date(2026, 3, 4),
        due=DUE,
        deadline=DUE + timedelta(hours=3),
        state=OccurrenceState.WAITING,
        notified=notified,
    )


def edition(state: str = "draft", *, built: int = -60, watched: int | None = None) -> Edition:
    """An edition in *state*, *built* so many minutes after it is due, open in an editor until *watched* minutes after."""
    return Edition(
        id=1,
        newsletter="daily",
        date=date(2026, 3, 4),
        state=EditionState(state),
        revision=1,
        now=DUE + timedelta(minutes=built),
        since=DUE - timedelta(days=1),
        subject="",
        preheader="",
        note="",
        approved_at=None,
        started_at=None,
        finished_at=None,
        halt="",
        watched_until=None if watched is None else DUE + timedelta(minutes=watched),
    )


def day(one: Edition | None, *notified: str, approved: bool = False, readers: bool = True) -> Day:
    return Day(occurrence=occurrence(*notified), edition=one, schedule_approved=approved, readers=readers)


@pytest.mark.parametrize(
    ("found", "minutes", "due"),
    [
        (day(None), -61, Step.NOTHING),
        (day(None), -60, Step.DRAFT),
        (day(edition()), -56, Step.NOTHING),  # built four minutes ago
        (day(edition()), -55, Step.DRAFT),
        (day(edition(watched=-50)), -55, Step.NOTHING),  # somebody edits it
        (day(edition(watched=-55)), -55, Step.DRAFT),
        (day(edition()), -10, Step.FREEZE),
        (day(None), -10, Step.FREEZE),
        (day(edition(built=-6), "held"), -2, Step.NOTHING),
        (day(edition(built=-8), "held"), -2, Step.FREEZE),
        (day(edition(watched=1), "held"), 0, Step.NOTHING),
        (day(edition("approved")), -5, Step.NOTHING),
        (day(edition("approved")), 0, Step.SEND),
        (day(edition("approved"), approved=True), -11, Step.THAW),
        (day(edition("approved"), approved=True), -10, Step.NOTHING),
        (day(edition("approved")), -11, Step.NOTHING),  # a person approved it
        (day(edition("approved"), readers=False), 0, Step.UNREAD),
        (day(edition(), readers=False), 0, Step.UNREAD),
        (day(None, readers=False), 0, Step.FREEZE),
        (day(edition("approved")), 180, Step.MISS),
        (day(None), 180, Step.MISS),
        (day(edition("sending")), 200, Step.CLOSE),
        (day(edition("cancelled")), -100, Step.CLOSE),
    ],
)
def test_an_automatic_newsletter(found: Day, minutes: int, due: Step) -> None:
    assert next_step(schedule(), found, DUE + timedelta(minutes=minutes)) is due


@pytest.mark.parametrize(
    ("found", "minutes", "due"),
    [
        (day(edition(built=-12)), -10, Step.CHECK),
        (day(edition(built=-12), "checked"), -10, Step.NOTHING),
        (day(edition(built=-15)), -10, Step.DRAFT),
        (day(edition(built=-12)), -11, Step.NOTHING),
        (day(edition(built=-1)), 0, Step.HOLD),
        (day(None), 1, Step.DRAFT),
    ],
)
def test_one_that_a_person_approves(found: Day, minutes: int, due: Step) -> None:
    assert next_step(schedule(approval="one"), found, DUE + timedelta(minutes=minutes)) is due


def test_a_spread_is_waited_for() -> None:
    spread = schedule(spread="60m")
    waits = [
        minute
        for minute in range(61)
        if next_step(spread, day(edition("approved")), DUE + timedelta(minutes=minute)) is Step.NOTHING
    ]
    goes = [
        minute
        for minute in range(62)
        if next_step(spread, day(edition("approved")), DUE + timedelta(minutes=minute)) is Step.SEND
    ]
    assert waits
    assert max(waits) < min(goes)
