"""Sitemaps: Google's for news, plain ones, lists in text, indexes; packed, broken, in a loop, and bombs."""

import gzip
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import anyio
import pytest

from digest.articles.reading import Mark, Reading
from digest.articles.sources import sitemap
from digest.articles.sources._sitemap import Child
from digest.articles.sources.sitemap import chosen, parse
from digest.config.schema import Source
from digest.errors import ParseError, SourceError
from digest.fetch import Answer

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
SITE = "https://paper.example"
URLSET = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">{}</urlset>'


def news(number: int, *, date: str = "2026-03-04T04:00:00+00:00", title: str = "", more: str = "") -> str:
    return (
        f"<url><loc>{SITE}/news/{10_000 + number}</loc><news:news><news:publication><news:name>The Paper</news:name>"
        f"<news:language>en</news:language></news:publication><news:publication_date>{date}</news:publication_date>"
        f"<news:title>{title or f'Headline number {number} of the day'}</news:title>{more}</news:news></url>"
    )


def plain(path: str, changed: str = "2026-03-04") -> str:
    return f"<url><loc>{SITE}{path}</loc><lastmod>{changed}</lastmod></url>"


class Server:
    """Answers for addresses as it is told: bytes, or a status."""

    def __init__(self, pages: Mapping[str, bytes | int]) -> None:
        self.pages, self.asked = dict(pages), list[str]()

    async def get(
        self, url: str, *, headers: Any = None, most: int = 0, inside: Collection[str] = ()
    ) -> Answer:
        self.asked.append(url)
        page = self.pages.get(url, 404)
        return Answer(page, url, {}) if isinstance(page, int) else Answer(200, url, {"etag": '"1"'}, page)


READ: Any = sitemap.read  # its client is stood for by Server


def reading(pages: Mapping[str, bytes | int], mark: Mark | None = None) -> tuple[Reading, list[str]]:
    server = Server(pages)
    source = Source(kind="sitemap", url=f"{SITE}/map.xml")
    return anyio.run(partial(READ, source, server, mark or Mark(f"{SITE}/map.xml"), NOW)), server.asked


def index(*children: str) -> bytes:
    listed = "".join(f"<sitemap><loc>{one}</loc></sitemap>" for one in children)
    return f"<sitemapindex>{listed}</sitemapindex>".encode()


def test_a_news_sitemap_gives_headline_date_language_keywords_and_picture() -> None:
    words = "<news:keywords>harbour, barrier,, floods </news:keywords><news:genres>Opinion</news:genres>"
    picture = f"<image:image><image:loc>{SITE}/a.jpg</image:loc><image:caption>The harbour</image:caption></image:image>"
    first = news(1, more=words, title="Council &amp; harbour: &lt;b&gt;the barrier&lt;/b&gt;")
    body = URLSET.format(news(2, date="2026-03-03") + first.replace("</url>", f"{picture}</url>")).encode()
    found = parse(body, f"{SITE}/map.xml")
    item = found.items[0]
    assert (found.title, found.language) == ("The Paper", "en")
    assert item.title == "Council & harbour: <b>the barrier</b>"
    assert item.published == datetime(2026, 3, 4, 4, tzinfo=UTC)
    assert item.tags == ("harbour", "barrier", "floods")
    assert (item.media[0].url, item.media[0].caption) == (f"{SITE}/a.jpg", "The harbour")
    assert [one.position for one in found.items] == [0, 1]


@pytest.mark.parametrize("times", [1, 2])
def test_it_is_unpacked_by_its_bytes_whatever_it_is_called(times: int) -> None:
    body = URLSET.format(news(1)).encode()
    for _ in range(times):
        body = gzip.compress(body)
    assert len(parse(body, f"{SITE}/map.xml").items) == 1


def test_a_bomb_is_given_up() -> None:
    with pytest.raises(ParseError, match="larger than"):
        parse(gzip.compress(b"<urlset>" + bytes(70_000_000)), f"{SITE}/map.xml")


def test_entities_from_outside_and_in_masses_are_not_followed() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    found = parse(
        (bomb + URLSET.format(news(1, title="A &b; and &f; of it all"))).encode(), f"{SITE}/map.xml"
    )
    assert all("root:" not in item.title for item in found.items)


def test_more_articles_than_are_taken_give_the_newest_and_say_so() -> None:
    body = URLSET.format("".join(news(one) for one in range(2_100))).encode()
    found = parse(body, f"{SITE}/map.xml")
    assert len(found.items) == 2_000
    assert "only the newest 2000 articles" in found.problems[0]


def test_a_plain_sitemap_gives_what_changed_lately_by_the_headline_that_its_address_spells() -> None:
    listed = [
        plain("/"),
        plain("/politics/"),
        plain("/tag/harbour-barrier-and-the-floods"),
        plain("/news/2026/03/04/council-votes-to-build-the-harbour-barrier-51234.html"),
        plain("/news/2019/06/01/an-old-story-that-was-touched-today.html"),
        plain("/news/an-old-story-that-nobody-touched", "2025-01-01"),
        plain("/a/184736", "2026-03-03"),
    ]
    found = parse(URLSET.format("".join(listed)).encode(), f"{SITE}/map.xml", NOW)
    assert [(item.title, item.published) for item in found.items] == [
        ("Council votes to build the harbour barrier", None),
        ("An old story that was touched today", datetime(2019, 6, 1, tzinfo=UTC)),
    ]
    assert "1 address spells no headline" in found.problems[0]


