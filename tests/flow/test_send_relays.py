"""More than one relay: one that is away or will not have us costs no row, and its mails go another way."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from digest.delivery.settle import Policy
from digest.delivery.transports.memory import Memory
from digest.errors import RelayError
from digest.flows.sending.send import send
from digest.model import EditionState
from digest.store.deliveries import settle as ledger
from digest.store.engine import Database
from digest.store.reports import Sent
from digest.store.schema import deliveries, outbox
from tests.delivery.relay import Relay
from tests.flow.newsroom import add_edition, add_readers, app_for, compose, states
from tests.states import begin_sending
from tests.waiting import until_async

QUICK = Policy(first_wait=timedelta(milliseconds=50), longest_wait=timedelta(milliseconds=100))


async def sending(database: Database, edition: int, relays: dict[str, Any], seconds: float = 20) -> Sent:
    async with asyncio.timeout(seconds):
        return await send(app_for(database, relays=relays), edition, compose=compose, policy=QUICK)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.delivery.transports.smtp.calls.FIRST_PAUSE", 0.05)


def test_a_backup_steps_in_where_the_first_relay_was_never_there(sqlite: Database) -> None:
    add_readers(sqlite, 10)
    with Relay() as gone:
        pass  # it has a port now, and nobody listens there
    with Relay() as good:
        relays = {"gone": gone.table(), "good": good.table(backup=True)}
        assert asyncio.run(sending(sqlite, add_edition(sqlite), relays)).counts == {"sent": 10}
    assert len(good.taken) == 10


@pytest.mark.parametrize(
    "words", ["454 4.7.0 Throttling failure: Daily message quota exceeded", "451 4.3.0 policy"]
)
def test_a_backup_steps_in_for_a_relay_that_answers_and_takes_nothing(
    sqlite: Database, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.answers.SLOWEST_GUESS", 100.0)
    add_readers(sqlite, 60)
    with (
        Relay(script=lambda step, line, to: words if step == "mail" else None) as idle,
        Relay() as good,
    ):
        relays = {"idle": idle.table(), "good": good.table(backup=True)}
        assert asyncio.run(sending(sqlite, add_edition(sqlite), relays)).counts == {"sent": 60}
    assert (len(idle.taken), len(good.taken)) == (0, 60)


def test_a_backup_rests_again_when_the_first_relay_is_back(sqlite: Database) -> None:
    add_readers(sqlite, 200)
    with Relay() as first:
        pass
    with Relay(script=lambda step, line, to: 0.1 if step == "dot" else None) as good:
        relays = {"first": first.table(), "good": good.table(backup=True, connections=1)}

        async def scenario() -> int:
            task = asyncio.create_task(sending(sqlite, add_edition(sqlite), relays))
            await until_async(lambda: len(good.taken) > 2, "three mails")
            with first:
                await until_async(lambda: len(first.taken) > 0, "a mail by the first relay")
                await task
                return len(good.taken)

        assert asyncio.run(scenario()) < 50
    assert sorted(first.recipients + good.recipients) == sorted(
        f"r{one}@example.net" for one in range(1, 201)
    )


def test_a_relay_that_will_not_have_us_any_more_leaves_every_row_to_the_other(sqlite: Database) -> None:
    """And waits for the answers that it owes: none of them is unknown."""
    add_readers(sqlite, 300)

    def script(step: str, line: int, to: str) -> Any:
        if step == "mail" and len(bad.taken) > 20:
            return "550 5.7.1 sender not allowed"
        return 0.01 if step == "dot" else None

    with Relay(script=script) as bad, Relay(script=lambda step, line, to: 0.01) as good:
        relays = {"bad": bad.table(connections=3), "good": good.table(connections=3)}
        sent = asyncio.run(sending(sqlite, add_edition(sqlite), relays))
    assert (sent.state, sent.counts) == (EditionState.SENT, {"sent": 300})
    assert max(Counter(bad.recipients + good.recipients).values()) == 1


def test_a_folder_that_is_full_costs_its_message_nothing(sqlite: Database, tmp_path: Any) -> None:
    add_readers(sqlite, 5)
    (tmp_path / "file").write_text("in the way")
    relays = {"main": {"transport": "folder", "folder": str(tmp_path / "file")}}
    with pytest.raises(RelayError, match="cannot be written"):
        asyncio.run(sending(sqlite, add_edition(sqlite), relays))
    assert states(sqlite) == {"queued": 5}


def test_a_row_that_was_lost_and_claimed_again_has_one_mail_on_its_way(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender slept past its lease, another took its rows back, and it is awake before it noticed."""
    monkeypatch.setattr("digest.store.deliveries.edition_queue.PUT_OFF", timedelta(seconds=0.2))
    add_readers(database, 25)
    edition = add_edition(database)

    def taken_back() -> None:
        with database.write() as connection:
            gone = tuple(ledger.claims(connection, edition))
            ledger.recover(connection, edition, now=app_for(database).now(), dead=gone)

    class Sleepy(Memory):
        under_way: set[int] = set()  # noqa: RUF012

        async def send(self, messages: Any, mark: Any) -> Any:
            first = await anext(messages)
            self.under_way.add(first.delivery)
            await asyncio.to_thread(taken_back)
            async for message in messages:
                assert message.delivery not in self.under_way
                if await mark(message.delivery):
                    self.messages.append(message)
                    yield message.delivery, self.answer(message)
                if len(self.messages) == 24 and self.under_way:
                    assert not await mark(first.delivery)
                    self.under_way.clear()

    memory = Sleepy()
    sent = asyncio.run(send(app_for(database), edition, relays={"main": memory}, compose=compose))
    assert sent.counts == {"sent": 25}
    assert max(Counter(one.recipient for one in memory.messages).values()) == 1
    with database.read() as connection:
        assert set(connection.execute(select(deliveries.c.attempts)).scalars()) == {1}


def test_people_are_told_of_an_edition_that_stands_still_and_of_whom_it_was_too_late_for(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.sender.STILL", 0.5)
    monkeypatch.setattr("digest.store.deliveries.edition_queue.CLEANING", 0.2)
    add_readers(sqlite, 4)
    with Relay() as gone:
        pass
    schedule = {"time": "06:00", "freshness": "60m"}
    app = app_for(sqlite, relays={"main": gone.table()}, alarms=["ops@example.org"], schedule=schedule)
    edition = add_edition(sqlite)
    with sqlite.write() as connection:
        begin_sending(connection, edition, app.now() - timedelta(minutes=60) + timedelta(seconds=3))
    sent = asyncio.run(asyncio.wait_for(send(app, edition, compose=compose, policy=QUICK), 20))
    assert (sent.state, sent.counts) == (EditionState.HALTED, {"expired": 4})  # nobody got it
    with sqlite.read() as connection:
        told = connection.execute(select(outbox.c.key, outbox.c.content).order_by(outbox.c.id)).all()
    assert [one.key.partition(":")[0].split()[0] for one in told] == ["stands", "late"]
    assert b"4 not reached in time" in told[1].content
