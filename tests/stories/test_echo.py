"""The echo is what its formula says, by another way of counting, and stays near zero for what nobody tells."""

from dataclasses import replace
from datetime import timedelta
from math import sqrt

import pytest

from digest.model import Article, Role
from digest.stories.echo import echoes
from digest.stories.likeness import Vocabulary
from tests.stories.news import FILLER, HARBOUR, NOW, QUAKE, article

TEXTS = [*QUAKE, *HARBOUR, *((title, "") for title in FILLER)]
ARTICLES = [
    article(
        at,
        *TEXTS[at % len(TEXTS)],
        outlet=f"Paper {at % 5}",
        own=at % 5 == 0,
        old=timedelta(minutes=97 * at % 1700),
    )
    for at in range(60)
]


def by_hand(articles: list[Article]) -> dict[int, float]:
    vocabulary = Vocabulary()
    counts = [vocabulary.counts(one) for one in articles]
    bags = {one.id: vocabulary.bag(each) for one, each in zip(articles, counts, strict=True)}
    heads = {one.id: vocabulary.bag(vocabulary.counts(replace(one, dek="", body=""))) for one in articles}
    found = {}
    for own in (one for one in articles if one.role is Role.OWN):
        sums: dict[str, float] = {}
        for other in articles:
            hours = (NOW - other.published) / timedelta(hours=1)
            if other.outlet != own.outlet and 0.0 <= hours < 24.0:
                late = 1.0 if other.published > own.published - timedelta(hours=1) else 0.7
                alike = bags[own.id].dot(heads[other.id]) * 2 ** -(hours / 12) * late
                sums[other.outlet] = sums.get(other.outlet, 0.0) + alike
        found[own.id] = sum(sqrt(each) for each in sums.values())
    return found


def test_the_echo_is_the_sum_of_roots_over_outlets_of_what_is_left_of_each_likeness() -> None:
    vocabulary = Vocabulary()
    counts = [vocabulary.counts(one) for one in ARTICLES]
    assert echoes(ARTICLES, counts, vocabulary, NOW) == pytest.approx(by_hand(ARTICLES), abs=1e-5)


def test_no_own_article_and_no_other_outlet_make_no_echo() -> None:
    vocabulary = Vocabulary()
    alone = [one for one in ARTICLES if one.role is Role.OWN]
    counts = [vocabulary.counts(one) for one in alone]
    assert set(echoes(alone, counts, vocabulary, NOW).values()) == {0.0}
    assert echoes([], [], vocabulary, NOW) == {}
