"""Feeds that are nearly right: bytes, ampersands, relative links, links that lead elsewhere."""

import gzip

import pytest

from digest.articles import urls
from digest.articles.clean import draft
from digest.articles.reading import Document
from digest.articles.sources import feed
from digest.articles.text import cut, escaped, title
from digest.config.schema import Source

URL = "https://feeds.host.example/paper/rss.xml"
SOURCE = Source(url=URL)


def rss(items: str, head: str = "<link>https://paper.example/</link><language>en</language>") -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>T</title>{head}{items}</channel></rss>'


def read(content: str | bytes, language: str = "") -> Document:
    data = content if isinstance(content, bytes) else content.encode()
    return feed.parse(data, URL, "application/rss+xml; charset=utf-8", language=language)


def links(document: Document) -> list[str]:
    found = [draft(item, SOURCE, base=document.link) for item in document.items]
    return [one.url for one in found if one]


@pytest.mark.parametrize(
    ("before", "bad", "said"),
    [
        ("גשר נסגר", b"\xf9", "1 place"), ("Мост закрыт", b"\xd0", "1 place"), ("Gr\u00fc\u00dfe", b"\x92", "1 place"),
        ("\u6a4b\u306f\u9589\u9396", b"\xe3\x81", "1 place"),
    ],
)  # fmt: skip
def test_utf_8_with_a_bad_byte_is_utf_8(before: str, bad: bytes, said: str) -> None:
    content = rss(f"<item><title>{before}</title></item><item><title>A#B</title></item>").encode()
    document = read(content.replace(b"#", bad))
    assert [item.title for item in document.items] == [before, "A\ufffdB"]
    assert said in document.problems[0]
    assert "encoding" in document.problems[0]


@pytest.mark.parametrize(
    ("text", "charset", "language"),
    [("הגשר נסגר לתנועה", "cp1255", "he"), ("Мост закрыт для движения", "cp1251", "ru"), ("It\u2019s caf\u00e9 time", "cp1252", "en")],
)  # fmt: skip
def test_what_is_mostly_no_utf_8_is_read_in_its_language_s_charset(
    text: str, charset: str, language: str
) -> None:
    document = read(rss(f"<item><title>{text}</title></item>").encode(charset), language)
    assert [item.title for item in document.items] == [text]
    assert charset in document.problems[0]


def test_utf_8_that_calls_itself_latin_is_utf_8() -> None:
    content = rss("<item><title>Köln grüßt</title></item>").replace("utf-8", "iso-8859-1").encode()
    document = feed.parse(content, URL, "text/xml; charset=iso-8859-1")
    assert [item.title for item in document.items] == ["Köln grüßt"]
    assert "UTF-8" in document.problems[0]


def test_a_feed_that_is_right_says_nothing() -> None:
    assert read(rss("<item><title>Köln</title><link>https://paper.example/a</link></item>")).problems == ()


def test_ampersands_and_angles_that_begin_nothing_are_letters() -> None:
    document = read(
        rss(
            "<item><title>AT&T buys R&amp;D</title><link>https://paper.example/a?id=1&sec=2&copy=3</link></item>"
            "<item><title>5 < 6 & 7</title><link>https://paper.example/b</link></item>"
        )
    )
    assert [title(item.title) for item in document.items] == ["AT&T buys R&D", "5 < 6 & 7"]
    assert links(document)[0] == "https://paper.example/a?id=1&sec=2&copy=3"


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        ("Profit <under pressure", "Profit <under pressure"), ("A <3 for", "A <3 for"), ("How <video> won", "How <video> won"),
        ("An <i>ode</i> to", "An ode to"), ("Q&amp;amp;A", "Q&A"), ("x?a=1&region=eu", "x?a=1&region=eu"),
        (escaped("Use <b> for bold"), "Use <b> for bold"), (escaped("R&amp;D &lt; <em>x</em>"), "R&D < x"),
    ],
)  # fmt: skip
def test_only_tags_of_html_are_markup_in_a_headline(markup: str, wanted: str) -> None:
    assert title(markup) == wanted


