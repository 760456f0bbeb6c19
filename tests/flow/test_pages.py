"""Collect reads the pages of own articles whose feed left something out, politely, once, and without harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from digest.app import App
from digest.config import Config
from digest.flows.collect.collect import Collected, collect
from digest.model import Article
from digest.store import articles, pages, sources
from digest.store.contents import Said
from tests.databases import on_sqlite
from tests.loopback import Site, site

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
DEK = "The harbour bridge will close for eleven months from June, the council decided on Tuesday evening."
PAGE = f"""<!doctype html><html lang="en"><head><title>Bridge to close | Herald</title>
<meta property="og:description" content="{DEK}"><meta property="og:image" content="/bridge.jpg">
<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Bridge to close", "author": [{{"name": "Dana Reed"}}],
"datePublished": "2026-03-04T06:30:00+02:00", "articleSection": "City"}}</script></head><body><h1>Bridge to close</h1>
<figure><img src="/bridge.jpg" width="800"><figcaption>The bridge at dawn | Photo: Amir Stone/AP</figcaption></figure>
<p>{DEK}</p><p>Ferries will run every ten minutes in the meantime, said the port authority in a statement.</p></body></html>"""
DATED = "<pubDate>Wed, 04 Mar 2026 07:00:00 GMT</pubDate>"
WHOLE = (
    f"{DATED}<description>A dek of the feed that is long enough to be one.</description><author>Dana Reed</author>"
    '<enclosure type="image/jpeg" url="https://p.example/b.jpg" />'
)


Opened = Callable[..., "Room"]


@dataclass
class Room:
    """A newsroom on loopback: its feed, its articles' pages, its clock."""

    site: Site
    app: App
    portal: BlockingPortal
    clock: list[datetime] = field(default_factory=lambda: [NOW])

    def feed(self, *items: str) -> None:
        """Publish *items*, each the elements of one beside its address (/a, /b ...) and its title."""
        told = "".join(
            f"<item><title>Bridge to close {name}</title><link>{self.site.url}/{name}</link><guid>{name}</guid>{rest}</item>"
            for name, rest in zip("abcdefgh", items, strict=False)
        )
        self.site.put("/rss", f'<rss version="2.0"><channel><title>Herald</title>{told}</channel></rss>')

    def collect(self, **more: bool) -> Collected:
        return self.portal.call(partial(collect, self.app, **more))

    def later(self, **more: float) -> None:
        self.clock[0] += timedelta(**more)

    def article(self, name: str = "a") -> Article:
        since = self.clock[0] - timedelta(days=400)
        with self.app.db.read() as connection:
            found = articles.window(connection, ["herald", "wire"], since, self.clock[0])
        return next(one for one in found if one.url.endswith(f"/{name}"))

    def asked(self, path: str) -> int:
        return sum(request.path == path for request in self.site.asked)

    def said(self) -> str:
        with self.app.db.read() as connection:
            return sources.states(connection, ["herald"])[0].said


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    """One event loop for all tests of this file, so that the workers that parse are started once."""
    with start_blocking_portal() as made:
        yield made


@pytest.fixture
def room(tmp_path: Path, portal: BlockingPortal) -> Iterator[Opened]:
    """Give a function that opens a newsroom whose one source is read under some settings."""
    with site() as server:
        made: list[Room] = []

        def opened(*, own: bool = True, **source: object) -> Room:
            given = {"url": f"{server.url}/rss", "allow_private": [f"127.0.0.1:{server.port}"], **source}
            other = {"url": f"{server.url}/none", "allow_private": [f"127.0.0.1:{server.port}"]}
            letter = {
                "title": "Daily",
                "sources": ["herald" if own else "wire"],
                "witnesses": ["wire" if own else "herald"],
                "schedule": {"time": "06:00"},
                "sender": {"address": "news@example.org"},
                "look": {"pictures": "none"},
            }
            config = Config.model_validate(
                {
                    "site": {"data": str(tmp_path), "url": "https://digest.example"},
                    "fetch": {"timeout": "5s"},
                    "sources": {"herald": given, "wire": other},
                    "newsletters": {"daily": letter},
                }
            )
            clock = [NOW]
            made.append(
                Room(server, App(config, on_sqlite(tmp_path / "digest.db"), lambda: clock[0]), portal, clock)
            )
            return made[-1]

        yield opened
        for one in made:
            one.app.close()


