"""Killed, stopped and woken: nobody gets two, nobody is lost, and unknown stays within its bound."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from digest.flows.send import cancel, pause, resume, standing
from digest.store.engine import Database
from digest.store.schema import deliveries
from tests.delivery.relay import Relay, wait_for
from tests.flow.newsroom import add_edition, add_readers, app_for, states

ROOT = Path(__file__).parents[2]
CONNECTIONS = 3
READERS = 150


def start(database: Database, relay: Relay, edition: int, lease: float = 60.0) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "tests.flow.child",
        database.url,
        str(relay.port),
        str(edition),
        str(lease),
    ]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def finish(sender: subprocess.Popen[bytes], seconds: float = 60.0) -> None:
    assert sender.wait(seconds) == 0


def put_to_sleep(sender: subprocess.Popen[bytes], database: Database) -> None:
    """Stop the process, though not while it holds SQLite's one lock: nobody else could do a thing meanwhile."""
    while True:
        os.kill(sender.pid, signal.SIGSTOP)
        if not database.is_sqlite:
            return
        probe = sqlite3.connect(database.url.removeprefix("sqlite:///"), timeout=0.1, isolation_level=None)
        try:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
            return
        except sqlite3.OperationalError:
            os.kill(sender.pid, signal.SIGCONT)
            time.sleep(0.003)
        finally:
            probe.close()


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
            wait_for(
                lambda goal=goal, sender=sender: len(relay.taken) >= goal or sender.poll() is not None, 30
            )  # type: ignore[misc]
            os.kill(sender.pid, signal.SIGKILL)
            sender.wait()
        finish(start(database, relay, edition))
        time.sleep(0.1)
    assert standing(app_for(database), edition).state == "sent"
    counted(database, relay, kills)


def test_two_senders_and_one_of_them_killed(database: Database) -> None:
    add_readers(database, READERS)
    edition = add_edition(database)
    with Relay(script=slow) as relay:
        one, two = start(database, relay, edition), start(database, relay, edition)
        wait_for(lambda: len(relay.taken) >= 50, 30)
        os.kill(one.pid, signal.SIGKILL)
        one.wait()
        finish(two)
    counted(database, relay, 1)


def test_a_worker_stopped_past_its_lease_and_woken_sends_nothing_twice(database: Database) -> None:
    add_readers(database, READERS)
    edition = add_edition(database)
    with Relay(script=slow) as relay:
        sleeper = start(database, relay, edition, lease=1.0)
        wait_for(lambda: len(relay.taken) >= 20, 30)
        put_to_sleep(sleeper, database)
        time.sleep(1.3)
        other = start(database, relay, edition, lease=1.0)
        wait_for(lambda: len(relay.taken) >= 70 or other.poll() is not None, 30)
        os.kill(sleeper.pid, signal.SIGCONT)
        finish(other)
        finish(sleeper)
    counted(database, relay, 1)


@pytest.mark.parametrize("act", [pause, cancel])
def test_pause_and_cancel_reach_another_process_within_a_second(database: Database, act: object) -> None:
    add_readers(database, READERS)
    edition, app = add_edition(database), app_for(database)
    with Relay(script=lambda step, line, to: 0.03 if step == "dot" else None) as relay:
        sender = start(database, relay, edition)
        wait_for(lambda: len(relay.taken) >= 20, 30)
        began = time.monotonic()
        assert act(app, edition)  # type: ignore[operator]
        finish(sender, 10)
        assert time.monotonic() - began < 2.5  # a second, and room for the end of a process on a busy machine
        out = len(relay.taken)
        if act is cancel:
            assert states(database) == {"sent": out, "cancelled": READERS - out}
            return
        assert states(database) == {"sent": out, "queued": READERS - out}
        assert resume(app, edition)
        finish(start(database, relay, edition))
    counted(database, relay, 0)
