from datetime import UTC, datetime

import pytest

from digest.articles import headline
from digest.articles.page import Page, page

SEEN = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
HTML = """<!doctype html><html lang="he" dir="rtl"><head><meta charset="utf-8"><title>כותרת | האתר</title>
<meta property="og:title" content="כותרת חדשה"><meta property="og:site_name" content="האתר">
<meta property="og:image" content="/img/lead.jpg"><meta property="article:tag" content="a"><meta property="article:tag" content="b">
<link rel="canonical" href="/news/1?utm_source=x">
<script type="application/ld+json">{"broken": </script>
<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "x"}, {"@type": ["NewsArticle"], "headline": "כותרת &quot;חדשה&quot;",
 "datePublished": "2026-03-04T05:00:00+02:00", "dateModified": "2026-03-04T08:00:00+02:00", "author": [{"name": "דנה כהן"}, "רון לוי"], "articleSection": "חדשות"}]}</script>
</head><body><h1>כותרת חדשה</h1></body></html>"""


def test_a_page_says_what_it_is_in_spite_of_a_broken_block() -> None:
    found = page(HTML.encode(), "https://h.example/x")
    assert found.titles[0] == 'כותרת "חדשה"'
    assert found.canonical == "https://h.example/news/1"
    assert found.image == "https://h.example/img/lead.jpg"
    assert (found.byline, found.section, found.tags, found.language) == (
        "דנה כהן, רון לוי",
        "חדשות",
        ("a", "b"),
        "he",
    )
    assert found.published == datetime(2026, 3, 4, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes(500),
        b"<" * 5000,
        b"<div>" * 20_000,
        "כותרת".encode("cp1255"),
        b'<script type="application/ld+json">' + b"[" * 100_000,
    ],
)
def test_a_broken_page_says_nothing(content: bytes) -> None:
    assert page(content, "https://h.example/x").titles == ()


def renewed(known: str, *titles: str, site: str = "The Herald", modified: datetime | None = None) -> str:
    return headline.renewed(known, Page(titles=titles, site=site, modified=modified), SEEN)


LATER = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)


def test_a_new_headline_is_taken_over() -> None:
    assert renewed("Bridge closed", "Bridge open again - The Herald", modified=LATER) == "Bridge open again"
    assert (
        renewed("Bridge closed", "Bridge open again", "Bridge open again | The Herald") == "Bridge open again"
    )


@pytest.mark.parametrize(
    "titles",
    [
        ("Bridge closed",),
        ("Bridge closed | The Herald",),
        ("The Herald: Bridge closed",),
        ("BRIDGE CLOSED!",),
        ("Harbour bridge shut: what to know today", "Bridge closed"),
        (),
    ],
)
def test_a_headline_that_stands_somewhere_on_the_page_is_no_new_one(titles: tuple[str, ...]) -> None:
    assert renewed("Bridge closed", *titles, modified=LATER) == ""


def test_a_page_that_did_not_change_merely_words_it_otherwise() -> None:
    earlier = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)
    assert renewed("Bridge closed", "Harbour: what to know about the shut bridge", modified=earlier) == ""
    assert renewed("Bridge closed", "For search engines", "For friends", "For readers") == ""


def test_a_headline_cut_short_is_the_same() -> None:
    assert headline.same(
        "The council has voted to close the harbour bridge for a year",
        "The council has voted to close the harbour…",
    )
    assert not headline.same("Two dead in fire", "Ten dead in fire at the docks")
