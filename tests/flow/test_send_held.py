"""The database is held by another, or its disk is full: a run waits and says so, no row pays, a stop is obeyed."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from digest.app import App
from digest.delivery.settle import Policy
from digest.delivery.transports.memory import Memory
from digest.flows.sending.send import send
from digest.model import EditionState, Message
from digest.outcomes import Accepted, Outcome
from digest.store.engine import Database
from digest.store.migrate import upgrade
from digest.store.reports import Sent
from tests.disk import filled, tmpfs
from tests.flow.newsroom import add_edition, add_readers, app_for, compose, rows
from tests.waiting import lag, lag_async, stays_async, until_async

pytestmark = pytest.mark.timed

HOLD = """
import sqlite3, sys
from tests.waiting import lag, lag_async, stays_async, until_async
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
held.execute("ROLLBACK")
"""


@contextmanager
def held(database: Database) -> Iterator[Callable[[], None]]:
    """Another process that holds SQLite's write lock; gives what makes it let go."""
    file = database.url.removeprefix("sqlite:///")
    holder = subprocess.Popen(
        [sys.executable, "-S", "-c", HOLD, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    stdin = holder.stdin

    def free() -> None:
        if not stdin.closed:
            stdin.close()
            holder.wait(10)

    try:
        assert holder.stdout.readline() == b"held\n"
        yield free
    finally:
        free()
        holder.stdout.close()


@pytest.fixture
def ready(sqlite: Database) -> tuple[App, int]:
    add_readers(sqlite, 40)
    return app_for(sqlite), add_edition(sqlite)


def starting(app: App, edition: int, memory: Memory, **more: Any) -> "asyncio.Task[Sent]":
    return asyncio.create_task(send(app, edition, relays={"main": memory}, compose=compose, **more))


def test_a_send_waits_for_the_database_says_so_and_goes_on(
    ready: tuple[App, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.flows.sending.send.SHORT", 0.3)
    memory = Memory()

    async def scenario() -> Sent:
        with held(ready[0].db) as free:
            task = starting(*ready, memory)
            await until_async(lambda: told, "word of the wait")
            await stays_async(lambda: not memory.messages and not task.done(), 0.5, "past a whole try")
            await asyncio.to_thread(free)
            return await asyncio.wait_for(task, 10)

    with capture_logs() as told:
        assert asyncio.run(scenario()).counts == {"sent": 40}
    assert [(one["event"], one["why"]) for one in told] == [("database.waits", "database is locked")]


def test_a_stop_ends_the_wait_for_the_database(ready: tuple[App, int]) -> None:
    async def scenario() -> tuple[Sent, float]:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        with held(ready[0].db):
            task = starting(*ready, Memory(), stop=stop)
            await stays_async(lambda: not task.done(), 0.2, "in its first try, of which it says nothing yet")
            stop.set()
            began = loop.time()
            return await asyncio.wait_for(task, 10), loop.time() - began

    sent, seconds = asyncio.run(scenario())
    assert (sent.state, sent.counts) == (EditionState.APPROVED, {})
    assert seconds < 2.5


def test_a_run_whose_database_is_taken_away_can_be_stopped_and_loses_nothing(
    ready: tuple[App, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.store.engine.SHORT", 0.2)

    class Slow(Memory):
        async def send(self, messages: Any, mark: Any) -> Any:
            async for delivery, outcome in super().send(messages, mark):
                await lag_async(0.02)
                yield delivery, outcome

    memory = Slow()

    async def scenario() -> float:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        task = starting(*ready, memory, stop=stop, policy=Policy(lease=timedelta(seconds=2)))
        await until_async(lambda: len(memory.messages) > 4, "five mails")
        with held(ready[0].db):
            await until_async(lambda: any(one["event"] == "ledger.waits" for one in told), "word of the wait")
            stop.set()
            began = loop.time()
            await asyncio.wait_for(task, 15)
            return loop.time() - began

    with capture_logs() as told:
        assert asyncio.run(scenario()) < 8
    sent = asyncio.run(send(*ready, relays={"main": memory}, compose=compose))
    assert sum(sent.counts.values()) == 40
    assert sent.counts.get("unknown", 0) <= 2
    assert max(Counter(message.recipient for message in memory.messages).values()) == 1


# ---------------------------------------------------------------------------- a full disk


def no_room(app: App, edition: int, fill: Callable[[], None], free: Callable[[], None]) -> list[Any]:
    """Send; *fill* when ten are out; *free* when the run has said that it waits. Return what was logged."""
    memory = Memory()

    def slowly(message: Message) -> Outcome:
        lag(0.005)
        return Accepted(250, "ok " + "x" * 400)  # a reply that needs room

    memory.answer = slowly

    async def scenario() -> Sent:
        task = starting(app, edition, memory, chunk=10)
        await until_async(lambda: len(memory.messages) >= 10, "ten mails")
        fill()
        await until_async(lambda: any(one["event"] == "ledger.waits" for one in told), "word of the wait")
        out = len(memory.messages)
        why = "nothing leaves that cannot be written down"
        await stays_async(lambda: len(memory.messages) == out and not task.done(), 0.3, why)
        free()
        return await asyncio.wait_for(task, 20)

    with capture_logs() as told:
        sent = asyncio.run(scenario())
    assert (sent.state, sent.counts) == (EditionState.SENT, {"sent": 200})
    assert max(Counter(message.recipient for message in memory.messages).values()) == 1
    with app.db.read() as connection:
        assert {row.attempts for row in rows(connection)} == {1}
    return list(told)


def test_a_full_disk_is_waited_out_and_no_row_pays(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "disk") as disk:
        database = Database(f"sqlite:///{disk / 'digest.db'}")
        try:
            upgrade(database)
            add_readers(database, 200)
            filler = disk / "filler"
            edition = add_edition(database)
            told = no_room(app_for(database), edition, lambda: filled(filler), filler.unlink)
        finally:
            database.close()
    assert any("disk is full" in one.get("why", "") for one in told)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_full_disk_under_postgresql_is_waited_out_as_well(database: Database) -> None:
    folder = Path(tempfile.mkdtemp(prefix="digest-disk-"))
    folder.chmod(0o755)
    with tmpfs(folder / "disk") as disk:
        (disk / "space").mkdir()
        shutil.chown(disk / "space", "postgres")
        admin = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE TABLESPACE tiny LOCATION '{disk / 'space'}'"))
            connection.execute(text("ALTER TABLE deliveries SET TABLESPACE tiny"))
        try:
            add_readers(database, 200)
            filler = disk / "filler"
            edition = add_edition(database)
            told = no_room(app_for(database), edition, lambda: filled(filler), filler.unlink)
        finally:
            with admin.connect() as connection:
                connection.execute(text("ALTER TABLE deliveries SET TABLESPACE pg_default"))
                connection.execute(text("DROP TABLESPACE tiny"))
    shutil.rmtree(folder)
    assert any("No space left" in one.get("why", "") for one in told)
