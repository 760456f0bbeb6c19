"""Articles' pages: which are still to be read, what came of each, and the gaps of an article that a page fills."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from digest.articles import dates
from digest.articles.clean import Draft
from digest.model import Media
from digest.store import contents
from digest.store.articles import chunks
from digest.store.contents import Said
from digest.store.schema import UTCDateTime, article_versions, articles, metadata, sources
from digest.store.sources import alone

RETRY = timedelta(hours=1)  # after a first failure; each further one doubles it
LONGEST = timedelta(hours=24)
ROBOTS = "refused by robots.txt"

article_pages = Table(
    "article_pages",
    metadata,
    Column("article_id", ForeignKey("articles.id"), primary_key=True, autoincrement=False),
    Column("cut", Boolean, nullable=False, default=False),  # the feed's dek was cut by its publisher
    Column(
        "version", Integer, nullable=False, default=0
    ),  # of the article that the page was read for; 0 never
    Column("at", UTCDateTime),
    Column("etag", Text, nullable=False, default=""),
    Column("last_modified", Text, nullable=False, default=""),
    Column("said", JSON),  # what the page said, for when it answers that nothing has changed
    Column("problem", String(300), nullable=False, default=""),
    Column("failures", Integer, nullable=False, default=0),
    Column("next_try", UTCDateTime),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An article whose page is to be read, and what is known of that page."""

    article: int
    source: str
    url: str
    language: str
    cut: bool = False
    etag: str = ""
    last_modified: str = ""
    said: Said | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class PagesRead:
    """What came of articles' pages: how many were *read*, how many of these *filled* a gap or were *unchanged*.

    *problems* are the reasons of those that could not be read, by source.
    """

    read: int = 0
    filled: int = 0
    unchanged: int = 0
    problems: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        """How many robots.txt does not let us read."""
        return sum(words == ROBOTS for found in self.problems.values() for words in found)

    @property
    def failed(self) -> int:
        """How many could not be read for another reason."""
        return sum(map(len, self.problems.values())) - self.refused

    @property
    def summary(self) -> str:
        """The run in a sentence, "" where no page was asked for."""
        pages = "1 page" if self.read == 1 else f"{self.read} pages"
        parts = [f"{pages} read"] if self.read or self.problems else []
        parts += [f"{self.refused} refused by robots.txt"] if self.refused else []
        parts += [f"{self.failed} could not be read"] if self.failed else []
        return ", ".join(parts) + "." if parts else ""

    def of(self, name: str) -> str:
        """Return what is wrong with the pages of the source *name* in a sentence, "" where nothing is."""
        found = Counter(self.problems.get(name, ())).most_common(3)
        said = "; ".join(f"{count} times: {words}" if count > 1 else words for words, count in found)
        return f"pages that could not be read: {said}" if said else ""


def note_cut(connection: Connection, source: int, keys: Collection[str]) -> None:
    """Record that the feed cut the deks of these articles of *source*, named by their canonical keys."""
    for part in chunks(sorted(keys)):
        mine = (articles.c.source_id == source, articles.c.canonical_key.in_(part))
        ids = [row.id for row in connection.execute(select(articles.c.id).where(*mine))]
        known = set(
            connection.execute(
                select(article_pages.c.article_id).where(article_pages.c.article_id.in_(ids))
            ).scalars()
        )
        fresh = [{"article_id": number, "cut": True} for number in ids if number not in known]
        if fresh:
            connection.execute(insert(article_pages), fresh)
        if known:
            connection.execute(
                update(article_pages).where(article_pages.c.article_id.in_(known)).values(cut=True)
            )


