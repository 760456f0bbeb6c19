"""PostgreSQL is restarted in the middle of a send: a pause, no halt; nobody gets two, nobody is lost."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import text
from structlog.testing import capture_logs

from digest.delivery.database_faults import away, passing
from digest.flows.sending import outbox as singles
from digest.flows.sending.send import run_due, send
from digest.model import EditionState
from digest.store import outbox
from digest.store.deliveries.edition_queue import EditionQueue
from digest.store.engine import Database
from digest.store.migrate import upgrade
from digest.store.reports import Sent
from tests.delivery.relay import Relay
from tests.flow.newsroom import Composing, add_edition, add_readers, app_for, compose, rows, states
from tests.postgres import Server
from tests.states import begin_sending
from tests.waiting import stays_async, until_async

READERS = 150


@pytest.fixture(scope="module")
def server(postgres_programs: Path) -> Iterator[Server]:
    """A server that is this module's own, for it is stopped and started."""
    server = Server(postgres_programs)
    server.start()
    yield server
    server.remove()


@pytest.fixture
def own(server: Server) -> Iterator[Database]:
    """An empty database of it."""
    admin = Database(f"{server.url}/postgres")
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE IF EXISTS news"))
        connection.execute(text("CREATE DATABASE news"))
    admin.close()
    database = Database(f"{server.url}/news")
    upgrade(database)
    yield database
    database.close()


def accounted(database: Database, relay: Relay) -> None:
    """Everybody has one mail, and no row paid for the pause."""
    assert states(database) == {"sent": READERS}
    assert sorted(relay.recipients) == sorted(f"r{one}@example.net" for one in range(1, READERS + 1))
    with database.read() as connection:
        assert {row.attempts for row in rows(connection)} == {1}
        assert {row.claim != "" for row in rows(connection)} == {True}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restart", "crash"])
def test_a_send_pauses_while_the_server_is_restarted(
    own: Database, server: Server, how: signal.Signals
) -> None:
    add_readers(own, READERS)
    edition = add_edition(own)
    script: Callable[[str, int, str], Any] = lambda step, line, to: 0.01 if step == "dot" else None  # noqa: E731

    async def scenario() -> Sent:
        app = app_for(own, relays={"main": relay.table(connections=3)})
        task = asyncio.create_task(send(app, edition, compose=compose, chunk=60))
        await until_async(lambda: len(relay.taken) >= 20, "twenty mails")
        await asyncio.to_thread(server.stop, how)
        try:
            await until_async(lambda: any(one["event"] == "ledger.waits" for one in told), "word of the wait")
            assert not task.done()
            out = len(relay.taken)
            why = "nothing leaves that cannot be written down"
            await stays_async(lambda: len(relay.taken) <= out + 1, 0.3, why)
        finally:
            await asyncio.to_thread(server.start)
        return await asyncio.wait_for(task, 30)

    with Relay(script=script) as relay, capture_logs() as told:
        sent = asyncio.run(scenario())
    assert (sent.state, sent.counts) == (EditionState.SENT, {"sent": READERS})
    accounted(own, relay)
    assert not [one for one in told if one["log_level"] in ("error", "critical")]


