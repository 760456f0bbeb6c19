"""Editions: the row, and the stories of each revision; they are the memory, the report and the replay."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    RowMapping,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from digest.errors import EditionError
from digest.model import (
    BENCH,
    MAIN,
    TRANSITIONS,
    Appearance,
    Composition,
    Edition,
    EditionEvent,
    EditionState,
    Placed,
    Reason,
    Sponsor,
)
from digest.store.schema import articles, edition_stories, editions

WENT = (EditionState.SENDING, EditionState.SENT, EditionState.PAUSED, EditionState.HALTED)  # readers have it
_REOPENED = (EditionState.DRAFT, EditionState.APPROVED)  # and of these, one that is being corrected
_WENT = or_(
    editions.c.state.in_(WENT), and_(editions.c.state.in_(_REOPENED), editions.c.started_at.is_not(None))
)
_OF_ITS_DAY = editions.c.corrects == 0  # no correction mail
_FIELDS = tuple(field.name for field in fields(Edition))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One story of a stored revision, with the reasons that it had then."""

    place: int
    section: str
    article: int
    version: int
    title: str
    dek: str
    score: float
    reasons: tuple[Reason, ...]
    members: tuple[int, ...]
    also: tuple[int, ...] | None  # None where it was not kept yet
    update: bool
    url: str
    outlet: str


def get(connection: Connection, newsletter: str, day: date, issue: str = MAIN) -> Edition | None:
    """Return the edition of *newsletter* on *day*, or None."""
    return _one(connection, *_of_day(newsletter, day, issue))


def by_id(connection: Connection, edition: int) -> Edition | None:
    """Return the edition with this id, or None."""
    return _one(connection, editions.c.id == edition)


def existing(connection: Connection, edition: int) -> Edition:
    """Return the edition with this id; raise EditionError when there is none."""
    found = by_id(connection, edition)
    if found is None:
        raise EditionError("there is no such edition", where=f"edition {edition}")
    return found


def settings_of(connection: Connection, edition: int) -> str:
    """Return the SHA-256 of the settings that the edition was made with."""
    query = select(editions.c.config_sha256).where(editions.c.id == edition)
    return str(connection.execute(query).scalar_one())


def latest(
    connection: Connection, newsletter: str | None = None, limit: int = 30, issue: str | None = None
) -> list[Edition]:
    """Return the newest editions, of one newsletter or of all, of one issue or of every, newest first."""
    query = (
        select(editions)
        .where(_OF_ITS_DAY)
        .order_by(editions.c.date.desc(), editions.c.id.desc())
        .limit(limit)
    )
    if newsletter is not None:
        query = query.where(editions.c.newsletter == newsletter)
    if issue is not None:
        query = query.where(editions.c.issue == issue)
    return _all(connection, query)


def in_state(connection: Connection, *states: EditionState) -> list[Edition]:
    """Return the editions in any of *states*, oldest first."""
    query = select(editions).where(editions.c.state.in_(states)).order_by(editions.c.date, editions.c.id)
    return _all(connection, query)


def last_sent(connection: Connection, newsletter: str, before: date, issue: str = MAIN) -> Edition | None:
    """Return the newest edition of this *issue* before *before* that went to readers, or None."""
    mine = (editions.c.newsletter == newsletter, editions.c.issue == issue)
    query = (
        select(editions)
        .where(*mine, editions.c.date < before, _WENT, _OF_ITS_DAY)
        .order_by(editions.c.date.desc())
        .limit(1)
    )
    found = _all(connection, query)
    return found[0] if found else None


def went(connection: Connection, newsletter: str, since: date) -> list[Edition]:
    """Return the editions of *newsletter*, of every issue, from *since* on that went to readers, newest first."""
    where = (editions.c.newsletter == newsletter, editions.c.date >= since, editions.c.state.in_(WENT))
    query = select(editions).where(*where).order_by(editions.c.date.desc())
    return _all(connection, query)


def carried(connection: Connection, newsletter: str, since: date, before: date) -> dict[int, Appearance]:
    """Return what editions of *newsletter* from *since* until before *before* brought to readers, by article id.

    Every issue counts: a reader who had a story in the morning had it. An article that was carried more than once
    stands as it was carried last.
    """
    query = (
        select(edition_stories, editions.c.date, editions.c.now)
        .join(editions, editions.c.id == edition_stories.c.edition_id)
        .where(
            editions.c.newsletter == newsletter,
            editions.c.date >= since,
            editions.c.date < before,
            _WENT,
            _OF_ITS_DAY,
            edition_stories.c.revision == editions.c.revision,
            edition_stories.c.section != BENCH,
        )
        .order_by(editions.c.date)
    )
    return {
        row.article_id: Appearance(row.article_id, row.version, row.title, row.date, row.now)
        for row in connection.execute(query)
    }


def count_before(connection: Connection, newsletter: str, before: date) -> int:
    """Return how many editions of *newsletter*, of every issue, before *before* went to readers."""
    where = (editions.c.newsletter == newsletter, editions.c.date < before, _WENT, _OF_ITS_DAY)
    return connection.execute(select(func.count()).select_from(editions).where(*where)).scalar_one()


