"""A reading of a source goes into the store: items, articles, versions and sightings, in one transaction.

Killed in the middle it leaves nothing behind, and the validators that would let us skip the next reading
are written in the same transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from digest.articles import dates, identity, urls
from digest.articles.clean import Draft, undoubled
from digest.store import contents, source_health
from digest.store.articles import chunks
from digest.store.schema import article_versions as versions
from digest.store.schema import articles, items, sightings
from digest.store.sources import alone
from digest.store.statements import AnyRow, Query


@dataclass(frozen=True, slots=True)
class Visit:
    """What a reading says beside its items: whether it is the source's *first*, and when the feed was *made*.

    *placed* is that its order is that of a front page, of which is kept how long an article stood there.
    """

    first: bool = False
    made: datetime | None = None
    placed: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What a reading brought: items seen and new in this source, and of which the title changed.

    *new* counts the articles that no source had told before, *changed* those with a new version.
    *new_items* and *retitled* are positions in the reading. *ahead_by* is by how many hours the source's clock is
    wrong, *waiting* how many new articles wait for their date, *undated* how many counted as old for want of one.
    """

    seen: int = 0
    new: int = 0
    changed: int = 0
    new_items: tuple[int, ...] = ()
    retitled: tuple[int, ...] = ()
    ahead_by: int = 0
    waiting: int = 0
    undated: int = 0


@dataclass(slots=True)
class _Place:
    """An article as the reading finds it; *version* 0 is one that is not there yet."""

    id: int
    source: int
    version: int
    stored: Mapping[str, object] | None
    published: datetime
    url: str


def take(
    connection: Connection,
    source: int,
    outlet: str,
    drafts: Sequence[Draft],
    now: datetime,
    *,
    own: Collection[int] = (),
    visit: Visit = Visit(),
) -> Taken:
    """Store *drafts*, a whole reading of *source* in its order, and return what it brought.

    An article belongs to the source that told it first, and only that one makes new versions of it; the
    others fill what it left empty. A source among *own* takes an article over from one that is not.

    An article dated ahead waits for its date, unless the source's clock is wrong: then it is new now.
    """
    alone(connection)
    reading = _Reading(connection, source, outlet, now, frozenset(own), undoubled(drafts), visit)
    for draft in reading.drafts:
        reading.take(draft)
    return reading.finished()


