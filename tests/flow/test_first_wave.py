"""The first wave: the seeds and the newest readers first, the rest when their answers could be seen, whoever is killed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from digest.app import App
from digest.delivery.first_wave import due_by, planned, reconsidered, size
from digest.delivery.settle import Policy, settled
from digest.delivery.transports.memory import Memory
from digest.flows.sending.report import report
from digest.flows.sending.send import _queue, resume, send
from digest.model import EditionEvent, EditionState, Recipient
from digest.outcomes import Accepted, Deferred, Outcome, Throttled
from digest.store import corrections, editions
from digest.store.deliveries.edition_queue import EditionQueue
from digest.store.deliveries.planning import first_readers
from digest.store.engine import Database
from subscribers.schema import subscriptions
from tests.flow.newsroom import add_edition, add_readers, app_for, compose, rows, states

RULE = {"share": 0.1, "readers": 3, "wait": "15m"}
START = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
OK = Accepted(250, "2.0.0 ok")
WAIT = timedelta(minutes=15)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


def newsroom(database: Database, clock: Clock, readers: int = 40, **settings: Any) -> tuple[App, int]:
    add_readers(database, readers)
    with database.write() as connection:  # the reader with the highest number confirmed first
        for one in range(1, readers + 1):
            mine = update(subscriptions).where(subscriptions.c.subscriber_id == one)
            connection.execute(mine.values(confirmed_at=START - timedelta(days=one)))
    return app_for(database, now=clock, first_wave=RULE, alarms=["ops@example.org"], **settings), add_edition(
        database
    )


def begun(app: App, edition: int, mine: str = "a") -> EditionQueue:
    """Return what a run of the edition works on."""
    with app.db.write() as connection:
        editions.transition(connection, edition, EditionEvent.BEGIN, at=app.now())
        saved = editions.existing(connection, edition)
    return _queue(app, saved, Policy(), 10, mine)


def worked(
    app: App,
    queue: EditionQueue,
    answer: Callable[[Recipient], Outcome] = lambda reader: OK,
    most: int = 1000,
) -> list[str]:
    """Do what a run does until it has nothing to do at this moment; return to whom it sent, in order."""
    got: list[str] = []
    queue._cleaned = queue._beaten = float("-inf")
    with app.db.write() as connection:
        going = queue.heartbeat(connection).going
    while going and most > 0:
        with app.db.write() as connection:
            if queue.plan(connection) == 0:
                most = 0
    with app.db.write() as connection:
        found = queue.claim(connection, 1000, {}) if going else []
        granted = queue.mark(connection, [row.id for row in found])
        assert granted == {row.id for row in found}
    outcomes = [(row, answer(row.recipient)) for row in found]
    got += [row.recipient.address for row, outcome in outcomes if isinstance(outcome, Accepted)]
    with app.db.write() as connection:
        queue.settle(
            connection, [settled(row, one, app.now(), queue.policy, chance=0.5) for row, one in outcomes]
        )
    return got


def test_the_newest_go_first_and_the_rest_after_the_wait(database: Database) -> None:
    clock = Clock()
    app, edition = newsroom(database, clock, seeds=["desk@example.org"])
    first = worked(app, begun(app, edition))
    assert first[0] == "desk@example.org"
    assert sorted(first[1:]) == [f"r{one}@example.net" for one in (1, 2, 3, 4)]
    wave = report(app, edition).wave
    assert wave is not None
    assert wave.words("06:15", clock()) == "first wave: 5 readers, the rest from 06:15"
    assert wave.rest_at == START + WAIT
    clock.at = START + timedelta(minutes=14)
    assert worked(app, begun(app, edition, "b")) == []  # another run, before the time
    clock.at = START + WAIT
    rest = worked(app, begun(app, edition, "c"))
    assert len(rest) == len(set(rest)) == 36
    assert not set(rest) & set(first)
    assert states(database) == {"sent": 41}


def test_who_takes_over_from_a_killed_run_goes_on_with_the_same_wave(database: Database) -> None:
    clock = Clock()
    app, edition = newsroom(database, clock)
    killed = begun(app, edition)
    with app.db.write() as connection:
        killed.plan(connection)  # one chunk of four, and the wave with it
    clock.at += timedelta(minutes=1)
    first = worked(app, begun(app, edition, "b"))
    assert sorted(first) == [f"r{one}@example.net" for one in (1, 2, 3, 4)]
    clock.at = START + WAIT
    assert worked(app, begun(app, edition, "c")) == []  # the wave got it a minute late
    clock.at += timedelta(minutes=1)
    assert len(worked(app, begun(app, edition, "d"))) == 36


def test_a_changed_rule_changes_no_edition_that_has_begun(sqlite: Database) -> None:
    clock = Clock()
    app, edition = newsroom(sqlite, clock)
    worked(app, begun(app, edition))
    other = app_for(sqlite, now=clock, first_wave={"share": 0.5, "wait": "1m"})
    clock.at = START + timedelta(minutes=2)
    assert worked(other, begun(other, edition, "b")) == []
    later = add_edition(sqlite, day=date(2026, 3, 5))
    assert len(worked(app_for(sqlite, now=clock), begun(app_for(sqlite, now=clock), later, "c"))) == 40


def test_the_wait_begins_when_most_of_the_wave_is_answered(sqlite: Database) -> None:
    clock = Clock()
    app, edition = newsroom(sqlite, clock)
    queue = begun(app, edition)
    assert worked(app, queue, lambda reader: Throttled(421, "4.3.2 down")) == []
    clock.at = START + timedelta(minutes=14)
    assert sorted(worked(app, queue)) == [f"r{one}@example.net" for one in (1, 2, 3, 4)]
    clock.at = START + timedelta(minutes=16)
    assert worked(app, queue) == []
    clock.at = START + timedelta(minutes=30)
    assert len(worked(app, queue)) == 36


def test_the_rest_goes_before_its_deadline_whatever_the_wave_does(sqlite: Database) -> None:
    clock = Clock()
    app, edition = newsroom(sqlite, clock)
    queue = begun(app, edition)
    worked(app, queue, lambda reader: Deferred(451, "4.2.0 later"))
    for minutes in range(10, 180, 10):
        clock.at = START + timedelta(minutes=minutes)
        worked(app, queue, lambda reader: Deferred(451, "4.2.0 later"), most=0)
    clock.at = START + timedelta(minutes=181)
    assert len(worked(app, queue)) >= 36  # by then half of its six hours are over


def test_a_person_ends_the_wait_and_a_halt_during_it_holds_the_rest(database: Database) -> None:
    clock = Clock()
    app, edition = newsroom(database, clock)
    queue = begun(app, edition)
    worked(app, queue)
    with app.db.write() as connection:
        queue.stop(connection, "the answers say so")
    clock.at = START + timedelta(minutes=20)
    assert worked(app, begun(app, edition, "b")) == []
    assert resume(app, edition, by="dana")
    clock.at = START + timedelta(minutes=5)  # set back: the wait is not over, and no longer than it was
    assert worked(app, begun(app, edition, "c")) == []
    assert resume(app, edition, by="dana")
    assert not resume(app, edition, by="dana")
    assert len(worked(app, begun(app, edition, "d"))) == 36


def test_a_correction_mail_and_a_short_list_go_at_once(sqlite: Database) -> None:
    clock = Clock()
    app, edition = newsroom(sqlite, clock, readers=5)
    assert len(worked(app, begun(app, edition))) == 5
    with sqlite.write() as connection:
        saved = editions.existing(connection, edition)
        mail = corrections.begin(
            connection,
            replace(saved, revision=2),
            subject="S",
            preheader="",
            note="",
            now=START,
            config_sha256="",
        )
        assert mail is not None
        assert not first_readers(connection, mail, app.newsletter("daily"))


def test_digest_send_sends_both_parts_and_the_report_says_so(sqlite: Database) -> None:
    _, edition = newsroom(sqlite, Clock())
    real = app_for(sqlite, first_wave=RULE | {"wait": "1s"})
    ended = asyncio.run(send(real, edition, relays={"main": Memory(lambda message: OK)}, compose=compose))
    assert (ended.state, ended.counts) == (EditionState.SENT, {"sent": 40})
    wave = report(real, edition).wave
    assert wave is not None
    assert "the rest since" in wave.words("06:15", real.now())
    assert wave.through
    with sqlite.read() as connection:
        moments = {row.subscriber_id: row.at for row in rows(connection)}
    assert max(moments[one] for one in (1, 2, 3, 4)) < min(moments[one] for one in range(5, 41))


@pytest.mark.parametrize(
    ("readers", "share", "least", "wanted"),
    [
        (20_000, 0.01, 100, 200),
        (20_000, 0.0, 100, 0),
        (300, 0.01, 100, 100),
        (199, 0.01, 100, 0),
        (0, 0.5, 1, 0),
    ],
)
def test_how_many_are_in_it(readers: int, share: float, least: int, wanted: int) -> None:
    assert size(readers, share, least) == wanted


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(-200, 200)), max_size=30),
    st.integers(1, 180),
)
def test_the_rest_always_goes_within_half_of_its_time(looks: list[tuple[int, int]], wait: int) -> None:
    wave, deadline = (
        planned(10, timedelta(minutes=wait), START, START + timedelta(hours=6)),
        START + timedelta(hours=6),
    )
    for still_open, minutes in looks:
        now = START + timedelta(minutes=minutes)
        before, wave = wave, reconsidered(wave, still_open, now, deadline)
        assert wave.rest_at <= max(START + timedelta(hours=3), START + timedelta(minutes=wait))
        assert not before.through or wave == before
        if not before.through:
            assert wave.rest_at <= now + wave.wait
    assert due_by(wave, deadline) >= wave.due
    assert due_by(wave, wave.rest_at - timedelta(seconds=1)) < wave.due
