"""The bell while things go wrong and the configuration changes: nothing twice, nothing lost in silence."""

import asyncio
import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import pytest
from structlog.testing import capture_logs

from digest.app import App
from digest.config.schema import Newsletter, Schedule
from digest.errors import EditionError
from digest.flows.clock import advance, step
from digest.flows.edition import approve
from digest.flows.sending import send
from digest.model import EditionState, OccurrenceState
from digest.store import editions
from digest.store.engine import Database
from tests.flow.day import NEWSLETTER, Day
from tests.waiting import stays_async, until_async

SIX: dict[str, Any] = {"time": "06:00", "zone": "UTC"}


def edited(day: Day, **newsletters: Newsletter) -> None:
    """Restart *day* with other newsletters."""
    named = {name: one.model_copy().named(name) for name, one in newsletters.items()}
    day.config = day.config.model_copy(update={"newsletters": named})
    day.app = App(day.config, day.db, day.clock)


def rescheduled(day: Day, **schedule: Any) -> None:
    """Restart *day* with another schedule of its newsletter."""
    letter = day.config.newsletters[NEWSLETTER]
    edited(day, daily=letter.model_copy(update={"schedule": Schedule.model_validate({**SIX, **schedule})}))


@pytest.fixture(autouse=True)
def quietly() -> Iterator[None]:
    """Keep events out of the way: without the program's own settings a traceback takes seconds to draw."""
    with capture_logs():
        yield


@pytest.fixture
def day(tmp_path: Path) -> Day:
    """A newsroom on the evening before, its clock already known, with two articles of the night."""
    made = Day(tmp_path, "2026-03-03T06:30")
    made.subscribe(2)
    made.ring()
    made.clock.set("2026-03-03T22:00")
    for number, title in enumerate(["Council votes for the harbor wall", "Trams run again"]):
        made.write(number, title, "2026-03-03T20:00")
    made.collect()
    return made


def two(day: Day) -> None:
    """Give *day* a second newsletter, which stands first in the configuration."""
    letter = day.config.newsletters[NEWSLETTER]
    edited(day, broken=letter.model_copy(update={"title": "The Broken"}), daily=letter)
    day.ring()


def alarms(day: Day) -> list[str]:
    return [subject for kind, to, subject in day.told() if kind == "alarm" and to == "ops@example.org"]


