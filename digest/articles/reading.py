"""What a source type is given and gives back: the contract that every file in `sources/` keeps.

    async def read(source: Source, http: Fetcher, mark: Mark, now: datetime) -> Reading

It raises SourceError for what it cannot read; it stores nothing and decides nothing about time.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.model import Item


@dataclass(frozen=True, slots=True)
class Mark:
    """What is remembered between two readings. *url* is where to read; validators are kept verbatim."""

    url: str
    etag: str = ""
    last_modified: str = ""
    body_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed feed: its own words about itself, and its items in their order.

    *ttl* is how long the publisher asks us to wait. *problems* are in words: what was left out or mended, and why.
    *made* is when the publisher says the feed was made. *form* is what it was: "rss", "atom", "rdf", "json", "sitemap",
    "page", "folder".
    """

    title: str = ""
    link: str = ""
    language: str = ""
    encoding: str = ""
    ttl: timedelta = timedelta()
    items: tuple[Item, ...] = ()
    problems: tuple[str, ...] = ()
    made: datetime | None = None
    form: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One visit to a source.

    *document* is None when nothing has changed since *mark*, or when the visit failed: then *problem* says
    why. *hold* is how long the server asked us to stay away, *gone* that it asked us never to come again,
    *moved_to* the address that permanent redirects led to.
    """

    mark: Mark
    document: Document | None = None
    problem: str = ""
    hold: timedelta = timedelta()
    gone: bool = False
    moved_to: str = ""
    problems: tuple[str, ...] = field(default=())
