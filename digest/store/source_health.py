"""What is remembered of how each source is doing, and how long its articles stood where."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    Connection,
    Float,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)

from digest.articles.health import SILENT, Health, Trouble
from digest.articles.health import troubles as judged
from digest.store.articles import chunks
from digest.store.schema import UTCDateTime, items, metadata, sightings, sources

USUAL = timedelta(days=28)  # before it fell silent: what a source brings in this time is usual
GAP = timedelta(hours=6)  # longer than that between two readings, nobody knows where an article stood

source_health = Table(
    "source_health",  # what its documents usually are, and how the last one was
    metadata,
    Column("source_id", ForeignKey("sources.id"), primary_key=True),
    Column("form", String(20), nullable=False, default=""),
    Column("seen", Integer, nullable=False, default=0),
    Column("undated", Integer, nullable=False, default=0),
    Column("unpictured", Integer, nullable=False, default=0),
    Column("readings", Integer, nullable=False, default=0),
    Column("usual_seen", Float, nullable=False, default=0.0),
    Column("usual_pictured", Float, nullable=False, default=0.0),
    Column("empty_since", UTCDateTime),
    Column("last_new", UTCDateTime),
    Column("changed", Text, nullable=False, default=""),
    Column("changed_at", UTCDateTime),
)

placements = Table(
    "placements",  # the highest place of an article in a source, and how long it stood in it at all
    metadata,
    Column("article_id", ForeignKey("articles.id"), primary_key=True),
    Column("source_id", ForeignKey("sources.id"), primary_key=True),
    Column("best", Integer, nullable=False),
    Column("minutes", Float, nullable=False, default=0.0),
)

_COLUMNS = [source_health.c[name] for name in Health.__slots__]


def of(connection: Connection, source: int) -> Health:
    """Return what is remembered of *source*; nothing yet is a Health of nothing."""
    row = connection.execute(select(*_COLUMNS).where(source_health.c.source_id == source)).first()
    return Health(**row._mapping) if row else Health()


def every(connection: Connection) -> dict[int, Health]:
    """Return what is remembered of each source, by its id."""
    rows = connection.execute(select(source_health.c.source_id, *_COLUMNS))
    return {row.source_id: Health(**{name: row._mapping[name] for name in Health.__slots__}) for row in rows}


def keep(connection: Connection, source: int, health: Health) -> None:
    """Record *health* of *source*, in the transaction of the reading that it comes from."""
    connection.execute(delete(source_health).where(source_health.c.source_id == source))
    connection.execute(insert(source_health).values(source_id=source, **asdict(health)))


def new_since(connection: Connection, since: datetime, until: datetime) -> dict[int, int]:
    """Return how many items each source brought for the first time between *since* and *until*, by its id."""
    within = (items.c.first_seen >= since, items.c.first_seen < until)
    query = select(items.c.source_id, func.count()).where(*within).group_by(items.c.source_id)
    return {source: count for source, count in connection.execute(query)}  # noqa: C416


def troubles(connection: Connection, source: int, known: Health, now: datetime) -> tuple[Trouble, ...]:
    """Return what is wrong with a source that can be read; what is usual is only counted for one that is silent."""
    usual = 0.0
    if known.last_new and now - known.last_new >= SILENT and not known.empty_since:
        before = new_since(connection, known.last_new - USUAL, known.last_new)
        usual = before.get(source, 0) / USUAL.days
    return judged(known, now, usual_a_day=usual)


def stood(connection: Connection, source: int, places: Mapping[int, int], now: datetime) -> None:
    """Add to how long the articles of a new reading stood in *source*; *places* are theirs now, by article.

    It is called before the sightings are renewed: an article that was in the reading before stood there since.
    """
    before = {
        row.article_id: row.at
        for part in chunks(sorted(places))
        for row in connection.execute(
            select(sightings.c.article_id, sightings.c.at).where(
                sightings.c.source_id == source, sightings.c.article_id.in_(part)
            )
        )
    }
    last = connection.execute(
        select(func.max(sightings.c.at)).where(sightings.c.source_id == source)
    ).scalar()
    known = _known(connection, source, places)
    rows = []
    for article, place in places.items():
        best, minutes = known.get(article, (place, 0.0))
        at = before.get(article)
        if at is not None and last is not None and at == last and now - at <= GAP:
            minutes += (now - at) / timedelta(minutes=1)
        rows.append(
            {"article_id": article, "source_id": source, "best": min(best, place), "minutes": minutes}
        )
    for part in chunks(sorted(known)):
        mine = (placements.c.source_id == source, placements.c.article_id.in_(part))
        connection.execute(delete(placements).where(*mine))
    if rows:
        connection.execute(insert(placements), rows)


def _known(connection: Connection, source: int, articles: Collection[int]) -> dict[int, tuple[int, float]]:
    return {
        row.article_id: (row.best, row.minutes)
        for part in chunks(sorted(articles))
        for row in connection.execute(
            select(placements).where(placements.c.source_id == source, placements.c.article_id.in_(part))
        )
    }


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an article stood on a front page: its highest *place* (0 is the top), and for how many *minutes*."""

    article: int
    place: int
    minutes: float


def on_pages(connection: Connection, names: Collection[str], since: datetime) -> list[Placement]:
    """Return where the articles first sighted *since* then stood in the sources *names*, the highest place of each.

    An article that stood in several of them has the sum of its minutes.
    """
    query = (
        select(placements.c.article_id, func.min(placements.c.best), func.sum(placements.c.minutes))
        .join(sources, sources.c.id == placements.c.source_id)
        .join(
            sightings,
            (sightings.c.article_id == placements.c.article_id)
            & (sightings.c.source_id == placements.c.source_id),
        )
        .where(sources.c.name.in_(list(names)), sightings.c.first_at >= since)
        .group_by(placements.c.article_id)
        .order_by(placements.c.article_id)
    )
    return [Placement(article, best, float(minutes)) for article, best, minutes in connection.execute(query)]
