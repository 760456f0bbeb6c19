"""The ledger's rows: claim, mark, settle, and what becomes of a dead worker's. `docs/delivery.md` says why.

Every statement names the claim and the state that it expects, so only the holder moves a row on. Due times
and deadlines are by the clock that the caller brings; leases are by the database's own.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from digest.delivery.settle import Settlement
from digest.model import DeliveryState, EditionState
from digest.store.clock import moment
from digest.store.deliveries import mark
from digest.store.deliveries.mark import Holder, in_state, sending, state_of
from digest.store.schema import deliveries, delivery_events

FAR = 600.0  # seconds by which a lease is longer than any
HELD = (DeliveryState.SENDING, DeliveryState.HANDED)
OPENED = (DeliveryState.QUEUED, *HELD, DeliveryState.SENT)  # what the index of ended rows leaves out


def ended(*states: DeliveryState) -> ColumnElement[bool]:
    """Return the same for *states* that a row keeps, other than sent."""
    over = deliveries.c.state.not_in([literal_column(f"'{state.value}'") for state in OPENED])
    return and_(over, in_state(*states))


def unmarked(connection: Connection, holder: Holder, ids: Collection[int], *, now: datetime) -> None:
    """Settle rows whose mark was refused: back to the queue while the edition goes on or waits, else suppressed.

    A row that lost its lease is somebody else's by now, and is left alone.
    """
    ours = (
        deliveries.c.id.in_(ids),
        deliveries.c.claim == holder.mine,
        in_state(DeliveryState.SENDING),
    )
    over = or_(
        deliveries.c.deadline <= now, ~sending(holder.edition), deliveries.c.lease <= moment(connection)
    )
    back = update(deliveries).where(*ours, over)
    connection.execute(back.values(state=DeliveryState.QUEUED, claim="", lease=None, at=now))
    connection.execute(
        update(deliveries).where(*ours).values(state=DeliveryState.SUPPRESSED, lease=None, at=now)
    )


def settle(
    connection: Connection, holder: Holder, settlements: Sequence[Settlement], *, now: datetime
) -> list[Settlement]:
    """Write *settlements*; return those that were the first to be written and ended by what may be their address."""
    mark.sent(connection, holder, [one for one in settlements if one.state is DeliveryState.SENT], now=now)
    others = [one for one in settlements if one.state is not DeliveryState.SENT]
    written = [one for one in others if _settle_one(connection, holder, one, now)]
    if written:
        connection.execute(insert(delivery_events), [_event(one, now) for one in written])
    return [
        one for one in written if one.suppress or one.state in (DeliveryState.FAILED, DeliveryState.EXPIRED)
    ]


def _settle_one(connection: Connection, holder: Holder, one: Settlement, now: datetime) -> bool:
    answered = one.code > 0
    states = (*HELD, DeliveryState.UNKNOWN) if answered else HELD
    back = one.state is DeliveryState.QUEUED
    values: dict[str, object] = {"due": one.due, "claim": ""} if back else {}
    state: DeliveryState | ColumnElement[str] = one.state
    if back and answered:  # "later", said too late: nobody looks at the rows of an edition that is over
        over = state_of(holder.edition) == EditionState.SENT
        state = case((over, DeliveryState.EXPIRED), else_=DeliveryState.QUEUED)
    statement = (
        update(deliveries)
        .where(
            deliveries.c.id == one.delivery,
            deliveries.c.claim == holder.mine,
            in_state(*states),
        )
        .values(
            state=state,
            code=one.code,
            reply=one.reply[:500],
            attempts=one.attempts,
            losses=one.losses,
            relay=one.relay,
            lease=None,
            at=now,
            **values,
        )
    )
    return connection.execute(statement).rowcount == 1


def put_off(
    connection: Connection, holder: Holder, ids: Collection[int], *, now: datetime, due: datetime
) -> None:
    """Give back rows of ours that are not marked, until *due*."""
    ours = (deliveries.c.id.in_(ids), deliveries.c.claim == holder.mine, in_state(DeliveryState.SENDING))
    back = {"state": DeliveryState.QUEUED, "due": due, "claim": "", "lease": None, "at": now}
    connection.execute(update(deliveries).where(*ours).values(**back))


def handed(connection: Connection, holder: Holder, ids: Collection[int]) -> set[int]:
    """Return those of *ids* that *holder* has marked."""
    ours = (deliveries.c.id.in_(ids), deliveries.c.claim == holder.mine, in_state(DeliveryState.HANDED))
    return set(connection.execute(select(deliveries.c.id).where(*ours)).scalars())


def beat(connection: Connection, holder: Holder, *, seconds: float) -> None:
    """Renew the lease of all rows that we hold, but not of one that has run out: it may be another's already."""
    ours = (*_held(holder), deliveries.c.lease > moment(connection))
    connection.execute(update(deliveries).where(*ours).values(lease=moment(connection, seconds)))


def release(connection: Connection, holder: Holder, *, now: datetime) -> int:
    """Give back what we still hold, when we stop; return how many rows are unknown by it."""
    return _end(connection, _held(holder), now, "the sender stopped before the answer came")


