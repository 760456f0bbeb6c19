"""robots.txt: what a site lets programs read (RFC 9309)."""

from collections.abc import Collection
from functools import partial

import anyio
import pytest

from digest.articles.robots import Robots, judged, robots
from digest.errors import FetchError
from digest.fetch import Answer

PAGE = "https://paper.example/news/1"


class Server:
    """Answers every request alike, and counts them."""

    def __init__(self, status: int, body: bytes = b"") -> None:
        self.status, self.body, self.asked = status, body, [""][:0]

    async def get(
        self, url: str, *, most: int = 0, seconds: float = 0.0, inside: Collection[str] = ()
    ) -> Answer:
        self.asked.append(url)
        if not self.status:
            raise FetchError("no complete answer within 5 s", where=url)
        return Answer(self.status, url, {}, self.body)


@pytest.mark.parametrize(
    ("rules", "may"),
    [
        (b"User-agent: *\nDisallow: /news/", False),
        (b"User-agent: *\nDisallow: /news/\nAllow: /news/1", True),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: newsroom-digest\nAllow: /", True),
        (b"User-agent: newsroom-digest\nDisallow: /\n\nUser-agent: *\nDisallow:", False),
        (b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /*1$\r\n", False),
        (b"\xff\x00no rules at all\n:\n<html>", True),
    ],
)
def test_the_rules_for_us_come_before_those_for_all(rules: bytes, may: bool) -> None:
    assert (judged(rules, PAGE).refusal == "") is may


def test_sitemaps_are_named_absolute_and_broken_ones_left_out() -> None:
    found = judged(
        b"Sitemap: /news.xml\nSitemap: https://[::1\nSitemap: ftp://a/b\nsitemap: /news.xml\n", PAGE
    )
    assert found.sitemaps == ("https://paper.example/news.xml",)


@pytest.mark.parametrize(
    ("status", "may"), [(404, True), (403, True), (503, False), (429, False), (0, False)]
)
def test_a_file_that_is_not_there_forbids_nothing_and_one_that_fails_forbids_all(
    status: int, may: bool
) -> None:
    server = Server(status)
    found = anyio.run(robots, server, PAGE)
    assert (found.refusal == "") is may
    anyio.run(partial(robots, server, PAGE))
    assert server.asked == ["https://paper.example/robots.txt"]


def test_a_pattern_of_many_wildcards_ends() -> None:
    rules = b"User-agent: *\nDisallow: /" + b"a*" * 40 + b"b"
    assert anyio.run(robots, Server(200, rules), "https://paper.example/" + "a" * 1500) == Robots()
