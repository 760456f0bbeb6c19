"""Who receives for a domain: a cache that planning reads, and that is filled beside the sending, never before."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select

from digest.store.schema import providers
from digest.store.statements import Query, insert_new

FRESH = timedelta(days=30)


def known(connection: Connection, domains: Collection[str]) -> dict[str, str]:
    """Return the providers of those of *domains* that the cache knows."""
    query = select(providers.c.domain, providers.c.provider).where(providers.c.domain.in_(list(domains)))
    return {row.domain: row.provider for row in connection.execute(query)}


def keep(connection: Connection, found: Mapping[str, str], now: datetime) -> None:
    """Store who receives for each domain, in the place of what was known before."""
    if not found:
        return
    connection.execute(delete(providers).where(providers.c.domain.in_(list(found))))
    rows = [
        {"domain": domain, "provider": provider[:80], "at": now} for domain, provider in sorted(found.items())
    ]
    insert_new(connection, providers, rows)


def prime(connection: Connection, certain: Mapping[str, str], now: datetime) -> None:
    """Store what is *certain* without a question, unless that was done already."""
    if not known(connection, [next(iter(certain))]):
        rows = [{"domain": domain, "provider": name, "at": now} for domain, name in certain.items()]
        insert_new(connection, providers, rows)


def asked_for(connection: Connection, audience: Query, now: datetime, limit: int) -> list[str]:
    """Return up to *limit* domains of readers that the cache does not know (any more), the most frequent first."""
    readers = audience.subquery()
    fresh = and_(providers.c.domain == readers.c.domain, providers.c.at > now - FRESH)
    query = (
        select(readers.c.domain)
        .select_from(readers.outerjoin(providers, fresh))
        .where(providers.c.domain.is_(None))
        .group_by(readers.c.domain)
        .order_by(func.count().desc(), readers.c.domain)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def forget(connection: Connection, before: datetime) -> None:
    """Delete what was learnt before *before*: no domain is kept for long whose last reader has gone."""
    connection.execute(delete(providers).where(providers.c.at < before))


def of_row(domain: ColumnElement[str]) -> ColumnElement[str]:
    """Return the provider for the column *domain*: as the cache knows it, else the domain itself."""
    cached = select(providers.c.provider).where(providers.c.domain == domain).scalar_subquery()
    return func.coalesce(cached, func.substr(domain, 1, 80))
