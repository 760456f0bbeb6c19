"""Planning in chunks, and the moves of a sending edition, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from digest.errors import EditionError
from digest.model import DeliveryState, EditionState
from digest.store.deliveries import plan as plans
from digest.store.deliveries.claim import Claim
from digest.store.deliveries.mark import Holder
from digest.store.editions import existing
from digest.store.engine import Database
from digest.store.schema import deliveries
from subscribers.api import audience
from subscribers.schema import subscriptions
from tests.flow.newsroom import NEWSLETTER, add_edition, add_readers, states
from tests.states import begin_sending, put

MISSING = (DeliveryState.REFUSED, DeliveryState.EXPIRED, DeliveryState.UNDELIVERABLE)
NOW = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
DEADLINE = NOW + timedelta(hours=6)


def chunk(database: Database, edition: int, size: int) -> int:
    with database.write() as connection:
        plan = existing(connection, edition)
        return plans.plan_chunk(connection, plan, audience(NEWSLETTER), now=NOW, deadline=DEADLINE, size=size)


def planned(database: Database) -> list[int]:
    with database.read() as connection:
        return list(
            connection.execute(select(deliveries.c.subscriber_id).order_by(deliveries.c.id)).scalars()
        )


def begun(database: Database, readers: int) -> int:
    if readers:
        add_readers(database, readers)
    edition = add_edition(database)
    with database.write() as connection:
        begin_sending(connection, edition, NOW)
    return edition


def test_chunks_go_by_the_readers_ids_and_end_with_a_zero(database: Database) -> None:
    edition = begun(database, 7)
    assert [chunk(database, edition, 3) for _ in range(4)] == [3, 3, 1, 0]
    assert planned(database) == [1, 2, 3, 4, 5, 6, 7]
    with database.read() as connection:
        assert existing(connection, edition).planned
    assert chunk(database, edition, 3) == 0


def test_nobody_is_planned_twice_nor_who_does_not_read_it(database: Database) -> None:
    add_readers(database, 3, newsletter="other", start=100)
    edition = begun(database, 4)
    with database.write() as connection:
        connection.execute(
            update(subscriptions).where(subscriptions.c.subscriber_id == 3).values(state="pending")
        )
    chunk(database, edition, 2)
    with database.write() as connection:  # a crash right before the watermark moved would look like this
        connection.execute(update(plans.editions).values(planned_to=0))
    while chunk(database, edition, 2):
        pass
    assert planned(database) == [1, 2, 4]


def test_a_row_holds_what_was_decided(database: Database) -> None:
    edition = begun(database, 1)
    chunk(database, edition, 10)
    with database.read() as connection:
        row = connection.execute(select(deliveries)).one()
    assert (row.edition_id, row.revision, row.state, row.provider, row.seed) == (
        edition,
        1,
        "queued",
        "example.net",
        False,
    )
    assert (row.due, row.deadline) == (NOW, DEADLINE)


def test_seeds_are_due_first_and_a_seed_that_reads_it_gets_one_mail(database: Database) -> None:
    edition = begun(database, 3)
    with database.write() as connection:
        plan = existing(connection, edition)
        seeds = {"Seed@House.example": -5, "r2@EXAMPLE.net": -6}
        for _ in range(2):
            plans.plan_seeds(connection, plan, audience(NEWSLETTER), seeds, now=NOW, deadline=DEADLINE)
    while chunk(database, edition, 2):
        pass
    holder = Holder(edition=edition, mine="a", lease=timedelta(minutes=1))
    with database.write() as connection:
        claim = Claim(connection, holder, audience(NEWSLETTER), {-5: "Seed@House.example"})
        rows = claim.rows(connection, now=NOW, limit=10)
    assert [row.recipient.address for row in rows[2:]] == ["r1@example.net", "r3@example.net"]
    assert sorted(row.recipient.address for row in rows[:2]) == ["Seed@House.example", "r2@example.net"]


def test_finished_is_planned_to_the_end_and_no_row_open(database: Database) -> None:
    edition = begun(database, 2)

    def finish(*, resend: bool = False) -> bool:
        with database.write() as connection:
            return plans.finish(connection, edition, NOW, resend=resend)

    def put(state: DeliveryState, subscriber: int) -> None:
        with database.write() as connection:
            connection.execute(
                update(deliveries).where(deliveries.c.subscriber_id == subscriber).values(state=state)
            )

    assert not finish()
    chunk(database, edition, 10)
    put(DeliveryState.SENT, 1)
    put(DeliveryState.SENT, 2)
    assert not finish()  # the plan has not been seen to be at its end
    chunk(database, edition, 10)
    for state in ("queued", "sending", "handed"):
        put(DeliveryState(state), 2)
        assert not finish()
    put(DeliveryState.UNKNOWN, 2)
    assert not finish(resend=True)
    assert finish()
    assert finish()
    with database.read() as connection:
        assert existing(connection, edition).state is EditionState.SENT


def test_an_edition_without_readers_is_finished(database: Database) -> None:
    edition = begun(database, 0)
    assert chunk(database, edition, 10) == 0
    with database.write() as connection:
        assert plans.finish(connection, edition, NOW, resend=False)


def test_only_an_approved_edition_begins(database: Database) -> None:
    edition = add_edition(database, state=EditionState.DRAFT)
    with database.write() as connection:
        assert begin_sending(connection, edition, NOW).state is EditionState.DRAFT
    with database.read() as connection, pytest.raises(EditionError):
        existing(connection, 999)


def test_missing_are_the_refused_the_expired_and_the_undeliverable_and_nobody_else(
    database: Database,
) -> None:
    edition = begun(database, len(DeliveryState))
    while chunk(database, edition, 100):
        pass
    with database.write() as connection:
        for number, state in enumerate(DeliveryState, 1):
            connection.execute(
                update(deliveries)
                .where(deliveries.c.subscriber_id == number)
                .values(state=state, attempts=4, claim="a", lease=NOW)
            )
        put(connection, edition, EditionState.SENT)
        assert plans.again(connection, edition, now=NOW, deadline=DEADLINE + timedelta(hours=1)) == 3
    assert states(database) == {
        str(state): 1 for state in DeliveryState if state not in (*MISSING, "queued")
    } | {"queued": 4}
    with database.read() as connection:
        assert existing(connection, edition).state is EditionState.SENDING
        assert plans.counts(connection, edition)[DeliveryState.QUEUED] == 4
        again = [list(DeliveryState).index(state) + 1 for state in MISSING]
        found = connection.execute(select(deliveries).where(deliveries.c.subscriber_id.in_(again))).all()
    assert [(row.attempts, row.claim, row.lease, row.due, row.deadline) for row in found] == 3 * [
        (0, "", None, NOW, DEADLINE + timedelta(hours=1))
    ], "as if for the first time: the waits begin short, and there is time for them"


def test_cancelling_ends_what_is_queued(database: Database) -> None:
    edition = begun(database, 3)
    chunk(database, edition, 10)
    with database.write() as connection:
        assert plans.cancel_queued(connection, edition, NOW) == 0
        put(connection, edition, EditionState.CANCELLED)
        assert plans.cancel_queued(connection, edition, NOW) == 3
    assert states(database) == {"cancelled": 3}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_row_that_another_worker_moves_meanwhile_is_not_overlooked(database: Database) -> None:
    """It goes back to the queue between two looks at the rows: the edition must not end with it."""
    edition = begun(database, 1)
    while chunk(database, edition, 3):
        pass
    with database.write() as connection:
        connection.execute(update(deliveries).values(state=DeliveryState.HANDED))
    looks = 0

    def moved(*_: object) -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            with database.engine.begin() as other:
                other.exec_driver_sql("UPDATE deliveries SET state = 'queued'")

    with database.write() as connection:
        event.listen(connection, "after_cursor_execute", moved)
        try:
            assert plans.open_rows(connection, edition)
        finally:
            event.remove(connection, "after_cursor_execute", moved)
    assert looks > 0
