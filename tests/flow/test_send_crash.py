"""Killed, stopped and woken: nobody gets two, nobody is lost, and unknown stays within its bound."""

import asyncio
import multiprocessing
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess

import pytest
from sqlalchemy import func, select

from digest.flows.sending.send import cancel, pause, resume, run_due, status
from digest.model import DeliveryState
from digest.store.engine import Database
from digest.store.schema import deliveries
from tests.delivery.relay import Relay
from tests.flow import child
from tests.flow.newsroom import add_edition, add_readers, app_for, states
from tests.waiting import until, until_async

SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.flow.child"])
CONNECTIONS = 3
READERS = 150


def start(database: Database, relay: Relay, edition: int, lease: float = 60.0) -> BaseProcess:
    sender = SPAWN.Process(target=child.run, args=(database.url, relay.port, edition, lease), daemon=True)
    sender.start()
    return sender


def finish(sender: BaseProcess, seconds: float = 60.0) -> None:
    sender.join(seconds)
    assert sender.exitcode == 0


def kill(sender: BaseProcess) -> None:
    assert sender.pid is not None
    os.kill(sender.pid, signal.SIGKILL)
    sender.join()


def put_to_sleep(sender: BaseProcess, database: Database) -> None:
    """Stop the process, though not while it holds SQLite's one lock: nobody else could do a thing meanwhile."""
    pid = sender.pid
    assert pid is not None

    def asleep() -> bool:
        os.kill(pid, signal.SIGSTOP)
        if not database.is_sqlite:
            return True
        probe = sqlite3.connect(database.url.removeprefix("sqlite:///"), timeout=0.1, isolation_level=None)
        try:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
            return True
        except sqlite3.OperationalError:
            os.kill(pid, signal.SIGCONT)
            return False
        finally:
            probe.close()

    until(asleep, "a moment at which it holds no lock")


def leases_over(database: Database) -> bool:
    """Whether some rows are claimed and the lease of each has run out."""
    held = deliveries.c.state.in_((DeliveryState.SENDING, DeliveryState.HANDED))
    with database.read() as connection:
        last = connection.execute(select(func.max(deliveries.c.lease)).where(held)).scalar_one()
    return last is not None and last < datetime.now(UTC)


def slow(step: str, line: int, to: str) -> float | None:
    return 0.004 if step == "dot" else None


def counted(database: Database, relay: Relay, kills: int) -> None:
    """The sum at the end: lost 0, twice 0, unknown within its bound, and each of them a reader of the ledger."""
    got = Counter(relay.recipients)
    assert max(got.values()) == 1
    ends = states(database)
    assert set(ends) <= {"sent", "unknown"}
    assert sum(ends.values()) == READERS
    assert ends.get("unknown", 0) <= 2 * CONNECTIONS * kills
    with database.read() as connection:
        rows = connection.execute(select(deliveries.c.subscriber_id, deliveries.c.state)).all()
    sent = {f"r{row.subscriber_id}@example.net" for row in rows if row.state == "sent"}
    unknown = {f"r{row.subscriber_id}@example.net" for row in rows if row.state == "unknown"}
    assert sent <= set(got)
    assert set(got) <= sent | unknown


def test_killed_again_and_again_it_ends_with_everybody_accounted_for(database: Database) -> None:
    add_readers(database, READERS)
    edition, kills, chance = add_edition(database), 3, random.Random(7)
    with Relay(script=slow) as relay:
        for _ in range(kills):
            sender = start(database, relay, edition)
            goal = len(relay.taken) + chance.randrange(1, 40)
            until(
                lambda goal=goal, sender=sender: len(relay.taken) >= goal or not sender.is_alive(),
                "mails",
                30,
            )  # type: ignore[misc]
            kill(sender)
        finish(start(database, relay, edition))
    assert status(app_for(database), edition).state == "sent"
    counted(database, relay, kills)


def test_senders_in_processes_of_their_own_share_the_work_and_never_a_row(database: Database) -> None:
    add_readers(database, READERS)
    edition = add_edition(database)
    with Relay(script=slow) as relay:
        for sender in [start(database, relay, edition) for _ in range(2 if database.is_sqlite else 4)]:
            finish(sender)
    assert states(database) == {"sent": READERS}
    assert len(set(relay.recipients)) == len(relay.recipients) == READERS


