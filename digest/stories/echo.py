"""How much of a day's reporting elsewhere is like an article: a soft count that no single bar decides.

Clusters answer whether two articles tell one event; the echo also hears the explainers, reactions and
neighbouring stories by which other outlets show what they think matters. It is the sum of an article's
likeness to every article of every other outlet, so one dot product with the sum of their bags. An outlet
counts by the square root of its articles: one that publishes 3,000 a day does not drown the others.
"""

from collections import Counter
from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from digest.model import Article, Role
from digest.stories.likeness import Counts, Vocabulary

Sums = NDArray[np.float64]


def echoes(articles: Sequence[Article], counts: Sequence[Counts], vocabulary: Vocabulary) -> dict[int, float]:
    """Return the echo of each own article, by id; *counts* are the articles' terms, in the same order."""
    room = len(vocabulary.numbers)
    everywhere: Sums = np.zeros(room)
    of_outlet: dict[str, Sums] = {
        article.outlet: np.zeros(room) for article in articles if article.role is Role.OWN
    }
    bags = [vocabulary.bag(each) for each in counts]
    published = Counter(article.outlet for article in articles)
    usual = sum(published.values()) / max(1, len(published))
    for article, bag in zip(articles, bags, strict=True):
        weights = bag.weights * sqrt(usual / published[article.outlet])
        everywhere[bag.ids] += weights
        if article.outlet in of_outlet:
            of_outlet[article.outlet][bag.ids] += weights
    return {
        article.id: max(0.0, float(bag.weights @ (everywhere[bag.ids] - of_outlet[article.outlet][bag.ids])))
        for article, bag in zip(articles, bags, strict=True)
        if article.role is Role.OWN
    }
