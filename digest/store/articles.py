"""Articles: read as the model knows them, and the few facts about them that are recorded one by one.

How a reading of a source becomes articles is in `intake.py`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, insert, or_, select, update

from digest.articles.languages import direction
from digest.articles.urls import digest
from digest.model import Article, Picture, Sighting
from digest.store.schema import article_versions as versions
from digest.store.schema import articles, pictures, sightings, sources
from digest.store.statements import Query
from digest.stories.burst import BEFORE

LATE = timedelta(hours=6)
T = TypeVar("T")
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class LatestVersion:
    """What an article's newest version says, and since when we know it."""

    article: int
    version: int
    url: str
    title: str
    seen_at: datetime
    gone_at: datetime | None


def window(
    connection: Connection, wanted: Collection[str], since: datetime, until: datetime
) -> list[Article]:
    """Return the articles of the *wanted* sources that are new between *since* and *until*, newest first.

    New is what was both published and first seen after *since*: an old article that turns up today is not
    new, nor is a known one that was given a new date. What a source brings up to LATE hours after its own
    date still counts when we already read that source before *since*: else it would fall between two
    editions. One that was dated ahead when we saw it is new at its date. Articles found gone are left out. Each is
    the latest version, with its sightings in *wanted*.
    """
    known_source = select(sources.c.id).where(sources.c.name.in_(list(wanted)))
    read_before = select(sources.c.id).where(sources.c.name.in_(list(wanted)), sources.c.first_ok <= since)
    # An embargo: only for one may a date follow the sighting.
    waited = and_(articles.c.published > articles.c.first_seen, articles.c.published > since)
    fresh = and_(
        or_(articles.c.first_seen > since, waited),
        articles.c.first_seen <= until,
        articles.c.published <= until,
    )
    dated = or_(
        articles.c.published > since,
        and_(
            articles.c.published > since - LATE,
            articles.c.id.in_(select(sightings.c.article_id).where(sightings.c.source_id.in_(read_before))),
        ),
    )
    seen_there = articles.c.id.in_(
        select(sightings.c.article_id).where(sightings.c.source_id.in_(known_source))
    )
    chosen = [fresh, dated, seen_there, articles.c.gone_at.is_(None)]
    found = [row._mapping for row in connection.execute(_latest(*chosen))]
    return _assembled(connection, found, frozenset(wanted))


def own_week(
    connection: Connection, wanted: Collection[str], found: Sequence[Article], since: datetime
) -> list[Article]:
    """Return what *wanted* sources brought in the week before *since*; none where *found* tells of several outlets."""
    if len({article.outlet for article in found}) > 1:
        return []
    return window(connection, wanted, since - BEFORE, since)


def sources_of(
    connection: Connection, names: Collection[str], since: datetime, until: datetime
) -> dict[int, str]:
    """Return the source of each article of the sources *names* that was published between two moments."""
    query = (
        select(articles.c.id, sources.c.name)
        .join(sources, sources.c.id == articles.c.source_id)
        .where(sources.c.name.in_(names), articles.c.published.between(since, until))
    )
    return {row.id: row.name for row in connection.execute(query)}


def waiting(connection: Connection, wanted: Collection[str], now: datetime) -> list[Article]:
    """Return the articles of the *wanted* sources whose date is still ahead, the nearest first."""
    mine = select(sources.c.id).where(sources.c.name.in_(list(wanted)))
    chosen = [articles.c.published > now, articles.c.source_id.in_(mine), articles.c.gone_at.is_(None)]
    found = [row._mapping for row in connection.execute(_latest(*chosen).limit(100))]
    return sorted(_assembled(connection, found, frozenset(wanted)), key=lambda one: (one.published, one.id))


def by_ids(connection: Connection, ids: Iterable[int]) -> dict[int, Article]:
    """Return the articles with these *ids* in their latest versions, gone ones too."""
    found = [
        row._mapping
        for part in chunks(sorted(set(ids)))
        for row in connection.execute(_latest(articles.c.id.in_(part)))
    ]
    return {article.id: article for article in _assembled(connection, found, frozenset())}


