"""Front pages as sources: articles with their places, and what is no editor's choice."""

from datetime import UTC, datetime

import pytest

from digest.articles.addresses import article_like, spelled_headline
from digest.articles.sources.page import parse
from digest.errors import ParseError

SITE = "https://www.paper.example/"
STORY = '<article><a href="/news/{0}-of-the-long-day-{0}"><h{1}>Headline {2} of the long day</h{1}></a>{3}</article>'


def story(number: int, level: int = 3, more: str = "") -> str:
    return STORY.format(number, level, number, more)


def titles(html: str, url: str = SITE) -> list[str]:
    return [item.title for item in parse(html.encode(), url, "text/html; charset=utf-8").items]


def numbers(html: str) -> list[int]:
    return [int(title.split()[1]) for title in titles(html)]


def test_articles_come_in_the_order_of_the_page_moved_by_the_weight_of_their_headlines() -> None:
    page = f"<main>{story(1)}{story(2)}{story(3, 1)}{story(4, 2)}{''.join(story(one) for one in range(5, 12))}</main>"
    assert numbers(page)[:4] == [3, 4, 1, 2]
    assert numbers(page)[4:] == [5, 6, 7, 8, 9, 10, 11]


def test_a_strip_of_short_news_above_is_not_the_place_of_a_story_that_has_one() -> None:
    strip = "".join(
        f'<li><a href="/news/{one}-of-the-long-day-{one}">Headline {one} of the long day</a></li>'
        for one in range(1, 9)
    )
    page = f"<ul>{strip}</ul><main>{story(20, 2)}{story(8, 2)}{story(21, 2)}</main>"
    assert numbers(page)[:3] == [20, 8, 21]


@pytest.mark.parametrize(
    "around",
    [
        "<nav>{}</nav>",
        "<footer>{}</footer>",
        '<div class="o-mostRead">{}</div>',
        '<section id="most-popular-5">{}</section>',
        "<section><header><h2>Most read</h2></header>{}</section>",
        "<aside><h3>Meistgelesen</h3><ol>{}</ol></aside>",
        '<div role="navigation">{}</div>',
        '<div class="advert slot">{}</div>',
        '<div aria-label="Trending">{}</div>',
        "<template>{}</template>",
        "<div hidden>{}</div>",
    ],
)
def test_what_no_editor_placed_is_left_out(around: str) -> None:
    page = f"{around.format(story(1) + story(2))}<main>{''.join(story(one) for one in range(3, 9))}</main>"
    assert numbers(page) == [3, 4, 5, 6, 7, 8]


def test_a_page_whose_middle_is_called_a_menu_is_read_all_the_same() -> None:
    page = f'<nav>{story(1)}</nav><div id="nav-col">{"".join(story(one) for one in range(2, 12))}</div>'
    assert numbers(page) == list(range(2, 12))


def test_the_links_of_one_card_are_one_article_with_teaser_picture_and_time() -> None:
    page = (
        '<html lang="he"><meta property="og:site_name" content="The Paper &amp; Co"><main>'
        '<div class="card"><a href="/news/council-votes-on-barrier-1?hp=1"><img src="data:image/gif;base64,x" '
        'data-src="/p/harbour.jpg" alt="The harbour" width="640"></a>'
        '<a href="/news/council-votes-on-barrier-1?int=top"><h2>Council votes to build the barrier</h2></a>'
        "<p>Politics</p><p>After eleven hours of debate the council has voted to build it, by one vote.</p>"
        '<time datetime="2026-03-04T04:00:00Z">an hour ago</time>'
        '<a href="/news/council-votes-on-barrier-1#comments">12 comments</a></div>'
        f"{story(2)}</main>"
    )
    found = parse(page.encode(), SITE)
    first = found.items[0]
    assert (found.title, found.language) == ("The Paper & Co", "he")
    assert first.url == "https://www.paper.example/news/council-votes-on-barrier-1"
    assert first.title == "Council votes to build the barrier"
    assert first.summary.startswith("<p>After eleven hours")
    assert first.published == datetime(2026, 3, 4, 4, tzinfo=UTC)
    assert (first.media[0].url, first.media[0].alt) == (
        "https://www.paper.example/p/harbour.jpg",
        "The harbour",
    )
    assert (found.items[1].summary, found.items[1].published, found.items[1].media) == ("", None, ())


