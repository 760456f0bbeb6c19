import asyncio
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from PIL import Image

from digest.app import App
from digest.articles.sources import feed
from digest.config import Config
from digest.errors import DigestError
from digest.flows.collect import collect as collecting
from digest.flows.collect.collect import Collected, collect
from digest.model import Article
from digest.store import articles, sources
from digest.store.engine import Database
from digest.store.migrate import upgrade
from tests.databases import on_sqlite
from tests.disk import filled, tmpfs
from tests.loopback import Site, chunked, rss, site
from tests.waiting import lag, until

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)


@dataclass
class Room:
    """A newsroom on loopback: its feeds, its clock, its database."""

    site: Site
    app: App
    portal: BlockingPortal
    clock: list[datetime] = field(default_factory=lambda: [NOW])

    def collect(self, **more: Any) -> Collected:
        return self.portal.call(partial(collect, self.app, **more))

    def later(self, **more: Any) -> None:
        self.clock[0] += timedelta(**more)

    def window(self, *names: str, hours: float = 24 * 400) -> list[Article]:
        """Return what is new since then; by default what counts as old for want of a date, too."""
        with self.app.db.read() as connection:
            wanted = names or tuple(self.app.config.sources)
            return articles.window(connection, wanted, self.clock[0] - timedelta(hours=hours), self.clock[0])

    def state(self, name: str) -> sources.SourceState:
        with self.app.db.read() as connection:
            return sources.states(connection, [name])[0]


def configured(folder: Path, feeds: dict[str, Any], **fetch: Any) -> Config:
    listed = {name: {"url": value} if isinstance(value, str) else value for name, value in feeds.items()}
    for one in listed.values():
        if one["url"].startswith("http") and "allow_private" not in one:
            one["allow_private"] = [urlsplit(one["url"]).netloc] if urlsplit(one["url"]).port else []
    return Config.model_validate(
        {
            "site": {"data": str(folder), "url": "https://digest.example"},
            "fetch": {"timeout": "5s", **fetch},
            "sources": listed,
            "newsletters": {
                "daily": {
                    "title": "Daily",
                    "sources": [next(iter(listed))],
                    "schedule": {"time": "06:00"},
                    "sender": {"address": "news@example.org"},
                }
            },
        }
    )


Opened = Callable[..., Room]


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    """One event loop for all tests of this file, so that the workers that parse are started once."""
    with start_blocking_portal() as made:
        yield made


@pytest.fixture
def room(tmp_path: Path, portal: BlockingPortal) -> Iterator[Opened]:
    """Give a function that opens a newsroom whose feeds are paths of one server on loopback."""
    with site() as server:
        rooms: list[Room] = []

        def opened(feeds: dict[str, Any], **fetch: Any) -> Room:
            def placed(value: Any) -> Any:
                if isinstance(value, dict):
                    return {**value, "url": placed(value["url"])}
                return f"{server.url}{value}" if value.startswith("/") and not Path(value).is_dir() else value

            config = configured(tmp_path, {name: placed(value) for name, value in feeds.items()}, **fetch)
            database = rooms[-1].app.db if rooms else on_sqlite(tmp_path / "digest.db")
            clock = rooms[-1].clock if rooms else [NOW]
            rooms.append(Room(server, App(config, database, lambda: clock[0]), portal, clock))
            return rooms[-1]

        yield opened
        for made in rooms:
            made.app.close()


TWO = (
    ("Harbour bridge closed", "https://herald.example/city/bridge"),
    ("Council votes", "https://herald.example/politics/council"),
)


def test_a_feed_becomes_articles(room: Opened) -> None:
    here = room({"herald": {"url": "/rss", "outlet": "The Herald"}})
    here.site.put("/rss", rss(*TWO, date="Wed, 04 Mar 2026 03:30:00 GMT"))
    made = here.collect()
    assert [(one.name, one.outcome, one.seen, one.new, one.error) for one in made.sources] == [
        ("herald", "read", 2, 2, "")
    ]
    bridge = next(article for article in here.window() if "bridge" in article.url)
    assert (bridge.title, bridge.outlet, bridge.source) == ("Harbour bridge closed", "The Herald", "herald")
    assert bridge.published == datetime(2026, 3, 4, 3, 30, tzinfo=UTC)
    assert [(seen.source, seen.position) for seen in bridge.sightings] == [("herald", 0)]


