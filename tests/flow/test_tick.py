"""The bell: each day's edition is built, frozen and sent once, at its hour, whatever stood still meanwhile."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from digest.app import App
from digest.errors import EditionError
from digest.flows import approve, tick
from digest.model import EditionState, OccurrenceState
from digest.schedule import clock
from digest.store.engine import Database
from tests.flow.day import NEWSLETTER, Day


@pytest.fixture
def day(tmp_path: Path) -> Day:
    """A newsroom on the evening before, its clock already known, with three articles of the night."""
    made = Day(tmp_path, "2026-03-03T06:30")
    made.ring()
    made.clock.set("2026-03-03T22:00")
    for number, title in enumerate(
        ["Council votes for the harbor wall", "Trams run again", "Cup won at last"]
    ):
        made.write(number, title, "2026-03-03T20:00")
    made.collect()
    return made


def test_a_day_goes_from_draft_to_sent_by_itself(day: Day) -> None:
    day.subscribe(3)
    assert day.ring("2026-03-04T04:59") == []
    assert "draft, revision 1, 3 stories" in day.ring("2026-03-04T05:00")[0]
    assert day.occurrence("2026-03-04").state is OccurrenceState.BUILDING
    assert "approved by the schedule" in day.ring("2026-03-04T05:50")[0]
    assert day.ring("2026-03-04T05:59") == []
    assert "sending revision 1" in day.ring("2026-03-04T06:00")[0]
    day.send()
    assert len(day.mails()) == 3
    assert day.occurrence("2026-03-04").state is OccurrenceState.DONE
    assert day.edition("2026-03-04").state is EditionState.SENT  # type: ignore[union-attr]
    assert day.ring("2026-03-04T06:01") == []
    assert [(kind, to) for kind, to, _ in day.told()] == [("draft", "dana@example.org")]


def test_the_draft_follows_the_news_until_it_is_frozen(day: Day) -> None:
    day.ring("2026-03-04T05:00")
    day.write(7, "Fire at the fish market", "2026-03-04T05:05")
    day.collect()
    assert day.ring("2026-03-04T05:04") == [], "not more often than every five minutes"
    assert "revision 2, 4 stories" in day.ring("2026-03-04T05:10")[0]
    day.ring("2026-03-04T05:50")
    frozen = day.edition("2026-03-04")
    day.write(8, "Mayor resigns", "2026-03-04T05:52")
    day.collect()
    day.ring("2026-03-04T05:55")
    assert day.edition("2026-03-04") == frozen


def test_a_rebuild_that_changes_nothing_keeps_its_revision(day: Day) -> None:
    day.ring("2026-03-04T05:00")
    assert "revision 1" in day.ring("2026-03-04T05:30")[0]


def test_after_a_stop_the_edition_goes_out_late_but_once(day: Day) -> None:
    day.subscribe(1)
    day.clock.set("2026-03-04T09:00")
    assert "approved by the schedule" in day.ring()[0]
    assert "sending" in day.ring()[0]
    day.send()
    day.ring()
    day.send()
    assert len(day.mails()) == 1


def test_past_the_freshness_deadline_it_is_missed_and_somebody_is_told(day: Day) -> None:
    day.subscribe(1)
    assert "missed" in day.ring("2026-03-04T12:00")[0]
    assert day.ring("2026-03-04T12:01") == []
    day.send()
    assert day.mails() == []
    assert day.occurrence("2026-03-04").state is OccurrenceState.MISSED
    assert {(kind, to) for kind, to, _ in day.told()} == {
        ("alarm", "dana@example.org"),
        ("alarm", "ops@example.org"),
    }


def test_days_of_standstill_are_missed_one_by_one(day: Day) -> None:
    done = day.ring("2026-03-07T13:00")
    assert [line.split(":")[0] for line in done] == [f"daily 2026-03-0{number}" for number in (4, 5, 6, 7)]
    assert all("missed" in line for line in done)


def test_nothing_new_means_no_mail_and_says_so(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-03T06:30")
    day.subscribe(1)
    day.ring()
    assert day.ring("2026-03-04T05:00") == []
    assert "quiet" in day.ring("2026-03-04T05:50")[0]
    assert day.occurrence("2026-03-04").state is OccurrenceState.QUIET
    assert [subject for _, _, subject in day.told()] == ["No edition: The Daily, 2026-03-04"]
    day.ring("2026-03-04T06:00")
    day.send()
    assert day.mails() == []


def test_a_new_installation_does_not_mail_the_edition_of_this_morning(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-04T08:00")
    day.write(1, "Old hat", "2026-03-04T03:00")
    day.collect()
    assert day.ring() == []
    assert day.occurrence("2026-03-04").state is OccurrenceState.SKIPPED


def test_with_people_it_is_held_until_somebody_approves(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-03T06:30", schedule={"approval": "two"})
    day.subscribe(1)
    day.ring()
    day.clock.set("2026-03-04T04:00")
    day.write(1, "Council votes", "2026-03-04T03:00")
    day.collect()
    assert "draft" in day.ring("2026-03-04T05:00")[0]
    assert "draft" in day.ring("2026-03-04T05:55")[0], "people may let it be built again until they approve"
    assert "held" in day.ring("2026-03-04T06:00")[0]
    assert day.ring("2026-03-04T06:30") == [], "one alarm is enough"
    assert not approve.approve(day.app, NEWSLETTER, None, by="dana").approved
    assert not approve.approve(day.app, NEWSLETTER, None, by="dana").approved, "one person is one person"
    assert approve.approve(day.app, NEWSLETTER, None, by="noa").approved
    assert "sending" in day.ring("2026-03-04T06:31")[0]
    day.send()
    assert len(day.mails()) == 1
    assert [kind for kind, _, _ in day.told()] == ["draft", "alarm", "alarm"]


def test_unapproved_at_the_deadline_it_is_missed(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-03T06:30", schedule={"approval": "one", "freshness": "1h"})
    day.ring()
    day.clock.set("2026-03-04T04:00")
    day.write(1, "Council votes", "2026-03-04T03:00")
    day.collect()
    day.ring("2026-03-04T05:00")
    day.ring("2026-03-04T06:00")
    assert "missed" in day.ring("2026-03-04T07:00")[0]
    with pytest.raises(EditionError, match="cancelled"):
        approve.approve(day.app, NEWSLETTER, None, by="dana")


def test_monday_holds_the_weekend(tmp_path: Path) -> None:
    week = ["sun", "mon", "tue", "wed", "thu"]
    day = Day(tmp_path, "2026-03-04T22:00", schedule={"days": week}, longest_window="5d")
    day.subscribe(1)
    day.ring()
    day.clock.set("2026-03-05T04:00")
    day.write(1, "Thursday's own", "2026-03-05T03:00")
    day.collect()
    for at in ("05:00", "05:50", "06:00"):
        day.ring(f"2026-03-05T{at}")
    day.send()
    day.clock.set("2026-03-06T08:00")
    day.write(2, "What Friday brought", "2026-03-06T07:00")
    day.collect()
    assert day.ring("2026-03-06T06:00") == []
    assert day.ring("2026-03-07T06:00") == []
    assert "1 stories" in day.ring("2026-03-08T05:00")[0], (
        "Sunday holds Friday's story, and not Thursday's again"
    )


def test_what_falls_due_after_the_first_ring_is_late_and_not_unheard_of(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-04T03:00")
    day.write(1, "Council votes", "2026-03-04T02:00")
    day.collect()
    assert day.ring() == [], "long before the draft is due"
    assert "approved by the schedule" in day.ring("2026-03-04T07:00")[0]


def test_excluded_dates_have_no_edition(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-12-24T05:30", schedule={"exclude": ["2026-12-25"]})
    day.ring()
    assert day.ring("2026-12-25T13:00") == ["daily 2026-12-24: missed: its freshness deadline passed"]


def test_two_processes_ring_and_it_happens_once(tmp_path: Path, database: Database) -> None:
    day = Day(tmp_path, "2026-03-03T06:30", database=database)
    day.subscribe(2)
    day.ring()
    day.clock.set("2026-03-04T04:00")
    day.write(1, "Council votes", "2026-03-04T03:00")
    day.collect()
    other = App(day.config, Database(database.url), day.clock)
    for at in ("05:00", "05:50", "06:00"):
        day.clock.set(f"2026-03-04T{at}")
        done: list[list[str]] = []
        threads = [threading.Thread(target=_rung, args=(app, done)) for app in (day.app, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        did = [line for lines in done for line in lines]
        assert len(did) == 1 or (at == "05:00" and len(set(did)) == 1), did
    other.close()
    assert [kind for kind, _, _ in day.told()] == ["draft"]
    day.send()
    assert len(day.mails()) == 2


def _rung(app: App, done: list[list[str]]) -> None:
    done.append(anyio.run(tick.ring, app))


def test_a_broken_subject_template_alarms_once_and_is_tried_again(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-03T06:30", subject="{{ leed.title }}")
    day.ring()
    day.clock.set("2026-03-04T04:00")
    day.write(1, "Council votes", "2026-03-04T03:00")
    day.collect()
    assert "leed" in day.ring("2026-03-04T05:00")[0]
    day.ring("2026-03-04T05:01")
    assert [(kind, subject) for kind, _, subject in day.told()] == [
        ("alarm", "Failed: The Daily, 2026-03-04")
    ] * 2


def test_the_coming_moments_are_those_of_the_schedule(day: Day) -> None:
    day.clock.set("2026-03-04T05:30")
    coming = sorted(tick.moments(day.app, day.clock()))
    assert [at.strftime("%d %H:%M") for at in coming] == [
        "04 05:50",
        "04 06:00",
        "05 05:00",
        "05 05:50",
        "05 06:00",
    ]


def test_the_clock_rings_at_once_and_is_set_for_the_next_moments(day: Day) -> None:
    day.clock.at = datetime.now(UTC)  # the scheduler's own clock is the real one
    gathered: list[int] = []

    async def gather() -> None:
        gathered.append(1)

    async def started() -> set[str]:
        scheduler = clock(day.app, gather)
        scheduler.start()
        for _ in range(200):
            await asyncio.sleep(0.05)
            found = {job.id for job in scheduler.get_jobs()}
            if gathered and wanted <= found:
                break
        scheduler.shutdown(wait=False)
        return found

    wanted = {f"ring {at.isoformat()}" for at in tick.moments(day.app, day.clock())}
    found = asyncio.run(started())
    assert wanted
    assert found == wanted | {"collect", "learn", "ring", "tidy"}
    assert gathered == [1]


def test_with_a_spread_it_starts_off_the_hour_and_the_bell_rings_then(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-03T06:30", schedule={"spread": "10m"})
    day.ring()
    day.clock.set("2026-03-03T22:00")
    day.write(1, "Council votes for the harbor wall", "2026-03-03T20:00")
    day.collect()
    assert "approved" in [*day.ring("2026-03-04T05:00"), *day.ring("2026-03-04T05:50")][-1]
    starts = [at for at in tick.moments(day.app, day.clock()) if at.minute < 11 and at.second]
    assert starts
    assert starts[0] < datetime(2026, 3, 4, 6, 10, 1, tzinfo=UTC)
    assert day.ring("2026-03-04T06:00") == []
    assert day.ring((starts[0] - timedelta(seconds=1)).replace(tzinfo=None).isoformat()) == []
    assert "sending" in day.ring(starts[0].replace(tzinfo=None).isoformat())[0]
