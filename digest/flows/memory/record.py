"""The record that is learnt from: the site's own counts come in as CSV; each day is read with what got nothing."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from digest.app import App
from digest.articles import urls
from digest.articles.seen import as_seen_by
from digest.config.schema import Newsletter
from digest.errors import UsageError
from digest.flows.memory import learnt
from digest.model import Role
from digest.store import articles as stored_articles
from digest.store import memory as stored
from digest.stories.memory import NEEDED

VIEWS = "views"
COLUMNS = {
    "address": ("address", "url", "link", "page", "page_location", "landing page", "page path"),
    "day": ("day", "date"),
    "views": ("views", "pageviews", "page views", "visits", "sessions", "minutes"),
    "title": ("title", "page title", "headline"),
    "section": ("section", "category"),
}
SHOWN = 5  # faults of a file that are told line by line


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of a file: its *rows*, the *articles* they are about, and *unknown* addresses; *faults* in words.

    *days* is of how many days there is a record by now.
    """

    rows: int
    articles: int
    unknown: int
    faults: tuple[str, ...]
    more_faults: int
    days: int
    needed: int = NEEDED


def import_views(app: App, name: str, file: Path) -> Imported:
    """Take a CSV of the site's own counts (address, day, views) into the record of newsletter *name*; learn anew.

    A row of an article that we collected gets its headline, section and day from there; of any other one the file
    must say the title. The same file again changes nothing. Raises UsageError for a file that is none.
    """
    newsletter = app.newsletter(name)
    rows, faults = _rows(file)
    with app.db.write() as connection:
        found, unknown = _told(connection, newsletter, rows)
        stored.record(connection, name, VIEWS, found)
        learnt.learn_anew(connection, newsletter, app.now())
        days = stored.recorded_days(connection, name).get(VIEWS, 0)
    return Imported(
        rows=len(rows),
        articles=len(found),
        unknown=unknown,
        faults=tuple(faults[:SHOWN]),
        more_faults=max(0, len(faults) - SHOWN),
        days=days,
    )


@dataclass(frozen=True, slots=True)
class _Count:
    address: str
    day: date
    views: float
    title: str
    section: str


def _rows(file: Path) -> tuple[list[_Count], list[str]]:
    """Return the rows of *file*, and what is wrong with those that cannot be read."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(
            f"cannot be read: {problem}", where=str(file), do="Give a CSV file in UTF-8."
        ) from None
    dialect = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    reader = csv.DictReader(text.splitlines(), delimiter=dialect)
    there = {(name or "").strip().casefold(): name or "" for name in reader.fieldnames or ()}
    columns = {
        key: next((there[name] for name in names if name in there), "") for key, names in COLUMNS.items()
    }
    missing = [key for key in ("address", "day", "views") if not columns[key]]
    if missing:
        raise UsageError(
            f"has no column {', '.join(missing)}",
            where=f"{file}, line 1",
            do="The first line names the columns: address, day, views; title and section may be there, too.",
        )
    found: list[_Count] = []
    faults: list[str] = []
    for number, row in enumerate(reader, 2):
        try:
            found.append(_count(row, columns))
        except ValueError as problem:
            faults.append(f"{file}, line {number}: {problem}")
    return found, faults


def _count(row: Mapping[str, str | None], columns: Mapping[str, str]) -> _Count:
    said = {key: (row.get(name) or "").strip() if name else "" for key, name in columns.items()}
    if not said["address"]:
        raise ValueError("has no address")
    day = said["day"]
    if len(day) == 8 and day.isdecimal():
        day = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    try:
        at = date.fromisoformat(day[:10])
    except ValueError:
        raise ValueError(f"{said['day']!r} is no day such as 2026-03-04") from None
    plain = said["views"].replace(",", "").replace(" ", "").replace("\u00a0", "")
    try:
        views = float(plain)
    except ValueError:
        raise ValueError(f"{said['views']!r} is no number of views") from None
    if not 0.0 <= views < 1e12:
        raise ValueError(f"{said['views']!r} is no number of views")
    return _Count(said["address"], at, views, said["title"], said["section"])


def _told(
    connection: Connection, newsletter: Newsletter, rows: Iterable[_Count]
) -> tuple[list[stored.Row], int]:
    """Return the rows as articles of the record, and how many addresses are neither known nor named."""
    of_key: defaultdict[str, list[_Count]] = defaultdict(list)
    for row in rows:
        of_key[urls.key(urls.canonical(row.address))].append(row)
    ids = {key: stored_articles.id_of(connection, key) for key in of_key}
    there = stored_articles.by_ids(connection, [number for number in ids.values() if number is not None])
    found, unknown = [], 0
    for key, counts in of_key.items():
        number = ids[key]
        article = there.get(number) if number is not None else None
        gain = sum(count.views for count in counts)
        if article is not None:
            seen = as_seen_by(newsletter, article)
            day = article.first_seen.astimezone(newsletter.schedule.tz).date()
            section = seen.section or next(iter(seen.categories), "") or counts[0].section
            if seen.role is Role.OWN:
                found.append(
                    stored.Row(key=key, day=day, title=seen.title, dek=seen.dek, section=section, gain=gain)
                )
        elif counts[0].title:
            day = min(count.day for count in counts)
            found.append(
                stored.Row(key=key, day=day, title=counts[0].title, section=counts[0].section, gain=gain)
            )
        else:
            unknown += 1
    return found, unknown