def recover(
    connection: Connection, edition: int, *, now: datetime, dead: Collection[str] = (), mine: str = ""
) -> int:
    """End the claims whose lease is over, and those of the *dead* workers; return how many rows are unknown by it.

    Not our own: we live, and what we were too late for comes back when its mark is refused. Taken back here and
    claimed anew, a row would have two mails on their way to its mark.
    """
    over = and_(deliveries.c.lease <= moment(connection), deliveries.c.claim != mine)
    held = (deliveries.c.edition_id == edition, in_state(*HELD))
    ended = or_(over, deliveries.c.claim.in_(dead)) if dead else over
    return _end(connection, (*held, ended), now, "the worker died before the answer came")


def claims(connection: Connection, edition: int) -> set[str]:
    """Return the workers that hold rows of *edition* at this moment."""
    held = (deliveries.c.edition_id == edition, in_state(*HELD))
    return set(connection.execute(select(deliveries.c.claim).where(*held).distinct()).scalars())


def free(connection: Connection, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition of *where* for rows that no open transaction holds: a stopped worker blocks nobody."""
    if connection.dialect.name == "sqlite":
        return and_(*where)
    return deliveries.c.id.in_(select(deliveries.c.id).where(*where).with_for_update(skip_locked=True))


def _end(connection: Connection, where: Sequence[ColumnElement[bool]], now: datetime, why: str) -> int:
    handed = update(deliveries).where(free(connection, *where, in_state(DeliveryState.HANDED)))
    values = {"state": DeliveryState.UNKNOWN, "reply": why, "at": now, "lease": None}
    found = connection.execute(handed.values(**values).returning(deliveries.c.id)).scalars().all()
    if found:
        events = [
            {"delivery_id": row, "at": now, "state": DeliveryState.UNKNOWN, "text": why} for row in found
        ]
        connection.execute(insert(delivery_events), events)
    waiting = update(deliveries).where(free(connection, *where, in_state(DeliveryState.SENDING)))
    connection.execute(waiting.values(state=DeliveryState.QUEUED, claim="", at=now, lease=None))
    return len(found)


def expiring(
    connection: Connection, edition: int, *, now: datetime, limit: int = 5000
) -> list[tuple[int, int, int, str]]:
    """Return (delivery, subscriber, code, reply) of rows that `expire` would move and that were told to wait."""
    table = deliveries.c
    late = (table.edition_id == edition, in_state(DeliveryState.QUEUED), table.deadline <= now)
    query = select(table.id, table.subscriber_id, table.code, table.reply).where(*late, table.code >= 400)
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query.limit(limit))]


def expire(connection: Connection, edition: int, *, now: datetime) -> int:
    """Move the queued rows whose deadline has passed to expired; return how many."""
    queued = (deliveries.c.edition_id == edition, in_state(DeliveryState.QUEUED))
    late = free(connection, *queued, deliveries.c.deadline <= now)
    statement = update(deliveries).where(late).values(state=DeliveryState.EXPIRED, at=now)
    return connection.execute(statement).rowcount


def bring_forward(connection: Connection, edition: int, *, now: datetime, longest: timedelta) -> int:
    """Make queued rows due now whose wait is longer than *longest*; return how many.

    No wait is that long, so the clock that set it was ahead and has been set back since.
    """
    queued = (deliveries.c.edition_id == edition, in_state(DeliveryState.QUEUED))
    ahead = free(connection, *queued, deliveries.c.due > now + longest)
    return connection.execute(update(deliveries).where(ahead).values(due=now)).rowcount


def shorten_leases(connection: Connection, edition: int, *, seconds: float) -> int:
    """End leases *seconds* from now that would last ten minutes longer than that; return how many.

    No lease is that long, so the database's clock was set back since. A live holder renews its own meanwhile.
    """
    held = (deliveries.c.edition_id == edition, in_state(*HELD))
    ahead = free(connection, *held, deliveries.c.lease > moment(connection, seconds + FAR))
    return connection.execute(
        update(deliveries).where(ahead).values(lease=moment(connection, seconds))
    ).rowcount


def resend_unknown(connection: Connection, edition: int, *, now: datetime, after: timedelta) -> int:
    """Queue the unknown rows anew that are older than *after* (policy `resend`); return how many."""
    unknown = (deliveries.c.edition_id == edition, ended(DeliveryState.UNKNOWN))
    old = free(connection, *unknown, deliveries.c.at <= now - after, deliveries.c.deadline > now)
    statement = update(deliveries).where(old)
    return connection.execute(
        statement.values(state=DeliveryState.QUEUED, due=now, claim="", at=now)
    ).rowcount


def subscriber_of(connection: Connection, delivery: int) -> int:
    """Return whose row it is."""
    query = select(deliveries.c.subscriber_id).where(deliveries.c.id == delivery)
    found: int = connection.execute(query).scalar_one()
    return found


def _held(holder: Holder) -> tuple[ColumnElement[bool], ...]:
    return (
        deliveries.c.edition_id == holder.edition,
        and_(in_state(*HELD), deliveries.c.claim == holder.mine),
    )


def _event(one: Settlement, now: datetime) -> dict[str, object]:
    return {
        "delivery_id": one.delivery,
        "at": now,
        "state": one.state,
        "code": one.code,
        "text": one.reply[:500],
    }
