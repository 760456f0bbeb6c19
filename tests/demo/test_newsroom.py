"""The sample newsroom: enough of it, well told, and with the oddities that real feeds have."""

from collections import defaultdict
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import feedparser
import pytest

from digest.demo import feeds
from digest.demo.newsroom import Outlet, outlets
from digest.demo.pictures import SCENES
from digest.demo.readers import readers
from subscribers.address import Address, parse_address

BASE = "http://127.0.0.1:1"


@pytest.fixture
def papers(now: datetime) -> dict[str, Outlet]:
    return {paper.name: paper for paper in outlets(now)}


def read(paper: Outlet, feed: str, now: datetime) -> feedparser.FeedParserDict:
    found = next(one for one in paper.feeds if one.name == feed)
    return feedparser.parse(feeds.document(paper, found, BASE, now))


def test_forty_articles_or_more_are_of_today(papers: dict[str, Outlet], now: datetime) -> None:
    english = [piece for name in ("courier", "wire", "post") for piece in papers[name].pieces]
    today = [piece for piece in english if now - piece.written <= timedelta(hours=20)]
    assert len(today) >= 40
    assert all(piece.written < now for piece in english)


def test_every_feed_parses_with_all_its_articles_in_order(papers: dict[str, Outlet], now: datetime) -> None:
    for paper in papers.values():
        for feed in paper.feeds:
            if feed.format == "json":
                continue
            found = feedparser.parse(feeds.document(paper, feed, BASE, now))
            assert not found.bozo, (paper.name, found.get("bozo_exception"))
            assert [urlsplit(entry.link).path for entry in found.entries] == [
                piece.path for piece in paper.in_feed(feed.name)
            ]


def test_six_events_or_more_are_told_by_several_outlets_in_other_words(papers: dict[str, Outlet]) -> None:
    told: dict[str, dict[str, str]] = defaultdict(dict)
    for paper in papers.values():
        for piece in paper.pieces:
            told[piece.event][paper.name] = piece.title
    shared = {event: titles for event, titles in told.items() if len(titles) >= 2}
    assert len(shared) >= 6
    assert all("courier" in titles for titles in shared.values())
    assert sum(len(titles) == 3 for titles in shared.values()) >= 3
    for titles in shared.values():
        assert len(set(titles.values())) == len(titles)


def test_one_event_is_agency_copy_and_one_pair_only_looks_alike(papers: dict[str, Outlet]) -> None:
    own = next(piece for piece in papers["courier"].pieces if piece.event == "quake")
    wire = next(piece for piece in papers["wire"].pieces if piece.event == "quake")
    assert own.paragraphs == wire.paragraphs
    alike = {piece.event: piece.title for piece in papers["wire"].pieces if "rate" in piece.event.split("-")}
    assert set(alike) == {"rate", "vessaria-rate"}


def test_the_oddities_of_real_feeds_are_there(papers: dict[str, Outlet], now: datetime) -> None:
    news, desk = read(papers["courier"], "news", now), read(papers["courier"], "desk", now)
    assert [entry.title for entry in news.entries if "published" not in entry], "one has no date"
    assert [entry.title for entry in news.entries if not entry.get("media_content")], "one has no picture"
    assert [entry.link for entry in news.entries if "fbclid" in entry.link], "one has trackers"
    assert [entry.title for entry in desk.entries if "<em>" in entry.title], "one has markup in its title"
    old = next(entry for entry in desk.entries if "tide table" in entry.title)
    assert old.published < (now - timedelta(days=30)).isoformat() < old.updated, "one is old and sold as new"
    both = {entry.link for entry in news.entries} & {entry.link for entry in desk.entries}
    assert len(both) >= 3


def test_an_article_carries_its_picture_with_caption_and_credit(
    papers: dict[str, Outlet], now: datetime
) -> None:
    lead = read(papers["courier"], "news", now).entries[0]
    assert lead.media_content[0]["url"] == f"{BASE}/pictures/harbor-barrier-vote.jpg"
    assert lead.media_credit[0]["content"] == "Mira Solheim/The Averne Courier"
    assert lead.author == "Marit Halloran and Joss Tevelde"
    for paper in papers.values():
        for piece in paper.pieces:
            assert not piece.scene or (piece.scene in SCENES and piece.alt and piece.caption and piece.credit)


def test_the_hebrew_feed_is_hebrew(papers: dict[str, Outlet], now: datetime) -> None:
    found = read(papers["boker"], "all", now)
    assert found.feed.language == "he"
    assert len(found.entries) >= 8
    for entry in found.entries:
        letters = [mark for mark in entry.title + entry.description if mark.isalpha()]
        assert sum("א" <= mark <= "ת" for mark in letters) / len(letters) > 0.95
    page = feeds.page(papers["boker"], papers["boker"].pieces[0], BASE).decode()
    assert '<html lang="he" dir="rtl">' in page


def test_the_texts_name_the_weekday_on_which_they_are_read(now: datetime) -> None:
    wednesday = outlets(now)[0].pieces[1].paragraphs[0]
    thursday = outlets(now + timedelta(days=1))[0].pieces[1].paragraphs[0]
    assert now.strftime("%A") == "Wednesday"
    assert "resigned on Tuesday evening" in wednesday
    assert "resigned on Wednesday evening" in thursday


def test_no_two_articles_share_an_address(papers: dict[str, Outlet]) -> None:
    for paper in papers.values():
        paths = [piece.path for piece in paper.pieces]
        assert len(paths) == len(set(paths))


def test_there_are_25_readers_and_all_their_addresses_are_good() -> None:
    people = readers()
    assert len(people) == len({person.address for person in people}) == 25
    assert sum("morning" in person.newsletters for person in people) == 20
    assert sum(person.newsletters == ("boker",) for person in people) == 5
    assert any(len(person.newsletters) == 2 for person in people)
    for person in people:
        assert isinstance(parse_address(person.address, test_domains=True), Address), person.address
