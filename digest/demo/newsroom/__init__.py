"""The sample newsroom's outlets and articles, as data: what they wrote, and when, seen from a given `now`."""

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WRITTEN_ON = DAYS.index("Thursday")  # the day on which the texts play


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed of an outlet: *format* is rss, atom, rdf or json."""

    name: str
    format: str
    path: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One article as its outlet has it. *event* is the truth that clustering should find.

    *feed_title* is what the feed says (it may carry markup), *title* what the page says. *published* None
    means that the feed gives no date, *written* is then still known to the page.
    """

    slug: str
    event: str
    feeds: tuple[str, ...]
    section: str
    title: str
    feed_title: str
    dek: str
    byline: str
    paragraphs: tuple[str, ...]
    tags: tuple[str, ...]
    written: datetime
    published: datetime | None
    modified: datetime | None
    trackers: str = ""
    scene: str = ""
    alt: str = ""
    caption: str = ""
    credit: str = ""

    @property
    def path(self) -> str:
        """The path of the article's page, in the manner of newspapers: /section/slug."""
        folder = re.sub(r"[^a-z]+", "-", self.section.lower()).strip("-")
        return f"/{folder}/{self.slug}" if folder else f"/a/{self.slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A newspaper or agency with its feeds and articles, in the order that its editors gave them."""

    name: str
    title: str
    tagline: str
    language: str
    own: bool
    feeds: tuple[Feed, ...]
    pieces: tuple[Piece, ...]

    def in_feed(self, feed: str) -> tuple[Piece, ...]:
        """Return the articles of *feed*, top first."""
        return tuple(piece for piece in self.pieces if feed in piece.feeds)


def outlets(now: datetime) -> tuple[Outlet, ...]:
    """Return the sample newsroom as it stands at *now*."""
    return tuple(_outlet(name, table, now) for name, table in _table("outlets.toml").items())


Toml = dict[str, Any]  # a table of our own files


@cache
def _table(name: str) -> Toml:
    return tomllib.loads((files(__name__) / name).read_text(encoding="utf-8"))


def _outlet(name: str, table: Toml, now: datetime) -> Outlet:
    shift = now.weekday() - WRITTEN_ON
    return Outlet(
        name=name,
        title=table["name"],
        tagline=table["tagline"],
        language=table["language"],
        own=table["role"] == "own",
        feeds=tuple(Feed(feed, **settings) for feed, settings in table["feeds"].items()),
        pieces=tuple(
            _piece(article, now, shift) for file in table["articles"] for article in _table(file)["article"]
        ),
    )


def _piece(raw: Toml, now: datetime, shift: int) -> Piece:
    """Return the article of the table *raw*; `published` sells an old article as changed `hours` ago."""
    text = {key: _on_day(value, shift) for key, value in raw.items() if isinstance(value, str)}
    resold = "published" in raw
    written = _ago(now, raw["published"] if resold else raw["hours"])
    changed = raw["hours"] if resold else raw.get("modified")
    return Piece(
        slug=raw["slug"],
        event=raw["event"],
        feeds=tuple(raw["feeds"]),
        section=raw["section"],
        title=text["title"],
        feed_title=text.get("markup", text["title"]),
        dek=text.get("dek", ""),
        byline=raw.get("byline", ""),
        paragraphs=tuple(text["body"].strip().split("\n\n")),
        tags=tuple(raw.get("tags", ())),
        written=written,
        published=None if raw.get("undated") else written,
        modified=_ago(now, changed) if changed is not None else None,
        trackers=raw.get("trackers", ""),
        scene=raw.get("scene", ""),
        alt=text.get("alt", ""),
        caption=text.get("caption", ""),
        credit=raw.get("credit", ""),
    )


def _ago(now: datetime, hours: float) -> datetime:
    return (now - timedelta(hours=hours)).replace(microsecond=0)


def _on_day(text: str, shift: int) -> str:
    """Return *text* with its weekdays moved on, so that it plays on the day of the run."""
    return re.sub("|".join(DAYS), lambda day: DAYS[(DAYS.index(day[0]) + shift) % 7], text)