def save(connection: Connection, edition: Composition, *, since: datetime, config_sha256: str) -> Edition:
    """Store *edition* as the draft of its day and return it; raise EditionError when it is a draft no longer.

    The caller decides the revision: the same number replaces what is stored under it.
    """
    mine = (edition.newsletter, edition.date, edition.issue)
    where = _of_day(*mine)
    values = {
        "revision": edition.revision,
        "now": edition.now,
        "since": since,
        "config_sha256": config_sha256,
        "subject": edition.subject,
        "preheader": edition.preheader,
        "note": edition.note,
        "sponsor": asdict(edition.sponsor) if edition.sponsor else None,
    }
    before = connection.execute(select(editions).where(*where).with_for_update()).one_or_none()
    if before is None:
        named = {"newsletter": edition.newsletter, "date": edition.date, "issue": edition.issue}
        connection.execute(insert(editions).values(**named, state=EditionState.DRAFT, **values))
    elif before.state != EditionState.DRAFT:
        raise EditionError(
            f"is {before.state}, so it cannot be built again", where=f"{edition.newsletter} {edition.date}"
        )
    else:
        connection.execute(update(editions).where(editions.c.id == before.id).values(**values))
    saved = get(connection, *mine)
    if saved is None:
        raise EditionError("was not stored", where=f"{edition.newsletter} {edition.date}")
    _store_stories(connection, saved, edition)
    return saved


def lines(connection: Connection, edition: int, revision: int) -> list[Line]:
    """Return the stories of a revision in reading order, the bench behind them."""
    query = (
        select(edition_stories, articles.c.canonical, articles.c.outlet)
        .join(articles, articles.c.id == edition_stories.c.article_id)
        .where(edition_stories.c.edition_id == edition, edition_stories.c.revision == revision)
        .order_by(edition_stories.c.place)
    )
    return [_line(row) for row in connection.execute(query).mappings()]


def titles_placed(connection: Connection, edition: Edition) -> list[tuple[str, tuple[int, ...]]]:
    """Return the title of each story that *edition* mails, with the ids of its articles."""
    every = lines(connection, edition.id, edition.revision)
    return [(one.title, (one.article, *one.members)) for one in every if one.section != BENCH]


def transition(
    connection: Connection,
    edition: int,
    event: EditionEvent,
    *,
    at: datetime,
    why: str = "",
    only: Sequence[ColumnElement[bool]] = (),
) -> bool:
    """Move an edition as TRANSITIONS says of *event*; return whether it moved.

    It moves in one statement, and only if it is in a state that the event leads from: of two who move it at once one
    wins. *only* are further conditions that must hold at that moment. *why* is kept as the reason of a halt.
    """
    rule = TRANSITIONS[event]
    values: dict[str, object] = {"state": rule.to, "halt": why}
    values |= dict.fromkeys(rule.stamps, at)
    values |= {name: func.coalesce(editions.c[name], at) for name in rule.keeps}
    values |= dict.fromkeys(rule.clears)
    mine = (editions.c.id == edition, editions.c.state.in_(rule.was), *only)
    return connection.execute(update(editions).where(*mine).values(**values)).rowcount == 1


def at_revision(revision: int) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that an edition is still at *revision*: what a person saw."""
    return (editions.c.revision == revision,)


def watch(connection: Connection, edition: int, until: datetime) -> None:
    """Record that an editor has the draft open, so that nothing but the editor's own acts changes it *until* then."""
    mine = (editions.c.id == edition, editions.c.state == EditionState.DRAFT)
    connection.execute(update(editions).where(*mine).values(watched_until=until))


def _store_stories(connection: Connection, saved: Edition, edition: Composition) -> None:
    same = (edition_stories.c.edition_id == saved.id, edition_stories.c.revision == saved.revision)
    connection.execute(edition_stories.delete().where(*same))
    placed = [(story.section, story) for story in edition.stories]
    placed += [(BENCH, story) for story in edition.bench]
    rows = [_row(saved, place, section, story) for place, (section, story) in enumerate(placed)]
    if rows:
        connection.execute(insert(edition_stories), rows)


def _row(saved: Edition, place: int, section: str, story: Placed) -> dict[str, object]:
    return {
        "edition_id": saved.id,
        "revision": saved.revision,
        "place": place,
        "section": section,
        "article_id": story.article.id,
        "version": story.article.version,
        "title": story.title,
        "dek": story.dek,
        "score": story.score,
        "reasons": [asdict(reason) for reason in story.reasons],
        "members": list(story.members),
        "also": [one.id for one in story.also],
        "updates": story.update,
    }


def _line(row: RowMapping) -> Line:
    return Line(
        place=row["place"],
        section=row["section"],
        article=row["article_id"],
        version=row["version"],
        title=row["title"],
        dek=row["dek"],
        score=row["score"],
        reasons=tuple(Reason(**reason) for reason in row["reasons"]),
        members=tuple(row["members"]),
        also=None if row["also"] is None else tuple(row["also"]),
        update=row["updates"],
        url=row["canonical"],
        outlet=row["outlet"],
    )


def _of_day(newsletter: str, day: date, issue: str) -> tuple[ColumnElement[bool], ...]:
    return editions.c.newsletter == newsletter, editions.c.date == day, editions.c.issue == issue, _OF_ITS_DAY


def _one(connection: Connection, *where: ColumnElement[bool]) -> Edition | None:
    row = connection.execute(select(editions).where(*where)).mappings().one_or_none()
    return _saved(row) if row else None


def _all(connection: Connection, query: Executable) -> list[Edition]:
    return [_saved(row) for row in connection.execute(query).mappings()]


def _saved(row: RowMapping) -> Edition:
    """Return the noun of a row: each of its fields has the name of its column."""
    values = {name: row[name] for name in _FIELDS}
    values["state"] = EditionState(row["state"])
    values["sponsor"] = Sponsor(**row["sponsor"]) if row["sponsor"] else None
    return Edition(**values)