def test_validators_go_back_verbatim_and_a_304_costs_nothing(room: Opened) -> None:
    here = room({"herald": "/rss"})
    here.site.put("/rss", rss(*TWO), ETag='W/"odd\\etag"', Last_Modified="yesterday, or so")
    here.collect()
    here.later(hours=1)
    made = here.collect()
    assert made.sources[0].outcome == "unchanged"
    assert here.site.asked[1].headers["if-none-match"] == 'W/"odd\\etag"'
    assert here.site.asked[1].headers["if-modified-since"] == "yesterday, or so"
    assert len(here.window()) == 2


def test_a_source_is_not_asked_before_it_is_due_unless_forced(room: Opened) -> None:
    here = room({"herald": "/rss"}, interval="30m")
    here.site.put("/rss", rss(*TWO))
    here.collect()
    here.later(minutes=29)
    assert here.collect().sources[0].outcome == "not due before 2026-03-04 05:30 UTC"
    assert len(here.site.asked) == 1
    here.collect(force=True)
    assert len(here.site.asked) == 2


@pytest.mark.parametrize(
    ("headers", "extra", "wait"),
    [
        ({}, "", timedelta(minutes=30)),
        ({}, "<ttl>90</ttl>", timedelta(minutes=90)),
        ({"Cache_Control": "public, max-age=7200"}, "", timedelta(hours=2)),
        ({"Cache_Control": "max-age=60"}, "<ttl>5</ttl>", timedelta(minutes=30)),
        (
            {"Expires": "Wed, 04 Mar 2026 09:00:00 GMT", "Date": "Wed, 04 Mar 2026 05:00:00 GMT"},
            "",
            timedelta(hours=4),
        ),
        ({"Cache_Control": "max-age=31536000"}, "", timedelta(hours=24)),
        ({"Retry_After": "10800"}, "", timedelta(hours=3)),
    ],
)
def test_the_longest_of_all_that_was_asked_for_counts(
    room: Opened, headers: dict[str, str], extra: str, wait: timedelta
) -> None:
    here = room({"herald": "/rss"}, interval="30m", longest_interval="24h")
    here.site.put("/rss", rss(*TWO, extra=extra), **headers)
    here.collect()
    assert here.state("herald").next_poll == NOW + wait


def test_a_ttl_is_remembered_when_the_answer_is_304(room: Opened) -> None:
    here = room({"herald": "/rss"}, interval="30m")
    here.site.put("/rss", rss(*TWO, extra="<ttl>120</ttl>"), ETag='"1"')
    here.collect()
    here.later(hours=2)
    assert here.collect().sources[0].outcome == "unchanged"
    assert here.state("herald").next_poll == NOW + timedelta(hours=4)


def test_failures_back_off_and_one_success_forgives_them(room: Opened) -> None:
    here = room({"herald": "/rss"}, interval="30m", longest_interval="6h")
    here.site.put("/rss", "", status=500)
    waits = []
    for _ in range(6):
        here.collect(force=True)
        waits.append((here.state("herald").next_poll - here.clock[0]) / timedelta(hours=1))
    assert waits == [1, 2, 4, 6, 6, 6]
    here.site.put("/rss", rss(*TWO))
    here.collect(force=True)
    state = here.state("herald")
    assert (state.failures, state.last_error, state.next_poll) == (
        0,
        "",
        here.clock[0] + timedelta(minutes=30),
    )


def test_429_is_obeyed(room: Opened) -> None:
    here = room({"herald": "/rss"}, interval="30m")
    here.site.put("/rss", "", status=429, Retry_After="14400")
    made = here.collect()
    assert "too often (429)" in made.sources[0].error
    assert here.state("herald").next_poll == NOW + timedelta(hours=4)


def test_410_retires_a_source_until_its_address_is_changed(room: Opened) -> None:
    here = room({"herald": "/rss"})
    here.site.put("/rss", "", status=410)
    assert here.collect().sources[0].outcome == "retired"
    here.later(days=30)
    assert here.collect().sources[0].outcome.startswith("retired on 2026-03-04")
    assert len(here.site.asked) == 1
    here = room({"herald": "/new"})
    here.site.put("/new", rss(*TWO))
    assert here.collect().new == 2