class _Reading:
    """One reading on its way in: what the store knew before, and what has been found so far."""

    def __init__(
        self,
        connection: Connection,
        source: int,
        outlet: str,
        now: datetime,
        own: frozenset[int],
        drafts: Sequence[Draft],
        visit: Visit,
    ) -> None:
        self.connection, self.source, self.outlet, self.now = connection, source, outlet, now
        self.own, self.drafts = own, drafts
        self.known = _known(connection, source, drafts)
        self.ladder = identity.Ladder(self.known)
        self.places = _places(connection, drafts, self.known)
        self.rewritten = self._rewritten()
        self.first, self.placed = visit.first, visit.placed
        fresh = [draft.published for draft in drafts if self.ladder.item(draft.keys) is None]
        self.ahead_by = dates.ahead_by(fresh, visit.made, now)
        self.waiting = self.undated = 0
        self.told: dict[int, Draft] = {}  # article -> the draft that stands highest
        self.fresh: list[dict[str, object]] = []
        self.new = self.changed = 0
        self.new_items: list[int] = []
        self.retitled: list[int] = []

    def take(self, draft: Draft) -> None:
        item = self.ladder.item(draft.keys)
        place = _place(self.ladder.article(draft.keys), draft, self.places)
        place = place or self.rewritten.pop(draft.keys.identity, None)
        if place is None and draft.url:
            place = _begin(self.connection, self.source, self.outlet, draft, self._published(draft), self.now)
            self.places[draft.keys.url] = place
            self.new += 1
        elif place is not None and draft.url:
            twin = urls.twin(place.url) and not urls.twin(draft.url)
            if draft.keys.url not in self.places or (twin and self.places[draft.keys.url] is place):
                self._follow(place, draft)
        sha256, title_key = contents.content_key(draft), urls.digest(draft.headline or draft.title)
        if place is not None and place.id not in self.told:
            self.told[place.id] = draft
            self._redate(place, draft)
            if item is None or item.sha256 != sha256:
                self.changed += self._tell(place, draft)
        if item is None:
            self.new_items.append(draft.position)
            self.fresh.append(_row(self.source, draft, place, sha256, title_key, self.now))
            return
        if item.title_key != title_key:
            self.retitled.append(draft.position)
        _again(self.connection, item, draft, place, sha256, title_key)

    def _rewritten(self) -> dict[str, _Place]:
        """Return, by identity, the articles that new items tell under a new headline, address and guid.

        It is the same article where source, minute and a dek of some length are the same, and the old item is gone.
        """
        told = {self.ladder.article(draft.keys) for draft in self.drafts}
        fresh = {
            (draft.published.replace(second=0), draft.dek): draft
            for draft in self.drafts
            if draft.published
            and len(draft.dek) >= 25
            and (len(draft.dek.split()) >= 6 or not draft.dek.isascii())
            if self.ladder.article(draft.keys) is None and draft.keys.url not in self.places
        }
        if not fresh:
            return {}
        first = min(minute for minute, _ in fresh)
        last = max(minute for minute, _ in fresh) + timedelta(minutes=1)
        mine = (
            articles.c.source_id == self.source,
            articles.c.published >= first,
            articles.c.published < last,
        )
        found = {}
        for row in self.connection.execute(_joined().where(*mine)):
            draft = fresh.get((row.published.replace(second=0, microsecond=0), row.dek))
            here = row.canonical_key in {one.keys.url for one in self.drafts}
            if draft and row.article not in told and not here:
                found[draft.keys.identity] = _of_row(row)
        return found

    def _published(self, draft: Draft) -> datetime:
        """Return when a new article counts as published."""
        date = draft.published
        if self.ahead_by and dates.embargoed(date, self.now):
            return self.now
        if self.first and not dates.believable(date, self.now):
            self.undated += 1
            return self.now - dates.UNDATED
        self.waiting += dates.embargoed(date, self.now)
        return dates.settled(date, self.now)

    def _redate(self, place: _Place, draft: Draft) -> None:
        """Move an article that still waits to the date that its publisher gives it now."""
        if place.source == self.source and draft.published and dates.embargoed(place.published, self.now):
            at = dates.settled(draft.published, self.now)
            if at != place.published:
                self.connection.execute(
                    update(articles).where(articles.c.id == place.id).values(published=at)
                )
                place.published = at

    def _follow(self, place: _Place, draft: Draft) -> None:
        """Let an article follow its publisher to a new address, which no other article has, or from a twin page."""
        self.places[draft.keys.url] = place
        place.url = draft.url
        if place.source == self.source:
            moved = {"canonical": draft.url, "canonical_key": draft.keys.url}
            self.connection.execute(update(articles).where(articles.c.id == place.id).values(moved))

    def _tell(self, place: _Place, draft: Draft) -> bool:
        if place.source != self.source and self.source in self.own and place.source not in self.own:
            mine = {"source_id": self.source, "outlet": self.outlet}
            self.connection.execute(update(articles).where(articles.c.id == place.id).values(mine))
            place.source = self.source
        return _tell(self.connection, place, draft, self.now, leads=place.source == self.source)

    def finished(self) -> Taken:
        if self.fresh:
            self.connection.execute(insert(items), self.fresh)
        _seen(self.connection, self.known, self.drafts, self.now)
        if self.placed:
            places = {number: draft.position for number, draft in self.told.items()}
            source_health.stood(self.connection, self.source, places, self.now)
        _sight(self.connection, self.source, self.told, self.now)
        return Taken(
            seen=len(self.drafts),
            new=self.new,
            changed=self.changed,
            new_items=tuple(self.new_items),
            retitled=tuple(self.retitled),
            ahead_by=self.ahead_by,
            waiting=self.waiting,
            undated=self.undated,
        )


def _known(connection: Connection, source: int, drafts: Sequence[Draft]) -> list[identity.Known]:
    found: dict[int, identity.Known] = {}
    rungs = {
        "identity": items.c.identity,
        "guid": items.c.guid_key,
        "url": items.c.url_key,
        "content": items.c.content_key,
    }
    for rung, column in rungs.items():
        keys = sorted({key for draft in drafts if (key := getattr(draft.keys, rung))})
        for part in chunks(keys):
            mine = select(items).where(items.c.source_id == source, column.in_(part)).order_by(items.c.id)
            for row in connection.execute(mine):
                known = identity.Keys(row.guid_key, row.url_key, row.content_key)
                found[row.id] = identity.Known(
                    row.id, row.identity, known, row.article_id, row.title_key, row.sha256
                )
    return [found[number] for number in sorted(found)]


def _places(
    connection: Connection, drafts: Sequence[Draft], known: Sequence[identity.Known]
) -> dict[str | int, _Place]:
    """Return the articles that the reading may be about, by canonical key and by id."""
    by_key = sorted({draft.keys.url for draft in drafts if draft.url})
    by_id = sorted({item.article for item in known if item.article is not None})
    asked = [articles.c.canonical_key.in_(part) for part in chunks(by_key)]
    asked += [articles.c.id.in_(part) for part in chunks(by_id)]
    found: dict[str | int, _Place] = {}
    for condition in asked:
        for row in connection.execute(_joined().where(condition)):
            place = _of_row(row)
            found.setdefault(row.article, place)
            found[row.canonical_key] = found[row.article]
    return found


