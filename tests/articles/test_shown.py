"""What a page shows of who wrote it and when counts where its metadata say neither, and nothing else does."""

from datetime import UTC, datetime

import pytest

from digest.articles.page import Page, page
from digest.articles.pages import written

ADDRESS = "https://paper.example/news/harbour-bridge"


def read(body: str, url: str = ADDRESS, head: str = "") -> Page:
    return page(f"<html><head>{head}</head><body>{body}</body></html>".encode(), url)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-04",
        "4 March 2026",
        "March 4th, 2026",
        "Wed, Mar. 4, 2026 at 5 pm",
        "Veröffentlicht am 4. März 2026",
        "04.03.2026, 12:10 Uhr",
        "le 4 mars 2026",
        "4 de marzo de 2026",
        "4 марта 2026",
        "4 במרץ 2026",
        "2026年3月4日",
        "04/03/2026",
    ],
)
def test_a_date_is_read_as_people_write_it(text: str) -> None:
    assert written.written(text) == datetime(2026, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "31 February 2026", "call 04.03.20267", "99.99.2026", "March 2026", "1" * 500]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert written.written(text) is None


@pytest.mark.parametrize(
    "body",
    [
        '<span itemprop="datePublished" content="2026-03-04T08:00:00Z">today</span>',
        '<abbr itemprop="datePublished" title="2026-03-04T08:00:00+02:00">this morning</abbr>',
        '<h1>Bridge</h1><time datetime="2026-03-04">Wednesday</time>',
        '<h1>Bridge</h1><div class="post-meta"><b>4</b> <i>March</i> 2026</div>',
        "<h1>Bridge</h1><p>Harbour, 4 March 2026</p><p>It closed on 1 January 2019, the port said to all.</p>",
        '<h1>Bridge</h1><span class="date">04.03.26</span>',
        '<div class="has-sidebar"><h1>Bridge</h1><time datetime="2026-03-04">4/3</time></div>',
        '<script type="application/ld+json">{"@type": "WebPage", "datePublished": "2026-03-04T08:00"}</script>',
        '<script type="application/ld+json">{"broken": "datePublished": "2026-03-04T08:00:00Z",</script>',
    ],
)
def test_the_page_shows_when_it_was_published(body: str) -> None:
    found = read(body).published
    assert found
    assert found.date() == datetime(2026, 3, 4, tzinfo=UTC).date()


def test_an_address_holds_the_date_and_the_metadata_go_before_it() -> None:
    dated = "https://paper.example/2026/03/04/bridge"
    assert read("<h1>Bridge</h1>", dated).published == datetime(2026, 3, 4, tzinfo=UTC)
    said = '<meta name="parsely-pub-date" content="2026-03-05T07:00:00Z">'
    assert read("<h1>Bridge</h1>", dated, said).published == datetime(2026, 3, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        '<h1>Bridge</h1><aside><time datetime="2026-03-04">4 March</time> Another article</aside>',
        '<h1>Bridge</h1><div id="comments"><span class="date">4 March 2026</span></div>',
        "<h1>Bridge</h1><footer><p>4 March 2026</p></footer>",
        f'<h1>Bridge</h1><div class="body">On 4 March 2026 it fell. {"And so on. " * 40}</div>',
    ],
)
def test_dates_of_other_things_do_not_count(body: str) -> None:
    assert read(body).published is None


def test_a_front_page_was_not_published_on_a_day() -> None:
    assert read('<time datetime="2026-03-04">4 March</time>', "https://paper.example/").published is None


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ('<p itemprop="author"><span itemprop="name">Dana Reed</span>, Editor</p>', "Dana Reed"),
        ('By <a rel="author">Dana Reed</a> and <a rel="author">Amir Stone</a>', "Dana Reed, Amir Stone"),
        ('<a href="/author/dana" title="x">View all posts by Dana Reed</a>', "Dana Reed"),
        ('<span class="byline">By Dana Reed | 4 March 2026</span>', "Dana Reed"),
        ('<span class="autor">Von Jörg Müller</span>', "Jörg Müller"),
        ('<button class="author-button">follow</button>', ""),
        ('<div class="comment"><span class="author">By Troll Below</span></div>', ""),
        (f'<div class="author-box">{"She wrote a long life story. " * 30}</div>', ""),
    ],
)
def test_the_page_shows_who_wrote_it(body: str, wanted: str) -> None:
    assert read(f"<h1>Bridge</h1>{body}").byline == wanted


def test_an_address_is_no_name() -> None:
    head = '<meta property="article:author" content="https://social.example/paper">'
    assert read("<h1>Bridge</h1>", head=head).byline == ""
