"""Which articles are one story."""

import random
from datetime import timedelta

from digest.model import Role, Story
from digest.stories.cluster import Clusters, Settings, stories
from tests.stories.news import FILLER, HARBOUR, QUAKE, article, led_by


def day(*extra: object) -> list:
    """Return a day's articles: a quake by three outlets, a bridge by two, and fillers."""
    quake = [
        article(1 + at, *text, outlet=outlet, own=outlet == "Herald")
        for at, (text, outlet) in enumerate(zip(QUAKE, ("Herald", "Globe", "Tribune"), strict=True))
    ]
    bridge = [
        article(11 + at, *text, outlet=outlet, own=outlet == "Herald")
        for at, (text, outlet) in enumerate(zip(HARBOUR, ("Globe", "Herald"), strict=True))
    ]
    return [*quake, *bridge, *(article(21 + at, title) for at, title in enumerate(FILLER)), *extra]


def ids(found: list[Story]) -> set[frozenset[int]]:
    return {frozenset(one.id for one in story.articles) for story in found}


def test_two_agencies_on_one_event_are_one_story() -> None:
    assert {frozenset({1, 2, 3}), frozenset({11, 12})} <= ids(stories(day()))


def test_fillers_stay_alone() -> None:
    assert sum(len(story.articles) == 1 for story in stories(day())) == len(FILLER)


def test_the_lead_is_an_own_article_wherever_there_is_one() -> None:
    for story in stories(day()):
        assert story.lead.role is Role.OWN or all(one.role is Role.WITNESS for one in story.articles)


def test_the_order_of_arrival_does_not_matter_for_the_same_articles() -> None:
    articles = day()
    shuffled = random.Random(7).sample(articles, len(articles))
    assert stories(articles) == stories(shuffled)


def test_a_story_of_witnesses_alone_is_kept() -> None:
    witnesses = [article(1 + at, *text, outlet=f"Globe {at}", own=False) for at, text in enumerate(QUAKE)]
    assert ids(stories(witnesses)) == {frozenset({1, 2, 3})}


def test_an_editors_join_wins_over_the_words() -> None:
    assert frozenset({21, 22}) in ids(stories(day(), must=[(22, 21)]))


def test_an_editors_parting_wins_over_the_words() -> None:
    found = ids(stories(day(), cannot=[(1, 2)]))
    assert not any({1, 2} <= story for story in found)


def test_a_parting_holds_against_a_join_of_a_third() -> None:
    found = ids(stories(day(), must=[(2, 3)], cannot=[(1, 3)]))
    assert any({2, 3} <= story for story in found)
    assert not any({1, 3} <= story for story in found)


def test_no_articles_are_no_stories() -> None:
    assert stories([]) == []


def test_one_article_is_one_story() -> None:
    assert ids(stories([article(1, "Goal")])) == {frozenset({1})}


def test_half_alike_articles_are_one_story_on_a_day_and_two_a_month_apart() -> None:
    fillers = [article(21 + at, one) for at, one in enumerate(FILLER)]
    first, second = (
        "Jobless claims fall to lowest since spring",
        "Economists expect jobless claims to rise again",
    )
    strict = Settings(join=0.25)
    assert frozenset({1, 2}) in ids(
        stories([article(1, first), article(2, second), *fillers], settings=strict)
    )
    long_ago = article(1, first, old=timedelta(days=30))
    assert frozenset({1}) in ids(stories([long_ago, article(2, second), *fillers], settings=strict))


def test_articles_that_come_one_by_one_join_what_is_there() -> None:
    clusters = Clusters()
    for one in day():
        clusters.add(one)
    groups = {frozenset(each.id for each in group) for group in clusters.groups()}
    assert frozenset({1, 2, 3}) in groups


def test_titles_without_words_stay_apart() -> None:
    assert len(stories([article(1, "…"), article(2, "—"), article(3, "")])) == 3


def test_the_lead_is_the_own_article_that_other_outlets_echo_most() -> None:
    reaction = article(5, "Readers write: where were you when the earthquake came to Chile?", outlet="Herald")
    found = next(story for story in stories(day(reaction), must=[(1, 5)]) if story.lead.id in (1, 5))
    assert found.lead.id == 1
    assert found.echo > 0
    assert {one.lead.id for one in led_by(found)} == {1, 5}


def test_every_article_of_a_long_day_is_in_exactly_one_story() -> None:
    clusters = Clusters()
    for number in range(600):
        clusters.add(article(number, f"{FILLER[number % 10]} {number} {number * 7919 % 1000}"))
    assert sum(len(group) for group in clusters.groups()) == 600


def test_a_late_report_goes_with_the_event_that_it_tells() -> None:
    fillers = [article(21 + at, one) for at, one in enumerate(FILLER)]
    old = [
        article(1 + at, *text, outlet=f"Paper {at}", old=timedelta(days=20)) for at, text in enumerate(QUAKE)
    ]
    late = article(9, QUAKE[1][0], QUAKE[0][1], outlet="Weekly")
    assert frozenset({1, 2, 3, 9}) in ids(stories([*old, late, *fillers]))


def test_two_stories_of_one_day_do_not_come_together_by_an_old_one() -> None:
    first, second = (
        "Jobless claims fall to lowest since spring",
        "Economists expect jobless claims to rise again",
    )
    fillers = [article(21 + at, one) for at, one in enumerate(FILLER)]
    today = [article(1, first), article(2, second)]
    strict = Settings(join=0.4, late=0.1)
    assert frozenset({1, 2}) not in ids(stories([*today, *fillers], settings=strict))
    between = article(3, "Jobless claims fall again, economists expect", old=timedelta(days=10))
    found = ids(stories([*today, between, *fillers], settings=strict))
    assert any(3 in each and len(each) == 2 for each in found), "the old one goes with one of them"
    assert not any({1, 2} <= each for each in found)
