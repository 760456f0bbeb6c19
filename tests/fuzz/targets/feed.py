"""The feed parser and what is made of its items: RSS, Atom, RDF and JSON Feed, in whatever state."""

import random
from datetime import UTC, datetime

from digest.articles import clean, polling
from digest.articles.sources import feed, folder
from digest.config.schema import Source
from digest.errors import ParseError
from tests.fuzz.targets import Broken, Target, some

SOURCE = Source(url="https://example.org/feed")
OPTIONS = {"zones": {"IST": "Asia/Jerusalem"}, "zone": "Europe/Paris"}
NOW = datetime(2026, 3, 4, 6, tzinfo=UTC)
LONGEST = {"title": 230, "dek": 510, "byline": 170, "body": 6_010}


def one(data: bytes) -> None:
    """Read the bytes as a feed, and as files of a folder, and clean every item."""
    first = data.partition(b"\n")[0].decode("latin-1")
    kind = ("", "text/html", "application/json", first)[len(data) % 4]
    _tried(lambda: feed.parse(data, "https://example.org/feed", kind, OPTIONS if len(data) % 2 else None))
    name = ("a.md", "a.json", "a.html")[len(data) % 3]
    _tried(lambda: folder.parse(data, name, ""))
    headers = {"retry-after": first, "cache-control": first, "expires": first, "age": first, "date": first}
    polling.hold(headers, NOW)


def _tried(read) -> None:  # type: ignore[no-untyped-def]
    try:
        document = read()
    except ParseError:
        return
    for item in document.items:
        draft = clean.draft(item, SOURCE, base="https://example.org/", feed_language=document.language)
        if draft is not None:
            _fit(draft)


def _fit(draft: clean.Draft) -> None:
    for name, most in LONGEST.items():
        text = getattr(draft, name)
        if len(text) > most:
            raise Broken(f"{name} has {len(text)} characters")
        text.encode()  # a lone surrogate can be neither stored nor mailed
        if "\0" in text:
            raise Broken(f"{name} holds NUL")
    for address in (draft.url, draft.picture.url if draft.picture else ""):
        if address and (not address.startswith(("http://", "https://")) or not address.isprintable()):
            raise Broken(f"no web address: {address[:80]!r}")
        address.encode()


_RSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel><title>The Paper</title><link>https://example.org/</link><language>en-GB</language><ttl>30</ttl>
<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>
<item><title>Council votes &amp; adjourns</title><link>https://example.org/a?utm_source=rss</link>
<guid isPermaLink="false">a-1</guid><pubDate>Wed, 04 Mar 2026 05:10:00 IST</pubDate><dc:creator>by A. Writer</dc:creator>
<author>desk@example.org (A. Writer)</author><category>News/City</category>
<description><![CDATA[<p>The council met.</p><img src="/p.jpg" width="640" alt="hall"><figcaption>Photo: AP</figcaption>]]></description>
<content:encoded><![CDATA[<div>Long text. <br/><br/>More text of the story.</div>]]></content:encoded>
<media:content url="https://example.org/p.jpg" type="image/jpeg" width="1200" height="800"><media:credit>AP</media:credit>
<media:description>The hall</media:description></media:content><enclosure url="/x.mp3" type="audio/mpeg" length="1"/></item>
</channel></rss>"""
_ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="he" xml:base="https://example.org/"><title type="html">T</title>
<link rel="alternate" href="/"/><updated>2026-03-04T05:00:00+02:00</updated><entry><id>tag:example.org,2026:1</id>
<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <b>title</b></div></title><link href="b"/>
<published>2026-03-04T05:00:00Z</published><author><name>N</name></author><category term="x" scheme="/tag" label="X"/>
<summary type="text">Sum.</summary><content type="base64">aGVsbG8=</content></entry></feed>"""
_RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>R</title></channel><item rdf:about="https://example.org/c">
<title>C</title><link>https://example.org/c</link><dc:date>2026-03-04</dc:date><dc:subject>s</dc:subject></item></rdf:RDF>"""
_JSON = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "J", "home_page_url": "https://example.org/",
"items": [{"id": 7, "url": "https://example.org/d", "title": "D \\u05d0 <b>x</b>", "content_html": "<p>Text of d</p>",
"content_text": "t", "image": "/i.png", "authors": [{"name": "N"}], "tags": ["a"], "date_published": "2026-03-04T05:00:00Z",
"attachments": [{"url": "a.png", "mime_type": "image/png", "title": "cap"}]}]}"""
_HEAD = b"""---
title: A "headline"
url: https://example.org/e
date: 4 March 2026
tags: [a, b]
image: https://example.org/i.png
---
# Text

With *marks* and a [link](https://example.org/).
"""
_PAGE = b"<!doctype html><html><head><title>x</title><link rel=alternate type=application/rss+xml href=/f></head></html>"
_UTF16 = _ATOM.decode().encode("utf-16")
_TOKENS = (
    b"<item>", b"</item>", b"<entry>", b"<title>", b"<![CDATA[", b"]]>", b"<ttl>", b"</ttl>", b"<pubDate>", b"<dc:date>",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"&#0;", b"&#x1F600;", b"<?xml version='1.0' encoding='", b"utf-7", b"idna",
    b"undefined", b"utf-16", b"windows-1255", b"<media:content ", b"<media:thumbnail url='http://[", b"xml:base='http://[x'",
    b"<georss:point>", b"<gml:posList>", b"<itunes:image href='x'/>", b"<itunes:duration>", b"<cloud ", b"<textInput>",
    b"type='xhtml'", b"type='text/html' mode='base64'", b"<a href='", b"<svg>", b"<math>", b"<script>", b"<br>", b"<b>", b"(@",
    b"@(", b"{", b"[", b"\"", b"}]", b"null", b"1e400", b"\\u0000", b"http://", b"http://[::1", b"//", b"0001-01-01T00:00:00Z",
    b"9999-12-31T23:59:59-23:59", b"31 Feb 2026", b"Mon, 99 Foo 99999 99:99:99 +9999", b"-0000", b"<rss>", b"<channel>", b"<div>",
    b"The post ", b" appeared first on ", b"Photo: ", b"<img src=", b"<figcaption>", b"---\n", b"+++\n", b"![a](", b"**a", b"- ",
)  # fmt: skip


def _real() -> list[bytes]:
    found = [
        *some("feeds-conformance", "*", count=500),
        *some("feeds-real", "*", count=60),
        *some("feeds-snapshots-2026-08-13", "*", count=20),
    ]
    random.Random(1).shuffle(found)
    return found


SEEDS = (_RSS, _ATOM, _RDF, _JSON, _HEAD, _PAGE, _UTF16)
TARGET = Target("feed", one, SEEDS, _TOKENS, most=60_000, real=_real)