def _joined() -> Query:
    """Return the query of articles in their latest versions, as the reading knows them."""
    current = (versions.c.article_id == articles.c.id) & (versions.c.version == articles.c.version)
    columns = (
        articles.c.id.label("article"),
        articles.c.canonical_key,
        articles.c.source_id,
        articles.c.published,
        articles.c.canonical,
    )
    return select(*columns, versions).join_from(articles, versions, current)


def _of_row(row: AnyRow) -> _Place:
    return _Place(row.article, row.source_id, row.version, dict(row._mapping), row.published, row.canonical)


def _place(article: int | None, draft: Draft, places: Mapping[str | int, _Place]) -> _Place | None:
    if draft.url and draft.keys.url in places:
        return places[draft.keys.url]
    return places.get(article) if article is not None else None


def _begin(
    connection: Connection, source: int, outlet: str, draft: Draft, published: datetime, now: datetime
) -> _Place:
    made = insert(articles).values(
        canonical=draft.url,
        canonical_key=draft.keys.url,
        source_id=source,
        outlet=outlet,
        language=draft.language[:16],
        published=published,
        first_seen=now,
        version=1,
    )
    number = int(connection.execute(made.returning(articles.c.id)).scalar_one())
    return _Place(number, source, 0, None, published, draft.url)


def _tell(connection: Connection, place: _Place, draft: Draft, now: datetime, *, leads: bool) -> bool:
    """Write what *draft* says about an article; return whether that made a new version of a known one."""
    if place.stored is None:
        row = contents.columns_of(draft) | {"article_id": place.id, "version": 1, "seen_at": now}
        connection.execute(insert(versions).values(row | {"sha256": contents.sha256(row)}))
        place.version, place.stored = 1, {}
        return False
    if not place.stored:
        return False
    merged = contents.merged(place.stored, draft, leads=leads)
    if all(merged[name] == place.stored[name] for name in contents.CONTENT):
        mine = (versions.c.article_id == place.id) & (versions.c.version == place.version)
        light = {name: value for name, value in merged.items() if name not in contents.CONTENT}
        if any(value != place.stored[name] for name, value in light.items()):
            connection.execute(update(versions).where(mine).values(light))
        return False
    number = place.version + 1
    row = merged | {"article_id": place.id, "version": number, "seen_at": now}
    connection.execute(insert(versions).values(row | {"sha256": contents.sha256(row)}))
    connection.execute(update(articles).where(articles.c.id == place.id).values(version=number))
    return True


def _row(
    source: int, draft: Draft, place: _Place | None, sha256: str, title_key: str, now: datetime
) -> dict[str, object]:
    return {
        "source_id": source,
        "identity": draft.keys.identity,
        "guid_key": draft.keys.guid,
        "url_key": draft.keys.url,
        "content_key": draft.keys.content,
        "title_key": title_key,
        "sha256": sha256,
        "article_id": place.id if place else None,
        "first_seen": now,
        "last_seen": now,
    }


def _again(
    connection: Connection,
    item: identity.Known,
    draft: Draft,
    place: _Place | None,
    sha256: str,
    title_key: str,
) -> None:
    """Write down what changed about a known item, and where its article is now."""
    if item.sha256 != sha256 or item.keys != draft.keys:
        values = {
            "guid_key": draft.keys.guid,
            "url_key": draft.keys.url,
            "content_key": draft.keys.content,
            "title_key": title_key,
            "sha256": sha256,
            "article_id": place.id if place else item.article,
        }
        connection.execute(update(items).where(items.c.id == item.id).values(values))


def _seen(
    connection: Connection, known: Sequence[identity.Known], drafts: Sequence[Draft], now: datetime
) -> None:
    there = {draft.keys.identity for draft in drafts}
    ids = [item.id for item in known if item.identity in there]
    for part in chunks(ids):
        connection.execute(update(items).where(items.c.id.in_(part)).values(last_seen=now))


def _sight(connection: Connection, source: int, told: Mapping[int, Draft], now: datetime) -> None:
    """Record where each article stands in the source now."""
    mine = sightings.c.source_id == source
    before = {
        row.article_id
        for part in chunks(sorted(told))
        for row in connection.execute(
            select(sightings.c.article_id).where(mine, sightings.c.article_id.in_(part))
        )
    }
    rows = [
        {"article_id": number, "source_id": source, "position": draft.position, "at": now, "first_at": now}
        for number, draft in told.items()
        if number not in before
    ]
    if rows:
        connection.execute(insert(sightings), rows)
    for number in sorted(before):
        here = mine & (sightings.c.article_id == number)
        connection.execute(update(sightings).where(here).values(position=told[number].position, at=now))
