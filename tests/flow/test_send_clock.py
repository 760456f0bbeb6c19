"""A clock that was wrong for a while: no row waits longer than the longest wait once it is right again."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from digest.delivery.settle import Policy
from digest.delivery.transports.memory import Memory
from digest.flows.sending import outbox as singles
from digest.flows.sending.send import send
from digest.model import Message
from digest.outcomes import Accepted, Deferred, Outcome
from digest.store import outbox
from digest.store.deliveries import settle as ledger
from digest.store.engine import Database
from digest.store.reports import Sent
from digest.store.schema import deliveries
from digest.store.schema import outbox as mails
from tests.flow.newsroom import add_edition, add_readers, app_for, compose, rows, states
from tests.waiting import until_async

NOW = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
QUICK = Policy(first_wait=timedelta(milliseconds=20), longest_wait=timedelta(milliseconds=100))


class Clock:
    """Real time, *ahead* by something."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self.read = 0  # times while it was ahead

    def __call__(self) -> datetime:
        self.read += self.ahead > timedelta(0)
        return datetime.now(UTC) + self.ahead


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.store.deliveries.edition_queue.CLEANING", 0.1)


def run(database: Database, clock: Callable[[], datetime], answer: Callable[[Message], Outcome]) -> Sent:
    async def scenario() -> Sent:
        app, edition = app_for(database, now=clock), add_edition(database)
        memory = Memory(answer)
        task = send(app, edition, relays={"main": memory}, compose=compose, policy=QUICK, chunk=5)
        return await asyncio.wait_for(task, 20)

    return asyncio.run(scenario())


def test_rows_that_were_put_off_by_a_clock_that_ran_ahead_go_out_when_it_is_right(
    database: Database,
) -> None:
    add_readers(database, 10)
    clock, tried = Clock(), set[int]()

    def answer(message: Message) -> Outcome:
        clock.ahead = timedelta(hours=2) if len(tried) < 5 else timedelta(0)
        if message.delivery in tried:
            return Accepted(250, "ok")
        tried.add(message.delivery)
        return Deferred(451, "4.3.0 later")

    assert run(database, clock, answer).counts == {"sent": 10}


def test_a_clock_that_jumps_past_the_deadline_and_back_stops_no_send(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mark was given the time that it showed for a moment: no later one may be refused for it."""
    monkeypatch.setattr(
        "digest.store.deliveries.edition_queue.CLEANING", 1000.0
    )  # what is late is looked for another time
    add_readers(sqlite, 30)
    clock = Clock()

    async def scenario() -> Sent:
        app, edition, memory = app_for(sqlite, now=clock), add_edition(sqlite), Memory()
        task = asyncio.create_task(send(app, edition, relays={"main": memory}, compose=compose))
        await until_async(lambda: len(memory.messages) >= 10, "ten mails")
        clock.ahead = timedelta(hours=7)
        await until_async(lambda: clock.read, "a look at the clock while it is ahead")
        clock.ahead = timedelta(0)
        return await asyncio.wait_for(task, 5)

    assert asyncio.run(scenario()).counts == {"sent": 30}


def test_a_wait_that_is_longer_than_any_is_ended(database: Database) -> None:
    add_readers(database, 3)
    run(database, lambda: NOW, lambda message: Accepted(250, "ok"))
    with database.write() as connection:
        one, two, _ = (row.id for row in rows(connection))
        for row, wait in ((one, timedelta(days=400)), (two, timedelta(minutes=29))):
            values = {"state": "queued", "due": NOW + wait}
            connection.execute(update(deliveries).where(deliveries.c.id == row).values(**values))
        edition = rows(connection)[0].edition_id
        longest = timedelta(minutes=30)
        assert ledger.bring_forward(connection, edition, now=NOW, longest=longest) == 1
        assert [row.due - NOW for row in rows(connection)][:2] == [timedelta(0), timedelta(minutes=29)]


def test_a_lease_by_a_clock_that_was_ahead_ends_as_soon_as_any(database: Database) -> None:
    add_readers(database, 2)
    run(database, lambda: NOW, lambda message: Accepted(250, "ok"))
    with database.write() as connection:
        edition = rows(connection)[0].edition_id
        lease = database.now() + timedelta(days=1)
        connection.execute(update(deliveries).values(state="sending", claim="a", lease=lease))
        assert ledger.shorten_leases(connection, edition, seconds=60) == 2
        assert ledger.shorten_leases(connection, edition, seconds=60) == 0
        assert all(row.lease < database.now() + timedelta(seconds=61) for row in rows(connection))
    assert states(database) == {"sending": 2}


def test_a_single_mail_does_not_wait_for_a_clock_that_was_ahead_either(database: Database) -> None:
    app = app_for(database)
    with database.write() as connection:
        outbox.enqueue(
            connection,
            outbox.Queued(
                kind="confirm",
                key="k",
                recipient="r@example.net",
                sender="bounce@example.org",
                content=b"Subject: x\r\n\r\nx\r\n",
                due=app.now() + timedelta(days=9),
                deadline=app.now() + timedelta(days=10),
            ),
        )
        assert outbox.due(connection, app.now())
        assert not outbox.due(connection, app.now(), replace(Policy(), longest_wait=timedelta(days=99)))
    memory = Memory()
    assert asyncio.run(singles.deliver(app, relays={"main": memory})) == {"sent": 1}
    with database.write() as connection:
        values = {"state": "sending", "claim": "gone", "lease": database.now() + timedelta(days=1)}
        connection.execute(update(mails).values(**values))
        assert outbox.shorten_leases(connection, timedelta(minutes=1)) == 1
