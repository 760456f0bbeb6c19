"""What holds for every signal that is in the folder, and for the ones we ship."""

from datetime import timedelta

import pytest

from digest import plugins
from digest.config.schema import Ranking
from digest.contracts import signals as contract
from digest.model import Story
from digest.stories import signals
from digest.stories.cluster import stories, story
from digest.stories.context import Context, listings
from tests.stories.news import NOW, QUAKE, article, newsletter

STORIES = {
    "of three": story(
        [article(4 + at, *text, outlet=f"Paper {at}", own=at == 0, place=at) for at, text in enumerate(QUAKE)]
    ),
}


@pytest.fixture
def context() -> Context:
    return Context(now=NOW, newsletter=newsletter(), listings=listings(STORIES.values()))


@pytest.mark.parametrize("name", plugins.names(signals))
def test_every_signal_keeps_the_contract(name: str) -> None:
    assert list(contract.broken(name, plugins.load(signals, name))) == []


def test_freshness_halves_with_the_half_life_of_its_section() -> None:
    ranking = Ranking(half_life="8h", half_lives={"sport": "2h"})
    context = Context(now=NOW, newsletter=newsletter(ranking=ranking))
    score = plugins.load(signals, "freshness").score
    news = story([article(1, "A", old=timedelta(hours=8))])
    sport = story([article(1, "A", old=timedelta(hours=4), section="sport")])
    assert score(news, context) == (pytest.approx(0.5), "8 h old")
    assert score(sport, context)[0] == pytest.approx(0.25)


def test_a_feed_in_order_of_time_says_nothing_about_prominence() -> None:
    score = plugins.load(signals, "prominence").score
    by_time = [story([article(1 + at, f"Story {at}", place=at, old=timedelta(hours=at))]) for at in range(10)]
    by_hand = [
        story([article(1 + at, f"Story {at}", place=at, old=timedelta(hours=(at * 7) % 10))])
        for at in range(10)
    ]
    context = Context(now=NOW, newsletter=newsletter())
    assert score(by_time[0], Context(now=NOW, newsletter=newsletter(), listings=listings(by_time))) == (
        0.0,
        "",
    )
    ordered = Context(now=NOW, newsletter=newsletter(), listings=listings(by_hand))
    assert score(by_hand[0], ordered) == (0.5, "first in one feed")
    assert score(by_hand[0], ordered)[0] > score(by_hand[3], ordered)[0] > score(by_hand[9], ordered)[0]
    assert score(by_hand[0], context) == (0.0, "")


def test_an_echo_that_doubles_adds_as_much_whatever_it_was_and_none_adds_nothing(context: Context) -> None:
    score = plugins.load(signals, "echo").score
    lead = article(1, "A")

    def value(echo: float) -> float:
        return score(Story(lead, (lead,), (echo,)), context)[0]

    assert value(8.0) - value(4.0) == pytest.approx(value(4.0) - value(2.0), abs=0.05)
    assert score(Story(lead, (lead,), (0.0,)), context) == (0.0, "")


def test_who_tells_the_story_and_since_when_is_said_apart_from_the_echo() -> None:
    told = [
        article(at, *QUAKE[at], outlet=f"Paper {at}", own=at == 0, old=timedelta(hours=at + 1))
        for at in range(3)
    ]
    (found,) = stories(told, now=NOW)
    context = Context(now=NOW, newsletter=newsletter())
    assert plugins.load(signals, "told").score(found, context) == (
        1.0,
        "two other outlets tell it, last 2 h ago",
    )
    assert "other outlets' headlines: echo " in plugins.load(signals, "echo").score(found, context)[1]
    (alone,) = stories([article(1, "Harbour closes early")], now=NOW)
    for name in ("echo", "told"):
        assert plugins.load(signals, name).score(alone, context) == (0.0, "")


def test_an_outlet_that_publishes_all_day_does_not_drown_the_others() -> None:
    quake = [
        article(1, *QUAKE[0]),
        article(2, *QUAKE[1], outlet="Globe", own=False),
        article(3, *QUAKE[2], outlet="Tribune", own=False),
    ]

    def loudness(rows: int) -> float:
        ticker = [
            article(100 + at, f"Shares in {'ABCDEF'[at % 6] * 4} close higher", outlet="Ticker", own=False)
            for at in range(rows)
        ]
        found = {
            each.lead.id: each
            for each in stories([*quake, article(10, "Shares in Acme close higher"), *ticker])
        }
        return found[10].echo / found[1].echo

    assert loudness(240) < 3 * loudness(60)
