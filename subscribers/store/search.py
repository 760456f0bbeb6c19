"""Readers found by the beginning of their address, a page at a time, as quick in a list of a million as of ten.

Each question is answered along an index: no part of an address is searched in the middle, nothing is
counted, and a page begins behind the last reader of the page before it.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, select

from subscribers.model import Person, State, Subscriber, Subscription
from subscribers.schema import subscribers, subscriptions

_PERSON = tuple(
    subscribers.c[name] for name in ("id", "address", "name", "language", "zone", "created_at", "suppressed")
)
_LAST = "\U0010ffff"


def search_people(
    connection: Connection, *, prefix: str = "", newsletter: str = "", after: int = 0, limit: int = 50
) -> list[Person]:
    """Return up to *limit* readers with all their subscriptions, behind the reader with the id *after*.

    With *prefix* they are those whose address begins so, without regard to case, in the addresses' order;
    else all, in the order of their ids. *newsletter* leaves those who have, or had, a subscription to it.
    """
    query = select(*_PERSON).limit(limit)
    if newsletter:
        joined = subscriptions.c.subscriber_id == subscribers.c.id
        query = query.join_from(subscriptions, subscribers, joined).where(
            subscriptions.c.newsletter == newsletter
        )
    if prefix:
        key, first = _bytes(connection), prefix.lower()
        query = query.where(key >= first, key < first + _LAST).order_by(key)
        if after:
            query = query.where(
                key > select(subscribers.c.address_key).where(subscribers.c.id == after).scalar_subquery()
            )
    else:
        number = subscriptions.c.subscriber_id if newsletter else subscribers.c.id
        # both ids, or PostgreSQL may merge the tables from their first rows on
        query = query.where(number > after, subscribers.c.id > after).order_by(number)
    people = [Subscriber(*row) for row in connection.execute(query)]
    held = _subscriptions(connection, [each.id for each in people])
    return [Person(each, tuple(held.get(each.id, ()))) for each in people]


def _bytes(connection: Connection) -> ColumnElement[str]:
    """The address's key, compared byte by byte, whatever language the database would sort it by."""
    key = subscribers.c.address_key
    return key.collate("C") if connection.dialect.name == "postgresql" else key


def _subscriptions(connection: Connection, ids: Collection[int]) -> dict[int, list[Subscription]]:
    rows = connection.execute(
        select(
            subscriptions.c.subscriber_id,
            subscriptions.c.newsletter,
            subscriptions.c.state,
            subscriptions.c.sections,
            subscriptions.c.asked_at,
            subscriptions.c.confirmed_at,
            subscriptions.c.paused_until,
            subscriptions.c.changed_at,
        )
        .where(subscriptions.c.subscriber_id.in_(ids))
        .order_by(subscriptions.c.newsletter)
    )
    made: dict[int, list[Subscription]] = {}
    for row in rows:
        made.setdefault(row[0], []).append(Subscription(row[0], row[1], State(row[2]), *row[3:]))
    return made