def test_301_is_remembered_and_302_is_not(room: Opened) -> None:
    here = room({"moved": "/old", "away": "/temporary"})
    here.site.put("/old", "", status=301, Location="/rss")
    here.site.put("/temporary", "", status=302, Location="/rss2")
    here.site.put("/rss", rss(*TWO))
    here.site.put("/rss2", rss(("Other", "https://other.example/1")))
    made = here.collect()
    assert made.sources[0].outcome == f"read; it has moved to {here.site.url}/rss"
    here.later(hours=1)
    here.collect()
    paths = [asked.path for asked in here.site.asked]
    assert sorted(paths) == sorted(["/old", "/rss", "/temporary", "/rss2", "/rss", "/temporary", "/rss2"])


def test_a_move_that_leads_nowhere_is_doubted_after_three_failures(room: Opened) -> None:
    here = room({"herald": "/old"})
    here.site.put("/old", "", status=301, Location="/rss")
    here.site.put("/rss", rss(*TWO))
    here.collect()
    here.site.put("/rss", "", status=404)
    here.site.put("/old", rss(("Back home", "https://herald.example/home")))
    for _ in range(3):
        here.collect(force=True)
    assert here.state("herald").moved_to == ""
    assert here.collect(force=True).new == 1


def test_a_move_to_something_that_is_no_feed_is_not_remembered(room: Opened) -> None:
    here = room({"herald": "/old"})
    here.site.put("/old", "", status=301, Location="/parked")
    here.site.put("/parked", "<html><body>This domain is for sale</body></html>")
    assert "web page" in here.collect().sources[0].error
    assert here.state("herald").moved_to == ""


def test_a_changed_address_forgets_validators_but_no_article(room: Opened) -> None:
    here = room({"herald": "/rss"})
    here.site.put("/rss", rss(*TWO), ETag='"same"')
    here.collect()
    here = room({"herald": "/other"})
    here.site.put("/other", rss(*TWO, ("Third", "https://herald.example/3")), ETag='"same"')
    made = here.collect()
    assert "if-none-match" not in here.site.asked[-1].headers
    assert (made.sources[0].seen, made.new) == (3, 1)


def deep(count: int) -> str:
    return f'<rss version="2.0"><channel><title>t</title><item><title>Deep</title><link>https://d.example/1</link>{"<d>" * count}x{"</d>" * count}</item></channel></rss>'


LAUGHS = "".join(
    f'<!ENTITY lol{n} "{("&lol" + (str(n - 1) if n > 1 else "") + ";") * 10}">' for n in range(1, 10)
)
ENTITIES = f"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">{LAUGHS}]>
<rss version="2.0"><channel><title>&lol9;</title><item><title>Bomb &lol9;</title><link>https://b.example/1</link></item></channel></rss>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rss version="2.0"><channel><title>t</title><item><title>Out &x;</title><link>https://x.example/1</link></item></channel></rss>"""


def test_one_bad_source_stops_no_other_and_each_is_named(room: Opened) -> None:
    bad = {
        "page": ("<!DOCTYPE html><html><head><link rel='alternate' type='application/rss+xml' href='/real.rss'></head><body>Hi</body></html>", "is a web page|came back is a web page"),
        "empty": ("", "the answer is empty"),
        "blank": (" \n ", "the answer is empty"),
        "nonsense": ("\x00\x01\x02 what", "no feed"),
        "sitemap": ('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>', "sitemap"),
        "json": ('{"items": [', "broken JSON"),
        "other": ('{"hello": 1}', "no JSON Feed"),
        "gone": (404, r"nothing at this address \(404\)"),
        "secret": (403, r"refuses us \(403\)"),
        "large": ("x" * 300_000, "larger than 200,000 bytes"),
    }  # fmt: skip
    here = room(
        {
            "herald": "/rss",
            "dead": "http://127.0.0.1:9/",
            "inside": "http://169.254.169.254/latest",
            "strange": {"url": "/x", "kind": "gopher"},
            **{name: f"/{name}" for name in bad},
        },
        max_bytes=200_000,
    )
    here.site.put("/rss", rss(*TWO))
    for name, (page, _) in bad.items():
        here.site.put(
            f"/{name}",
            *([page] if isinstance(page, str) else [""]),
            status=page if isinstance(page, int) else 200,
        )
    made = {one.name: one for one in here.collect().sources}
    assert made["herald"].new == 2
    for name, (_, words) in bad.items():
        assert made[name].error.startswith(f"{here.site.url}/{name}: ")
        assert re.search(words, made[name].error), f"{name}: {made[name].error}"
    assert "/real.rss" in made["page"].error
    assert "connection failed" in made["dead"].error
    assert "private address 169.254.169.254. If that is meant, set allow_private" in made["inside"].error
    assert "feed, folder" in made["strange"].error


