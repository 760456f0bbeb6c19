"""Who may be written to, as SQL: whoever plans or sends asks in the same statement that acts."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, literal, or_, select
from sqlalchemy.sql.expression import FromClause

from subscribers.model import State
from subscribers.schema import UTCDateTime, subscribers, subscriptions


def audience(
    newsletter: str, *, at: datetime | None = None
) -> Select[tuple[int, str, str, str, str, str, str]]:
    """Return the selectable of the readers whom an edition of *newsletter* goes to, in no order.

    Its columns: subscriber_id, address, name, language, zone ("" is the newsletter's own), sections ("" is
    all; else comma-joined names, `top` alone where only the top stories are wanted), domain. *at* is the
    moment by which pauses have ended; without it the database's clock decides. Reading on from a
    subscriber_id, in that order, is a walk along the table's key.
    """
    person, subscription = subscribers, subscriptions
    return (
        select(
            subscription.c.subscriber_id,
            person.c.address,
            person.c.name,
            person.c.language,
            person.c.zone,
            subscription.c.sections,
            person.c.domain,
        )
        .join_from(subscription, person, person.c.id == subscription.c.subscriber_id)
        .where(subscription.c.newsletter == newsletter, reachable(person, subscription, at))
    )


def may_send(
    newsletter: str | ColumnElement[str], subscriber_id: ColumnElement[int], *, at: datetime | None = None
) -> ColumnElement[bool]:
    """Return the condition that this reader still wants *newsletter* and may be written to.

    It is correlated to the statement around it: `UPDATE deliveries SET ... WHERE ... AND may_send(...)`.
    """
    person, subscription = subscribers.alias("asked_person"), subscriptions.alias("asked_wish")
    return exists(
        select(literal(1))
        .select_from(subscription.join(person, person.c.id == subscription.c.subscriber_id))
        .where(
            subscription.c.newsletter == newsletter,
            subscription.c.subscriber_id == subscriber_id,
            reachable(person, subscription, at),
        )
        .correlate_except(person, subscription)
    )


def is_suppressed(subscriber_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that this reader must not be written to, correlated as that of `may_send`."""
    person = subscribers.alias("suppressed_person")
    where = (person.c.id == subscriber_id, person.c.suppressed.is_(True))
    return exists(select(literal(1)).select_from(person).where(*where).correlate_except(person))


def reachable(person: FromClause, subscription: FromClause, at: datetime | None) -> ColumnElement[bool]:
    """Return the condition that *subscription* is active, or its pause is over, and *person* is not suppressed."""
    moment = func.current_timestamp() if at is None else literal(at, UTCDateTime)
    over = and_(subscription.c.state == State.PAUSED, subscription.c.paused_until <= moment)
    return and_(or_(subscription.c.state == State.ACTIVE, over), person.c.suppressed.is_(False))


def by_consent(
    connection: Connection, newsletter: str, *, newest: bool, most: int | None = None
) -> list[tuple[int, str]]:
    """Return (id, domain) of the readers whom an edition would go to, by the age of their consent, at most *most*.

    Those of whose consent the time is not known come last. With *newest* the youngest comes first, else the oldest.
    """
    readers = audience(newsletter).subquery()
    wish = subscriptions.c
    consent, number = wish.confirmed_at, readers.c.subscriber_id
    order = (consent.desc(), number.desc()) if newest else (consent.asc(), number.asc())
    mine = and_(wish.newsletter == newsletter, wish.subscriber_id == number)
    query = (
        select(number, readers.c.domain)
        .join_from(readers, subscriptions, mine)
        .order_by(consent.is_(None), *order)
    )
    return [(row[0], row[1]) for row in connection.execute(query.limit(most))]


def count_audience(connection: Connection, newsletter: str) -> int:
    """Return how many readers an edition would go to."""
    return int(
        connection.execute(select(func.count()).select_from(audience(newsletter).subquery())).scalar_one()
    )