def test_what_goes_wrong_with_one_newsletter_stops_no_other(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    two(day)
    tries, build = [], step.build

    def breaks(app: App, name: str, on: date) -> Any:
        if name == "broken":
            tries.append(app.now())
            raise ZeroDivisionError("division by zero")
        return build(app, name, on)

    monkeypatch.setattr(step, "build", breaks)
    done = day.ring("2026-03-04T05:00")
    assert "ZeroDivisionError" in done[0]
    assert "draft, revision 1" in done[1]
    for at in (
        "00:30",
        "01:00",
        "01:30",
        "03:00",
        "03:30",
        "07:00",
        "07:30",
        "12:00",
        "12:30",
        "16:30",
        "17:30",
    ):
        day.ring(f"2026-03-04T05:{at}")
    waits = [int((later - sooner).total_seconds()) for sooner, later in pairwise(tries)]
    assert waits == [30, 60, 120, 240, 300, 300], "longer and longer, five minutes at most"
    assert alarms(day) == ["Failed: The Broken, 2026-03-04"], "told once"
    monkeypatch.setattr(step, "build", build)
    assert any(line.startswith("broken") and "draft" in line for line in day.ring("2026-03-04T05:22:30"))
    monkeypatch.setattr(step, "build", breaks)
    for minute in ("05:51", "06:00"):
        day.ring(f"2026-03-04T{minute}")
    assert alarms(day) == ["Failed: The Broken, 2026-03-04"] * 2, "a new failure after a success is news"
    day.send()
    assert len(day.mails()) == 2


def test_a_newsletter_whose_days_cannot_be_looked_at_is_told_once_a_day(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    two(day)
    real = advance.waiting_of

    def breaks(app: App, newsletter: Newsletter, now: Any) -> Any:
        if newsletter.name == "broken":
            raise RuntimeError("no such thing")
        return real(app, newsletter, now)

    monkeypatch.setattr(advance, "waiting_of", breaks)
    for at in ("05:00", "05:50", "06:00"):
        assert "RuntimeError" in day.ring(f"2026-03-04T{at}")[0]
    day.send()
    assert len(day.mails()) == 2
    assert alarms(day) == ["Stands still: The Broken"]


def test_a_time_that_moves_later_moves_the_day_and_the_editors_hear_of_it(day: Day) -> None:
    day.ring("2026-03-04T05:00")
    rescheduled(day, time="08:00")
    assert day.ring("2026-03-04T05:51") == []
    assert day.told()[-1] == ("draft", "dana@example.org", "New time: The Daily, 2026-03-04")
    day.ring("2026-03-04T06:00")
    day.send()
    assert day.mails() == []
    for at in ("07:50", "08:00"):
        day.ring(f"2026-03-04T{at}")
    day.send()
    assert len(day.mails()) == 2


def test_a_time_that_moves_into_the_past_starts_nothing_and_today_keeps_its_hour(day: Day) -> None:
    rescheduled(day, time="12:00")
    day.ring("2026-03-04T05:00")
    rescheduled(day, time="04:00")
    assert day.ring("2026-03-04T08:00") == []
    for at in ("11:50", "12:00"):
        day.ring(f"2026-03-04T{at}")
    day.send()
    assert len(day.mails()) == 2
    rescheduled(day, time="23:00")
    assert day.ring("2026-03-04T23:00") == [], "what went out today goes out once"
    assert alarms(day) == []


def test_what_the_schedule_froze_for_an_earlier_hour_is_built_anew_for_the_later_one(day: Day) -> None:
    assert "approved" in [*day.ring("2026-03-04T05:00"), *day.ring("2026-03-04T05:50")][-1]
    rescheduled(day, time="18:00")
    assert "a draft again" in day.ring("2026-03-04T05:55")[0]
    day.write(7, "Mayor resigns", "2026-03-04T16:00")
    day.clock.set("2026-03-04T17:30")
    day.collect()
    assert "3 stories" in day.ring()[0]
    for at in ("17:50", "18:00"):
        day.ring(f"2026-03-04T{at}")
    day.send()
    assert len(day.mails()) == 2


def test_what_a_person_approved_stays_approved_and_goes_at_the_new_hour(day: Day) -> None:
    rescheduled(day, approval="one")
    day.ring("2026-03-04T05:00")
    assert approve.approve(day.app, NEWSLETTER, None, by="dana").approved
    rescheduled(day, approval="one", time="09:00")
    assert day.ring("2026-03-04T06:00") == []
    assert "sending revision 1" in day.ring("2026-03-04T09:00")[0]


def test_a_day_that_is_excluded_late_is_not_sent_and_somebody_is_told(day: Day) -> None:
    for at in ("05:00", "05:50"):
        day.ring(f"2026-03-04T{at}")
    rescheduled(day, exclude=["2026-03-04"])
    assert day.ring("2026-03-04T06:00") == []
    day.send()
    assert day.mails() == []
    assert day.occurrence("2026-03-04").state is OccurrenceState.SKIPPED
    assert alarms(day) == ["Not sent: The Daily, 2026-03-04"]
    saved = day.edition("2026-03-04")
    assert saved is not None
    assert saved.state is EditionState.APPROVED, "a person can still send it by hand"


def test_a_newsletter_that_leaves_while_it_is_sent_is_halted_and_goes_on_when_it_is_back(day: Day) -> None:
    for at in ("05:00", "05:50", "06:00"):
        day.ring(f"2026-03-04T{at}")
    letter = day.config.newsletters[NEWSLETTER]
    edited(day, other=letter.model_copy(update={"title": "The Other"}))
    day.clock.set("2026-03-04T06:01")

    async def sender() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(send.run_due(day.app, stop))
        halted = lambda: (found := day.edition("2026-03-04")) and found.state is not EditionState.SENDING  # noqa: E731
        await until_async(halted, "the halt")
        await stays_async(halted, 0.2, "nobody takes it up again")
        stop.set()
        await running

    anyio.run(lambda: asyncio.wait_for(sender(), 20))
    saved = day.edition("2026-03-04")
    assert saved is not None
    assert (saved.state, saved.halt) == (EditionState.HALTED, send.HOMELESS)
    day.ring()
    # The edition on its way, and the next day that waited: each once.
    assert alarms(day) == ["Halted: daily 2026-03-04", "Not sent: daily, 2026-03-05"]
    assert day.ring() == []
    edited(day, daily=letter)
    assert send.resume(day.app, saved.id)
    day.send()
    assert len(day.mails()) == 2
    day.ring()
    assert day.occurrence("2026-03-05").state is OccurrenceState.WAITING, (
        "put back before its hour, it goes on"
    )


def test_it_is_not_started_by_whoever_still_knows_the_old_hour(day: Day) -> None:
    for at in ("05:00", "05:50"):
        day.ring(f"2026-03-04T{at}")
    old = day.occurrence("2026-03-04")
    rescheduled(day, time="09:00", freeze="0m", lead="4h")
    day.ring("2026-03-04T05:59")
    assert step._start(day.app, old, day.clock()) == ""
    with pytest.raises(EditionError, match="draft"):
        raise EditionError(str(day.edition("2026-03-04").state))  # type: ignore[union-attr]


@pytest.mark.parametrize("seed", [1])
def test_a_week_of_edits_and_restarts_sends_each_day_once_at_most(
    seed: int, tmp_path: Path, database: Database
) -> None:
    chance = random.Random(seed)
    day = Day(tmp_path, "2026-03-26T12:00", database=database)  # Europe's clocks change on the 29th
    day.subscribe(1)
    day.ring()
    number = 0
    for _ in range(16):
        day.clock.at += timedelta(minutes=chance.choice([1, 45, 180, 600]))
        if chance.random() < 0.4:
            number += 1
            day.write(
                number, f"Story of its own number {number}", day.clock.at.replace(tzinfo=None).isoformat()
            )
        if chance.random() < 0.5:
            week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
            rescheduled(
                day,
                time=f"{chance.randrange(24):02}:00",
                zone=chance.choice(["UTC", "Europe/Berlin", "America/New_York"]),
                days=chance.sample(week, chance.randrange(4, 8)),
                freshness=chance.choice(["6h", "20h"]),
            )
        day.ring()
        day.ring()
        day.send()
    with day.db.read() as connection:
        states = [one.state for one in editions.in_state(connection, *EditionState)]
    assert len(day.mails()) == states.count(EditionState.SENT)
    assert EditionState.SENDING not in states
    assert states.count(EditionState.SENT) > 0, "and it does send"
