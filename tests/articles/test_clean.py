from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.articles import clean, languages, lead, text, urls
from digest.articles.bylines import byline
from digest.articles.clean import draft, placed_in, undoubled
from digest.config.look import SectionRule
from digest.config.schema import Source
from digest.model import Article, Item, Media

NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
SOURCE = Source(url="https://h.example/rss", outlet="Herald")


def made(**item: Any) -> clean.Draft:
    found = draft(
        Item(**{"url": "https://h.example/1", "title": "A title", **item}), SOURCE, base="https://h.example/"
    )
    assert found is not None
    return found


# ------------------------------------------------------------------------------------------- text


@given(st.text())
def test_clean_text_is_one_line_of_characters_that_xml_allows(raw: str) -> None:
    found = text.plain(raw)
    assert "\n" not in found
    assert "\r" not in found
    assert all(mark >= " " and mark not in "\x7f\ufffe\uffff\u202e\u2066" for mark in found)
    assert text.plain(found) == found or "&" in raw or "<" in raw


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("<p>One</p><p>two</p>", "One two"),
        ("a < b and c > d", "a < b and c > d"),
        ("Tom &amp;amp; Jerry &#8217;s", "Tom & Jerry ’s"),
        ("<script>alert(1)</script>Text<style>x{}</style>", "Text"),
        ("&lt;i&gt;Dune&lt;/i&gt; wins", "Dune wins"),
        ("Use the &amp;lt;video&amp;gt; tag", "Use the <video> tag"),
        ("x\u200by\ufeff\u00ad", "xy"),
        ("מה\u200f נשמע", "מה\u200f נשמע"),
        ("a\u2028b\x85c", "a b c"),
        ("<b>" * 20_000 + "deep", "deep"),
        ('Before <iframe src="x"> after', "Before after"),
        ("<object>Film</object> and <form>more", "Film and more"),
    ],
)
def test_markup_becomes_text(raw: str, wanted: str) -> None:
    assert text.plain(raw) == wanted


def test_a_cut_ends_on_a_word() -> None:
    assert text.cut("The quick brown fox jumps", 18) == "The quick brown…"
    assert text.cut("short", 18) == "short"
    assert len(text.cut("x" * 500, 100)) <= 100
    assert text.cut_sentence("One sentence here. Another one that goes on and on", 30) == "One sentence here."


# ------------------------------------------------------------------------------------------- draft


def test_an_article_holds_what_an_editor_expects_to_find() -> None:
    found = made(
        title="Minister arrives for talks as council prepares to vote",
        summary="<p>It's the final stop of a sixth mission.</p>",
        content='<figure><img src="/lead.jpg" alt="Minister" width="1200"><figcaption>The minister disembarks, March 22, 2024 | Photo: A. Name/Pool Photo via XY</figcaption></figure><p>The minister has arrived.</p>',
        byline="by XY and ABC Staff",
        categories=("News/Home/Region War", "News"),
        tags=("war", "talks"),
        published=NOW,
    )
    assert found.dek == "It's the final stop of a sixth mission."
    assert found.byline == "XY and ABC Staff"
    assert found.categories == ("News/Home/Region War", "News")
    assert found.picture is not None
    assert found.picture.url == "https://h.example/lead.jpg"
    assert found.picture.caption == "The minister disembarks, March 22, 2024"
    assert found.picture.credit == "A. Name/Pool Photo via XY"
    assert found.picture.alt == "Minister"


def test_the_dek_is_the_beginning_of_the_text_where_there_is_no_summary() -> None:
    found = made(
        content="<p>Short.</p><p>The council met on Tuesday to vote on the budget for the year.</p><p>More.</p>"
    )
    assert found.dek == "The council met on Tuesday to vote on the budget for the year."


@pytest.mark.parametrize(
    ("summary", "wanted"),
    [
        ("Real text here. The post A title appeared first on The Herald.", "Real text here."),
        ("Real text here. Continue reading...", "Real text here."),
        ("Real text here […]", "Real text here"),
        ("A title", ""),
    ],
)
def test_what_blog_software_adds_is_taken_off(summary: str, wanted: str) -> None:
    assert made(summary=summary).dek == wanted


