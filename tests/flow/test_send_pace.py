"""How fast: one bucket for all workers, changed while a send runs; and at any pace a pause holds at once."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from digest.delivery.transports.memory import Memory
from digest.errors import DigestError
from digest.flows.sending import pace as pacing
from digest.flows.sending.send import cancel, pause, resume, run_due, send
from digest.model import EditionState, Message
from digest.outcomes import Accepted, Outcome
from digest.store import paces
from digest.store.engine import Database
from digest.store.reports import Sent
from digest.store.schema import editions
from subscribers.api import suppress
from subscribers.schema import subscriptions
from tests.delivery.relay import Relay
from tests.flow import child
from tests.flow.newsroom import Composing, add_edition, add_readers, app_for, compose, rows, states
from tests.waiting import stays, stays_async, until, until_async

pytestmark = pytest.mark.timed

SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.flow.child"])


class Timed(Memory):
    """Knows when each message came."""

    def __init__(self) -> None:
        super().__init__(self.taken)
        self.times: list[float] = []

    def taken(self, message: Message) -> Outcome:
        self.times.append(time.monotonic())
        return Accepted(250, "ok")


def test_a_bucket_gives_what_its_rate_allows_and_takes_back(database: Database) -> None:
    buckets = {"main": 1000.0, "all": 4.0}
    with database.write() as connection:
        assert paces.take(connection, buckets, 3) == 3
        assert paces.take(connection, buckets, 10) == 1  # the scarcest decides
        assert paces.take(connection, buckets, 10) == 0
        paces.give_back(connection, buckets, 2)
        assert paces.take(connection, buckets, 10) == 2
    got = [0]

    def two_more() -> bool:
        with database.write() as connection:
            got.append(paces.take(connection, buckets, 10))
        return sum(got) >= 2

    began = time.monotonic()
    until(two_more, "two more at four a second", 2)
    assert sum(got) == 2
    assert time.monotonic() - began > 0.2
    assert paces.SAVED == 2.0


def test_a_slow_rate_still_gives_one_now_and_then(sqlite: Database) -> None:
    with sqlite.write() as connection:
        assert [paces.take(connection, {"a": 0.1}, 5) for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_workers_keep_one_pace_together(database: Database) -> None:
    add_readers(database, 60)
    edition = add_edition(database)
    with Relay() as relay:
        app = app_for(database, relays={"main": relay.table(rate=20, connections=1)})

        async def scenario() -> float:
            began = time.monotonic()
            await asyncio.gather(*(send(app, edition, compose=compose) for _ in range(2)))
            return time.monotonic() - began

        seconds = asyncio.run(scenario())
    assert states(database) == {"sent": 60}
    assert 60 / 20 - paces.FIRST - 0.2 < seconds < 6  # alone each would be done in half of it


def test_a_pace_is_changed_while_a_send_runs_and_put_back(sqlite: Database) -> None:
    add_readers(sqlite, 300)
    app, edition, memory = app_for(sqlite), add_edition(sqlite), Timed()
    with sqlite.write() as connection:
        paces.set_rate(connection, paces.ALL, 0.2)

    async def scenario() -> tuple[Sent, float, float]:
        task = asyncio.create_task(send(app, edition, relays={"main": memory}, compose=compose))
        await until_async(lambda: len(memory.times) == 1, "the first mail")
        await stays_async(lambda: len(memory.times) == 1, 0.2, "the next may go in five seconds")
        other = app_for(Database(sqlite.url))  # as another process sees it
        pacing.set_pace(other, "main", 40.0)
        pacing.set_pace(other, "all", None)
        faster = time.monotonic()
        await until_async(lambda: len(memory.times) >= 40, "forty mails")
        pacing.set_pace(other, "main", 1.0)
        slower = time.monotonic()
        count = lambda: sum(one > slower + 1.0 for one in memory.times)  # noqa: E731
        await stays_async(lambda: count() <= 2, 1.6, "after a second of grace at most one a second")
        pacing.set_pace(other, "main", 0.0)
        other.close()
        return await asyncio.wait_for(task, 10), faster, slower

    sent, faster, slower = asyncio.run(scenario())
    assert sent.counts == {"sent": 300}
    assert min(one for one in memory.times if one > faster) - faster < 1.0
    assert slower - faster < 3.5
    assert [one.rate for one in pacing.current(app)] == [0.0, 0.0]


def test_a_pace_reaches_a_sender_in_another_process_within_a_second(database: Database) -> None:
    add_readers(database, 30)
    edition, app = add_edition(database), app_for(database)
    pacing.set_pace(app, "main", 0.3)
    dots: list[float] = []

    def script(step: str, line: int, to: str) -> None:
        if step == "dot":
            dots.append(time.monotonic())

    with Relay(script=script) as relay:
        sender = SPAWN.Process(target=child.run, args=(database.url, relay.port, edition, 60.0), daemon=True)
        sender.start()
        until(lambda: len(dots) == 1, "the first mail", 20)
        stays(lambda: len(dots) == 1, 0.2, "the next may go in three seconds")
        pacing.set_pace(app, "main", 200.0)
        changed = time.monotonic()
        sender.join(20)
        assert sender.exitcode == 0
    assert dots[1] - changed < 1.0
    assert dots[-1] - changed < 3.0
    assert states(database) == {"sent": 30}


def test_a_pace_is_for_a_relay_that_there_is(sqlite: Database) -> None:
    with pytest.raises(DigestError, match="no relay 'mian'"):
        pacing.set_pace(app_for(sqlite), "mian", 1.0)


# ---------------------------------------------------------------------------- the mark, at a slow pace


def test_at_a_slow_pace_readers_who_go_are_spared_although_their_mails_were_made(sqlite: Database) -> None:
    database = sqlite  # the mark's statement is tried on both, see tests/store
    add_readers(database, 10)
    app, edition, memory = app_for(database), add_edition(database), Timed()
    with database.write() as connection:
        paces.set_rate(connection, "main", 5.0)

    def go(left: int, complained: int) -> None:
        with database.write() as connection:
            gone = update(subscriptions).where(subscriptions.c.subscriber_id == left)
            connection.execute(gone.values(state="ended"))
            suppress(connection, reason="complaint", at=app.now(), subscriber_id=complained)

    async def scenario() -> tuple[Sent, list[int]]:
        task = asyncio.create_task(send(app, edition, relays={"main": memory}, compose=compose))
        await until_async(lambda: len(memory.times) == 1, "the first mail")
        with database.read() as connection:  # claimed, and made into mails by now or in a moment
            held = [row.subscriber_id for row in rows(connection) if row.state == "sending"][-2:]
        await asyncio.to_thread(go, *held)
        return await asyncio.wait_for(task, 15), held

    sent, held = asyncio.run(scenario())
    assert sent.counts == {"sent": 8, "suppressed": 2}
    assert {f"r{reader}@example.net" for reader in held}.isdisjoint(one.recipient for one in memory.messages)


# ---------------------------------------------------------------------------- pause, resume, cancel


def slow_pace(relay: Relay) -> dict[str, Any]:
    return relay.table(rate=2, connections=1)


def slow_relay(relay: Relay) -> dict[str, Any]:
    return relay.table(connections=2)


@pytest.mark.parametrize("way", [slow_pace, slow_relay])
def test_pause_and_resume_hold_within_a_second_at_a_slow_pace_and_with_a_slow_relay(
    sqlite: Database, way: Callable[[Relay], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.flows.sending.send.Composer", Composing)
    add_readers(sqlite, 200)
    edition = add_edition(sqlite)
    times: list[float] = []  # of each final dot

    def script(step: str, line: int, to: str) -> Any:
        if step == "dot":
            times.append(time.monotonic())
        return 0.7 if step == "dot" and way is slow_relay else None

    async def quiet_within_a_second(seconds: float) -> None:
        """Nothing ends later than a second from now; what was marked before may still go until then."""
        now = time.monotonic()
        await stays_async(lambda: not [one for one in times if one > now + 1.0], seconds, "sent later")

    with Relay(script=script) as relay:
        app = app_for(sqlite, relays={"main": way(relay)})
        with sqlite.write() as connection:
            connection.execute(update(editions).values(state=EditionState.SENDING, started_at=app.now()))

        async def scenario() -> None:
            stop = asyncio.Event()
            task = asyncio.create_task(run_due(app, stop))
            await until_async(lambda: len(times) >= 2, "two mails")
            assert await asyncio.to_thread(pause, app, edition)
            await quiet_within_a_second(1.5)
            assert await asyncio.to_thread(resume, app, edition)
            resumed = time.monotonic()
            await until_async(lambda: times[-1] > resumed, "a mail after the pause")
            assert times[-1] - resumed < 1.0
            assert await asyncio.to_thread(cancel, app, edition)
            await quiet_within_a_second(1.4)
            stop.set()
            await asyncio.wait_for(task, 10)

        asyncio.run(scenario())
    ended = states(sqlite)
    assert set(ended) == {"sent", "cancelled"}
    assert ended["sent"] == len(relay.taken) == len(set(relay.recipients))