def wanted(
    connection: Connection, names: Collection[str], since: datetime, now: datetime, *, again: bool = False
) -> list[Wanted]:
    """Return the articles of the sources *names* whose pages are to be read, the newest first.

    These are first seen after *since*, and lack dek, picture, byline or date, or have a dek that was cut. A page is
    read once for each version of its article; one that failed again in its time, or at once with *again*.
    """
    current = (article_versions.c.article_id == articles.c.id) & (
        article_versions.c.version == articles.c.version
    )
    found = connection.execute(
        select(
            articles.c.id,
            articles.c.canonical,
            articles.c.language,
            articles.c.published,
            articles.c.first_seen,
            articles.c.version.label("now_at"),
            sources.c.name,
            article_versions.c.dek,
            article_versions.c.byline,
            article_versions.c.picture,
            article_pages,
        )
        .join_from(articles, article_versions, current)
        .join(sources, sources.c.id == articles.c.source_id)
        .outerjoin(article_pages, article_pages.c.article_id == articles.c.id)
        .where(sources.c.name.in_(list(names)), articles.c.first_seen > since, articles.c.gone_at.is_(None))
        .order_by(articles.c.first_seen.desc(), articles.c.published.desc(), articles.c.id.desc())
    )
    listed = []
    for row in found:
        seen = _Seen(row.published, row.first_seen, row.dek, bool(row.byline and row.picture), bool(row.cut))
        read = _Read(row.at, row.problem or "", row.next_try, row.version == row.now_at)
        if seen.lacks(since) and read.due(now, again=again):
            said = _unpacked(row.said) if row.said else None
            known = (row.etag or "", row.last_modified or "") if said else ("", "")
            listed.append(
                Wanted(
                    article=row.id,
                    source=row.name,
                    url=row.canonical,
                    language=row.language,
                    cut=seen.unfinished,
                    etag=known[0],
                    last_modified=known[1],
                    said=said,
                    failures=row.failures or 0,
                )
            )
    return listed


@dataclass(frozen=True, slots=True)
class _Seen:
    """An article as its feed gave it."""

    published: datetime
    first_seen: datetime
    dek: str
    whole: bool  # byline and picture are there
    cut: bool

    @property
    def unfinished(self) -> bool:
        return self.cut or self.dek.endswith(("…", "..."))

    def lacks(self, since: datetime) -> bool:
        undated = self.published in {self.first_seen, self.first_seen - dates.UNDATED}
        if not undated and self.published <= since:
            return False
        return undated or self.unfinished or not self.dek or not self.whole


@dataclass(frozen=True, slots=True)
class _Read:
    """How the reading of an article's page went so far."""

    at: datetime | None
    problem: str
    next_try: datetime | None
    current: bool  # read for the version that the article has now

    def due(self, now: datetime, *, again: bool) -> bool:
        if self.at is None:
            return True
        if self.problem:
            return again or self.next_try is None or self.next_try <= now
        return not self.current


def said_of(draft: Draft) -> Said:
    """Return what a page that was cleaned as *draft* says."""
    return Said(
        dek=draft.dek,
        byline=draft.byline,
        section=draft.categories[0] if draft.categories else "",
        tags=draft.tags,
        picture=draft.picture,
        published=draft.published,
        modified=draft.modified,
    )


def fill(
    connection: Connection, one: Wanted, said: Said, now: datetime, *, etag: str = "", last_modified: str = ""
) -> bool:
    """Let what a page *said* fill the gaps of its article, record that it was read, and return whether it filled any.

    All in one transaction with the article's new version: killed before it ends, the page is read again, and nothing
    is there twice. What the feed gave stays; only a dek that was cut gives way to the whole one.
    """
    alone(connection)
    current = (article_versions.c.article_id == articles.c.id) & (
        article_versions.c.version == articles.c.version
    )
    row = (
        connection.execute(
            select(articles.c.published, articles.c.first_seen, article_versions)
            .join_from(articles, article_versions, current)
            .where(articles.c.id == one.article)
        )
        .mappings()
        .first()
    )
    if row is None:
        return False
    stored = {name: row[name] for name in (*contents.CONTENT, "categories", "tags", "modified")}
    merged = contents.filled(stored, said, cut=one.cut)
    version = int(row["version"])
    changed = any(merged[name] != stored[name] for name in contents.CONTENT)
    mine = (article_versions.c.article_id == one.article) & (article_versions.c.version == version)
    if changed:
        version += 1
        told = merged | {"article_id": one.article, "version": version, "seen_at": now}
        connection.execute(insert(article_versions).values(told | {"sha256": contents.sha256(told)}))
        connection.execute(update(articles).where(articles.c.id == one.article).values(version=version))
    elif merged != stored:
        connection.execute(update(article_versions).where(mine).values(merged))
    dated = _redated(connection, one.article, row["published"], row["first_seen"], said.published)
    _record(
        connection, one, at=now, version=version, etag=etag, last_modified=last_modified, said=_packed(said)
    )
    return changed or dated or merged != stored