def test_a_pictures_caption_is_never_the_dek() -> None:
    found = made(
        summary="Caption of it.",
        content="The true text of the article stands here.",
        media=(Media(url="https://h.example/a.jpg", caption="Caption of it."),),
    )
    assert found.dek == "The true text of the article stands here."


def test_an_item_with_nothing_to_tell_is_no_draft() -> None:
    assert draft(Item(url="https://h.example/1", title=" <b></b> "), SOURCE) is None


def test_an_item_without_a_title_is_known_by_its_text() -> None:
    assert made(title="", summary="Bridge closed after storm.").title == "Bridge closed after storm."


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("by AP and ILH Staff", "AP and ILH Staff"), ("By: Ann Field", "Ann Field"), ("ann@h.example (Ann Field)", "Ann Field"),
        ("Ann Field (ann@h.example)", "Ann Field"), ("webmaster@h.example", ""), ("Byron Smith", "Byron Smith"),
        ("מאת: דנה כהן", "דנה כהן"), ("<a href='x'>Ann</a>", "Ann"), ("", ""),
    ],
)  # fmt: skip
def test_a_byline_is_names_alone(raw: str, wanted: str) -> None:
    assert byline(raw) == wanted


# ------------------------------------------------------------------------------------------- sections

RULES = (
    SectionRule(name="city", title="City news", categories=("local",), urls=("/city/",)),
    SectionRule(name="world", title="World", categories=("Israel at War",), urls=("*/abroad/*",)),
    SectionRule(name="sport", title="Sport", urls=("sport.h.example/",)),
)


@pytest.mark.parametrize(
    ("categories", "url", "wanted"),
    [
        (("LOCAL",), "https://h.example/x", "city"),
        (("city news",), "https://h.example/x", "city"),
        (("News/Israel at War/Gaza",), "https://h.example/city/x", "world"),
        (("World", "Local"), "https://h.example/x", "world"),
        ((), "https://h.example/city/x", "city"),
        ((), "https://h.example/2026/abroad/x", "world"),
        ((), "https://sport.h.example/x", "sport"),
        (("Locality",), "https://h.example/x", ""),
    ],
)
def test_articles_are_placed_by_category_and_then_by_address(
    categories: tuple[str, ...], url: str, wanted: str
) -> None:
    article = Article(
        id=1, source="s", outlet="o", url=url, title="t", categories=categories, published=NOW, first_seen=NOW
    )
    assert placed_in(article, RULES) == wanted


def test_the_sources_own_section_counts_last() -> None:
    source = Source(url="https://h.example/rss", section="Sport")
    found = draft(Item(url="https://h.example/1", title="T", categories=("Local",)), source)
    assert found is not None
    assert found.categories == ("Local", "Sport")


# ------------------------------------------------------------------------------------------- identity


def test_an_undated_column_with_the_same_words_is_new_every_day() -> None:
    monday = made(guid="1", url="https://h.example/mon", title="Weather", summary="As always.")
    tuesday = made(guid="2", url="https://h.example/tue", title="Weather", summary="As always.")
    assert monday.keys.content == tuesday.keys.content == ""


def test_without_guid_and_address_the_words_are_the_identity() -> None:
    one, two = made(url="", title="Only words"), made(url="", title="Only words")
    assert one.keys.identity == two.keys.identity != ""
    assert len(undoubled([one, two])) == 1


# ------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("HTTPS://H.example:443/A?utm_source=rss&id=7#top", "https://h.example/A?id=7"),
        ("https://h.example/a?fbclid=1&gclid=2&at_medium=RSS", "https://h.example/a"),
        ("https://h.example/a?ref=rss&from=paris", "https://h.example/a?from=paris"),
        ("https://h.example/?p=12", "https://h.example/?p=12"),
        ("//h.example/x", "https://h.example/x"),
        ("/x y", "https://base.example/x%20y"),
        ("https://h.example/עברית", "https://h.example/%D7%A2%D7%91%D7%A8%D7%99%D7%AA"),
        ("https://דואר.example/", "https://xn--4dbfg1f.example/"),
        ("https://h.example/app#!/story/1", "https://h.example/app#!/story/1"),
        ("javascript:alert(1)", ""), ("data:text/html,x", ""), ("mailto:a@b.c", ""), ("https://", ""), ("http://[::1", ""),
        ("https://h.example/\r\nX-Header: 1", "https://h.example/X-Header:%201"),
    ],
)  # fmt: skip
def test_addresses_are_made_canonical(raw: str, wanted: str) -> None:
    assert urls.canonical(raw, "https://base.example/feed") == wanted