def test_an_atom_title_of_type_text_has_no_markup() -> None:
    document = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title type="text">The &lt;b&gt; tag</title>'
        '<link href="https://paper.example/a"/></entry></feed>'
    )
    assert title(document.items[0].title) == "The <b> tag"


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        ("<link>/news/a</link>", "https://paper.example/news/a"),
        ("<link>www.paper.example/news/b</link>", "https://www.paper.example/news/b"),
        ("<link>paper.example/news/b</link>", "https://paper.example/news/b"),
        ("<link>http:/paper.example/c</link>", "http://paper.example/c"),
        ("<link>//paper.example/d</link>", "https://paper.example/d"),
        ("<link>https://paper.example/e?a=1&amp;amp;b=2</link>", "https://paper.example/e?a=1&b=2"),
        ('<link>mailto:x@paper.example</link><guid isPermaLink="false">https://paper.example/f</guid>', "https://paper.example/f"),
        ('<link>https://count.example/1</link><o:origLink xmlns:o="http://rssnamespace.org/feedburner/ext/1.0">https://paper.example/g</o:origLink>', "https://paper.example/g"),
        ("<link>https://www.google.com/url?rct=j&amp;url=https://paper.example/h&amp;ct=ga</link>", "https://paper.example/h"),
        ("<link>https://paper.example/i;jsessionid=0A?at_news=3&amp;at_medium=x</link>", "https://paper.example/i?at_news=3"),
    ],
)  # fmt: skip
def test_where_an_item_leads(item: str, wanted: str) -> None:
    assert links(read(rss(f"<item><title>A</title>{item}</item>"))) == [wanted]


def test_relative_links_of_atom_start_at_xml_base() -> None:
    document = read(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://paper.example/deep/"><title>T</title>'
        '<entry><title>A</title><link href="a.html"/></entry></feed>'
    )
    assert links(document) == ["https://paper.example/deep/a.html"]


def test_pages_for_telephones_and_amp_are_their_articles() -> None:
    one = urls.key("https://www.paper.example/news/a")
    for other in ("m.paper.example/news/a", "paper.example/amp/news/a", "amp.paper.example/news/a/amp/"):
        assert urls.key(f"https://{other}") == one
        assert urls.twin(f"https://{other}")
    assert urls.key("https://paper.example/news/a?amp=1") == one
    assert urls.key("https://paper.example/news/b") != one
    assert urls.canonical("https://stra\u00dfe.example/") == "https://xn--strae-oqa.example/"


def test_gzip_without_its_header_is_unpacked() -> None:
    assert len(read(gzip.compress(rss("<item><title>A</title></item>").encode())).items) == 1


def test_dates_that_cannot_be_read_are_counted() -> None:
    document = read(
        rss(
            "<item><title>A</title><pubDate>yesterday</pubDate></item>"
            "<item><title>B</title><pubDate>Sat, 31 Feb 2026 10:00:00 GMT</pubDate></item>"
            "<item><title>C</title><pubDate>2016/6/29 15:07:41</pubDate></item>"
        )
    )
    assert [bool(item.published) for item in document.items] == [False, False, True]
    assert document.problems == ("2 dates could not be read, such as 'yesterday'",)


def test_nothing_that_is_seen_as_one_character_is_cut() -> None:
    for one in (
        "\U0001f1ee\U0001f1f1",
        "\U0001f44d\U0001f3fd",
        "\U0001f469\u200d\U0001f52c",
        "e\u0301",
        "1\ufe0f\u20e3",
    ):
        for many in range(2, 12):
            kept = cut("a" + one * 6, many).removesuffix("\u2026")[1:]
            assert kept == one * (len(kept) // len(one))


def test_what_other_readers_stumbled_over() -> None:
    """Public reports of feed readers, repeated with feeds of our own."""
    document = read(
        rss(
            "<item><title>Cloak&amp;Dagger art</title><link>https://paper.example/1</link></item>"
            "<item><title>Don&amp;#x27;t forget</title><link>\nhttps://paper.example/Art\nicles/2?Open&RSS=1\n</link></item>"
            "<item><title>The &lt;rant&gt; begins</title><link>https://paper.example/a b/no.38.pdf</link></item>"
        )
    )
    assert [title(item.title) for item in document.items] == [
        "Cloak&Dagger art",
        "Don't forget",
        "The <rant> begins",
    ]
    assert links(document)[1:] == [
        "https://paper.example/Articles/2?Open&RSS=1",
        "https://paper.example/a%20b/no.38.pdf",
    ]
    everything = '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="blog/feed.xml"/><title>T</title>{}</feed>'
    entry = '<entry><title>A</title><id>a/</id><link rel="alternate" href="a-2/"/></entry>'
    assert feed.parse(everything.format(entry).encode(), "https://o.example/blog/feed.xml").items[
        0
    ].address == ("https://o.example/blog/a-2/")
