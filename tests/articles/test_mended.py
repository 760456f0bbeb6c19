"""Feeds that feedparser stumbles over: one bad spot does not cost the newsroom the other items."""

import pytest

from digest.articles import charsets
from digest.articles.sources import feed

FEED = """<rss version="2.0" xmlns:georss="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml">
<channel><title>The Paper</title><item><title>One {words}</title><link>https://example.org/1</link>{more}</item>
<item><title>Two é</title><link>https://example.org/2</link></item></channel></rss>"""


def made(words: str = "", more: str = "", before: str = "") -> bytes:
    return (before + FEED.format(words=words, more=more)).encode()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (made("&disk;", before='<!DOCTYPE rss [<!ENTITY disk "D:\\\\desk\\x">]>'), ""),
        (made("&#1114113;"), ""),
        (made("&#xDABC;"), ""),
        (made(f"&#{'9' * 5000};"), ""),
        (made(more='<georss:where><gml:Point srsName="EPSG:none"><gml:pos>1 2</gml:pos></gml:Point></georss:where>'), ""),
        (made(before='<?xml version="1.0" encoding="undefined"?>'), ""),
        (made(before='<?xml version="1.0" encoding="no\0ne"?>'), ""),
        (made(), "text/xml; charset=undefined"),
        (made(), "application/rss+xml; charset=no\0ne"),
    ],
    ids=["entity", "beyond-unicode", "half", "digits", "map", "undefined", "nul", "header-undefined", "header-nul"],
)  # fmt: skip
def test_a_bad_spot_costs_no_item(content: bytes, content_type: str) -> None:
    found = feed.parse(content, "https://example.org/feed", content_type)
    assert [item.url for item in found.items] == ["https://example.org/1", "https://example.org/2"]
    assert found.items[0].title.startswith("One")
    assert found.items[1].title == "Two é"


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("utf-8", b"\xc3\xa9", "é"),
        ("latin1", b"\x93", "“"),  # as browsers read it
        ("ISO-8859-8-I", b"\xe0", "א"),
        ("visual", b"\xe0", "א"),
        ("x-sjis", "日".encode("cp932"), "日"),
        ("gb2312", "镕".encode("gb18030"), "镕"),
        ("undefined", b"a", None),
        ("idna", b"a", None),
        ("unicode_escape", b"a", None),
        ("hex", b"61", None),
        ("a\0b", b"a", None),
        ("", b"a", None),
    ],
)
def test_a_charset_is_what_browsers_take_it_for(name: str, content: bytes, text: str | None) -> None:
    assert charsets.decoded(content, name) == text


def test_a_page_that_can_be_read_is_not_in_utf_16() -> None:
    assert charsets.of_page('<meta charset="utf-16"><p>é'.encode(), "") == '<meta charset="utf-16"><p>é'