def test_a_page_fills_what_its_feed_left_out(room: Opened) -> None:
    here = room()
    here.feed(DATED)
    here.site.put("/a", PAGE, Content_Type="text/html")
    made = here.collect()
    found = here.article()
    assert (made.pages.read, made.pages.filled, made.pages.summary) == (1, 1, "1 page read.")
    assert (found.title, found.dek, found.byline, found.version) == ("Bridge to close a", DEK, "Dana Reed", 2)
    assert found.picture
    assert (found.picture.url, found.picture.caption, found.picture.credit) == (
        f"{here.site.url}/bridge.jpg",
        "The bridge at dawn",
        "Amir Stone/AP",
    )
    assert found.published == datetime(2026, 3, 4, 7, tzinfo=UTC)  # the feed's


def test_what_the_feed_gave_stays_and_a_whole_item_asks_for_no_page(room: Opened) -> None:
    here = room()
    here.feed(f"{DATED}<description>A dek of the feed that is long enough to be one.</description>", WHOLE)
    here.site.put("/a", PAGE)
    here.collect()
    assert here.article().dek == "A dek of the feed that is long enough to be one."
    assert here.article().byline == "Dana Reed"
    assert (here.asked("/a"), here.asked("/b")) == (1, 0)


def test_a_dek_that_the_publisher_cut_is_replaced_by_the_whole_one_and_stays_so(room: Opened) -> None:
    here = room()
    cut = "<description>The harbour bridge will close for eleven months. From June, the coun…</description>"
    here.feed(DATED + cut)
    here.site.put("/a", PAGE, ETag='"one"')
    here.collect()
    assert here.article().dek == DEK
    here.later(hours=1)
    here.feed(DATED + cut + "<category>City</category><author>Other Name</author>")
    here.site.put("/a", b"", status=304)
    here.collect()
    assert (here.asked("/a"), here.article().dek, here.article().byline) == (2, DEK, "Other Name")
    assert here.site.asked[-1].headers["if-none-match"] == '"one"'


def test_an_article_without_a_date_gets_that_of_its_page(room: Opened) -> None:
    here = room()
    here.feed("")
    here.site.put("/a", PAGE)
    here.collect()
    assert here.article().published == datetime(2026, 3, 4, 4, 30, tzinfo=UTC)


def test_a_page_is_not_read_again_until_its_article_changes(room: Opened) -> None:
    here = room()
    here.feed(DATED)
    here.site.put("/a", "<title>Bridge to close</title><h1>Bridge to close</h1><p>" + "It will close. " * 30)
    for _ in range(3):
        here.collect(force=True)
        here.later(hours=3)
    assert here.asked("/a") == 1


def test_the_pages_of_witnesses_are_never_read(room: Opened) -> None:
    here = room(own=False)
    here.feed(DATED)
    here.site.put("/a", PAGE)
    here.collect()
    assert here.asked("/a") == 0


def test_a_budget_bounds_the_pages_of_a_run_and_none_are_read_where_it_is_0(room: Opened) -> None:
    here = room(pages=2)
    here.feed(*[DATED] * 5)
    here.site.put("*", PAGE)
    assert [here.collect(force=True).pages.read for _ in range(3)] == [2, 2, 1]
    assert here.site.busiest == 1
    none = room(pages=0)
    none.feed(*[DATED] * 6)
    assert none.collect(force=True).pages.summary == ""