def test_a_full_disk_is_said_for_each_source_and_picture_and_loses_nothing(
    tmp_path: Path, portal: BlockingPortal
) -> None:
    photo = BytesIO()
    Image.effect_noise((640, 360), 90).convert("RGB").save(photo, "JPEG")
    with tmpfs(tmp_path / "disk", "4m") as disk, site() as server:
        database = Database(f"sqlite:///{disk / 'digest.db'}")
        upgrade(database)
        config = configured(disk, {"herald": f"{server.url}/herald", "second": f"{server.url}/second"})
        clock = [NOW]
        here = Room(server, App(config, database, lambda: clock[0]), portal, clock)
        server.put("/herald", rss(*TWO))
        server.put("/second", rss(("Ferry late", "https://second.example/ferry")))
        here.collect()
        here.later(hours=1)
        pictured = f'<enclosure url="{server.url}/photo" type="image/jpeg" length="1"/>'
        for name in ("herald", "second"):
            long = f"<description>{'word ' * 2_000}</description>"
            server.put(f"/{name}", rss(extra="".join(
                f"<item><title>{name} {n}</title><link>https://{name}.example/{n}</link>{long}{pictured}</item>"
                for n in range(20)
            )))  # fmt: skip
        filled(disk / "filler")
        made = here.collect()
        assert [one.outcome for one in made.sources] == ["not stored", "not stored"]
        assert all(re.search("full.*Make room", one.error) for one in made.sources)
        assert {article.title for article in here.window()} == {"Ferry late", *(title for title, _ in TWO)}
        (disk / "filler").unlink()
        made = here.collect()
        assert (made.new, made.failed, made.pictures.made) == (40, (), 0)
        server.put("/photo", photo.getvalue(), Content_Type="image/jpeg")
        filled(disk / "filler")
        made = here.collect(force=True)
        assert [words for _, words in made.pictures.problems if "could not be kept" in words]
        (disk / "filler").unlink()
        assert here.collect(force=True).pictures.made == 1
        here.app.close()


@pytest.mark.timed
@pytest.mark.parametrize(
    "page", [deep(20_000), ENTITIES, OUTSIDE], ids=["20,000 tags deep", "entity bomb", "external entity"]
)
def test_a_hostile_feed_is_read_or_refused_in_time(room: Opened, page: str) -> None:
    here = room({"herald": "/rss"})
    here.site.put("/rss", page, Content_Type="application/rss+xml")
    began = time.monotonic()
    made = here.collect()
    assert time.monotonic() - began < 8
    assert made.sources[0].seen <= 1
    assert all("root:" not in article.title and len(article.title) < 300 for article in here.window())


