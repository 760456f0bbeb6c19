"""Round-ups and puzzles join no story; one that holds most of a source is told."""

import pytest

from digest.model import Story
from digest.stories import genre
from digest.stories.cluster import stories
from digest.stories.lumped import lumps
from tests.stories.news import article


@pytest.mark.parametrize(
    ("title", "apart", "chore"),
    [
        ("Morning briefing: bridge closed", True, False), ("5 things to know this Monday", True, False), ("The week in pictures", True, False),
        ("Today's crossword", True, True), ("Cryptic crossword No 29,417", True, True), ("Sudoku: hard", True, True), ("תשבץ השבוע", True, True),
        ("Bridge closed after crack is found", False, False), ("Puzzled experts look at the crack", False, False),
        ("What to know about the storm", False, False), ("Horoscope writer sues the paper", True, True),
    ],
)  # fmt: skip
def test_what_kind_of_piece_a_headline_tells(title: str, apart: bool, chore: bool) -> None:
    one = article(1, title)
    assert (genre.apart(one), genre.housekeeping(one)) == (apart, chore)


def test_a_round_up_joins_no_story() -> None:
    event = [article(number, "Bridge over the Tarn closed after crack is found") for number in (1, 2)]
    briefing = article(3, "Morning briefing: bridge over the Tarn closed after crack is found")
    found = stories([*event, briefing])
    assert sorted(len(story.articles) for story in found) == [1, 2]


def test_a_story_of_much_of_a_source_is_told() -> None:
    many = [article(number, f"Title {number}") for number in range(1, 10)]
    assert lumps([Story(lead=many[0], articles=tuple(many[:3]))], many) == ()
    assert "4 of the 9 articles" in lumps([Story(lead=many[0], articles=tuple(many[:4]))], many)[0]


def test_dates_and_genres_are_no_words_of_an_event() -> None:
    assert genre.event_words("Live updates: storm on 10 March").split() == [":", "storm", "on"]
    assert genre.event_words("Things to know") == "Things to know"


@pytest.mark.parametrize(
    "title",
    [
        "Friday, 11 November 2011",
        "22 July 2013 last updated at 17:50 GMT",
        "Updated Saturday, December 05, 2009 8:28 PM",
    ],
)
def test_a_headline_that_is_a_date_says_nothing_of_the_event(title: str) -> None:
    assert genre.event_words(title) == ""


def test_a_headline_of_a_number_or_a_month_keeps_its_words() -> None:
    assert genre.event_words("2012") == "2012"
    assert genre.event_words("March on the capital") == "March on the capital"


def test_a_list_of_a_wars_events_is_a_round_up() -> None:
    assert genre.apart(article(1, "Northern war: List of key events, day 1,455"))
    assert not genre.apart(article(1, "Key events of her life are told in a new book"))
