"""The bell: each day's edition is built, frozen and sent once, at its hour, whatever stood still meanwhile."""

import asyncio
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from digest.app import App
from digest.errors import EditionError
from digest.flows.clock import advance
from digest.flows.edition import approve, preflight
from digest.model import EditionState, OccurrenceState
from digest.schedule import clock
from digest.store import editions
from digest.store.engine import Database
from tests.flow.day import NEWSLETTER, Day
from tests.waiting import until_async

DAY = date(2026, 3, 4)


@pytest.fixture
def day(tmp_path: Path) -> Day:
    """A newsroom on the evening before, its clock already known, with a reader and three articles of the night."""
    made = Day(tmp_path, "2026-03-03T06:30")
    made.subscribe(1)
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
    assert "checked" in day.occurrence("2026-03-04").notified, "the checks have run before they decide"
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
    day.subscribe(1)
    day.ring()
    day.clock.set("2026-03-04T04:00")
    day.write(1, "Council votes", "2026-03-04T03:00")
    day.collect()
    day.ring("2026-03-04T05:00")
    day.ring("2026-03-04T06:00")
    assert "missed" in day.ring("2026-03-04T07:00")[0]
    with pytest.raises(EditionError, match="cancelled"):
        approve.approve(day.app, NEWSLETTER, None, by="dana")


def test_approved_and_missed_it_can_never_be_sent_by_mistake(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-03T06:30", schedule={"approval": "one", "freshness": "1h"})
    day.subscribe(1)
    day.ring()
    day.clock.set("2026-03-04T04:00")
    day.write(1, "Council votes", "2026-03-04T03:00")
    day.collect()
    day.ring("2026-03-04T05:00")
    assert approve.approve(day.app, NEWSLETTER, None, by="dana").approved
    assert "missed" in day.ring("2026-03-04T07:00")[0], "nothing ran at the hour"
    with day.db.read() as connection:
        edition = editions.get(connection, NEWSLETTER, DAY)
    assert edition is not None
    assert edition.state is EditionState.CANCELLED
    day.send()
    assert day.mails() == []


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
    done.append(anyio.run(advance.tick, app))


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
    coming = sorted(advance.moments(day.app, day.clock()))
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
        found = lambda: {job.id for job in scheduler.get_jobs()}  # noqa: E731
        await until_async(lambda: gathered and wanted <= found(), "a first look at feeds, and the moments")
        jobs = found()
        scheduler.shutdown(wait=False)
        return jobs

    wanted = {f"tick {at.isoformat()}" for at in advance.moments(day.app, day.clock())}
    found = asyncio.run(started())
    assert wanted
    assert found == wanted | {"collect", "learn", "remember", "tick", "tidy"}
    assert gathered == [1]


def test_with_a_spread_it_starts_off_the_hour_and_the_bell_rings_then(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-03T06:30", schedule={"spread": "10m"})
    day.subscribe(1)
    day.ring()
    day.clock.set("2026-03-03T22:00")
    day.write(1, "Council votes for the harbor wall", "2026-03-03T20:00")
    day.collect()
    assert "approved" in [*day.ring("2026-03-04T05:00"), *day.ring("2026-03-04T05:50")][-1]
    starts = [at for at in advance.moments(day.app, day.clock()) if at.minute < 11 and at.second]
    assert starts
    assert starts[0] < datetime(2026, 3, 4, 6, 10, 1, tzinfo=UTC)
    assert day.ring("2026-03-04T06:00") == []
    assert day.ring((starts[0] - timedelta(seconds=1)).replace(tzinfo=None).isoformat()) == []
    assert "sending" in day.ring(starts[0].replace(tzinfo=None).isoformat())[0]


def alarms(day: Day) -> list[str]:
    return [subject for kind, _, subject in day.told() if kind == "alarm" or "No readers" in subject]


@pytest.mark.parametrize(
    ("unattended", "state"), [("send", EditionState.APPROVED), ("hold", EditionState.DRAFT)]
)
def test_an_amber_check_is_sent_or_held_as_the_newsroom_says(
    tmp_path: Path, unattended: str, state: EditionState
) -> None:
    day = Day(tmp_path, "2026-03-03T06:30", schedule={"unattended": unattended})
    day.subscribe(1)
    day.ring()
    day.clock.set("2026-03-04T04:00")
    day.write(1, "Council votes", "2026-03-04T03:00")  # its address answers nobody: amber
    day.collect()
    day.ring("2026-03-04T05:00")
    held = day.ring("2026-03-04T05:50")[0]
    assert day.edition("2026-03-04").state is state  # type: ignore[union-attr]
    assert ("held" in held) == (unattended == "hold")
    assert day.ring("2026-03-04T05:52") == []
    assert alarms(day) == ["Held, not approved: The Daily"] * (2 if unattended == "hold" else 0)
    if unattended == "hold":
        assert day.ring("2026-03-04T06:01") == [], "it is tried again, and said once"
        assert approve.approve(day.app, NEWSLETTER, None, by="dana").approved
        assert "sending" in day.ring("2026-03-04T06:02")[0]


def test_the_freeze_runs_the_checks(day: Day) -> None:
    day.ring("2026-03-04T05:00")
    assert {one.check for one in preflight.findings(day.app, NEWSLETTER, DAY) if one.unrun} == {
        "domain", "headline", "links",
    }  # fmt: skip
    day.ring("2026-03-04T05:50")
    found = preflight.findings(day.app, NEWSLETTER, DAY)
    assert {one.check for one in found if one.unrun} == {"domain"}  # the site is on this machine
    assert [one.level for one in found if one.check == "links"] == ["warn"] * 3  # they were asked


def test_checks_that_cannot_run_leave_the_edition_to_unattended(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(preflight, "run_checks", broken)
    day.ring("2026-03-04T05:00")
    assert "approved" in day.ring("2026-03-04T05:50")[0]


def test_a_day_without_readers_is_quiet_and_told_once(tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-03T06:30")
    day.ring()
    for at in (4, 5, 6):
        day.clock.set(f"2026-03-0{at}T04:00")
        day.write(at, ("Council votes", "Trams run again", "Cup won at last")[at - 4], f"2026-03-0{at}T03:00")
        day.collect()
        if at == 6:
            day.subscribe(1)
        did = [day.ring(f"2026-03-0{at}T{minute}") for minute in ("05:00", "05:50", "06:00", "06:01")]
        assert (
            "sending" in did[2][0]
            if at == 6
            else day.occurrence(f"2026-03-0{at}").note == "it has no readers"
        )
        assert did[3] == []
    assert day.occurrence("2026-03-05").state is OccurrenceState.QUIET
    assert alarms(day) == ["No readers: The Daily, 2026-03-04"]


def test_a_late_day_is_built_approved_and_begun_in_one_round_of_the_clock(
    sqlite: Database, tmp_path: Path
) -> None:
    day = Day(tmp_path, "2026-03-04T04:00", database=sqlite)
    day.ring()
    day.subscribe(2)
    day.write(1, "The ferry sails again", "2026-03-04T03:00")
    day.clock.set("2026-03-04T07:00")

    async def round_of_the_clock() -> None:
        scheduler = clock(day.app, anyio.lowlevel.checkpoint)
        scheduler.start(paused=True)
        await scheduler.get_job("tick").func()
        scheduler.shutdown(wait=False)

    anyio.run(round_of_the_clock)
    edition = day.edition("2026-03-04")
    assert edition is not None
    assert edition.state == EditionState.SENDING
