"""What comes in: an item as a source gave it, the article that it became, and its picture."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

Direction = Literal["ltr", "rtl"]


class Role(StrEnum):
    """What an outlet is to a newsletter: mailed, or only listened to."""

    OWN = "own"
    WITNESS = "witness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture as a source offers it; nothing has been fetched."""

    url: str
    alt: str = ""
    caption: str = ""
    credit: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a source gave, untouched but decoded: markup and odd dates are still in it.

    *url* is as published; *address* is where it leads, where that is known to be elsewhere: a relative link made
    absolute against its site, or what lies behind a link that counts readers.
    """

    guid: str = ""
    url: str = ""
    address: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    byline: str = ""
    published: datetime | None = None
    modified: datetime | None = None
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    language: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A lead picture: where it came from, and the content hashes of our two crops ("" when not made)."""

    url: str
    alt: str = ""
    caption: str = ""
    credit: str = ""
    wide: str = ""
    square: str = ""

    def shows(self, policy: str) -> bool:
        """Return whether a mail can show it under *policy* (`look.pictures`): what we host must have been fetched."""
        return bool(self.wide or self.square) if policy == "host" else policy == "hotlink"


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where in a source an article stood at its latest sighting: 0 is the top of the feed."""

    source: str
    position: int
    at: datetime
    first: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One piece, cleaned and dated, in its latest version.

    *published* is the publisher's date, or *first_seen* where that is missing or absurd. *section* and
    *role* are as the newsletter at hand sees them: they are set when a newsletter loads its articles.
    *body* is plain text (summary or content, capped), for likeness only; it is never mailed.
    """

    id: int
    version: int = 1
    source: str
    outlet: str
    url: str
    title: str
    dek: str = ""
    byline: str = ""
    body: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    section: str = ""
    role: Role = Role.OWN
    published: datetime
    modified: datetime | None = None
    first_seen: datetime
    language: str = "en"
    direction: Direction = "ltr"
    picture: Picture | None = None
    sightings: tuple[Sighting, ...] = ()
