"""What leads where no other outlet is heard: words that rise in the own feed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.stories.burst import Rise, rises
from digest.stories.cluster import stories
from digest.stories.context import Context
from digest.stories.plain import is_plain, plain_words
from digest.stories.rank import ranked
from tests.stories.news import FILLER, NOW, QUAKE, article, newsletter

DAY = timedelta(days=1)


def risen(*titles: str, language: str) -> Rise | None:
    """Return the word of the first of *titles* that rose most, on a day that has them all."""
    today = [replace(article(at, title), language=language) for at, title in enumerate(titles, 1)]
    return rises(today, WEEK).get(1)


WEEK = [article(100 + at, f"Council meets on rail fares, part {at}", old=2 * DAY) for at in range(20)]
TODAY = [
    article(1, "Quake strikes the harbour"),
    article(2, "Schools shut after quake"),
    article(3, "Council meets on rail fares again"),
    article(4, "Council meets once more"),
    article(5, FILLER[4], old=timedelta(0)),
]


def test_a_word_that_is_new_today_rises_and_one_that_is_always_there_does_not() -> None:
    found = rises(TODAY, WEEK)
    assert (found[1].word, found[1].now, found[1].usual) == ("quake", 2, 0.0)
    assert found[3].value < found[5].value < found[1].value


def test_without_witnesses_the_subject_that_rises_leads_and_says_so() -> None:
    order = ranked(stories(TODAY, now=NOW), Context(now=NOW, newsletter=newsletter(), earlier=WEEK))
    first = order[0]
    assert "Quake" in first.story.lead.title or "quake" in first.story.lead.title
    assert first.reasons[0].text == "“quake” rises: in 2 of today's own articles, usually in 0.0"


def test_where_another_outlet_is_heard_nothing_rises() -> None:
    heard = [article(1, *QUAKE[0]), article(2, *QUAKE[1], outlet="Globe", own=False)]
    order = ranked(stories(heard, now=NOW), Context(now=NOW, newsletter=newsletter(), earlier=WEEK))
    assert all(reason.points == 0.0 for each in order for reason in each.reasons if reason.signal == "burst")


def test_the_first_day_of_a_newsroom_and_articles_without_words_are_no_fault() -> None:
    assert rises([article(1, ""), article(2, "Quake")], []).keys() == {2}
    assert rises([], WEEK) == {}


@pytest.mark.parametrize(
    ("language", "word", "titles"),
    [
        ("he", "גשר", ("גשר נסגר לשלוש שנים", "חוגגים 40 שנים לתזמורת", "הם חיכו שנים")),
        ("en", "ferry", ("Ferry idle for years", "Two years of rain", "A choir turns 40 years")),
        ("de", "fähre", ("Fähre fällt seit Jahren aus", "Vor zwei Jahren begann es", "Nach Jahren ein Ende")),
        ("pl", "prom", ("Prom stoi od lat", "Pięć lat czekania", "Minęło dziesięć lat")),
        ("ru", "паром", ("Паром стоит пять лет", "Прошло десять лет", "Сколько лет ждать")),
        ("uk", "пором", ("Пором стоїть років п’ять", "Минуло десять років", "Ще п’ять років")),
        ("fa", "کشتی", ("کشتی پس از ده سال", "سال تازه", "سه سال انتظار")),
        ("fi", "lautta", ("Lautta viisi vuotta", "Kymmenen vuotta odotusta", "Vielä vuotta")),
    ],
)  # what CLDR alone knows of a language without a file, too
def test_words_of_time_and_number_do_not_rise(language: str, word: str, titles: tuple[str, ...]) -> None:
    found = risen(*titles, language=language)
    assert found is not None
    assert found.now == 1, found
    assert not is_plain(found.word, language)
    assert plain_words(language)


def test_a_number_and_a_measure_do_not_rise_in_any_form() -> None:
    for word in ("2026", "1,500", "12%", "years", "million", "kilometers", "march"):
        assert is_plain(word, "en"), word
    for word in ("בשנים", "לשנה", "יומיים", "מיליוני"):
        assert is_plain(word, "he"), word
    for word in ("процентов", "миллиона", "годах", "августа"):
        assert is_plain(word, "ru"), word
    assert not is_plain("quake", "en")
    assert not is_plain("ממשלה", "he")
    assert not is_plain("三月地震", "zh"), "a run of words, one of which is a month"
    assert not is_plain("years", "")


def test_a_hebrew_word_is_shown_as_it_is_written_and_not_cut_at_its_first_letters() -> None:
    found = risen("ממשלה נפלה", "ממשלה חדשה", language="he")
    assert found is not None
    assert found.word == "ממשלה"


def test_every_language_that_cldr_has_gives_its_words_without_a_fault() -> None:
    for language in ("zh", "ja", "ko", "th", "hi", "tr", "el", "sw", "yi", "ckb", "xx", "", "x-none"):
        assert isinstance(plain_words(language), frozenset)