def in_versions(connection: Connection, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Article]:
    """Return articles as they were in given versions, by (article, version); what is not kept is missing."""
    pairs = set(wanted)
    rows = [
        row._mapping
        for part in chunks(sorted({article for article, _ in pairs}))
        for row in connection.execute(_versions(articles.c.id.in_(part)))
    ]
    found = [row for row in rows if (row["id"], row["version"]) in pairs]
    return {(one.id, one.version): one for one in _assembled(connection, found, frozenset())}


def as_of(connection: Connection, known: Sequence[Article], moment: datetime) -> list[Article]:
    """Return the articles of *known* in the versions that were the newest at *moment*."""
    mine = select(versions.c.article_id, func.max(versions.c.version)).where(versions.c.seen_at <= moment)
    then = {
        article: version
        for part in chunks(sorted(article.id for article in known))
        for article, version in connection.execute(
            mine.where(versions.c.article_id.in_(part)).group_by(versions.c.article_id)
        )
    }
    older = {(one.id, then[one.id]) for one in known if then.get(one.id, one.version) != one.version}
    earlier = in_versions(connection, older)
    return [_as_seen(one, earlier.get((one.id, then.get(one.id, one.version)), one), moment) for one in known]


def _as_seen(now: Article, then: Article, moment: datetime) -> Article:
    """Return *then* as the newsletter sees it *now*, without what was sighted only after *moment*."""
    seen = tuple(sighting for sighting in now.sightings if sighting.first <= moment)
    return replace(then, source=now.source, role=now.role, section=now.section, sightings=seen)


def id_of(connection: Connection, key: str) -> int | None:
    """Return which article has the canonical address with this *key* (`urls.key`), None where none has."""
    found: int | None = connection.execute(
        select(articles.c.id).where(articles.c.canonical_key == key)
    ).scalar_one_or_none()
    return found


def present(connection: Connection, ids: Iterable[int]) -> list[Article]:
    """Return the articles with these *ids* in their latest versions, without those found gone."""
    known = latest(connection, ids)
    there = by_ids(connection, [number for number in known if known[number].gone_at is None])
    return [there[number] for number in sorted(there)]


def latest(connection: Connection, ids: Iterable[int]) -> dict[int, LatestVersion]:
    """Return what the newest versions of the articles with these *ids* say."""
    joined = select(
        articles.c.id,
        versions.c.version,
        articles.c.canonical,
        versions.c.title,
        versions.c.seen_at,
        articles.c.gone_at,
    ).join_from(articles, versions, _current())
    rows = [
        row
        for part in chunks(sorted(set(ids)))
        for row in connection.execute(joined.where(articles.c.id.in_(part)))
    ]
    return {row.id: LatestVersion(*row) for row in rows}


