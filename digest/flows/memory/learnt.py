"""What was learnt: anew each week, kept in versions, switched by editors, and read as it was at an edition's moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from digest.app import App
from digest.articles import urls
from digest.articles.seen import as_seen_by
from digest.config.schema import Newsletter
from digest.errors import DigestError
from digest.store import articles as stored_articles
from digest.store import memory as stored
from digest.stories.memory import LONGEST, NEEDED, SETTLED, Kept, Memory, learn

EVERY = timedelta(days=7)  # it is learnt anew
KEEPS = {"views": "your readers open"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A newsletter's memory as it stands: the record's *days*, what was learnt and when, and whether it counts."""

    days: int
    kind: str
    at: datetime | None
    memory: Memory | None
    whole_off: bool = False

    @property
    def on(self) -> bool:
        """Whether it counts: from NEEDED days of record on, unless it was switched off."""
        return self.memory is not None and self.memory.days >= NEEDED and not self.whole_off


def refit(app: App) -> int:
    """Learn anew for each newsletter whose memory is a week old; return how many were."""
    done = 0
    for name, newsletter in app.config.newsletters.items():
        with app.db.read() as connection:
            version = stored.latest(connection, name, app.now())
            days = stored.recorded_days(connection, name)
        if days and (version is None or app.now() - version.at >= EVERY):
            with app.db.write() as connection:
                done += learn_anew(connection, newsletter, app.now())
    return done


def known(app: App, name: str) -> Known:
    """Return the memory of newsletter *name* as it stands now."""
    app.newsletter(name)
    with app.db.read() as connection:
        days = stored.recorded_days(connection, name)
        version = stored.latest(connection, name, app.now())
        off = stored.off(connection, name, app.now())
    kind = _longest(days)
    memory = _switched(_read(version.body), off) if version else None
    return Known(
        days=days.get(kind, 0),
        kind=KEEPS.get(kind, ""),
        at=version.at if version else None,
        memory=memory,
        whole_off="all" in off,
    )


def of_moment(connection: Connection, name: str, moment: datetime) -> tuple[Memory | None, str]:
    """Return what newsletter *name* went by at *moment*, and in words who says so; None where it did not count."""
    version = stored.latest(connection, name, moment)
    if version is None:
        return None, ""
    off = stored.off(connection, name, moment)
    memory = _switched(_read(version.body), off)
    counts = memory.days >= NEEDED and "all" not in off
    return (memory if counts else None), KEEPS.get(version.kind, "")


def switch(app: App, name: str, kind: str, what: str, *, on: bool, by: str) -> None:
    """Switch the row *what* (a section, a word, or with kind "all" the whole) on or off for newsletter *name*."""
    app.newsletter(name)
    if kind not in {"section", "word", "all"}:
        raise DigestError(f"there is no {kind!r} in a memory", where=name, do="Choose a section or a word.")
    with app.db.write() as connection:
        stored.switch(connection, name, kind, what[:200], on=on, by=by, at=app.now())


def forget(app: App, name: str) -> None:
    """Forget the record of newsletter *name* and all that was learnt of it."""
    app.newsletter(name)
    with app.db.write() as connection:
        stored.forget(connection, name)


def learn_anew(connection: Connection, newsletter: Newsletter, now: datetime) -> bool:
    """Learn from the record of *newsletter* as it is at *now*; return whether it taught anything."""
    kind = _longest(stored.recorded_days(connection, newsletter.name))
    days = record_of(connection, newsletter, kind, now)
    memory = learn(days, now.astimezone(newsletter.schedule.tz).date())
    if memory is None:
        return False
    stored.store(connection, newsletter.name, kind, now, _written(memory))
    return True


def _longest(days: Mapping[str, int]) -> str:
    return max(days, key=lambda kind: (days[kind], kind)) if days else ""


def _written(memory: Memory) -> dict[str, Any]:
    return {
        "days": memory.days,
        "first": memory.first.isoformat(),
        "last": memory.last.isoformat(),
        "articles": memory.articles,
        "sections": {name: round(value, 5) for name, value in memory.sections.items()},
        "words": {
            word: [round(value, 5), round(memory.rarity[word], 5)] for word, value in memory.words.items()
        },
    }


def _read(body: Mapping[str, Any]) -> Memory:
    return Memory(
        days=body["days"],
        first=date.fromisoformat(body["first"]),
        last=date.fromisoformat(body["last"]),
        articles=body["articles"],
        sections=body["sections"],
        words={word: pair[0] for word, pair in body["words"].items()},
        rarity={word: pair[1] for word, pair in body["words"].items()},
    )


def _switched(memory: Memory, off: Mapping[str, frozenset[str]]) -> Memory:
    nothing: frozenset[str] = frozenset()
    return replace(memory, sections_off=off.get("section", nothing), words_off=off.get("word", nothing))


def rows_of(memory: Memory, most: int = 40) -> Iterator[tuple[str, str, float, bool]]:
    """Yield what was learnt as (kind, name, worth, whether it counts), what says most first."""
    for name, value in sorted(memory.sections.items(), key=lambda pair: (-abs(pair[1]), pair[0]))[:most]:
        yield "section", name, value, name not in memory.sections_off
    for name, value in sorted(memory.words.items(), key=lambda pair: (-abs(pair[1]), pair[0]))[:most]:
        yield "word", name, value, name not in memory.words_off


def record_of(
    connection: Connection, newsletter: Newsletter, kind: str, now: datetime
) -> dict[date, Sequence[Kept]]:
    """Return what the days that are settled by *now* say: the articles of the record, and own ones that it lacks.

    An own article that the record does not name was worth nothing that day; a day without any record says nothing.
    """
    before = (now - SETTLED).astimezone(newsletter.schedule.tz).date()
    since = before - timedelta(days=2 * LONGEST)
    found = stored.keep(connection, newsletter.name, kind, since, before)
    if not found:
        return {}
    zone = newsletter.schedule.tz
    first = datetime.combine(min(found), datetime.min.time(), zone)
    last = datetime.combine(max(found) + timedelta(days=1), datetime.min.time(), zone)
    for article in stored_articles.window(connection, newsletter.sources, first, last):
        day = article.first_seen.astimezone(zone).date()
        if day in found:
            seen = as_seen_by(newsletter, article)
            section = seen.section or next(iter(seen.categories), "")
            found[day].setdefault(
                urls.key(urls.canonical(article.url)), Kept(seen.title, seen.dek, section, 0.0)
            )
    return {day: tuple(kept.values()) for day, kept in found.items()}


def said(found: Known) -> str:
    """Return in a sentence how the memory *found* stands."""
    if not found.days:
        return (
            "There is no record yet. The command digest memory import brings in the counts of your own site."
        )
    if found.whole_off:
        return f"There is a record of {found.days} days; it was switched off and counts nothing."
    if found.memory is None or found.memory.days < NEEDED:
        settled = found.memory.days if found.memory else 0
        return (
            f"There is a record of {found.days} days, {settled} of them are three days old or more; "
            f"it counts from {NEEDED} such days on."
        )
    first, last = (f"{day:%d %B %Y}".lstrip("0") for day in (found.memory.first, found.memory.last))
    return f"It counts: learnt from {found.memory.days} days, {first} to {last}, {found.memory.articles:,} articles."
