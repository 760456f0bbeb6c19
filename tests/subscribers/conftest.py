"""A site with two newsletters and its readers' pages, on both databases; its outbox is a list."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from digest.store.engine import Database
from subscribers import pages
from subscribers.address import Address, parse_address
from subscribers.links import Links
from subscribers.model import Evidence
from subscribers.rules import Limits
from subscribers.store.signup import SignUp, add_subscriber

KEY, OLD_KEY = b"the newest key of this site, 32b", b"an older key of this site, 32 by"
TEMPLATES = Path(__file__).parents[2] / "templates"
NEWSLETTERS = (
    pages.NewsletterInfo(
        name="daily",
        title="The Daily Paper",
        tagline="The day before breakfast",
        sections=(("world", "World"), ("city", "City"), ("sport", "Sport")),
        sites=("https://paper.example",),
        postal="1 Harbour Street, Port Example",
        contact="editors@paper.example",
        zone="Europe/London",
    ),
    pages.NewsletterInfo(
        name="boker",
        title="עיתון הבוקר",
        tagline="כל מה שקרה בלילה",
        language="he",
        direction="rtl",
        sections=(("medina", "מדינה"), ("tarbut", "תרבות")),
        postal="רחוב הנמל 1, עיר הדוגמה",
        accent="#8A1538",
        accent_dark="#F08CA6",
        zone="Asia/Jerusalem",
    ),
)


@dataclass
class Site:
    """The mounted pages, the clock that a test may turn, and the mails that were queued."""

    database: Database
    now: datetime
    links: Links = field(default_factory=lambda: Links([KEY, OLD_KEY], "https://news.paper.example"))
    mails: list[dict[str, str]] = field(default_factory=list)
    newsletters: tuple[pages.NewsletterInfo, ...] = NEWSLETTERS
    refused: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)
    told: list[dict[str, str]] = field(default_factory=list)

    @property
    def settings(self) -> pages.PageSettings:
        return pages.PageSettings(
            site_name="The Paper House",
            links=self.links,
            newsletters=self.newsletters,
            templates=TEMPLATES,
            read=self.database.read,
            write=self.database.write,
            now=lambda: self.now,
            refused_domains=self.refused,
            limits=self.limits,
            limit_reached=lambda **what: self.told.append(what),
            send_mail=lambda **mail: self.mails.append(mail),
            latest=lambda newsletter: f"https://news.paper.example/{newsletter}/today",
        )

    @property
    def client(self) -> TestClient:
        app = Starlette(routes=pages.reader_routes(self.settings))
        return TestClient(app, base_url="https://news.paper.example", client=("203.0.113.7", 50000))

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def reader(self, address: str = "ada@reader.example", newsletter: str = "daily", **more: str) -> int:
        """Add a reader with an active subscription; return their id."""
        with self.database.write() as connection:
            wanted = SignUp(good(address), newsletter, **more)
            return add_subscriber(
                connection, self.links.keys, wanted, Evidence(self.now, "a test")
            ).subscriber_id


def good(text: str) -> Address:
    found = parse_address(text)
    assert isinstance(found, Address), found
    return found


@pytest.fixture
def site(database: Database, now: datetime) -> Site:
    return Site(database, now)


@pytest.fixture
def site_on_sqlite(sqlite: Database, now: datetime) -> Site:
    return Site(sqlite, now)


@pytest.fixture
def state(site: Site) -> Callable[[int], str]:
    from subscribers.store import people

    def of(reader: int, newsletter: str = "daily") -> str:
        with site.database.read() as connection:
            found = people.find_subscription(connection, reader, newsletter)
        return str(found.state) if found else "none"

    return of
