"""What went wrong for other readers of pages, each kind with an input of our own."""

from datetime import UTC, date, datetime

import pytest

from digest.articles.page import Page, page, refusal

URL = "https://paper.example/city/bridge"
TEXT = f"<p>{'The bridge will close for eleven months, the council said. ' * 8}</p>"


def read(body: str, head: str = "", url: str = URL, lang: str = "en") -> Page:
    return page(
        f'<html lang="{lang}"><head>{head}</head><body>{body}</body></html>'.encode(), url, "text/html"
    )


@pytest.mark.parametrize(
    ("line", "lang", "day"),
    [
        ("Published on 03-22-2024 12:49", "en-US", date(2024, 3, 22)),
        ("Published: 03/04/2024", "en-GB", date(2024, 4, 3)),
        ("Published: 03/04/2024", "en-US", date(2024, 3, 4)),
        ("פורסם: 22 במרץ 2024", "he", date(2024, 3, 22)),
        ("نشر في ٢٢ مارس ٢٠٢٤", "ar", date(2024, 3, 22)),
        ("2024年3月22日 12:49", "ja", date(2024, 3, 22)),
        ("Опубликовано 22 марта 2024", "ru", date(2024, 3, 22)),
    ],
)
def test_a_visible_date_is_read_in_the_manner_of_its_outlet(line: str, lang: str, day: date) -> None:
    found = read(f"<h1>Bridge</h1><p>{line}</p>{TEXT}", lang=lang).published
    assert found
    assert found.date() == day


def test_the_other_dates_of_a_page_settle_whether_the_day_comes_first() -> None:
    found = read(
        f"<h1>Bridge</h1><p>Published 06-03-2024</p><p>Last modified: 06-23-2024 14:25</p>{TEXT}",
        lang="en-GB",
    )
    assert found.published
    assert found.modified
    assert (found.published.date(), found.modified.date()) == (date(2024, 6, 3), date(2024, 6, 23))


def test_the_day_of_a_date_is_the_publishers() -> None:
    said = '<meta property="article:published_time" content="2024-03-22T01:10:00+04:00">'
    found = read("<h1>Bridge</h1>", said).published
    assert found
    assert (found.date(), found) == (date(2024, 3, 22), datetime(2024, 3, 21, 21, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    "said",
    [
        '"author": [{"name": "Dana Reed"}, {"name": "Amir Stone"}]',
        '"author": {"@id": "#a"}}, {"@type": "Person", "@id": "#a", "name": "Dana Reed and Amir Stone"',
        '"author": {"name": ["Dana Reed", "Amir Stone"]},',  # a comma too many
    ],
)
def test_authors_are_single_names_however_they_are_listed(said: str) -> None:
    data = f'<script type="application/ld+json">[{{"@type": "NewsArticle", "headline": "Bridge", {said}}}]</script>'
    assert read("<h1>Bridge</h1>", data).authors == ("Dana Reed", "Amir Stone")


def test_an_outlet_is_no_author_where_the_page_shows_one() -> None:
    data = '<meta property="og:site_name" content="Herald"><meta name="author" content="Herald">'
    assert read("<h1>Bridge</h1><p>By Dana Reed | 4 March 2024</p>", data).authors == ("Dana Reed",)


def test_utf8_is_utf8_whatever_a_page_claims() -> None:
    text = '<meta charset="iso-8859-15"><title>La sanción</title><h1>La sanción</h1>'
    assert page(text.encode(), URL, "text/html; charset=gbk").titles[0] == "La sanción"


def test_the_heading_of_a_site_is_not_the_headline() -> None:
    found = read(
        f"<h1>Herald</h1><h2>Harbour bridge to close</h2>{TEXT}",
        "<title>Harbour bridge to close - Herald</title>",
    )
    assert found.titles[0] == "Harbour bridge to close"


def test_the_data_of_a_related_article_are_not_this_ones() -> None:
    data = (
        '<script type="application/ld+json">[{"@type": "NewsArticle", "headline": "Other", "url": "https://paper.example/x"},'
        f'{{"@type": "NewsArticle", "headline": "Bridge to close", "url": "{URL}"}}]</script>'
    )
    assert read("<h1>Bridge to close</h1>", data).titles[0] == "Bridge to close"


def test_a_logo_is_no_lead_picture_and_the_first_large_one_is() -> None:
    body = f'<h1>Bridge</h1><img src="/logo.png"><figure><img data-src="/bridge.jpg" src="data:,"></figure>{TEXT}'
    assert (
        read(body, '<meta property="og:image" content="/default-share.png">').image
        == "https://paper.example/bridge.jpg"
    )


def test_live_and_paywall_marks() -> None:
    data = '<script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": "x", "isAccessibleForFree": "False"}</script>'
    found = read("<h1>Bridge</h1>", data)
    assert (found.live, found.paywalled) == (True, True)


def test_an_article_with_a_log_in_in_its_head_is_an_article() -> None:
    found = read(f'<form>Log in <input type="password"></form><h1>Bridge to close</h1>{TEXT * 2}')
    assert refusal(found, URL) == ""
