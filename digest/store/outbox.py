"""The outbox: single mails (confirmations, tests, drafts, alarms) with the states and the marks of the ledger.

A mail that was sent or has failed keeps its row for some days and its content not at all: both name a person.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from digest.delivery.settle import Claimed, Policy, Settlement
from digest.model import DeliveryState, Recipient
from digest.store.clock import moment
from digest.store.deliveries.settle import FAR
from digest.store.schema import outbox
from digest.store.statements import fitted, insert_new

USUAL = Policy()
HELD = (DeliveryState.SENDING, DeliveryState.HANDED)
KEEPS = (DeliveryState.QUEUED, *HELD, DeliveryState.UNKNOWN)  # a late answer may put an unknown one off


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A mail to be sent from *due* on, until its *deadline*; *key* makes it one, *sender* is the envelope's."""

    kind: str
    key: str
    recipient: str
    sender: str
    content: bytes
    due: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A claimed mail: its row, and what goes out."""

    row: Claimed
    kind: str
    sender: str
    content: bytes


def enqueue(connection: Connection, mail: Queued) -> bool:
    """Put *mail* into the outbox; False when one with its key is or was there already."""
    row = {
        "kind": mail.kind,
        "key": fitted(mail.key),
        "recipient": mail.recipient,
        "sender": mail.sender,
        "content": mail.content,
        "due": mail.due,
        "deadline": mail.deadline,
        "at": mail.due,
        "state": DeliveryState.QUEUED,
    }
    return insert_new(connection, outbox, row) == 1


def claim(connection: Connection, mine: str, lease: timedelta, *, now: datetime, limit: int) -> list[Letter]:
    """Return up to *limit* due mails, now ours for a lease, the earliest due first."""
    due = select(outbox.c.id).where(_due(now)).order_by(outbox.c.due).limit(limit)
    if connection.dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    statement = (
        update(outbox)
        .where(outbox.c.id.in_(due))
        .values(state=DeliveryState.SENDING, claim=mine, at=now)
        .values(lease=moment(connection, lease.total_seconds()))
        .returning(outbox)
    )
    rows = sorted(connection.execute(statement).all(), key=lambda row: (row.due, row.id))
    return [
        Letter(
            row=Claimed(
                id=row.id,
                recipient=Recipient(subscriber=0, address=row.recipient),
                provider="",  # nobody is left alone: each of these mails is awaited by somebody
                deadline=row.deadline,
                attempts=row.attempts,
            ),
            kind=row.kind,
            sender=row.sender,
            content=row.content,
        )
        for row in rows
    ]


def mark(
    connection: Connection, mine: str, lease: timedelta, ids: Collection[int], *, now: datetime
) -> set[int]:
    """Return those of *ids* that may be handed over now."""
    statement = (
        update(outbox)
        .where(
            outbox.c.id.in_(ids),
            outbox.c.claim == mine,
            outbox.c.state == DeliveryState.SENDING,
            outbox.c.lease > moment(connection),
            outbox.c.deadline > now,
        )
        .values(state=DeliveryState.HANDED, at=now, lease=moment(connection, lease.total_seconds()))
        .returning(outbox.c.id)
    )
    return set(connection.execute(statement).scalars())


def handed(connection: Connection, mine: str, ids: Collection[int]) -> set[int]:
    """Return those of *ids* that *mine* has marked."""
    ours = (outbox.c.id.in_(ids), outbox.c.claim == mine, outbox.c.state == DeliveryState.HANDED)
    return set(connection.execute(select(outbox.c.id).where(*ours)).scalars())


def put_off(connection: Connection, mine: str, ids: Collection[int], *, now: datetime, due: datetime) -> None:
    """Give back mails of ours that are not marked, until *due*."""
    ours = (outbox.c.id.in_(ids), outbox.c.claim == mine, outbox.c.state == DeliveryState.SENDING)
    back = {"state": DeliveryState.QUEUED, "due": due, "claim": "", "lease": None, "at": now}
    connection.execute(update(outbox).where(*ours).values(**back))


def settle(
    connection: Connection, mine: str, settlements: Sequence[Settlement], *, now: datetime
) -> list[Settlement]:
    """Write *settlements*; return those that were the first to be written."""
    return [one for one in settlements if _settle_one(connection, mine, one, now)]


def _settle_one(connection: Connection, mine: str, one: Settlement, now: datetime) -> bool:
    back = one.state is DeliveryState.QUEUED
    states = (*HELD, DeliveryState.UNKNOWN) if one.code else HELD
    where = (outbox.c.id == one.delivery, outbox.c.claim == mine, outbox.c.state.in_(states))
    values = {
        "state": one.state,
        "code": one.code,
        "reply": one.reply[:500],
        "attempts": one.attempts,
        "at": now,
    }
    again: dict[str, object] = {"due": one.due, "claim": ""} if back else {}
    if one.state not in KEEPS:
        again["content"] = b""
    done = connection.execute(update(outbox).where(*where).values(lease=None, **values, **again))
    return done.rowcount == 1


def heartbeat(
    connection: Connection, mine: str, lease: timedelta, *, now: datetime, dead: Collection[str] = ()
) -> bool:
    """Renew our leases, end those of the dead, expire what is late; return whether a mail is due or held by us."""
    ours = (outbox.c.claim == mine, outbox.c.state.in_(HELD), outbox.c.lease > moment(connection))
    renewed = moment(connection, lease.total_seconds())
    connection.execute(update(outbox).where(*ours).values(lease=renewed))
    over = or_(
        and_(outbox.c.lease <= moment(connection), outbox.c.claim != mine), outbox.c.claim.in_(dead)
    )  # not our own: we live, and a mail must not be claimed twice by one sender
    _end(connection, and_(outbox.c.state.in_(HELD), over), now)
    late = (outbox.c.state == DeliveryState.QUEUED, outbox.c.deadline <= now)
    connection.execute(update(outbox).where(*late).values(state=DeliveryState.EXPIRED, content=b"", at=now))
    waits = or_(_due(now), and_(*ours))
    return connection.execute(select(outbox.c.id).where(waits).limit(1)).first() is not None


def bring_forward(connection: Connection, *, now: datetime, longest: timedelta) -> int:
    """Make queued mails due now whose wait is longer than any is: the clock was set back since. Return how many."""
    ahead = (outbox.c.state == DeliveryState.QUEUED, outbox.c.due > now + longest)
    return connection.execute(update(outbox).where(*ahead).values(due=now)).rowcount


def shorten_leases(connection: Connection, lease: timedelta) -> int:
    """End leases within *lease* that would last far longer: the database's clock was set back. Return how many."""
    seconds = lease.total_seconds()
    ahead = (outbox.c.state.in_(HELD), outbox.c.lease > moment(connection, seconds + FAR))
    return connection.execute(update(outbox).where(*ahead).values(lease=moment(connection, seconds))).rowcount


