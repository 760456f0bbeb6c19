"""The parser of articles' pages, and how a headline is compared with one that we know.

Elements in elements take time by the square of their depth, as the HTML standard wants it: 33,000 of them two seconds.
Larger pages of that kind are ended by `digest.articles.apart`, which is tested elsewhere; inputs stay below that here.
"""

from datetime import UTC, datetime

from digest.articles import headline
from digest.articles.page import page
from tests.fuzz.targets import Broken, Target, some

SEEN = datetime(2026, 3, 4, 6, tzinfo=UTC)


def one(data: bytes) -> None:
    """Read the bytes as a page; some under a charset of a header that they name themselves."""
    kind = "text/html; charset=" + data[:20].decode("latin-1") if len(data) % 5 == 0 else "text/html"
    found = page(data, "https://example.org/2026/03/04/a", kind)
    for text in (
        *found.titles,
        found.site,
        found.description,
        found.byline,
        found.section,
        *found.tags,
        found.image_alt,
    ):
        text.encode()
        if "\0" in text or "\n" in text:
            raise Broken(f"not one safe line: {text[:80]!r}")
    for address in (found.canonical, found.image):
        if address and not address.startswith(("http://", "https://")):
            raise Broken(f"no web address: {address[:80]!r}")
        address.encode()
    for moment in (found.published, found.modified):
        if moment is not None and moment.tzinfo is None:
            raise Broken("a time without a zone")
    headline.renewed("Council votes and adjourns for the summer", found, SEEN)


_SEED = b"""<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>Council votes | The Paper</title>
<meta property="og:title" content="Council votes"><meta property="og:image" content="/p.jpg"><meta property="og:site_name"
 content="The Paper"><meta name="author" content="A. Writer"><meta name="keywords" content="city, vote"><link rel="canonical"
 href="https://example.org/a"><meta property="article:published_time" content="2026-03-04T05:00:00+02:00">
<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [{"@type": ["NewsArticle"],
"headline": "Council \\u0026 votes", "datePublished": "2026-03-04", "author": [{"name": "A. Writer"}], "image": {"url": "/p.jpg"}}]}
</script></head><body><article><h1>Council votes</h1><p class="byline">By A. Writer and B. Other | 4 March 2026</p>
<time datetime="2026-03-04">today</time><p>Text of the article.</p></article><footer class="date">1 May 2020</footer></body></html>"""
_SHOWN = b"""<html><body><div class=related><a href=/author/x>Other One</a></div><h1>Headline</h1><span class="posted-date">
4. 3. 2026</span><span itemprop=author><span itemprop=name>Dana Levi</span></span><em>\xd7\x9e\xd7\x90\xd7\xaa</em></body></html>"""
_TOKENS = (
    b"<div>", b"<p>", b"<h1>", b"<a>", b"<b>", b"<table>", b"<svg>", b"<template>", b"<time datetime=", b"<span class=date>",
    b"<meta charset=", b"<meta name=date content=", b"undefined", b"idna", b"punycode", b"unicode_escape", b"utf-7", b"utf-16",
    b"iso-8859-8-i", b"rot13", b"hex", b"<script type=\"application/ld+json\">", b"</script>", b"{\"@type\":\"Article\",", b"\"headline\":",
    b"\"image\":\"http://x/", b"\\ud800", b"[", b"{", b"\"@graph\":[", b"by ", b"By A B", b"4 March 2026", b"2026-03-04", b"9" * 30,
    b"<link rel=canonical href=", b"http://[", b"http://", b"&#xD800;", b"&#0;", b"<br>", b" | ", b": ", b"itemprop=datePublished ",
    b"class=byline ", b"<!--", b"-->", b"(@", b"@(",
)  # fmt: skip
TARGET = Target(
    "page", one, (_SEED, _SHOWN), _TOKENS, most=60_000, real=lambda: some("article-pages", "*.html", "*.htm", count=80, most=60_000)
)  # fmt: skip
