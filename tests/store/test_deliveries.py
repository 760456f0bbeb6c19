"""The ledger's rows on both databases: who may move them, and who may not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, select, update

from digest.delivery.settle import Claimed, Policy, Settlement, settled
from digest.model import DeliveryState, EditionState
from digest.outcomes import Accepted, Deferred
from digest.store.deliveries import plan
from digest.store.deliveries import settle as ledger
from digest.store.deliveries.claim import Claim
from digest.store.deliveries.mark import Fence, Holder
from digest.store.engine import Database
from digest.store.schema import deliveries, delivery_events
from subscribers.api import audience, may_send, suppress
from subscribers.schema import subscriptions
from tests.flow.newsroom import NEWSLETTER, add_edition, add_readers, states
from tests.states import begin_sending, put

NOW = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
DEADLINE = NOW + timedelta(hours=6)
MINUTE = timedelta(minutes=1)


class Desk:
    """A planned edition, and the statements with their usual arguments."""

    def __init__(self, database: Database, readers: int = 5, *, together: bool = False) -> None:
        self.database = database
        self.together = together
        self.marks = 0
        add_readers(database, readers)
        self.edition = add_edition(database)
        with database.write() as connection:
            self.plan = begin_sending(connection, self.edition, NOW)
            while plan.plan_chunk(connection, self.plan, audience(NEWSLETTER), now=NOW, deadline=DEADLINE):
                pass

    def holder(self, mine: str = "a", lease: timedelta = MINUTE) -> Holder:
        return Holder(edition=self.edition, mine=mine, lease=lease)

    def claim(
        self, mine: str = "a", limit: int = 10, *, lease: timedelta = MINUTE, now: datetime = NOW
    ) -> list[Claimed]:
        with self.database.write() as connection:
            claim = Claim(connection, self.holder(mine, lease), audience(NEWSLETTER), {})
            return claim.rows(connection, now=now, limit=limit)

    def mark(self, ids: list[int], mine: str = "a", *, now: datetime = NOW) -> set[int]:
        """Mark *ids* by the statement that only marks, and by the one that settles as well where `together`."""
        self.marks += 1
        later = now + self.marks * timedelta(microseconds=1)  # a worker's marks are never of one moment
        if self.together:
            return self.both([], ids, mine, now=later)
        with self.database.write() as connection:
            return self.fence(connection, mine).mark(connection, ids, now=later)

    def both(
        self, settlements: list[Settlement], ids: list[int], mine: str = "a", *, now: datetime = NOW
    ) -> set[int]:
        with self.database.alone() as alone, alone() as connection:
            return self.fence(connection, mine).both(connection, settlements, ids, now=now)

    def fence(self, connection: Connection, mine: str) -> Fence:
        return Fence(connection, self.holder(mine), partial(may_send, NEWSLETTER))

    def settle(self, *settlements: Settlement, mine: str = "a") -> list[Settlement]:
        with self.database.write() as connection:
            return ledger.settle(connection, self.holder(mine), settlements, now=NOW)

    def recover(self, *, dead: tuple[str, ...] = ()) -> int:
        with self.database.write() as connection:
            return ledger.recover(connection, self.edition, now=NOW, dead=dead)

    def state(self, delivery: int) -> str:
        with self.database.read() as connection:
            return str(
                connection.execute(select(deliveries.c.state).where(deliveries.c.id == delivery)).scalar_one()
            )

    def edit(self, state: EditionState) -> None:
        with self.database.write() as connection:
            put(connection, self.edition, state)


@pytest.fixture(params=["one by one", "together"])
def desk(database: Database, request: pytest.FixtureRequest) -> Desk:
    return Desk(database, together=request.param == "together")


def sent(delivery: int) -> Settlement:
    return Settlement(
        delivery=delivery, state=DeliveryState.SENT, code=250, reply="2.0.0 queued as X", relay="main"
    )


def test_a_row_is_claimed_by_one_worker_only(desk: Desk) -> None:
    first, second = desk.claim("a", 3), desk.claim("b", 10)
    assert (len(first), len(second), len(desk.claim("c"))) == (3, 2, 0)
    assert {row.id for row in first}.isdisjoint(row.id for row in second)
    assert sorted(row.recipient.address for row in [*first, *second]) == [
        f"r{number}@example.net" for number in range(1, 6)
    ]


def test_a_claim_takes_nothing_before_its_time_or_after_its_deadline(desk: Desk) -> None:
    assert desk.claim(now=NOW - MINUTE) == []
    assert desk.claim(now=DEADLINE) == []


def test_a_reader_who_left_after_planning_is_suppressed_at_the_claim(desk: Desk) -> None:
    with desk.database.write() as connection:
        connection.execute(
            update(subscriptions).where(subscriptions.c.subscriber_id == 2).values(state="ended")
        )
    assert sorted(row.recipient.subscriber for row in desk.claim()) == [1, 3, 4, 5]
    assert states(desk.database) == {"sending": 4, "suppressed": 1}


def test_a_mark_is_granted_once_and_only_to_the_holder(desk: Desk) -> None:
    ids = [row.id for row in desk.claim("a")]
    assert desk.mark(ids, "b") == set()
    assert desk.mark(ids[:2], "a") == set(ids[:2])
    assert desk.mark(ids[:3], "a") == {ids[2]}


def test_one_statement_settles_and_marks_and_each_row_by_its_own_rule(desk: Desk) -> None:
    first, second, third, fourth, fifth = (row.id for row in desk.claim("a"))
    assert desk.mark([first, second]) == {first, second}
    later = NOW + timedelta(seconds=1)
    assert desk.both([sent(first), sent(third)], [fourth], now=later) == {
        fourth
    }  # the third was never marked
    assert [desk.state(one) for one in (first, second, third, fourth, fifth)] == [
        "sent", "handed", "sending", "handed", "sending"
    ]  # fmt: skip
    assert desk.both([sent(second)], [fifth], "b", now=later + MINUTE / 2) == set()  # another's rows
    assert [desk.state(one) for one in (second, fifth)] == ["handed", "sending"]
    with desk.database.read() as connection:
        row = connection.execute(select(deliveries).where(deliveries.c.id == first)).one()
        other = connection.execute(select(deliveries).where(deliveries.c.id == fourth)).one()
    assert (row.code, row.reply, row.relay, row.attempts, row.lease) == (
        250,
        "2.0.0 queued as X",
        "main",
        1,
        None,
    )
    assert (other.code, other.reply, other.relay, other.attempts) == (0, "", "", 0)
    assert other.lease is not None


def test_a_late_answer_to_an_unknown_row_is_an_answer_in_the_one_statement_too(desk: Desk) -> None:
    row = desk.claim("a", 1)[0].id
    desk.mark([row])
    assert desk.recover(dead=("a",)) == 1
    assert desk.state(row) == "unknown"
    assert desk.both([sent(row)], [], now=NOW + MINUTE) == set()
    assert desk.state(row) == "sent"


def test_a_mark_spares_a_reader_who_left_a_moment_ago(desk: Desk) -> None:
    rows = desk.claim()
    with desk.database.write() as connection:
        suppress(connection, reason="complaint", at=NOW, subscriber_id=rows[0].recipient.subscriber)
        gone = subscriptions.c.subscriber_id == rows[1].recipient.subscriber
        connection.execute(update(subscriptions).where(gone).values(state="ended"))
    assert desk.mark([row.id for row in rows]) == {row.id for row in rows[2:]}


@pytest.mark.parametrize("state", [EditionState.PAUSED, EditionState.CANCELLED, EditionState.HALTED])
def test_no_claim_and_no_mark_once_the_edition_is_stopped(desk: Desk, state: EditionState) -> None:
    ids = [row.id for row in desk.claim(limit=2)]
    desk.edit(state)
    assert desk.mark(ids) == set()
    assert desk.claim("b") == []


def test_a_mark_after_the_deadline_or_the_lease_is_refused(desk: Desk) -> None:
    ids = [row.id for row in desk.claim(limit=2)]
    assert desk.mark(ids, now=DEADLINE) == set()
    late = [row.id for row in desk.claim(limit=2, lease=-MINUTE)]
    assert desk.mark(late) == set()


def test_a_refused_mark_settles_the_row(desk: Desk) -> None:
    rows = desk.claim(limit=3)
    with desk.database.write() as connection:
        suppress(connection, reason="manual", at=NOW, subscriber_id=rows[0].recipient.subscriber)
        ledger.unmarked(connection, desk.holder(), [rows[0].id], now=NOW)
    assert desk.state(rows[0].id) == "suppressed"
    desk.edit(EditionState.PAUSED)
    with desk.database.write() as connection:
        ledger.unmarked(connection, desk.holder(), [rows[1].id], now=NOW)
        ledger.unmarked(connection, desk.holder("b"), [rows[2].id], now=NOW)
    assert (desk.state(rows[1].id), desk.state(rows[2].id)) == ("queued", "sending")


def test_only_the_holder_settles_and_only_what_was_handed(desk: Desk) -> None:
    one, two = (row.id for row in desk.claim(limit=2))
    desk.mark([one])
    desk.settle(sent(one), sent(two), mine="b")
    assert (desk.state(one), desk.state(two)) == ("handed", "sending")
    desk.settle(sent(one), sent(two))
    assert (desk.state(one), desk.state(two)) == ("sent", "sending")


def test_the_final_reply_is_kept(desk: Desk) -> None:
    one = desk.claim(limit=1)[0].id
    desk.mark([one])
    desk.settle(sent(one))
    with desk.database.read() as connection:
        row = connection.execute(select(deliveries).where(deliveries.c.id == one)).one()
    assert (row.code, row.reply, row.relay, row.attempts) == (250, "2.0.0 queued as X", "main", 1)


@pytest.mark.parametrize("together", [False, True])
def test_each_try_counts_once_and_the_accepted_one_too(desk: Desk, together: bool) -> None:
    """*together*: in the statement that settles and marks at once."""
    one = desk.claim(limit=1)[0]
    desk.mark([one.id])
    later = settled(one, Deferred(451, "4.2.1 later"), NOW, Policy(), chance=0.5)
    desk.settle(replace(later, due=NOW))
    again = next(row for row in desk.claim() if row.id == one.id)
    assert again.attempts == 1
    desk.mark([again.id])
    taken = settled(again, Accepted(250, "2.0.0 queued"), NOW, Policy(), chance=0.5)
    if together:
        desk.both([taken], [], now=NOW + MINUTE / 2)
    else:
        desk.settle(taken)
    with desk.database.read() as connection:
        attempts = connection.execute(
            select(deliveries.c.attempts).where(deliveries.c.id == one.id)
        ).scalar_one()
    assert attempts == taken.attempts == 2


def test_a_lost_row_goes_back_and_can_be_claimed_by_another(desk: Desk) -> None:
    one = desk.claim(limit=1)[0].id
    desk.mark([one])
    desk.settle(Settlement(delivery=one, state=DeliveryState.QUEUED, due=NOW, reply="line lost"))
    assert one in {row.id for row in desk.claim("b")}
    assert desk.mark([one], "a") == set()


def test_a_suppression_is_asked_for_once(desk: Desk) -> None:
    one = desk.claim(limit=1)[0].id
    desk.mark([one])
    bad = Settlement(delivery=one, state=DeliveryState.FAILED, code=550, reply="5.1.1 nobody", suppress=True)
    assert desk.settle(bad) == [bad]
    assert desk.settle(bad) == []


def test_all_but_a_plain_250_is_an_event(desk: Desk) -> None:
    one, two = (row.id for row in desk.claim(limit=2))
    desk.mark([one, two])
    desk.settle(sent(one), Settlement(delivery=two, state=DeliveryState.REFUSED, code=550, reply="5.7.1 no"))
    with desk.database.read() as connection:
        events = connection.execute(select(delivery_events)).all()
    assert [(event.delivery_id, event.state, event.code, event.text) for event in events] == [
        (two, "refused", 550, "5.7.1 no")
    ]


def test_a_lease_that_ran_out_frees_what_was_not_handed_and_what_was_is_unknown(desk: Desk) -> None:
    one, two = (row.id for row in desk.claim(limit=2))
    desk.mark([one])
    assert desk.recover() == 0
    assert desk.recover(dead=("b",)) == 0
    assert desk.recover(dead=("a",)) == 1
    assert (desk.state(one), desk.state(two)) == ("unknown", "queued")


def test_an_answer_that_comes_late_settles_an_unknown_row_unless_it_was_taken_up_again(desk: Desk) -> None:
    one, two = (row.id for row in desk.claim(limit=2))
    desk.mark([one, two])
    desk.recover(dead=("a",))
    desk.settle(sent(one))
    assert desk.state(one) == "sent"
    with desk.database.write() as connection:
        assert ledger.resend_unknown(connection, desk.edition, now=NOW + MINUTE, after=2 * MINUTE) == 0
        assert ledger.resend_unknown(connection, desk.edition, now=NOW + MINUTE, after=MINUTE) == 1
    desk.settle(sent(two))
    assert desk.state(two) == "queued"


def test_a_lease_is_renewed_while_it_holds_and_not_after(desk: Desk) -> None:
    desk.claim("a", 2)
    desk.claim("b", 2, lease=-MINUTE)
    with desk.database.write() as connection:
        for mine in ("a", "b"):
            ledger.beat(connection, desk.holder(mine), seconds=3600)
    desk.recover()
    assert states(desk.database) == {"queued": 3, "sending": 2}


def test_what_is_late_expires(desk: Desk) -> None:
    desk.claim(limit=2)
    with desk.database.write() as connection:
        assert ledger.expire(connection, desk.edition, now=DEADLINE - MINUTE) == 0
        assert ledger.expire(connection, desk.edition, now=DEADLINE) == 3
    assert states(desk.database) == {"sending": 2, "expired": 3}


def test_the_lease_is_measured_by_the_databases_clock(desk: Desk) -> None:
    desk.claim(lease=timedelta(hours=1))
    with desk.database.read() as connection:
        lease: datetime = connection.execute(select(deliveries.c.lease).limit(1)).scalar_one()
    assert abs(lease - desk.database.now() - timedelta(hours=1)) < timedelta(seconds=20)


def rows_of(connection: Connection) -> list[int]:
    return list(
        connection.execute(select(deliveries.c.subscriber_id).order_by(deliveries.c.subscriber_id)).scalars()
    )


def test_a_live_worker_does_not_take_back_its_own_rows_although_it_was_late(desk: Desk) -> None:
    one, two = (row.id for row in desk.claim("a", 2, lease=-MINUTE))
    with desk.database.write() as connection:
        assert ledger.recover(connection, desk.edition, now=NOW, mine="a") == 0
    assert (desk.state(one), desk.state(two)) == ("sending", "sending")
    assert desk.mark([one]) == set()  # it is told so at the mark, and all others may take them
    desk.recover()
    assert desk.state(two) == "queued"


def test_what_is_put_off_is_free_again_unless_it_was_marked(desk: Desk) -> None:
    one, two = (row.id for row in desk.claim(limit=2))
    desk.mark([one])
    with desk.database.write() as connection:
        ledger.put_off(connection, desk.holder(), [one, two], now=NOW, due=NOW + MINUTE)
    assert (desk.state(one), desk.state(two)) == ("handed", "queued")
    assert two not in {row.id for row in desk.claim("b")}
    assert two in {row.id for row in desk.claim("b", now=NOW + MINUTE)}


@pytest.mark.parametrize(("state", "left"), [("sending", "queued"), ("sent", "expired")])
def test_a_later_that_is_said_too_late_leaves_no_row_open_in_an_edition_that_is_over(
    desk: Desk, state: str, left: str
) -> None:
    (one,) = (row.id for row in desk.claim(limit=1))
    desk.mark([one])
    desk.recover(dead=("a",))
    desk.edit(EditionState(state))
    later = Settlement(delivery=one, state=DeliveryState.QUEUED, code=451, reply="later", due=NOW + MINUTE)
    desk.settle(later)
    assert desk.state(one) == left
