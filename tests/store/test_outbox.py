"""The outbox on both databases: each mail once, and no second one for the same key."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from digest.delivery.settle import Policy, Settlement, settled
from digest.model import DeliveryState
from digest.outcomes import Accepted, Deferred
from digest.store import outbox, schema
from digest.store.engine import Database

NOW = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def put(database: Database, key: str, *, due: datetime = NOW) -> bool:
    with database.write() as connection:
        return outbox.enqueue(
            connection,
            outbox.Queued(
                kind="confirm",
                key=key,
                recipient="r@example.net",
                sender="bounce@example.org",
                content=b"Subject: x\r\n\r\n\xff\x00",
                due=due,
                deadline=NOW + timedelta(hours=1),
            ),
        )


def claim(database: Database, mine: str = "a", *, lease: timedelta = MINUTE) -> list[outbox.Letter]:
    with database.write() as connection:
        return outbox.claim(connection, mine, lease, now=NOW, limit=10)


def test_a_second_mail_with_the_same_key_is_superfluous(database: Database) -> None:
    assert put(database, "k")
    assert not put(database, "k")
    assert put(database, "other")


def test_a_mail_is_claimed_once_and_only_when_due(database: Database) -> None:
    put(database, "now")
    put(database, "later", due=NOW + MINUTE)
    letters = claim(database)
    assert [(letter.kind, letter.sender, letter.content) for letter in letters] == [
        ("confirm", "bounce@example.org", b"Subject: x\r\n\r\n\xff\x00")
    ]
    assert claim(database, "b") == []


def test_a_mail_is_marked_once_by_its_holder(database: Database) -> None:
    put(database, "k")
    ids = [letter.row.id for letter in claim(database)]
    with database.write() as connection:
        assert outbox.mark(connection, "b", MINUTE, ids, now=NOW) == set()
        assert outbox.mark(connection, "a", MINUTE, ids, now=NOW + timedelta(hours=2)) == set()
        assert outbox.mark(connection, "a", MINUTE, ids, now=NOW) == set(ids)
        assert outbox.mark(connection, "a", MINUTE, ids, now=NOW) == set()


def test_a_settled_mail_tells_its_state_and_reply(database: Database) -> None:
    put(database, "k")
    [letter] = claim(database)
    with database.write() as connection:
        outbox.mark(connection, "a", MINUTE, [letter.row.id], now=NOW)
        done = Settlement(delivery=letter.row.id, state=DeliveryState.SENT, code=250, reply="ok")
        assert outbox.settle(connection, "b", [done], now=NOW) == []
        assert outbox.settle(connection, "a", [done], now=NOW) == [done]
        assert outbox.states(connection, ["k"]) == {"k": (DeliveryState.SENT, "250 ok")}
        assert outbox.counts(connection) == {DeliveryState.SENT: 1}


def test_the_try_that_is_accepted_counts_as_each_other(database: Database) -> None:
    put(database, "k")
    with database.write() as connection:
        for outcome in (Deferred(451, "4.2.1 later"), Accepted(250, "2.0.0 queued")):
            [letter] = outbox.claim(connection, "a", MINUTE, now=NOW, limit=10)
            outbox.mark(connection, "a", MINUTE, [letter.row.id], now=NOW)
            done = settled(letter.row, outcome, NOW, Policy(), chance=0.5)
            outbox.settle(connection, "a", [replace(done, due=NOW)], now=NOW)
        row = connection.execute(select(schema.outbox)).one()
    assert (row.state, row.attempts) == (DeliveryState.SENT, 2)


def test_a_dead_workers_mails_are_freed_or_unknown(database: Database) -> None:
    put(database, "one")
    put(database, "two")
    ids = [letter.row.id for letter in claim(database)]
    with database.write() as connection:
        outbox.mark(connection, "a", MINUTE, ids[:1], now=NOW)
        assert outbox.heartbeat(connection, "b", MINUTE, now=NOW, dead=["a"])
        assert outbox.counts(connection) == {DeliveryState.UNKNOWN: 1, DeliveryState.QUEUED: 1}
        assert outbox.due(connection, NOW)


def test_a_late_mail_expires_and_nothing_is_due_any_more(database: Database) -> None:
    put(database, "k")
    with database.write() as connection:
        assert not outbox.heartbeat(connection, "a", MINUTE, now=NOW + timedelta(hours=1))
        assert not outbox.due(connection, NOW)
        assert outbox.counts(connection) == {DeliveryState.EXPIRED: 1}