def test_robots_txt_is_asked_and_kept(room: Opened) -> None:
    here = room()
    here.feed(DATED, DATED)
    here.site.put("*", PAGE)
    here.site.put("/robots.txt", "User-agent: *\nDisallow: /a")
    made = here.collect()
    assert (made.pages.summary, made.sources[0].problems) == (
        "1 page read, 1 refused by robots.txt.",
        ("pages that could not be read: refused by robots.txt",),
    )
    assert (here.asked("/a"), here.asked("/robots.txt")) == (0, 1)
    assert here.said() == "pages that could not be read: refused by robots.txt"


def test_a_failure_is_counted_and_tried_again_later_and_later(room: Opened) -> None:
    here = room()
    here.feed(DATED)
    here.site.put("/a", b"", status=503)
    tries = []
    for _ in range(8):
        here.collect()
        tries.append(here.asked("/a"))
        here.later(hours=1)
    assert tries == [1, 2, 2, 3, 3, 3, 3, 4]
    here.site.put("/a", PAGE)
    here.later(hours=24)
    here.collect()
    assert (here.article().dek, here.said()) == (DEK, "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the page is empty"),
        (b"<html><title>Log in to read</title><input type=password>", "the page wants its reader to log in"),
        (
            b"<html><title>404 - Page not found</title><p>Sorry.",
            "the page says that there is nothing (a soft 404)",
        ),
        (
            b"<html><title>News</title><div id=app></div><script src=/a.js></script>",
            "the page holds nothing but scripts",
        ),
        (
            b"<html><title>We value your privacy</title><h1>Cookie consent</h1>",
            "the page asks for consent to cookies",
        ),
        (b"<title>x</title>" + b"<div>" * 100_000, "deep in one another"),
        (b"x" * 7_000_000, "larger than"),
    ],
)
def test_what_is_no_article_leaves_it_as_it_was_and_is_said(room: Opened, body: bytes, words: str) -> None:
    here = room()
    here.feed(DATED)
    here.site.put("/a", body, Content_Type="text/html")
    made = here.collect()
    assert (made.pages.read, made.pages.failed, here.article().version) == (0, 1, 1)
    assert words in made.pages.of("herald")
    assert words in here.said()


@pytest.mark.parametrize("date", ["1970-01-01T00:00:00Z", "2031-01-01T00:00:00Z", "0000-00-00", "soon"])
def test_a_date_of_a_page_that_cannot_be_is_none(room: Opened, date: str) -> None:
    here = room()
    here.feed("")
    here.site.put("/a", PAGE.replace("2026-03-04T06:30:00+02:00", date))
    before = here.collect().pages
    assert before.read == 1
    assert here.article().published == NOW - timedelta(days=366)


def test_killed_before_a_page_is_stored_it_is_read_again_and_nothing_is_there_twice(
    room: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = room(pages=0)
    here.feed(DATED)
    here.site.put("/a", PAGE)
    here.collect()
    with here.app.db.read() as connection:
        (one,) = pages.wanted(connection, ["herald"], NOW - timedelta(days=1), NOW)

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("digest.store.pages._record", dies)
    with pytest.raises(KeyboardInterrupt), here.app.db.write() as connection:
        pages.fill(connection, one, Said(dek=DEK), NOW)
    monkeypatch.undo()
    assert here.article().version == 1
    for _ in range(2):  # the second time as if the first had not been noticed
        with here.app.db.write() as connection:
            pages.fill(connection, one, Said(dek=DEK), NOW)
    assert (here.article().version, here.article().dek) == (2, DEK)


def test_a_fault_in_reading_a_page_costs_that_page_alone(
    room: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = room()
    here.feed(DATED)
    here.site.put("/a", PAGE)

    def breaks(*_: object, **__: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr("digest.flows.collect.pages.pages.fill", breaks)
    assert here.collect().pages.of("herald").endswith("a fault of ours while reading it: ValueError")