def release(connection: Connection, mine: str, *, now: datetime) -> None:
    """Give back what we still hold, when we stop."""
    _end(connection, and_(outbox.c.claim == mine, outbox.c.state.in_(HELD)), now)


def due(connection: Connection, now: datetime, policy: Policy = USUAL) -> bool:
    """Return whether a mail waits to be sent, or for a dead worker's claim to end.

    So does one that would wait or be held far longer than any is: a clock was set back.
    """
    ahead = and_(outbox.c.state == DeliveryState.QUEUED, outbox.c.due > now + policy.longest_wait)
    late = moment(connection, policy.lease.total_seconds() + FAR)
    ended = or_(outbox.c.lease <= moment(connection), outbox.c.lease > late)
    over = or_(and_(outbox.c.state.in_(HELD), ended), ahead)
    return connection.execute(select(outbox.c.id).where(or_(_due(now), over)).limit(1)).first() is not None


def claims(connection: Connection) -> set[str]:
    """Return the workers that hold mails at this moment."""
    return set(
        connection.execute(select(outbox.c.claim).where(outbox.c.state.in_(HELD)).distinct()).scalars()
    )


def since(connection: Connection, kind: str, at: datetime) -> int:
    """Return how many mails of *kind* were queued or ended later than *at*."""
    query = select(func.count()).where(outbox.c.kind == kind, outbox.c.at > at)
    return int(connection.execute(query).scalar_one())


def states(connection: Connection, keys: Collection[str]) -> dict[str, tuple[DeliveryState, str]]:
    """Return state and reply of the mails with *keys*."""
    asked = {fitted(key): key for key in keys}
    query = select(outbox.c.key, outbox.c.state, outbox.c.code, outbox.c.reply).where(outbox.c.key.in_(asked))
    return {
        asked[row.key]: (DeliveryState(row.state), f"{row.code or ''} {row.reply}".strip())
        for row in connection.execute(query)
    }


def clear(connection: Connection, before: datetime) -> int:
    """Delete the mails that ended before *before*; return how many."""
    over = (outbox.c.state.not_in((DeliveryState.QUEUED, *HELD)), outbox.c.at < before)
    return connection.execute(delete(outbox).where(*over)).rowcount


def counts(connection: Connection) -> dict[DeliveryState, int]:
    """Return how many mails are in each state."""
    query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
    return {DeliveryState(row[0]): row[1] for row in connection.execute(query)}


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(outbox.c.state == DeliveryState.QUEUED, outbox.c.due <= now, outbox.c.deadline > now)


def _end(connection: Connection, where: ColumnElement[bool], now: datetime) -> None:
    why = "the sender stopped or died before the answer came"
    handed = update(outbox).where(where, outbox.c.state == DeliveryState.HANDED)
    connection.execute(handed.values(state=DeliveryState.UNKNOWN, reply=why, at=now, lease=None))
    waiting = update(outbox).where(where, outbox.c.state == DeliveryState.SENDING)
    connection.execute(waiting.values(state=DeliveryState.QUEUED, claim="", at=now, lease=None))
