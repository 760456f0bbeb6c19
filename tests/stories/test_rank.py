"""The order of a day's stories, and why."""

import pytest

from digest.config.schema import Ranking
from digest.errors import PluginError
from digest.stories.cluster import stories
from digest.stories.rank import Context, ranked, weights_of
from tests.stories.news import FILLER, NOW, QUAKE, article, newsletter

QUAKES = [
    article(1 + at, *text, outlet=outlet, own=at == 0)
    for at, (text, outlet) in enumerate(zip(QUAKE, ("Herald", "Globe", "Tribune"), strict=True))
]
ALONE = [article(11 + at, title) for at, title in enumerate(FILLER)]


def test_a_story_that_three_outlets_tell_comes_first() -> None:
    first, *_ = ranked(stories([*QUAKES, *ALONE]), Context(now=NOW, newsletter=newsletter()))
    assert first.story.lead.id == 1
    assert any(reason.text.startswith("two other outlets tell it") for reason in first.reasons)


def test_the_score_is_the_sum_of_its_reasons() -> None:
    for each in ranked(stories([*QUAKES, *ALONE]), Context(now=NOW, newsletter=newsletter())):
        assert each.score == pytest.approx(sum(reason.points for reason in each.reasons))
        assert [abs(reason.points) for reason in each.reasons] == sorted(
            (abs(reason.points) for reason in each.reasons), reverse=True
        )


def test_a_weight_of_0_switches_a_signal_off() -> None:
    quiet = newsletter(ranking=Ranking(weights={"headline": 0}))
    reasons = ranked(stories(QUAKES), Context(now=NOW, newsletter=quiet))[0].reasons
    assert "headline" not in {reason.signal for reason in reasons}


def test_an_unknown_signal_is_named_with_those_there_are() -> None:
    with pytest.raises(PluginError, match=r"'astrology'.*asks.*freshness"):
        weights_of({"astrology": 1})


def test_ties_go_to_the_newer_then_by_headline_whatever_number_an_article_came_in_with() -> None:
    twins = [article(number, title) for number, title in ((7, FILLER[0]), (3, FILLER[1]), (5, FILLER[2]))]
    context = Context(now=NOW, newsletter=newsletter(ranking=Ranking(weights={"headline": 0})))
    assert [each.story.lead.id for each in ranked(stories(twins), context)] == [7, 3, 5]


def test_the_same_input_gives_the_same_order() -> None:
    context = Context(now=NOW, newsletter=newsletter())
    assert ranked(stories([*QUAKES, *ALONE]), context) == ranked(stories([*ALONE, *QUAKES]), context)