def _redated(
    connection: Connection, article: int, published: datetime, first_seen: datetime, said: datetime | None
) -> bool:
    """Give an article that had no date of its publisher's the one of its page."""
    undated = published in {first_seen, first_seen - dates.UNDATED}
    if not undated or not dates.believable(said, first_seen):
        return False
    at = dates.settled(said, first_seen)
    connection.execute(update(articles).where(articles.c.id == article).values(published=at))
    return at != published


def failed(connection: Connection, one: Wanted, problem: str, now: datetime) -> None:
    """Record that a page could not be read and why; it is tried again later, and later each time."""
    wait = min(RETRY * 2 ** min(one.failures, 10), LONGEST)
    said = _packed(one.said) if one.said else None
    _record(
        connection,
        one,
        at=now,
        etag=one.etag,
        last_modified=one.last_modified,
        said=said,
        problem=problem[:300],
        failures=one.failures + 1,
        next_try=now + wait,
    )


def _record(connection: Connection, one: Wanted, **values: object) -> None:
    connection.execute(delete(article_pages).where(article_pages.c.article_id == one.article))
    connection.execute(insert(article_pages).values(article_id=one.article, cut=one.cut, **values))


def problems(connection: Connection, names: Collection[str], since: datetime) -> dict[str, list[str]]:
    """Return, for each of *names*, why pages of its articles since then could not be read: one entry a page."""
    found: dict[str, list[str]] = {}
    rows = connection.execute(
        select(sources.c.name, article_pages.c.problem)
        .join_from(article_pages, articles)
        .join(sources, sources.c.id == articles.c.source_id)
        .where(sources.c.name.in_(list(names)), article_pages.c.problem != "", article_pages.c.at > since)
        .order_by(article_pages.c.article_id)
    )
    for row in rows:
        found.setdefault(row.name, []).append(row.problem)
    return found


class _Packed(TypedDict):
    dek: str
    byline: str
    section: str
    tags: list[str]
    picture: Mapping[str, str] | None
    published: str
    modified: str


def _packed(said: Said) -> _Packed:
    media = said.picture
    picture = (
        {"url": media.url, "alt": media.alt, "caption": media.caption, "credit": media.credit}
        if media
        else None
    )
    return {
        "dek": said.dek,
        "byline": said.byline,
        "section": said.section,
        "tags": list(said.tags),
        "picture": picture,
        "published": said.published.astimezone(UTC).isoformat() if said.published else "",
        "modified": said.modified.astimezone(UTC).isoformat() if said.modified else "",
    }


def _unpacked(row: _Packed) -> Said:
    return Said(
        dek=row["dek"],
        byline=row["byline"],
        section=row["section"],
        tags=tuple(row["tags"]),
        picture=_media(row["picture"]) if row["picture"] else None,
        published=datetime.fromisoformat(row["published"]) if row["published"] else None,
        modified=datetime.fromisoformat(row["modified"]) if row["modified"] else None,
    )


def budgeted(found: Iterable[Wanted], budgets: Mapping[str, int]) -> list[Wanted]:
    """Return the first of *found*, as many of each source as its budget allows."""
    left = dict(budgets)
    kept = []
    for one in found:
        if left.get(one.source, 0) > 0:
            left[one.source] -= 1
            kept.append(one)
    return kept


def _media(row: Mapping[str, str]) -> Media:
    return Media(url=row["url"], alt=row["alt"], caption=row["caption"], credit=row["credit"])
