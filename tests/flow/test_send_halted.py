"""A send whose mails are not accepted halts, is told of, and blames no address: what was said of them is taken back."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from digest.app import App
from digest.delivery.halts import RELAY
from digest.delivery.transports.memory import Memory
from digest.flows.sending.report import report
from digest.flows.sending.send import cancel, missing, resume, send, status
from digest.model import DeliveryState, EditionState, Message
from digest.outcomes import Accepted, Outcome, Refused, Rejected, Undeliverable
from digest.store import halts
from digest.store.engine import Database
from digest.store.schema import deliveries, outbox
from subscribers.schema import consents, subscribers, suppressions
from subscribers.store.suppressions import suppress
from tests.delivery.relay import Relay
from tests.flow.newsroom import add_edition, add_readers, app_for, compose
from tests.waiting import lag_async

OK, GONE = Accepted(250, "2.0.0 ok"), Rejected(550, "5.1.1 no such user")
READERS = 40


def newsroom(database: Database, readers: int = READERS, **settings: Any) -> tuple[App, int]:
    add_readers(database, readers)
    return app_for(database, alarms=["ops@example.org"], **settings), add_edition(database)


def sent(app: App, edition: int, answer: Callable[[Message], Outcome], **more: Any) -> Any:
    return asyncio.run(send(app, edition, relays={"main": Memory(answer)}, compose=compose, **more))


def suppressed(database: Database) -> list[int]:
    with database.read() as connection:
        flagged = connection.execute(select(subscribers.c.id).where(subscribers.c.suppressed)).scalars().all()
        kept = connection.execute(select(suppressions.c.subscriber_id)).scalars().all()
    assert sorted(flagged) == sorted(kept)
    return sorted(flagged)


def alarms(database: Database) -> list[bytes]:
    with database.read() as connection:
        return list(connection.execute(select(outbox.c.content).where(outbox.c.kind == "alarm")).scalars())


@pytest.mark.parametrize(
    "answer",
    [
        "550 5.1.1 no such user",
        "550 Verification failed for <b+x@bounces.example.org> No Such User Here",
        "550 5.7.1 message looks like spam",
        "552 5.3.4 message size exceeds fixed limit",
    ],
)
def test_a_relay_that_accepts_nothing_halts_the_edition_and_no_address_pays(
    database: Database, answer: str
) -> None:
    app, edition = newsroom(database)
    ill = True

    def script(step: str, line: int, to: str) -> Any:
        return answer if step == "rcpt" and ill else None

    with Relay(script=script) as relay:
        app = app_for(database, relays={"main": relay.table(connections=2)}, alarms=["ops@example.org"])
        ended = asyncio.run(send(app, edition, compose=compose))
        assert ended.state is EditionState.HALTED
        assert "0 of the last 20 mails were accepted" in ended.why or "answers refuse us" in ended.why
        assert answer[4:] in ended.why
        assert suppressed(database) == []
        assert sum(ended.counts.values()) == READERS
        lost = ended.counts.get("refused", 0) + ended.counts.get("undeliverable", 0)
        assert 20 <= lost <= 24  # and what was under way
        assert ended.counts == {"queued": READERS - lost, "refused": lost} or "undeliverable" in ended.counts
        told = alarms(database)
        assert len(told) == 1
        assert b"digest resume daily" in told[0]
        assert len(report(app, edition).missing) == lost
        ill = False
        assert missing(app, edition) == lost
        assert asyncio.run(send(app, edition, compose=compose)).counts == {"sent": READERS}
        assert status(app, edition).state is EditionState.SENT
    assert len(relay.recipients) == len(set(relay.recipients)) == READERS


@pytest.mark.parametrize("no", [GONE, Refused(550, "5.7.1 spam"), Undeliverable("too big", 552)])
def test_a_small_edition_that_reaches_nobody_is_halted(sqlite: Database, no: Outcome) -> None:
    app, edition = newsroom(sqlite, 5)
    ended = sent(app, edition, lambda message: no)
    assert ended.state is EditionState.HALTED
    assert "nobody got it" in ended.why
    assert suppressed(sqlite) == []
    assert len(alarms(sqlite)) == 1
    assert sent_again(app, edition).counts == {"sent": 5}


def sent_again(app: App, edition: int) -> Any:
    assert missing(app, edition) == 5
    return sent(app, edition, lambda message: OK)


def test_an_edition_that_reached_one_is_sent_and_one_that_none_should_get_too(sqlite: Database) -> None:
    app, edition = newsroom(sqlite, 10)
    ended = sent(app, edition, lambda message: OK if message.recipient == "r7@example.net" else GONE)
    assert (ended.state, ended.counts) == (EditionState.SENT, {"sent": 1, "failed": 9})
    assert len(suppressed(sqlite)) == 9
    empty = add_edition(sqlite, day=report(app, edition).sent.date.replace(day=5))
    with sqlite.write() as connection:
        connection.execute(update(subscribers).values(suppressed=True))
    assert sent(app, empty, lambda message: OK).state is EditionState.SENT


def test_one_relay_of_two_that_accepts_nothing_is_left_and_the_other_takes_its_share(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.supply.BATCH", 5)  # so that each has some of them
    monkeypatch.setattr("digest.delivery.supply.CLAIM", 5)
    app, edition = newsroom(sqlite, 400)

    class Slow(Memory):
        """Takes its time, so that the other has its share before all is sent."""

        async def send(self, messages: Any, mark: Any) -> Any:
            async for one in super().send(messages, mark):
                await lag_async(0.01)
                yield one

    relays = {"good": Slow(lambda message: OK), "bad": Memory(lambda message: GONE)}
    ended = asyncio.run(send(app, edition, relays=relays, compose=compose))
    lost = ended.counts["refused"]
    assert 20 <= lost <= 24
    assert ended.counts == {"sent": 400 - lost, "refused": lost}
    assert suppressed(sqlite) == []
    with sqlite.read() as connection:
        assert list(halts.of(connection, edition)) == [f"{RELAY}bad"]
    assert len(alarms(sqlite)) == 1
    assert missing(app, edition) == lost
    with sqlite.read() as connection:
        assert halts.of(connection, edition) == {}


def test_a_provider_that_calls_most_of_its_readers_dead_is_not_believed(sqlite: Database) -> None:
    app, edition = newsroom(sqlite, 120)
    with sqlite.write() as connection:
        odd = subscribers.c.id % 2 == 1
        connection.execute(
            update(subscribers).where(odd).values(domain="big.example", address=subscribers.c.address)
        )
    ended = sent(
        app, edition, lambda message: GONE if int(message.recipient[1:].partition("@")[0]) % 2 else OK
    )
    assert ended.state is EditionState.HALTED
    assert ended.counts["sent"] == 60
    assert "failed" not in ended.counts
    assert suppressed(sqlite) == []


def test_who_let_it_go_on_is_not_asked_about_dead_addresses_again(sqlite: Database) -> None:
    app, edition = newsroom(sqlite, 60)

    def old_list(message: Message) -> Outcome:
        return GONE if int(message.recipient[1:].partition("@")[0]) % 3 else OK

    assert sent(app, edition, old_list).state is EditionState.HALTED
    assert resume(app, edition)
    ended = sent(app, edition, old_list)
    assert ended.state is EditionState.SENT
    assert ended.counts["sent"] == 20
    assert len(suppressed(sqlite)) == ended.counts["failed"] > 20


def test_what_a_killed_run_could_not_take_back_is_taken_back_by_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, edition = newsroom(database)
    with monkeypatch.context() as killed:  # it ends right after the answers, before it can halt anything
        killed.setattr("digest.delivery.halts.Tally.count", lambda self, provider, relay, outcome: "")
        killed.setattr("digest.delivery.halts.verdict", lambda standing, limits: "")
        killed.setattr("digest.store.deliveries.plan.nobody", lambda connection, edition, found: "")
        assert sent(app, edition, lambda message: GONE).counts == {"failed": READERS}
        assert len(suppressed(database)) == READERS
    from digest.store.schema import editions

    with database.write() as connection:
        connection.execute(update(editions).values(state=EditionState.SENDING, planned=False))
    with database.write() as connection:  # one that was dead before keeps its own reason
        connection.execute(
            update(suppressions).where(suppressions.c.subscriber_id == 7).values(reason="complaint")
        )
    ended = sent(app, edition, lambda message: OK)
    assert ended.state is EditionState.HALTED
    assert ended.counts == {"refused": READERS}
    assert suppressed(database) == [7]
    with database.read() as connection:
        acts = connection.execute(select(consents.c.act).where(consents.c.subscriber_id == 3)).scalars().all()
    assert acts[-2:] == ["suppress", "lift"]


def test_missing_judges_anew_what_failed_and_takes_its_suppression_back(sqlite: Database) -> None:
    app, edition = newsroom(sqlite, 6)
    sent(app, edition, lambda message: OK if message.recipient < "r4" else GONE)
    words = {4: "550 5.1.1 <b+x@bounces.example.org>: No such user", 5: "550 5.1.1 no such user"}
    with sqlite.write() as connection:  # as an earlier version judged it
        for reader, said in words.items():
            row = deliveries.c.subscriber_id == reader
            connection.execute(update(deliveries).where(row).values(code=int(said[:3]), reply=said[4:]))
        row = deliveries.c.subscriber_id == 6
        connection.execute(update(deliveries).where(row).values(state=DeliveryState.UNDELIVERABLE))
    assert suppressed(sqlite) == [4, 5, 6]
    assert {row.subscriber for row in report(app, edition).missing} == {4, 6}
    assert missing(app, edition) == 2
    assert suppressed(sqlite) == [5, 6]


def test_a_halted_edition_can_be_cancelled(sqlite: Database) -> None:
    app, edition = newsroom(sqlite)
    sent(app, edition, lambda message: GONE)
    assert cancel(app, edition)
    assert suppressed(sqlite) == []


def test_a_suppression_of_another_cause_stays(sqlite: Database) -> None:
    app, edition = newsroom(sqlite, 30)
    with sqlite.write() as connection:
        suppress(connection, reason="manual", at=app.now(), subscriber_id=1)
    assert sent(app, edition, lambda message: GONE).state is EditionState.HALTED
    assert suppressed(sqlite) == [1]