def test_where_all_changed_at_one_moment_the_dates_count_for_nothing() -> None:
    listed = "".join(plain(f"/news/story-{one}-of-a-long-day", "2026-03-04T04:59:00Z") for one in range(30))
    found = parse(URLSET.format(listed).encode(), f"{SITE}/map.xml", NOW)
    assert {item.modified for item in found.items} == {None}
    assert "one date" in found.problems[0]


def test_wrong_dates_are_counted_and_cost_no_article() -> None:
    body = URLSET.format(news(1, date="yesterday") + news(2, date="2026-13-45T99:00") + news(3)).encode()
    found = parse(body, f"{SITE}/map.xml")
    assert len(found.items) == 3
    assert found.problems[0].startswith("2 dates could not be read")


def test_what_is_cut_off_or_wrapped_is_read_as_far_as_it_goes() -> None:
    body = URLSET.format(news(1) + news(2)).replace(
        f"{SITE}/news/10001", f"<![CDATA[ \n{SITE}/news/10001 ]]>"
    )
    assert len(parse(b"\xef\xbb\xbf\n" + body[: body.rindex("<news:title>")].encode()).items) == 1
    listed = f"\ufeff{SITE}/news/council-votes-to-build\n\n{SITE}/news/harbour-is-to-be-closed\r\n".encode()
    assert [item.title for item in parse(listed).items] == [
        "Harbour is to be closed",
        "Council votes to build",
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<rss version='2.0'><channel/></rss>", 'kind = "feed"'),
        (b"<!doctype html><title>Page</title><p>Hello", 'kind = "page"'),
        (b"<!doctype html><title>Log in</title><input type='password'>", "log in"),
        (b"<html><script src='https://challenges.cloudflare.com/x'></script>", "challenge"),
        (b"  ", "empty"),
        (b"nothing of the kind", "no sitemap"),
        (b'{"items": []}', "no sitemap"),
    ],
)
def test_what_is_no_sitemap_is_named_as_what_it_is(body: bytes, words: str) -> None:
    with pytest.raises(ParseError) as fault:
        parse(body, f"{SITE}/map.xml")
    assert words in str(fault.value)


def test_an_index_is_followed_to_its_newest_children_and_one_that_fails_stops_no_other() -> None:
    many = [f"{SITE}/sitemap-{year}-{month:02}.xml" for year in range(2010, 2026) for month in range(1, 13)]
    newest = many[-1]
    found, asked = reading(
        {f"{SITE}/map.xml": index(*many), newest: URLSET.format(news(1)).encode(), many[-2]: 500}
    )
    assert found.document is not None
    assert [item.url for item in found.document.items] == [f"{SITE}/news/10001"]
    assert set(asked) == {f"{SITE}/robots.txt", f"{SITE}/map.xml", *many[-3:]}
    assert any("the server answers 500" in problem for problem in found.problems)
    assert found.mark.etag == ""  # an index stays as it is while its children change


def test_an_index_that_names_itself_ends() -> None:
    other = f"{SITE}/other.xml"
    with pytest.raises(SourceError, match="none of the sitemaps"):
        reading({f"{SITE}/map.xml": index(other, f"{SITE}/map.xml"), other: index(f"{SITE}/map.xml", other)})


def test_an_index_of_indexes_asks_for_a_few_files_only() -> None:
    pages = {f"{SITE}/map.xml": index(*(f"{SITE}/a{one}.xml" for one in range(500)))}
    pages |= {
        f"{SITE}/a{one}.xml": index(*(f"{SITE}/b{one}-{two}.xml" for two in range(9))) for one in range(500)
    }
    server = Server(pages)
    with pytest.raises(SourceError):
        anyio.run(READ, Source(kind="sitemap", url=f"{SITE}/map.xml"), server, Mark(f"{SITE}/map.xml"), NOW)
    assert len(server.asked) <= 8


def test_robots_are_respected() -> None:
    found, asked = reading(
        {f"{SITE}/robots.txt": b"User-agent: *\nDisallow: /map.xml", f"{SITE}/map.xml": b"<urlset/>"}
    )
    assert "robots.txt" in found.problem
    assert asked == [f"{SITE}/robots.txt"]


def test_the_same_sitemap_again_is_unchanged() -> None:
    pages = {f"{SITE}/map.xml": URLSET.format(news(1)).encode()}
    first, _ = reading(pages)
    assert first.mark.etag == '"1"'
    again, _ = reading(pages, first.mark)
    assert again.document is None
    assert not again.problem


def test_the_children_of_an_index_are_chosen_by_change_then_by_name_then_by_place() -> None:
    def named(*paths: str, changed: datetime | None = None) -> list[Child]:
        return [Child(f"{SITE}/{path}", changed) for path in paths]

    old, fresh = NOW - timedelta(days=400), NOW - timedelta(hours=2)
    mixed = [*named("post-sitemap.xml", changed=old), *named("post-sitemap9.xml", "news.xml", changed=fresh)]
    mixed += named("author-sitemap.xml", "page-sitemap.xml", changed=fresh)
    assert [one.url.rpartition("/")[2] for one in chosen(mixed, NOW)] == ["news.xml", "post-sitemap9.xml"]
    by_place = chosen(named("a.xml", "b.xml", "c.xml", "d.xml", "e.xml"), NOW)
    assert [one.url.rpartition("/")[2] for one in by_place] == ["a.xml", "b.xml", "d.xml", "e.xml"]
    query = chosen(named("s.xml?yyyy=2024&mm=02", "s.xml?yyyy=2026&mm=03", "s.xml?yyyy=2025&mm=12"), NOW)
    assert query[0].url.endswith("yyyy=2026&mm=03")
    assert chosen(named("tag-sitemap.xml"), NOW)