def test_scheme_order_and_last_slash_make_no_other_article() -> None:
    assert urls.key("https://h.example/a/?b=1&a=2") == urls.key("http://h.example/a?a=2&b=1")
    assert urls.key("https://h.example/a?id=1") != urls.key("https://h.example/a?id=2")


@given(st.text(max_size=60))
def test_any_address_is_canonical_or_none(raw: str) -> None:
    found = urls.canonical(raw, "https://base.example/")
    assert found == "" or urls.canonical(found) == found


# ------------------------------------------------------------------------------------------- language


@pytest.mark.parametrize(
    ("words", "configured", "said", "wanted"),
    [
        ("שלום לכולם", "en", "en-us", "he"), ("שלום", "yi", "", "yi"), ("مرحبا بكم", "", "", "ar"), ("سلام", "", "fa-IR", "fa-IR"),
        ("Hello", "", "en-us", "en-US"), ("Bonjour", "fr", "en", "fr"), ("Hello", "he", "", "en"), ("Hello", "he", "de", "de"),
        ("খবর আজ", "", "bn", "bn"), ("ニュースの日本", "", "", "ja"), ("2026", "he", "", "he"), ("iPhone של אפל בישראל", "", "", "he"),
    ],
)  # fmt: skip
def test_the_script_decides_then_the_config_then_the_feed(
    words: str, configured: str, said: str, wanted: str
) -> None:
    assert languages.language(words, configured, said) == wanted


def test_hebrew_arabic_and_yiddish_run_right_to_left() -> None:
    assert [languages.direction(tag) for tag in ("he", "ar-EG", "yi", "en", "bn")] == [
        "rtl",
        "rtl",
        "rtl",
        "ltr",
        "ltr",
    ]


# ------------------------------------------------------------------------------------------- pictures


def test_the_widest_of_the_feeds_pictures_leads() -> None:
    media = (
        Media(url="/small.jpg", width=300),
        Media(url="/large.jpg", width=1200),
        Media(url="/pixel.gif", width=1, height=1),
    )
    found = lead.picture(Item(media=media), "https://h.example/a")
    assert found is not None
    assert found.url == "https://h.example/large.jpg"


def test_a_stamp_gives_way_to_the_picture_in_the_text() -> None:
    item = Item(
        media=(Media(url="https://h.example/stamp.jpg", width=120),),
        content='<img src="https://h.example/full.jpg">',
    )
    found = lead.picture(item, "")
    assert found is not None
    assert found.url == "https://h.example/full.jpg"


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="https://feeds.feedburner.com/~r/x.gif">',
        '<img src="data:image/gif;base64,R0">',
        '<img width="1" height="1" src="https://h.example/c.jpg">',
        "<img>",
    ],
)
def test_counters_are_no_pictures(markup: str) -> None:
    assert lead.picture(Item(content=markup), "") is None


@pytest.mark.parametrize(
    ("raw", "caption", "credit"),
    [
        ("The bridge. (Photo by Ann Field/AP)", "The bridge.", "Ann Field/AP"),
        ("The bridge | Photo: Ann Field", "The bridge", "Ann Field"),
        ("הגשר. צילום: דנה כהן", "הגשר.", "דנה כהן"),
        ("Credit: Reuters", "", "Reuters"),
        ("The photo exhibition opens", "The photo exhibition opens", ""),
    ],
)
def test_the_credit_is_split_off_the_caption(raw: str, caption: str, credit: str) -> None:
    assert lead.split_credit(raw) == (caption, credit)