def titles(connection: Connection, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """Return the titles that articles had in given versions, by (article, version)."""
    pairs = set(wanted)
    found: dict[tuple[int, int], str] = {}
    for part in chunks(sorted({article for article, _ in pairs})):
        query = select(versions.c.article_id, versions.c.version, versions.c.title)
        for row in connection.execute(query.where(versions.c.article_id.in_(part))):
            found[row.article_id, row.version] = row.title
    return {pair: title for pair, title in found.items() if pair in pairs}


def gone(connection: Connection, article: int, at: datetime) -> None:
    """Record that the publisher has taken *article* away; the first such finding counts."""
    still = and_(articles.c.id == article, articles.c.gone_at.is_(None))
    connection.execute(update(articles).where(still).values(gone_at=at))


def retitled(connection: Connection, article: int, title: str, at: datetime) -> int:
    """Add a version of *article* with the publisher's new *title*; return its number."""
    row = connection.execute(_latest(articles.c.id == article)).one()._mapping
    values = {column.name: row[column.name] for column in versions.columns if column.name in row}
    values |= {"article_id": article, "version": row["version"] + 1, "title": title, "seen_at": at}
    values["sha256"] = digest("\0".join((title, values["dek"], values["body"])))
    connection.execute(insert(versions).values(values))
    mine = articles.c.id == article
    connection.execute(update(articles).where(mine).values(version=row["version"] + 1))
    return int(row["version"]) + 1


def count(connection: Connection) -> int:
    """Return how many articles there are."""
    return int(connection.execute(select(func.count()).select_from(articles)).scalar_one())


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Give *values* in parts that fit into one statement's parameters."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def _current() -> ColumnElement[bool]:
    return and_(versions.c.article_id == articles.c.id, versions.c.version == articles.c.version)


def _latest(*chosen: ColumnElement[bool]) -> Query:
    return _versions(articles.c.version == versions.c.version, *chosen)


def _versions(*chosen: ColumnElement[bool]) -> Query:
    kept = [column for column in versions.columns if column.name not in {"article_id", "version"}]
    return (
        select(
            articles.c.id,
            versions.c.version,
            articles.c.canonical,
            articles.c.outlet,
            articles.c.language,
            articles.c.published,
            articles.c.first_seen,
            sources.c.name.label("source"),
            *kept,
        )
        .join_from(articles, versions, versions.c.article_id == articles.c.id)
        .join(sources, sources.c.id == articles.c.source_id)
        .where(*chosen)
        .order_by(articles.c.published.desc(), articles.c.id)
    )


def _assembled(connection: Connection, rows: Sequence[RowMapping], wanted: frozenset[str]) -> list[Article]:
    seen = _sightings(connection, [row["id"] for row in rows], wanted)
    crops = _crops(connection, [row["picture"]["url"] for row in rows if row["picture"]])
    return [_article(row, seen[row["id"]], crops, wanted) for row in rows]


def _article(
    row: RowMapping, seen: tuple[Sighting, ...], crops: dict[str, tuple[str, str]], wanted: frozenset[str]
) -> Article:
    # An article that a source outside the newsletter told first belongs to the newsletter's own one here.
    source = row["source"] if row["source"] in wanted or not seen else seen[0].source
    picture = None
    if row["picture"]:
        offered = row["picture"]
        wide, square = crops.get(digest(offered["url"]), ("", ""))
        picture = Picture(
            url=offered["url"],
            alt=offered.get("alt", ""),
            caption=offered.get("caption", ""),
            credit=offered.get("credit", ""),
            wide=wide,
            square=square,
        )
    return Article(
        id=row["id"],
        version=row["version"],
        source=source,
        outlet=row["outlet"],
        url=row["canonical"],
        title=row["title"],
        dek=row["dek"],
        byline=row["byline"],
        body=row["body"] or row["dek"],
        categories=tuple(row["categories"]),
        tags=tuple(row["tags"]),
        published=row["published"],
        modified=row["modified"],
        first_seen=row["first_seen"],
        language=row["language"],
        direction=direction(row["language"]),
        picture=picture,
        sightings=seen,
    )


def _sightings(
    connection: Connection, ids: Sequence[int], wanted: frozenset[str]
) -> dict[int, tuple[Sighting, ...]]:
    found: dict[int, list[Sighting]] = defaultdict(list)
    joined = (
        select(
            sightings.c.article_id,
            sources.c.name,
            sightings.c.position,
            sightings.c.at,
            sightings.c.first_at,
        )
        .join_from(sightings, sources)
        .order_by(sightings.c.first_at, sources.c.name)
    )
    for part in chunks(ids):
        for row in connection.execute(joined.where(sightings.c.article_id.in_(part))):
            if not wanted or row.name in wanted:
                found[row.article_id].append(Sighting(row.name, row.position, row.at, row.first_at))
    return defaultdict(tuple, {article: tuple(seen) for article, seen in found.items()})


def _crops(connection: Connection, addresses: Iterable[str]) -> dict[str, tuple[str, str]]:
    keys = sorted({digest(url) for url in addresses})
    columns = select(pictures.c.url_key, pictures.c.wide, pictures.c.square)
    return {
        row.url_key: (row.wide, row.square)
        for part in chunks(keys)
        for row in connection.execute(columns.where(pictures.c.url_key.in_(part)))
    }