class Losing:
    """Has every third transaction for *at* be committed, and the connection die before that is known."""

    def __init__(self, at: str, patch: pytest.MonkeyPatch) -> None:
        self.at, self.count, self.last = at, 0, threading.local()
        for name in ("mark", "claim", "settle", "plan", "heartbeat"):
            patch.setattr(EditionQueue, name, self._named(name, getattr(EditionQueue, name)))
        patch.setattr(EditionQueue, "group", self._group(EditionQueue.group))
        patch.setattr(psycopg.Connection, "commit", self._commit(psycopg.Connection.commit))

    def _named(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(queue: Any, *arguments: Any, **named: Any) -> Any:
            self.last.name = name
            return real(queue, *arguments, **named)

        return call

    def _commit(self, real: Callable[..., None]) -> Callable[..., None]:
        def commit(connection: Any) -> None:
            name, self.last.name = getattr(self.last, "name", ""), ""
            real(connection)
            if name == self.at:
                self._perhaps(connection)

        return commit

    def _group(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def group(queue: Any, settlements: Any, ids: Any) -> Any:
            if self.at != "group":
                return None  # each in a transaction, so that its commit can be lost
            found = real(queue, settlements, ids)
            if found is not None:
                self._perhaps(None)
            return found

        return group

    def _perhaps(self, connection: Any) -> None:
        self.count += 1
        if self.count % 3 == 1:
            if connection is not None:
                connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")


@pytest.mark.parametrize("at", ["mark", "group", "claim", "settle", "plan", "heartbeat"])
def test_a_commit_whose_answer_was_lost_is_neither_done_twice_nor_forgotten(
    own: Database, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.ledger_writer.BACK", 0.05)
    monkeypatch.setattr("digest.store.deliveries.edition_queue.PUT_OFF", timedelta(seconds=0.1))
    add_readers(own, READERS)
    edition, losing = add_edition(own), Losing(at, monkeypatch)

    async def scenario() -> Sent:
        app = app_for(own, relays={"main": relay.table(connections=3)})
        return await asyncio.wait_for(send(app, edition, compose=compose, chunk=60), 30)

    with Relay() as relay:
        sent = asyncio.run(scenario())
    assert losing.count >= 1
    assert sent.counts == {"sent": READERS}
    accounted(own, relay)


def test_the_sender_of_the_service_outlives_a_restart_and_so_do_single_mails(
    own: Database, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.flows.sending.send.Composer", Composing)
    add_readers(own, READERS)
    edition = add_edition(own)

    async def scenario() -> None:
        app, stop = app_for(own, relays={"main": relay.table()}), asyncio.Event()
        tasks = [asyncio.create_task(run(app, stop)) for run in (run_due, singles.run_due)]
        await asyncio.to_thread(server.stop)
        await until_async(lambda: [one["event"] for one in told].count("database.waits") >= 2, "both wait")
        assert not any(task.done() for task in tasks)
        await asyncio.to_thread(server.start)
        with own.write() as connection:
            begin_sending(connection, edition, app.now())
            outbox.enqueue(
                connection,
                outbox.Queued(
                    kind="confirm",
                    key="k",
                    recipient="one@example.net",
                    sender="bounce@example.org",
                    content=b"Subject: x\r\n\r\nx\r\n",
                    due=app.now(),
                    deadline=app.now().replace(year=2100),
                ),
            )
        await until_async(lambda: len(relay.taken) == READERS + 1, "every mail", 20)
        stop.set()
        await asyncio.gather(*tasks)

    with Relay() as relay, capture_logs() as told:
        asyncio.run(scenario())
    assert states(own) == {"sent": READERS}


def test_what_passes_by_itself_and_what_does_not() -> None:
    for fault in (
        errors.AdminShutdown("terminating connection due to administrator command"),
        errors.CrashShutdown("x"),
        errors.CannotConnectNow("the database system is starting up"),
        errors.TooManyConnections("sorry, too many clients already"),
        errors.IdleInTransactionSessionTimeout("x"),
        errors.ReadOnlySqlTransaction("cannot execute UPDATE in a read-only transaction"),
        psycopg.OperationalError(
            'connection failed: connection to server at "127.0.0.1", port 1 failed: refused'
        ),
        psycopg.OperationalError("the connection is closed"),
        psycopg.InterfaceError("the cursor is closed"),
    ):
        assert away(fault), fault
    for fault in (
        psycopg.OperationalError('FATAL:  password authentication failed for user "digest"'),
        psycopg.OperationalError('FATAL:  database "news" does not exist'),
        errors.UndefinedTable("relation does not exist"),
        errors.UniqueViolation("duplicate key"),
        errors.QueryCanceled("canceling statement due to statement timeout"),
        OSError("the connection is closed"),
    ):
        assert not passing(fault), fault