def test_a_parser_that_hangs_is_killed_and_named(room: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    here = room({"herald": "/rss", "good": "/good"})
    here.site.put("/rss", rss(*TWO))
    here.site.put("/good", rss(("Good", "https://good.example/1")))
    real = feed.apart

    async def short(function: Any, content: bytes, *rest: Any, where: str = "") -> Any:
        return (
            await real(time.sleep, 30, seconds=0.5, where=where)
            if where.endswith("/rss")
            else await real(function, content, *rest, where=where)
        )

    monkeypatch.setattr(feed, "apart", short)
    made = here.collect()
    assert "took longer than 0.5 s" in made.sources[0].error
    assert made.sources[1].new == 1


def test_a_slow_dripper_does_not_hold_up_the_others(room: Opened) -> None:
    here = room({"drip": "/drip", "good": {"url": "/good"}}, timeout="1s")

    def drip(handler: Any) -> None:
        write = chunked(handler)
        for _ in range(50):
            write(b"<")
            lag(0.1)

    here.site.hang("/drip", drip)
    here.site.put("/good", rss(("Good", "https://good.example/1")))
    made = here.collect()
    assert "no complete answer within 1 s" in made.sources[0].error
    assert made.sources[1].new == 1


def test_a_feed_in_a_wrong_charset_is_read_right_when_told(room: Opened) -> None:
    here = room({"herald": {"url": "/rss", "encoding": "windows-1255"}, "plain": "/plain"})
    hebrew = rss(("הכנסת אישרה את התקציב", "https://herald.example/1")).replace(
        'version="1.0"', 'version="1.0" encoding="utf-8"'
    )
    here.site.put("/rss", hebrew.encode("windows-1255"))
    here.site.put(
        "/plain",
        rss(("Zażółć gęślą", "https://plain.example/1"))
        .replace('version="1.0"', 'version="1.0" encoding="us-ascii"')
        .encode(),
    )
    here.collect()
    found = {article.source: article for article in here.window()}
    assert found["herald"].title == "הכנסת אישרה את התקציב"
    assert (found["herald"].language, found["herald"].direction) == ("he", "rtl")
    assert found["plain"].title == "Zażółć gęślą"


def test_hostile_titles_are_one_safe_line(room: Opened) -> None:
    here = room({"herald": "/rss"})
    here.site.put("/rss", rss(
        ("a\r\nBcc: x@example.org", "https://h.example/1"),
        ("{{ 7*7 }} @@slot@@ {% raw %}", "https://h.example/2"),
        ("\u202eevil\u202c \u2066x", "https://h.example/3"),
        ("word " * 2000, "https://h.example/4"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;&lt;b&gt;Bold&lt;/b&gt; &amp;amp; more", "https://h.example/5"),
        ("bell\x07 and \x0bvt", "https://h.example/6"),
    ))  # fmt: skip
    here.collect()
    found = {article.url[-1]: article.title for article in here.window()}
    assert found["1"] == "a Bcc: x@example.org"
    assert found["2"] == "{{ 7*7 }} @@slot@@ {% raw %}"
    assert found["3"] == "evil x"
    assert len(found["4"]) <= 220
    assert found["4"].endswith("word…")
    assert found["5"] == "Bold & more"
    assert found["6"] == "bell and vt"


def test_renamed_guids_bring_no_article_twice(room: Opened) -> None:
    here = room({"herald": "/rss"})
    first = rss(*TWO)
    here.site.put("/rss", first)
    here.collect()
    renamed = first.replace("<guid>", '<guid isPermaLink="false">new-')
    here.site.put("/rss", renamed)
    here.later(hours=1)
    made = here.collect()
    assert (len(made.sources[0].new_items), made.new, made.changed) == (2, 0, 0)
    assert len(here.window()) == 2
    assert all(article.first_seen == NOW for article in here.window())


def test_a_feed_of_headlines_that_moves_to_new_guids_and_addresses_brings_nothing_twice(room: Opened) -> None:
    here = room({"herald": "/rss"})
    first = rss(*TWO, date="Wed, 04 Mar 2026 03:00:00 GMT").replace("<description>", "<x>").replace(
        "</description>", "</x>"
    )  # fmt: skip
    here.site.put("/rss", first)
    here.collect()
    here.later(hours=1)
    here.site.put("/rss", first.replace("herald.example/", "herald.example/archive/"))
    made = here.collect()
    assert (len(made.sources[0].new_items), made.new) == (2, 0)
    assert {article.url.rpartition("/archive/")[2] for article in here.window()} == {
        "city/bridge",
        "politics/council",
    }


def test_a_new_headline_is_a_new_version_and_no_new_article(room: Opened) -> None:
    here = room({"herald": "/rss"})
    here.site.put("/rss", rss(*TWO))
    here.collect()
    here.later(hours=1)
    here.site.put("/rss", rss(("Harbour bridge reopened", TWO[0][1]), TWO[1]))
    made = here.collect()
    assert (made.new, made.changed, made.sources[0].retitled) == (0, 1, (TWO[0][1],))
    bridge = next(article for article in here.window() if "bridge" in article.url)
    assert (bridge.title, bridge.version, bridge.first_seen) == ("Harbour bridge reopened", 2, NOW)


def test_rss_and_atom_of_one_paper_are_one_article_seen_twice(room: Opened) -> None:
    here = room({"rss": {"url": "/rss", "outlet": "Herald"}, "atom": {"url": "/atom", "outlet": "Herald"}})
    here.site.put("/rss", rss(("Bridge closed", "https://herald.example/bridge?utm_source=rss&amp;id=7")))
    atom = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Herald</title><entry><id>tag:1</id><title>Bridge closed today</title>
      <link href="http://herald.example/bridge?id=7&amp;fbclid=x#top"/><author><name>by Ann Field</name></author><updated>2026-03-04T03:00:00Z</updated></entry></feed>"""
    here.site.put("/atom", atom)
    here.collect(names=["rss"])
    made = here.collect()
    assert made.new == 0
    (article,) = here.window()
    assert article.url == "https://herald.example/bridge?id=7"
    assert {seen.source for seen in article.sightings} == {"rss", "atom"}
    assert article.title == "Bridge closed"
    assert article.byline == "Ann Field"
    before = article.version
    for _ in range(2):
        here.later(hours=1)
        here.collect(force=True)
    assert here.window()[0].version == before


def test_an_own_source_takes_over_what_a_witness_told_first(room: Opened) -> None:
    here = room(
        {"own": {"url": "/own", "outlet": "Herald"}, "roundup": {"url": "/roundup", "outlet": "Roundup"}}
    )
    here.site.put("/own", rss(("Our headline", "https://herald.example/1")))
    here.site.put("/roundup", rss(("Their words", "https://herald.example/1")))
    here.collect(names=["roundup"])
    here.collect(names=["own"])
    (article,) = here.window()
    assert (article.source, article.outlet, article.title) == ("own", "Herald", "Our headline")


def test_old_dates_bring_nothing_back_and_absurd_ones_stand_for_nothing(room: Opened) -> None:
    here = room({"herald": "/rss"})

    def dated(name: str, date: str) -> str:
        return f"<item><title>{name}</title><link>https://h.example/{name}</link><pubDate>{date}</pubDate></item>"

    here.site.put("/rss", rss(extra="".join([
        dated("old", "Mon, 02 Mar 2026 03:00:00 GMT"), dated("epoch", "Thu, 01 Jan 1970 00:00:00 GMT"),
        dated("future", "Wed, 04 Mar 2099 03:00:00 GMT"), dated("none", ""), dated("odd", "next Tuesday"),
        dated("today", "Wed, 04 Mar 2026 03:00:00 GMT"),
    ])))  # fmt: skip
    made = here.collect()
    assert {one.title: one.published for one in here.window(hours=24)} == {"today": NOW - timedelta(hours=2)}
    assert (
        "4 undated items" in made.sources[0].problems[1]
    )  # at a first reading nobody knows how old they are
    assert len(here.window()) == 6
    here.later(days=2)
    here.site.put(
        "/rss",
        rss(
            extra=dated("old", "Fri, 06 Mar 2026 03:00:00 GMT")
            + dated("none", "Fri, 06 Mar 2026 04:00:00 GMT")
            + dated("undated", "")
        ),
    )
    here.collect()
    assert [one.title for one in here.window(hours=24)] == [
        "undated"
    ]  # new now, as the source was known before


def test_what_is_dated_ahead_waits_and_is_new_at_its_time(room: Opened) -> None:
    here = room({"herald": "/rss"})

    def item(name: str, date: str) -> str:
        return f"<item><title>{name}</title><link>https://h.example/{name}</link><pubDate>{date}</pubDate></item>"

    usual = item("usual", "Wed, 04 Mar 2026 03:00:00 GMT")
    here.site.put("/rss", rss(extra=usual + item("held", "Thu, 05 Mar 2026 18:00:00 GMT")))
    made = here.collect()
    assert [one.title for one in here.window(hours=24)] == ["usual"]
    assert "1 article is dated ahead" in made.sources[0].problems[0]
    with here.app.db.read() as connection:
        assert [one.title for one in articles.waiting(connection, ["herald"], here.clock[0])] == ["held"]
    here.site.put("/rss", rss(extra=usual + item("held", "Thu, 05 Mar 2026 12:00:00 GMT")))
    here.later(hours=24)
    here.collect()  # the publisher has moved it
    assert [one.title for one in here.window(hours=24)] == []
    here.later(hours=8)
    assert [one.title for one in here.window(hours=24)] == ["held"]


def test_a_headline_rewritten_under_a_new_address_and_guid_is_the_same_article(room: Opened) -> None:
    here = room({"herald": "/rss"})

    def item(
        name: str, title: str, dek: str = "The dairy and the farmers talk about the price of milk."
    ) -> str:
        return (
            f"<item><title>{title}</title><link>https://h.example/{name}</link><guid>{name}</guid>"
            f"<pubDate>Wed, 04 Mar 2026 03:00:10 GMT</pubDate><description>{dek}</description></item>"
        )

    here.site.put(
        "/rss",
        rss(
            extra=item("milk", "Farmers block dairy")
            + item("other", "Other", "Six words of another dek are here.")
        ),
    )
    here.collect()
    here.later(hours=1)
    here.site.put(
        "/rss",
        rss(
            extra=item("milk-2", "Dairy gives in")
            + item("other", "Other", "Six words of another dek are here.")
        ),
    )
    made = here.collect()
    assert made.new == 0
    assert {(one.title, one.url) for one in here.window(hours=24)} == {
        ("Dairy gives in", "https://h.example/milk-2"), ("Other", "https://h.example/other"),
    }  # fmt: skip
    here.later(hours=1)
    here.site.put("/rss", rss(extra=item("milk-2", "Dairy gives in") + item("milk-3", "Farmers go home")))
    assert here.collect().new == 1  # the first one still stands there: two articles


def test_a_source_s_standing_words_leave_its_articles_and_are_remembered(room: Opened) -> None:
    here = room({"herald": "/rss"})
    titles = [
        "Bridge closed",
        "Library lends tools",
        "Farmers block gates",
        "Coins turn up",
        "Strike called off",
    ]

    def item(at: int, title: str) -> str:
        return f"<item><title>{title} - The New York Chronicle</title><link>https://h.example/{at}</link><pubDate>Wed, 04 Mar 2026 03:00:00 GMT</pubDate></item>"

    here.site.put("/rss", rss(extra="".join(item(at, title) for at, title in enumerate(titles))))
    here.collect()
    assert sorted(one.title for one in here.window(hours=24)) == sorted(titles)
    here.site.put("/rss", rss(extra=item(9, "Court frees mayor")))
    here.later(hours=1)
    here.collect()
    assert "Court frees mayor" in {one.title for one in here.window(hours=24)}


def test_a_304_that_nobody_asked_for_is_a_failure(room: Opened) -> None:
    here = room({"herald": "/rss"})
    here.site.put("/rss", b"", status=304)
    assert "304" in here.collect().sources[0].error


def test_a_clock_that_is_hours_ahead_holds_nothing_back(room: Opened) -> None:
    here = room({"herald": "/rss"})
    items = "".join(
        f"<item><title>t{at}</title><link>https://h.example/{at}</link><pubDate>Wed, 04 Mar 2026 07:{at}:00 GMT</pubDate></item>"
        for at in (55, 48, 31)
    )
    here.site.put("/rss", rss(extra=items))
    made = here.collect()
    assert {one.published for one in here.window(hours=24)} == {NOW}
    assert "its clock is 3 h ahead" in made.sources[0].problems[0]


def test_what_a_known_source_brings_a_little_late_is_still_new(room: Opened) -> None:
    here = room({"herald": "/rss"})
    here.site.put("/rss", rss(*TWO))
    here.collect()
    here.later(hours=24)
    late, later = "Wed, 04 Mar 2026 03:00:00 GMT", "Tue, 03 Mar 2026 15:00:00 GMT"
    here.site.put(
        "/rss",
        rss(
            extra=f"<item><title>Late</title><link>https://h.example/late</link><pubDate>{late}</pubDate></item><item><title>Stale</title><link>https://h.example/stale</link><pubDate>{later}</pubDate></item>"
        ),
    )
    here.collect()
    assert [article.title for article in here.window(hours=24)] == ["Late"]


def test_zone_names_mean_what_the_source_says(room: Opened) -> None:
    dated = "Wed, 04 Mar 2026 05:00:00 IST"
    here = room({
        "israel": {"url": "/a", "options": {"zones": {"IST": "Asia/Jerusalem"}}},
        "india": {"url": "/b", "options": {"zones": {"IST": "+05:30"}}},
        "naive": {"url": "/c", "options": {"zone": "Asia/Jerusalem"}},
    })  # fmt: skip
    here.site.put("/a", rss(("A", "https://a.example/1"), date=dated))
    here.site.put("/b", rss(("B", "https://b.example/1"), date=dated))
    here.site.put("/c", rss(("C", "https://c.example/1"), date="Wed, 04 Mar 2026 05:00:00"))
    here.collect()
    assert {article.title: article.published.strftime("%d %H:%M") for article in here.window()} == {
        "A": "04 03:00", "B": "03 23:30", "C": "04 03:00",
    }  # fmt: skip


def test_items_of_one_guid_and_different_addresses_are_different(room: Opened) -> None:
    here = room({"herald": "/rss"})
    same = "".join(
        f"<item><guid isPermaLink='false'>x</guid><title>T{n}</title><link>https://h.example/{n}</link></item>"
        for n in range(3)
    )
    here.site.put("/rss", rss(extra=same + same))
    assert here.collect().sources[0].seen == 3
    assert len(here.window()) == 3
    here.later(hours=1)
    assert here.collect(force=True).sources[0].new_items == ()


def test_an_unknown_source_is_wrong_usage_and_lists_what_there_is(room: Opened) -> None:
    with pytest.raises(DigestError, match=r"no such source: nope.*herald"):
        room({"herald": "/rss"}).collect(names=["nope"])


def test_progress_counts_up_to_all(room: Opened) -> None:
    here = room({"a": "/a", "b": "/b"})
    steps: list[tuple[int, int]] = []
    here.collect(progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 2), (2, 2)]


def _collect_until_killed(folder: Path, feeds: dict[str, Any]) -> None:
    config = configured(folder, feeds)
    asyncio.run(collect(App(config, Database(f"sqlite:///{folder / 'digest.db'}"), lambda: NOW)))


def test_a_run_killed_in_the_middle_loses_nothing(room: Opened, tmp_path: Path) -> None:
    here = room({"quick": "/quick", "slow": "/slow"})
    here.site.put("/quick", rss(*TWO), ETag='"q"')

    def stall(handler: Any) -> None:
        write = chunked(handler)
        while True:
            write(b" ")
            lag(0.05)

    here.site.hang("/slow", stall)
    feeds = {"quick": f"{here.site.url}/quick", "slow": f"http://localhost:{here.site.port}/slow"}
    feeds = {name: {"url": url} for name, url in feeds.items()}
    here = room({name: value["url"] for name, value in feeds.items()})
    child = multiprocessing.get_context("spawn").Process(target=_collect_until_killed, args=(tmp_path, feeds))
    child.start()

    def collected() -> bool:
        with here.app.db.read() as connection:
            return articles.count(connection) == 2

    until(collected, "the quick feed's two articles", 20)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert len(here.window("quick")) == 2
    here.site.put("/slow", rss(("Late but here", "https://slow.example/1")))
    made = here.collect(force=False)
    assert [one.outcome for one in made.sources][1] == "read"
    assert len(here.window()) == 3


@pytest.mark.timed
def test_a_fault_of_ours_in_one_source_is_named_and_stops_no_other(
    room: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = room({"a": "/a", "b": "/b"})
    here.site.put("/a", rss(("A", "https://a.example/1")))
    here.site.put("/b", rss(("B", "https://b.example/1")))
    real = collecting.drafts

    def broken(document: Any, source: Any, url: str) -> Any:
        if url.endswith("/a"):
            raise ZeroDivisionError("oops")
        return real(document, source, url)

    monkeypatch.setattr(collecting, "drafts", broken)
    made = here.collect()
    assert "fault of ours" in made.sources[0].error
    assert made.sources[1].new == 1
