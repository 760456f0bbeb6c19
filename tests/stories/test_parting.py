"""A story that turns out to be two: its halves, and that nothing is lost when they part."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import numpy as np
import pytest

from digest.model import Article, Story
from digest.stories.cluster import Clusters, Settings, stories
from digest.stories.likeness import Mix, Vocabulary
from digest.stories.split import halves, likenesses
from tests.stories.news import article

VAGUE = ("Strong quake shakes coast, tsunami alert", "Quake shakes coast, tsunami alert lifted")
CHILE = (
    "Chile quake: Iquique families back home after tsunami alert",
    "Iquique counts damage after Chile quake, president Boric arrives",
    "Boric in Iquique: Chile to rebuild after quake",
    "Chile quake damage in Iquique at two billion pesos, says Boric",
)
SUMATRA = (
    "Sumatra quake: Padang families back home after tsunami alert",
    "Padang counts damage after Sumatra quake, president Prabowo arrives",
    "Prabowo in Padang: Sumatra to rebuild after quake",
    "Sumatra quake damage in Padang at two trillion rupiah, says Prabowo",
)
EAGER = Settings(  # by these, what was vague at first runs together; the shipped ones may change
    mix=Mix(title=2.0, body=0.5, gram_share=0.4), join=0.15, breadth=0.4, tightness=1.2, length=0.3, part=1.0
)


def two_quakes() -> list[Article]:
    """Return two events that look alike, told in turn; the first reports do not say where."""
    titles = [*VAGUE, *(title for pair in zip(CHILE, SUMATRA, strict=True) for title in pair)]
    return [
        article(at, title, outlet=f"Paper {at}", old=timedelta(minutes=600 - at))
        for at, title in enumerate(titles)
    ]


def ids(found: Iterable[Story]) -> set[frozenset[int]]:
    return {frozenset(one.id for one in story.articles) for story in found}


def test_two_events_that_ran_together_part_once_they_can_be_told_apart() -> None:
    made = two_quakes()
    chile, sumatra = ({one.id for one in made[first::2]} for first in (4, 5))  # what came later
    whole = ids(stories(made, settings=replace(EAGER, part=0.0)))
    assert any(chile | sumatra <= one for one in whole), "else this shows nothing"
    parted = ids(stories(made, settings=EAGER))
    assert any(chile <= one for one in parted)
    assert not any(one & chile and one & sumatra for one in parted)


def test_an_editors_pair_holds_a_story_together() -> None:
    made = two_quakes()
    pair = (4, 5)  # of which one is about Chile, and one about Sumatra
    parted = ids(stories(made, must=[pair], settings=EAGER))
    assert any(set(pair) <= one for one in parted)


@pytest.mark.parametrize("seed", range(6))
def test_however_often_stories_join_and_part_each_article_is_in_one(seed: int) -> None:
    chance = random.Random(seed)
    words = [f"word{n}" for n in range(30)]
    made = [
        article(
            at,
            " ".join(chance.sample(words, 6)),
            outlet=f"Paper {chance.randrange(9)}",
            old=timedelta(hours=chance.random() * 90),
        )
        for at in range(150)
    ]
    must = [tuple(sorted(chance.sample(range(150), 2))) for _ in range(8)]
    settings = Settings(join=0.12, part=1.3, least=1, asked=2, growth=1.05)
    clusters = Clusters(settings, must=must)  # type: ignore[arg-type]
    for one in made:
        clusters.add(one)
        there = [each.id for group in clusters.groups() for each in group]
        assert sorted(there) == list(range(one.id + 1))
    found = [{each.id for each in group} for group in clusters.groups()]
    assert all(any(set(pair) <= one for one in found) for pair in must)


def test_the_halves_are_those_that_are_most_alike_within() -> None:
    vocabulary = Vocabulary()
    made = two_quakes()[2:]
    counts = [vocabulary.counts(one) for one in made]
    for one in counts:
        vocabulary.learn(one.ids)
    alike = likenesses([vocabulary.bag(one) for one in counts])
    assert np.allclose(alike, alike.T)
    found = halves(alike)
    assert found is not None
    assert sorted(map(sorted, found)) == [[0, 2, 4, 6], [1, 3, 5, 7]]
    within = [alike[a, b] for half in found for a, b in combinations(half, 2)]
    between = [alike[a, b] for a in found[0] for b in found[1]]
    assert np.mean(within) > np.mean(between)


def test_two_articles_are_two_halves() -> None:
    found = halves(np.array([[1.0, 0.3], [0.3, 1.0]]))
    assert found is None or sorted(map(len, found)) == [1, 1]
