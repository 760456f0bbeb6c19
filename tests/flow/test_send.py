"""Sending an edition: everybody once, whatever the relay says, and whoever stops it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from digest.app import App
from digest.delivery.settle import Policy
from digest.delivery.transports.memory import Memory
from digest.delivery.transports.smtp import Smtp
from digest.errors import DeliveryError, EditionError, RelayError
from digest.flows.sending.send import cancel, missing, pause, resume, run_due, send, status
from digest.model import EditionState, Message
from digest.outcomes import Accepted, Deferred, Outcome, Refused, Rejected, Throttled, Unknown
from digest.store.engine import Database
from digest.store.reports import Sent
from digest.store.schema import deliveries, delivery_events, editions, outbox
from subscribers.schema import subscribers, subscriptions
from tests.delivery.relay import Relay
from tests.flow.newsroom import Composing, add_edition, add_readers, app_for, compose, states
from tests.states import begin_sending, put
from tests.waiting import lag_async, until_async

QUICK = Policy(first_wait=timedelta(milliseconds=50), longest_wait=timedelta(milliseconds=100))
READERS = [f"r{number}@example.net" for number in range(1, 26)]


def go(app: App, edition: int, memory: Memory | None = None, **more: Any) -> Sent:
    relays = {"main": memory} if memory is not None else None
    return asyncio.run(send(app, edition, **{"relays": relays, "compose": compose, "policy": QUICK, **more}))


def answering(answers: dict[int, list[Outcome]]) -> Callable[[Message], Outcome]:
    """A relay that gives these answers, by reader, one after the other, and takes all else."""

    def answer(message: Message) -> Outcome:
        left = answers.get(int(message.recipient[1:].partition("@")[0]), [])
        return left.pop(0) if left else Accepted(250, "ok")

    return answer


@pytest.fixture
def ready(sqlite: Database) -> tuple[App, int]:
    """25 readers and an approved edition."""
    add_readers(sqlite, 25)
    return app_for(sqlite), add_edition(sqlite)


def test_every_reader_gets_it_once(database: Database) -> None:
    add_readers(database, 25)
    edition, memory = add_edition(database), Memory()
    sent = go(app_for(database), edition, memory)
    assert (sent.state, sent.counts) == ("sent", {"sent": 25})
    assert sorted(message.recipient for message in memory.messages) == sorted(READERS)


def test_sending_twice_sends_nothing_twice(ready: tuple[App, int]) -> None:
    memory = Memory()
    first, second = go(*ready, memory), go(*ready, memory)
    assert first == second
    assert len(memory.messages) == 25


def test_small_chunks_and_many_readers_make_no_difference(sqlite: Database) -> None:
    add_readers(sqlite, 150)
    memory = Memory()
    assert go(app_for(sqlite), add_edition(sqlite), memory, chunk=37).counts == {"sent": 150}
    assert Counter(message.recipient for message in memory.messages).most_common(1)[0][1] == 1


def test_an_edition_that_is_not_approved_is_not_sent(sqlite: Database) -> None:
    add_readers(sqlite, 2)
    memory = Memory()
    for day, state in enumerate((EditionState.DRAFT, EditionState.PAUSED, EditionState.HALTED), 1):
        edition = add_edition(sqlite, state=state, day=date(2026, 1, day))
        with pytest.raises(EditionError):
            go(app_for(sqlite), edition, memory)
    assert memory.messages == []


def test_each_answer_leads_to_its_state_and_only_a_dead_address_is_suppressed(ready: tuple[App, int]) -> None:
    answers: dict[int, list[Outcome]] = {
        1: [Rejected(550, "5.1.1 nobody")],
        2: [Rejected(552, "5.2.2 full", dead=False)],
        3: [Refused(550, "5.7.1 spam")],
        4: [Unknown("no answer")],
        5: [Deferred(451, "later"), Throttled(421, "slow"), Deferred(450, "later")],
    }
    sent = go(*ready, Memory(answering(answers)))
    assert sent.counts == {"sent": 21, "failed": 2, "refused": 1, "unknown": 1}
    with ready[0].db.read() as connection:
        dead = list(connection.execute(select(subscribers.c.id).where(subscribers.c.suppressed)).scalars())
        row = connection.execute(select(deliveries).where(deliveries.c.subscriber_id == 5)).one()
        events = Counter(connection.execute(select(delivery_events.c.state)).scalars())
    assert dead == [1]
    assert (row.state, row.attempts) == ("sent", 3)
    assert events == {"failed": 2, "refused": 1, "unknown": 1, "queued": 3}


def test_what_is_deferred_to_the_deadline_expires(ready: tuple[App, int]) -> None:
    app, edition = ready
    with app.db.write() as connection:
        plan = begin_sending(connection, edition, app.now() - timedelta(hours=6) + timedelta(seconds=1))
    assert plan.state is EditionState.SENDING
    sent = go(app, edition, Memory(lambda message: Deferred(451, "later")))
    assert (sent.state, sent.counts) == ("halted", {"expired": 25})  # nobody got it


def test_a_reader_who_leaves_while_it_is_sent_gets_nothing(ready: tuple[App, int]) -> None:
    app, edition = ready

    def leave(message: Message) -> Outcome:
        with app.db.write() as connection:
            connection.execute(
                update(subscriptions).where(subscriptions.c.subscriber_id >= 20).values(state="ended")
            )
        return Accepted(250, "ok")

    memory = Memory(leave)
    assert go(app, edition, memory).counts == {"sent": 19, "suppressed": 6}
    assert {message.recipient for message in memory.messages}.isdisjoint(READERS[19:])


def test_seeds_go_first(sqlite: Database) -> None:
    add_readers(sqlite, 5)
    memory = Memory()
    app = app_for(sqlite, seeds=["seed@house.example", "r4@example.net"])
    assert go(app, add_edition(sqlite), memory).counts == {"sent": 6}
    assert {message.recipient for message in memory.messages[:2]} == {"seed@house.example", "r4@example.net"}


def test_missing_sends_to_the_refused_and_the_expired_only(ready: tuple[App, int]) -> None:
    app, edition = ready
    answers: dict[int, list[Outcome]] = {
        1: [Refused(550, "5.7.1 no")],
        2: [Rejected(550, "5.1.1 nobody")],
        3: [Unknown("?")],
    }
    go(app, edition, Memory(answering(answers)))
    memory = Memory()
    assert missing(app, edition) == 1
    assert go(app, edition, memory).counts == {"sent": 23, "failed": 1, "unknown": 1}
    assert [message.recipient for message in memory.messages] == ["r1@example.net"]
    assert missing(app, edition) == 0


def test_unknown_is_sent_again_after_a_while_only_where_the_newsroom_says_so(sqlite: Database) -> None:
    add_readers(sqlite, 3)
    app, edition = app_for(sqlite, unknown="resend"), add_edition(sqlite)
    memory = Memory(answering({2: [Unknown("no answer")]}))
    policy = Policy(resend_after=timedelta(seconds=0.3))
    assert go(app, edition, memory, policy=policy).counts == {"sent": 3}
    again = [message for message in memory.messages if message.recipient == "r2@example.net"]
    assert len(again) == 2
    assert len({message.message_id for message in again}) == 1


def test_of_a_cancelled_edition_nobody_is_missing(ready: tuple[App, int]) -> None:
    app, edition = ready
    memory = Memory(answering({1: [Refused(550, "5.7.1 no")]}))
    go(app, edition, memory)
    with app.db.write() as connection:
        put(connection, edition, EditionState.CANCELLED)
    with pytest.raises(EditionError, match="nobody is missing"):
        missing(app, edition)
    assert states(app.db) == {"sent": 24, "refused": 1}


# ---------------------------------------------------------------------------- pause, resume, cancel


class Gate(Memory):
    """Takes *free* messages, then one each 50 ms."""

    def __init__(self, free: int) -> None:
        super().__init__()
        self.free = free

    async def send(self, messages: Any, mark: Any) -> Any:
        async for message in messages:
            if len(self.messages) >= self.free:
                await lag_async(0.05)
            if await mark(message.delivery):
                self.messages.append(message)
                yield message.delivery, Accepted(250, "ok")


async def stopped(app: App, edition: int, gate: Gate, act: Callable[[], object]) -> tuple[Sent, float, int]:
    """Run, *act* when some are out; return how it ended, how long that took, and how many were out at *act*."""
    task = asyncio.create_task(send(app, edition, relays={"main": gate}, compose=compose, policy=QUICK))
    await until_async(lambda: len(gate.messages) >= gate.free, "the messages that may go at once")
    count, began = len(gate.messages), asyncio.get_running_loop().time()
    await asyncio.to_thread(act)
    ended = await asyncio.wait_for(task, 10)
    return ended, asyncio.get_running_loop().time() - began, count


@pytest.mark.parametrize("act", [pause, cancel])
def test_pause_and_cancel_hold_within_a_second(database: Database, act: Any) -> None:
    add_readers(database, 60)
    app, edition, gate = app_for(database), add_edition(database), Gate(5)
    sent, seconds, count = asyncio.run(stopped(app, edition, gate, lambda: act(app, edition)))
    assert seconds < 1.5  # a second, and room for a busy machine
    assert len(gate.messages) <= count + 2
    rest = 60 - len(gate.messages)
    if act is cancel:
        assert (sent.state, sent.counts) == ("cancelled", {"sent": len(gate.messages), "cancelled": rest})
        assert not resume(app, edition)
        return
    assert (sent.state, sent.counts) == ("paused", {"sent": len(gate.messages), "queued": rest})
    assert resume(app, edition)
    assert go(app, edition, gate).counts == {"sent": 60}
    assert max(Counter(message.recipient for message in gate.messages).values()) == 1


def test_a_stop_lets_go_of_everything_and_a_start_goes_on(ready: tuple[App, int]) -> None:
    app, edition = ready
    gate = Gate(4)

    async def scenario() -> Sent:
        stop = asyncio.Event()
        task = asyncio.create_task(send(app, edition, relays={"main": gate}, compose=compose, stop=stop))
        await until_async(lambda: len(gate.messages) >= 4, "four messages")
        stop.set()
        return await asyncio.wait_for(task, 5)

    sent = asyncio.run(scenario())
    assert sent.state is EditionState.SENDING
    assert set(sent.counts) == {"sent", "queued"}
    assert go(app, edition, gate).counts == {"sent": 25}
    assert len(gate.messages) == 25


def test_cancelling_the_task_loses_nothing(ready: tuple[App, int]) -> None:
    app, edition = ready
    gate = Gate(4)

    async def scenario() -> None:
        task = asyncio.create_task(send(app, edition, relays={"main": gate}, compose=compose))
        await until_async(lambda: len(gate.messages) >= 4, "four messages")
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(scenario())
    assert set(states(app.db)) <= {"sent", "queued", "unknown"}
    sent = go(app, edition, gate)
    assert sum(sent.counts.values()) == 25
    assert max(Counter(message.recipient for message in gate.messages).values()) == 1


def test_the_sender_of_serve_takes_up_what_is_to_go_out(ready: tuple[App, int], tmp_path: Path) -> None:
    app, edition = ready
    table = {"transport": "folder", "folder": str(tmp_path / "out")}
    app = app_for(app.db, relays={"main": table})
    with app.db.write() as connection:
        connection.execute(update(editions).values(state=EditionState.SENDING, started_at=app.now()))

    async def scenario(monkey: pytest.MonkeyPatch) -> None:
        monkey.setattr("digest.flows.sending.send.Composer", Composing)
        stop = asyncio.Event()
        task = asyncio.create_task(run_due(app, stop))
        await until_async(lambda: status(app, edition).state is EditionState.SENT, "the end of the edition")
        stop.set()
        await asyncio.wait_for(task, 5)

    with pytest.MonkeyPatch.context() as monkey:
        asyncio.run(scenario(monkey))
    assert len(list((tmp_path / "out").glob("*.eml"))) == 25


def test_the_sender_of_serve_remembers_no_edition_that_is_over(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, ended, stop = app_for(database), list[int](), asyncio.Event()

    async def sent(*_: Any) -> None:
        ended.append(1)

    def going(_: App) -> list[int]:
        if len(ended) == 5:
            stop.set()
        return [len(ended)]

    monkeypatch.setattr("digest.flows.sending.send.LOOK", 0.01)
    monkeypatch.setattr("digest.flows.sending.send._kept_going", sent)
    monkeypatch.setattr("digest.flows.sending.send._going", going)

    found: list[int] = []

    async def gathered(*tasks: asyncio.Task[None]) -> None:
        found.append(len(tasks))

    monkeypatch.setattr("digest.flows.sending.send.asyncio.gather", gathered)
    asyncio.run(run_due(app, stop))
    assert found[0] <= 2, "of five editions, those that are over are let go"


# ---------------------------------------------------------------------------- relays


def test_two_senders_share_the_work_and_never_a_row(database: Database) -> None:
    add_readers(database, 150)
    app, edition = app_for(database), add_edition(database)
    one, two = Memory(), Memory()

    async def scenario() -> None:
        runs = [send(app, edition, relays={"main": memory}, compose=compose) for memory in (one, two)]
        await asyncio.gather(*runs)

    asyncio.run(scenario())
    assert states(database) == {"sent": 150}
    assert len({message.recipient for message in [*one.messages, *two.messages]}) == 150
    assert len(one.messages) + len(two.messages) == 150


def test_when_one_relay_is_away_another_takes_its_share(ready: tuple[App, int]) -> None:
    app, edition = ready
    gone = Relay()
    with gone:
        pass
    memory = Memory()
    relays = {"gone": Smtp(gone.settings(), "gone"), "good": memory}
    assert go(app, edition, relays=relays).counts == {"sent": 25}
    assert len(memory.messages) == 25


def test_a_relay_that_dies_in_the_middle_hands_its_rows_to_the_other(ready: tuple[App, int]) -> None:
    app, edition = ready
    with (
        Relay(script=lambda step, line, to: "421 4.3.2 bye" if len(dying.taken) >= 3 else None) as dying,
        Relay() as good,
    ):
        relays = {"dying": dying.table(connections=1), "good": good.table(connections=1, backup=True)}
        sent = go(app_for(app.db, relays=relays), edition)
    assert sent.counts == {"sent": 25}
    assert sorted(dying.recipients + good.recipients) == sorted(READERS)
    assert len(dying.recipients) == 3


def test_a_backup_gets_nothing_while_another_relay_works(ready: tuple[App, int]) -> None:
    with Relay() as first, Relay() as second:
        app = app_for(ready[0].db, relays={"a": first.table(), "b": second.table(backup=True)})
        assert go(app, ready[1]).counts == {"sent": 25}
    assert (len(first.taken), second.lines) == (25, 0)


def test_when_no_relay_can_be_used_the_edition_is_halted_with_an_alarm_and_no_row_pays(
    ready: tuple[App, int],
) -> None:
    with Relay(password="right") as relay:
        app = app_for(
            ready[0].db,
            relays={"main": relay.table(username="u", password="wrong")},
            alarms=["ops@example.org"],
        )
        with pytest.raises(RelayError):
            go(app, ready[1])
        assert status(app, ready[1]).state is EditionState.HALTED
        assert states(app.db) == {"queued": 25}
        with pytest.raises(EditionError, match=r"halted.*refuses our user name"):
            go(app, ready[1])
        with app.db.read() as connection:
            alarm = connection.execute(select(outbox)).one()
            assert connection.execute(select(deliveries.c.attempts).distinct()).scalars().all() == [0]
        assert (alarm.kind, alarm.recipient) == ("alarm", "ops@example.org")
        assert resume(app, ready[1])
        right = app_for(app.db, relays={"main": relay.table(username="u", password="right")})
        assert go(right, ready[1]).counts == {"sent": 25}


def test_a_ledger_that_cannot_be_written_halts_and_loses_nothing(
    ready: tuple[App, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, edition = ready
    memory = Memory()
    count = 0
    from digest.store.deliveries.mark import Fence

    marking = Fence.both

    def full(*arguments: Any, **named: Any) -> set[int]:
        nonlocal count
        count += 1
        if count == 5:
            raise OSError("disk I/O error")
        return marking(*arguments, **named)

    monkeypatch.setattr(Fence, "both", full)
    with pytest.raises(DeliveryError, match="disk I/O error"):
        go(app, edition, memory)
    assert states(app.db) == {"sent": 4, "queued": 21}
    assert resume(app, edition)
    assert go(app, edition, memory).counts == {"sent": 25}
    assert len(memory.messages) == 25


def test_the_pace_of_a_relay_is_kept(sqlite: Database) -> None:
    add_readers(sqlite, 12)
    with Relay() as relay:
        app = app_for(sqlite, relays={"main": relay.table(rate=10)})
        began = datetime.now(UTC)
        assert go(app, add_edition(sqlite)).counts == {"sent": 12}
    assert timedelta(seconds=1.0) <= datetime.now(UTC) - began < timedelta(seconds=4)


def test_faults_all_over_the_dialogue_and_still_everybody_once(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.transports.smtp.calls.FIRST_PAUSE", 0.01)
    add_readers(sqlite, 150)
    wrongs = iter(
        [
            ("mail", "451 4.3.0 no"),
            ("rcpt", "close"),
            ("data", "450 4.2.0 no"),
            ("dot", "451 4.3.0 no"),
            ("rcpt", "garbage"),
            ("mail", "421 4.3.2 bye"),
            ("dot", "close"),
        ]
    )
    asked, wrong = 0, next(wrongs)

    def script(step: str, line: int, to: str) -> Any:
        nonlocal asked, wrong
        asked += 1
        if asked > 20 and step == wrong[0]:
            asked, now, wrong = 0, wrong[1], next(wrongs, ("none", ""))
            return now
        return None

    with Relay(script=script) as relay:
        app = app_for(sqlite, relays={"main": relay.table(connections=3)})
        sent = go(app, add_edition(sqlite))
    assert sent.counts == {"sent": 149, "unknown": 1}
    assert max(Counter(relay.recipients).values()) == 1
