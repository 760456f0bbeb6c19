"""What a page that watches an edition go asks of the ledger: by state, by provider, by reason, by minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from digest.model import DeliveryState
from digest.store.reports import MAILED
from digest.store.schema import UTCDateTime, articles, deliveries, delivery_events, editions, sources


@dataclass(frozen=True, slots=True)
class Trouble:
    """One answer that was no plain yes: when, what it led to, and the other side's words."""

    at: datetime
    state: str
    code: int
    text: str
    provider: str


@dataclass(frozen=True, slots=True)
class Row:
    """One delivery of one reader: the edition's day and subject, what became of it, and when."""

    id: int
    newsletter: str
    date: object
    subject: str
    revision: int
    state: str
    code: int
    reply: str
    relay: str
    attempts: int
    at: datetime
    sha256: str | None = None  # of what she got
    corrects: int = 0  # it is a correction mail about the edition with this id


def providers(connection: Connection, edition: int) -> dict[str, dict[str, int]]:
    """Return how many rows of *edition* are in each state, by provider; the largest provider first."""
    table = deliveries
    query = select(table.c.provider, table.c.state, func.count()).where(table.c.edition_id == edition)
    found: dict[str, dict[str, int]] = {}
    for provider, state, count in connection.execute(query.group_by(table.c.provider, table.c.state)):
        found.setdefault(provider, {})[state] = count
    return dict(sorted(found.items(), key=lambda pair: (-sum(pair[1].values()), pair[0])))


def troubles(connection: Connection, edition: int, limit: int = 6) -> list[Trouble]:
    """Return the newest answers for *edition* that were no plain yes."""
    event = delivery_events
    query = (
        select(event.c.at, event.c.state, event.c.code, event.c.text, deliveries.c.provider)
        .join_from(event, deliveries, deliveries.c.id == event.c.delivery_id)
        .where(deliveries.c.edition_id == edition, event.c.state != DeliveryState.SENT)
        .order_by(event.c.id.desc())
        .limit(limit)
    )
    return [Trouble(*row) for row in connection.execute(query)]


def answers(
    connection: Connection, edition: int, states: Sequence[DeliveryState]
) -> list[tuple[str, int, str, int]]:
    """Return (state, code, reply, count) of the rows of *edition* in *states*, the most frequent first."""
    table = deliveries
    said = func.substr(table.c.reply, 1, 120)
    query = select(table.c.state, table.c.code, said, func.count()).where(
        table.c.edition_id == edition, table.c.state.in_(states)
    )
    grouped = query.group_by(table.c.state, table.c.code, said).order_by(func.count().desc()).limit(500)
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(grouped)]


def moments(connection: Connection, edition: int) -> list[tuple[datetime, int]]:
    """Return (minute, how many the relay took in it) for *edition*, in order."""
    table = deliveries
    if connection.dialect.name == "sqlite":
        minute = func.strftime("%Y-%m-%d %H:%M:00.000000", table.c.at, type_=UTCDateTime)
    else:
        minute = func.date_trunc("minute", table.c.at, type_=UTCDateTime)
    query = select(minute, func.count()).where(
        table.c.edition_id == edition, table.c.state == DeliveryState.SENT
    )
    return [(row[0], row[1]) for row in connection.execute(query.group_by(minute).order_by(minute))]


def of_reader(connection: Connection, subscriber: int, limit: int = 30) -> list[Row]:
    """Return the newest deliveries to *subscriber*, newest first."""
    table = deliveries
    query = (
        select(
            table.c.id,
            editions.c.newsletter,
            editions.c.date,
            editions.c.subject,
            table.c.revision,
            table.c.state,
            table.c.code,
            table.c.reply,
            table.c.relay,
            table.c.attempts,
            table.c.at,
            MAILED,
            editions.c.corrects,
        )
        .join(editions, editions.c.id == table.c.edition_id)
        .where(table.c.subscriber_id == subscriber)
        .order_by(table.c.edition_id.desc())
        .limit(limit)
    )
    return [Row(*row) for row in connection.execute(query)]


def events(connection: Connection, delivery: int) -> list[Trouble]:
    """Return what happened to one delivery on its way, oldest first."""
    event = delivery_events
    query = select(event.c.at, event.c.state, event.c.code, event.c.text).where(
        event.c.delivery_id == delivery
    )
    return [Trouble(*row, provider="") for row in connection.execute(query.order_by(event.c.id))]


def brought(connection: Connection, names: Sequence[str], since: datetime) -> dict[str, int]:
    """Return how many articles each of the sources *names* told first after *since*."""
    query = (
        select(sources.c.name, func.count())
        .join_from(articles, sources, sources.c.id == articles.c.source_id)
        .where(articles.c.first_seen > since, sources.c.name.in_(list(names)))
        .group_by(sources.c.name)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def newest_article(connection: Connection) -> int:
    """Return the id of the newest article, 0 where there is none: it changes when there is news."""
    return int(connection.execute(select(func.coalesce(func.max(articles.c.id), 0))).scalar_one())