def test_two_senders_and_one_of_them_killed(database: Database) -> None:
    add_readers(database, READERS)
    edition = add_edition(database)
    with Relay(script=slow) as relay:
        one, two = start(database, relay, edition), start(database, relay, edition)
        until(lambda: len(relay.taken) >= 50, "fifty mails", 30)
        kill(one)
        finish(two)
    counted(database, relay, 1)


@pytest.mark.timed
def test_a_worker_stopped_past_its_lease_and_woken_sends_nothing_twice(database: Database) -> None:
    add_readers(database, READERS)
    edition = add_edition(database)
    with Relay(script=slow) as relay:
        sleeper = start(database, relay, edition, lease=1.0)
        until(lambda: len(relay.taken) >= 20, "twenty mails", 30)
        put_to_sleep(sleeper, database)
        until(lambda: leases_over(database), "the end of what it holds a lease of")
        other = start(database, relay, edition, lease=1.0)
        until(lambda: len(relay.taken) >= 70 or not other.is_alive(), "seventy mails", 30)
        assert sleeper.pid is not None
        os.kill(sleeper.pid, signal.SIGCONT)
        finish(other)
        finish(sleeper)
    counted(database, relay, 1)


def test_a_sender_that_is_told_to_stop_leaves_nobody_unknown(database: Database) -> None:
    add_readers(database, READERS)
    edition = add_edition(database)
    with Relay(script=lambda step, line, to: 0.05 if step == "dot" else None) as relay:
        sender = start(database, relay, edition)
        until(lambda: len(relay.taken) >= 20, "twenty mails", 30)
        assert sender.pid is not None
        os.kill(sender.pid, signal.SIGTERM)
        finish(sender, 20)
        assert states(database) == {"sent": len(relay.taken), "queued": READERS - len(relay.taken)}
        finish(start(database, relay, edition))
    counted(database, relay, 0)


@pytest.mark.parametrize("known", [True, False], ids=["this machine", "another"])
def test_what_a_killed_sender_held_of_a_cancelled_edition_is_settled(
    database: Database, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_readers(database, READERS)
    edition, app = add_edition(database), app_for(database)
    with Relay(script=slow) as relay:
        sender = start(database, relay, edition, lease=1.5)
        until(lambda: len(relay.taken) >= 20, "twenty mails", 30)
        kill(sender)
    if not known:  # its lease has to run out, and `digest serve` looks
        monkeypatch.setattr("digest.delivery.worker.dead", lambda names, data: [])
    assert cancel(app, edition)

    async def served() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(run_due(app, stop))
        await until_async(lambda: not {"sending", "handed"} & set(states(database)), "no row in a claim")
        stop.set()
        await task

    if not known:
        asyncio.run(served())
    ends = states(database)
    assert set(ends) - {"unknown"} == {"sent", "cancelled"}
    assert ends.get("unknown", 0) <= 2 * CONNECTIONS


@pytest.mark.parametrize("act", [pause, cancel])
def test_pause_and_cancel_reach_another_process_within_a_second(database: Database, act: object) -> None:
    add_readers(database, READERS)
    edition, app = add_edition(database), app_for(database)
    dots: list[float] = []

    def script(step: str, line: int, to: str) -> float | None:
        if step != "dot":
            return None
        dots.append(time.monotonic())
        return 0.03

    with Relay(script=script) as relay:
        sender = start(database, relay, edition)
        until(lambda: len(relay.taken) >= 20, "twenty mails", 30)
        began = time.monotonic()
        assert act(app, edition)  # type: ignore[operator]
        finish(sender, 10)
        assert dots[-1] - began < 1.0
        assert time.monotonic() - began < 2.5  # and room for the end of a process on a busy machine
        out = len(relay.taken)
        if act is cancel:
            assert states(database) == {"sent": out, "cancelled": READERS - out}
            return
        assert states(database) == {"sent": out, "queued": READERS - out}
        assert resume(app, edition)
        finish(start(database, relay, edition))
    counted(database, relay, 0)
