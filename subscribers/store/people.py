"""Subscribers: found, added, iterated and counted."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, case, func, or_, select, update

from subscribers.address import Address
from subscribers.model import Person, State, Subscriber, Subscription, SubscriptionCounts
from subscribers.schema import AnyRow, Query, subscribers, subscriptions
from subscribers.store.audience import reachable
from subscribers.store.upsert import insert_or_ignore

_PERSON = (
    subscribers.c.id,
    subscribers.c.address,
    subscribers.c.name,
    subscribers.c.language,
    subscribers.c.zone,
    subscribers.c.created_at,
    subscribers.c.suppressed,
)
_SUBSCRIPTION = (
    subscriptions.c.subscriber_id,
    subscriptions.c.newsletter,
    subscriptions.c.state,
    subscriptions.c.sections,
    subscriptions.c.asked_at,
    subscriptions.c.confirmed_at,
    subscriptions.c.paused_until,
    subscriptions.c.changed_at,
)


def subscriber_by_id(connection: Connection, subscriber_id: int) -> Subscriber | None:
    """Return the subscriber, None where there is none (any more)."""
    row = connection.execute(select(*_PERSON).where(subscribers.c.id == subscriber_id)).one_or_none()
    return Subscriber(*row) if row else None


def subscriber_by_key(connection: Connection, key: str) -> Subscriber | None:
    """Return the subscriber whose address has *key* (`address.parsed(...).key`)."""
    row = connection.execute(select(*_PERSON).where(subscribers.c.address_key == key)).one_or_none()
    return Subscriber(*row) if row else None


def get_or_create(
    connection: Connection,
    address: Address,
    at: datetime,
    *,
    name: str = "",
    language: str = "",
    zone: str = "",
) -> Subscriber:
    """Return the subscriber with this address, added where it is new; an old one keeps its name."""
    row = {
        "address": address.text,
        "address_key": address.key,
        "domain": address.domain,
        "name": name,
        "language": language,
        "zone": zone,
        "created_at": at,
        "suppressed": False,
    }
    insert_or_ignore(connection, subscribers, row, "address_key")
    found = subscriber_by_key(connection, address.key)
    if found is None:
        raise LookupError("the reader's row is not there although it was written in this transaction")
    return found


def load_person(connection: Connection, subscriber_id: int) -> Person | None:
    """Return a subscriber with all subscriptions."""
    found = subscriber_by_id(connection, subscriber_id)
    if found is None:
        return None
    rows = connection.execute(
        select(*_SUBSCRIPTION)
        .where(subscriptions.c.subscriber_id == subscriber_id)
        .order_by(subscriptions.c.newsletter)
    )
    return Person(found, tuple(_subscription(row) for row in rows))


def find_subscription(connection: Connection, subscriber_id: int, newsletter: str) -> Subscription | None:
    """Return the subscriber's subscription to *newsletter*."""
    found = connection.execute(
        select(*_SUBSCRIPTION).where(
            subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.newsletter == newsletter
        )
    ).one_or_none()
    return _subscription(found) if found else None


def _subscription(row: AnyRow, begins: int = 0) -> Subscription:
    """Return the subscription whose columns begin in *row* at the place *begins*."""
    number, newsletter, state, *others = row[begins:]
    return Subscription(number, newsletter, State(state), *others)


def has_confirmed(connection: Connection, subscriber_id: int) -> bool:
    """Return whether the subscriber ever consented to anything here."""
    mine = subscriptions.c.subscriber_id == subscriber_id
    query = select(subscriptions.c.newsletter).where(mine, subscriptions.c.confirmed_at.is_not(None))
    return connection.execute(query.limit(1)).first() is not None


def update_profile(
    connection: Connection,
    subscriber_id: int,
    *,
    name: str | None = None,
    language: str | None = None,
    zone: str | None = None,
) -> None:
    """Store what the reader says about themselves; None leaves a field as it is."""
    given = {"name": name, "language": language, "zone": zone}
    values = {field: value for field, value in given.items() if value is not None}
    if values:
        connection.execute(update(subscribers).where(subscribers.c.id == subscriber_id).values(**values))


def list_subscriptions(
    connection: Connection,
    *,
    newsletter: str = "",
    state: State | None = None,
    text: str = "",
    after: int = 0,
    limit: int = 100,
) -> list[tuple[Subscriber, Subscription]]:
    """Return up to *limit* subscriptions with their readers, by id from behind *after*.

    *text* must be part of the address or the name, without regard to case.
    """
    rows = connection.execute(_filtered(newsletter, state, text, after).limit(limit))
    return [_pair(row) for row in rows]


def _pair(row: AnyRow) -> tuple[Subscriber, Subscription]:
    return Subscriber(*row[:7]), _subscription(row, len(_PERSON))


def iterate_subscriptions(
    connection: Connection,
    *,
    newsletter: str = "",
    state: State | None = None,
    text: str = "",
    chunk: int = 5000,
) -> Iterator[tuple[Subscriber, Subscription]]:
    """Yield all subscriptions with their readers, by id; memory holds one *chunk*."""
    after = 0
    while found := list_subscriptions(
        connection, newsletter=newsletter, state=state, text=text, after=after, limit=chunk
    ):
        last = found[-1][0].id
        # A reader with several subscriptions may straddle the cut: leave the last one to the next round.
        whole = [pair for pair in found if pair[0].id != last] if len(found) == chunk else found
        yield from whole or found
        after = whole[-1][0].id if whole else last


def _filtered(newsletter: str, state: State | None, text: str, after: int) -> Query:
    found = (
        select(*_PERSON, *_SUBSCRIPTION)
        .join_from(subscriptions, subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .where(subscriptions.c.subscriber_id > after)
        .order_by(subscriptions.c.subscriber_id, subscriptions.c.newsletter)
    )
    if newsletter:
        found = found.where(subscriptions.c.newsletter == newsletter)
    if state:
        found = found.where(subscriptions.c.state == state)
    if text:
        lower = text.lower()
        part = subscribers.c.address_key.contains(lower, autoescape=True)
        found = found.where(or_(part, func.lower(subscribers.c.name).contains(lower, autoescape=True)))
    return found


def count_subscriptions(connection: Connection, *, at: datetime | None = None) -> list[SubscriptionCounts]:
    """Return for each newsletter how many readers are in each state, and how many an edition would reach."""
    columns = [func.sum(case((subscriptions.c.state == state, 1), else_=0)) for state in State]
    reached = func.sum(case((reachable(subscribers, subscriptions, at), 1), else_=0))
    rows = connection.execute(
        select(subscriptions.c.newsletter, *columns, reached)
        .join_from(subscriptions, subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .group_by(subscriptions.c.newsletter)
        .order_by(subscriptions.c.newsletter)
    )
    return [SubscriptionCounts(row[0], *(int(number) for number in row[1:])) for row in rows]
