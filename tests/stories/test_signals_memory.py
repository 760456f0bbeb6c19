"""Signals about the newsroom's own wishes and about what readers had already, and how fast a story grows."""

from datetime import date, timedelta

import pytest

from digest import plugins
from digest.config.schema import Ranking
from digest.model import Appearance, Role, Story
from digest.stories import signals
from digest.stories.cluster import stories, story
from digest.stories.context import Context
from digest.stories.rank import ranked
from tests.stories.news import FILLER, HARBOUR, NOW, QUAKE, article, newsletter

DAY = timedelta(days=1)


def score(name: str, told: Story, context: Context) -> tuple[float, str]:
    return plugins.load(signals, name).score(told, context)


def plain(**ranking: object) -> Context:
    return Context(now=NOW, newsletter=newsletter(ranking=Ranking(**ranking)))


def carried(number: int, title: str, days: int = 1) -> Appearance:
    return Appearance(number, 1, title, date(2026, 3, 4) - days * DAY, NOW - days * DAY)


@pytest.mark.parametrize(
    ("title", "place"),
    [
        ("Harbour's cranes stand still", "harbour"),
        ("Fire at the Town Hall", "town hall"),
        ("הרכבת לירושלים מתעכבת", "ירושלים"),
        ("حريق في القدس", "القدس"),
        ("東京都で地震", "東京"),
    ],
)
def test_a_place_is_known_in_any_of_its_forms(title: str, place: str) -> None:
    assert score("local", story([article(1, title)]), plain(local=(place,))) == (1.0, f"names {place}")


def test_half_a_place_is_no_place() -> None:
    away = story([article(1, "Hall of fame opens in a small town")])
    assert score("local", away, plain(local=("town hall", "fa"))) == (0.0, "")


def test_a_place_in_the_dek_counts_less_than_one_in_the_headline() -> None:
    below = story([article(1, "Cranes stand still", "Nobody works at the harbour.")])
    value, text = score("local", below, plain(local=("harbour",)))
    assert 0.0 < value < 1.0
    assert text == "names harbour"


def test_a_source_that_is_trusted_less_says_so() -> None:
    one = story([article(1, FILLER[0])])
    context = Context(now=NOW, newsletter=newsletter(), trust={"herald": 0.4})
    assert score("trust", one, context) == (pytest.approx(-0.6), "from a source trusted 40%")
    assert score("trust", one, plain()) == (0.0, "")


def test_a_story_is_half_as_new_for_each_edition_that_had_it() -> None:
    context = Context(
        now=NOW,
        newsletter=newsletter(),
        carried={7: carried(7, "Rail fares to rise by four per cent", 1), 8: carried(8, FILLER[1], 2)},
    )
    assert score("novelty", story([article(1, FILLER[1])]), context) == (
        0.25,
        "two earlier editions had this story",
    )
    assert score("novelty", story([article(1, FILLER[0])]), context) == (
        1.0,
        "no earlier edition had this story",
    )


def test_a_story_keeps_its_thread_across_days() -> None:
    old = article(1, *HARBOUR[0], old=timedelta(hours=30))
    new = article(2, *HARBOUR[1])
    context = Context(now=NOW, newsletter=newsletter(), carried={1: carried(1, HARBOUR[0][0])})
    (found,) = stories([new], before=[old])
    assert (found.articles, found.thread) == ((new,), (old,))
    assert score("followup", found, context) == (1.0, f"follows “{HARBOUR[0][0]}” of 3 March")


def test_what_was_carried_is_no_story_of_today_and_no_echo() -> None:
    old = article(1, *HARBOUR[0], outlet="Globe", old=timedelta(hours=30))
    assert stories([], before=[old]) == []
    (alone,) = stories([article(2, *HARBOUR[1])], before=[old])
    assert alone.echo == 0.0


def test_a_parting_holds_across_days() -> None:
    old, new = article(1, *HARBOUR[0], old=timedelta(hours=30)), article(2, *HARBOUR[1])
    (found,) = stories([new], before=[old], cannot=[(1, 2)])
    assert found.thread == ()


@pytest.mark.parametrize(
    ("name", "wish"), [("section", {"sections": {"sport": 1}}), ("address", {"urls": {"/1": 1}})]
)
def test_house_style_is_off_until_it_is_asked_for(name: str, wish: dict[str, object]) -> None:
    assert plugins.load(signals, name).DEFAULT_WEIGHT == 0.0
    told = [story([article(2, FILLER[0], old=timedelta(0))]), story([article(1, FILLER[1], section="sport")])]
    asked = Context(now=NOW, newsletter=newsletter(ranking=Ranking(weights={"headline": 0, name: 1}, **wish)))
    off = {"headline": 0}
    assert ranked(told, plain(weights=off, **wish))[0].story.lead.id == 2
    assert ranked(told, asked)[0].story.lead.id == 1
    assert ranked(told, asked)[0].reasons[0].text.startswith("house style")


def test_where_everybody_is_mailed_a_question_does_not_lead_the_news() -> None:
    told = [
        article(1, "Will the harbour bridge ban hurt hauliers?", outlet="Globe", place=0),
        article(2, *HARBOUR[0], outlet="Herald", place=5),
    ]
    assert story(told).lead.id == 2
    assert all(one.role is Role.OWN for one in told)


def test_two_outlets_echo_more_than_one_that_says_it_twice() -> None:
    def echo(*outlets: str) -> float:
        others = [article(2 + at, *HARBOUR[1], outlet=outlet, own=False) for at, outlet in enumerate(outlets)]
        fillers = [article(30 + at, title) for at, title in enumerate(FILLER)]
        found = stories([article(1, *HARBOUR[0]), *others, *fillers])
        return next(each.echo for each in found if each.lead.id == 1)

    assert echo("Globe", "Tribune") > echo("Globe", "Globe") > echo("Globe") > 0.0


def test_what_nobody_else_reports_has_no_echo() -> None:
    own = [article(1 + at, title) for at, title in enumerate(FILLER)]
    quake = [article(20 + at, *QUAKE[at], outlet=f"Paper {at}", own=False) for at in range(3)]
    found = stories([article(40, *QUAKE[0]), *own, *quake])
    echoes = {each.lead.id: each.echo for each in found if each.lead.role is Role.OWN}
    assert max(echoes, key=lambda number: echoes[number]) == 40
    loud = echoes.pop(40)
    assert all(value < loud / 3 for value in echoes.values())
    assert 0.0 in echoes.values()