def test_a_card_that_is_a_link_as_a_whole_gives_headline_and_teaser_apart() -> None:
    card = (
        '<a href="/2026/03/04/storm-closes-the-port-for-days"><div class="c-title">Storm closes the port for days</div>'
        "<p>Ferries stay in harbour until the weekend, the authority said on Tuesday night.</p></a>"
    )
    found = parse(f"<main><div>{card}</div>{story(2)}</main>".encode(), SITE)
    item = next(one for one in found.items if "storm" in one.url)
    assert item.title == "Storm closes the port for days"
    assert (
        item.summary
        == "<p>Ferries stay in harbour until the weekend, the authority said on Tuesday night.</p>"
    )


def test_links_elsewhere_sections_tags_and_words_within_a_text_are_no_articles() -> None:
    page = (
        '<a href="https://other.example/news/a-story-of-another-house">A story of another house</a>'
        '<a href="/politics">All the news of politics</a><a href="/tag/the-war-in-the-east">The war in the east</a>'
        '<a href="/news/2026/03/04/">All the news of today</a><a href="mailto:a@b.example">Write to us all today</a>'
        '<a href="javascript:void(0)">Open the long menu</a><a href="http://[::1">A broken address of a link</a>'
        '<p>Long ago we wrote of <a href="/news/a-story-of-long-ago-77">the harbour that was</a> and what came of it then.</p>'
        f'<a href="https://sport.paper.example/match-ends-in-a-draw-99">Match ends in a draw</a>{story(2)}'
    )
    assert titles(page) == ["Headline 2 of the long day", "Match ends in a draw"]


@pytest.mark.parametrize(
    "headline",
    [
        "עיריית חיפה מאשרת את הגשר",
        "市議会は港の防潮堤の建設を可決した",
        "مجلس المدينة يقر بناء الحاجز",
        "Городской совет одобрил барьер",
    ],
)
def test_headlines_of_every_script_are_headlines(headline: str) -> None:
    page = f'<main><a href="/a/10234567">{headline}</a><a href="/a/10234568">28 °C, clear</a></main>'
    assert titles(page) == [headline]


def test_a_page_that_links_to_itself_ten_thousand_times_and_one_with_masses_stay_bounded() -> None:
    itself = '<a href="/">The front page of the paper</a>' * 10_000
    same = '<a href="/news/the-one-story-of-the-day-1">The one story of the day</a>' * 10_000
    assert titles(f"<main>{itself}{same}</main>") == ["The one story of the day"]
    many = "".join(story(one) for one in range(2_000))
    found = parse(many.encode(), SITE)
    assert len(found.items) == 300
    assert "only the first 300 articles" in found.problems[0]


def test_nesting_without_end_is_no_crash() -> None:
    deep = "<div>" * 5_000
    assert titles(f"{deep}{story(1)}") == ["Headline 1 of the long day"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"<title>Just a moment...</title>", "challenge"),
        (b"<title>Log in</title><form><input type='password'></form>", "log in"),
        (b"<rss version='2.0'><channel></channel></rss>", 'kind = "feed"'),
    ],
)
def test_what_is_no_front_page_is_named_as_what_it_is(body: bytes, words: str) -> None:
    with pytest.raises(ParseError) as fault:
        parse(body, SITE)
    assert words in str(fault.value)


def test_a_page_that_a_script_fills_says_so() -> None:
    assert "a script fills" in parse(b"<div id=root></div><script src=a.js></script>", SITE).problems[0]


@pytest.mark.parametrize(
    ("url", "article"),
    [
        ("https://a.example/2026/03/04/council-votes", True),
        ("https://a.example/news/articles/c0rxk4q0pj0o", True),
        ("https://a.example/artikel/23711.html", True),
        ("https://a.example/story.php?id=48213", True),
        ("https://a.example/autoren/jane-doe/what-the-council-did-not-say", True),
        ("https://a.example/סיפור-ארוך-על-הנמל", True),
        ("https://a.example/author/jane-van-der-berg", False),
        ("https://a.example/hemeroteca/2026-03-04/", False),
        ("https://a.example/world/europe", False),
        ("https://a.example/pictures/harbour-in-the-storm.jpg", False),
        ("https://a.example/", False),
    ],
)
def test_an_address_tells_whether_it_is_an_article(url: str, article: bool) -> None:
    assert article_like(url) is article


def test_a_headline_is_spelled_by_an_address_without_numbers_and_ends() -> None:
    assert (
        spelled_headline("https://a.example/news/Council-votes-on-barrier-51234.html")
        == "Council votes on barrier"
    )
    assert (
        spelled_headline("https://a.example/city/council_votes_on_barrier/48213")
        == "Council votes on barrier"
    )
    assert spelled_headline("https://a.example/a/48213") == ""
