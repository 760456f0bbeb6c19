"""How much of a day's reporting elsewhere is like an article: a soft count that no single bar decides.

Clusters answer whether two articles tell one event; the echo also hears the explainers, reactions and
neighbouring stories by which other outlets show what they think matters. For each other outlet it is the sum
of the article's likeness to that outlet's articles, less what an article of the day gets there anyhow (its
floor: long texts are a little like everything). A further article of the same outlet adds less than the one
before, so the echo grows with the number of outlets rather than with how much one of them publishes.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.model import Article, Role
from digest.stories.likeness import Bag, Counts, Vocabulary

Sums = NDArray[np.float64]

SATURATION = 0.75  # the power by which an outlet's share grows with its articles; 1 would count each in full


def echoes(articles: Sequence[Article], counts: Sequence[Counts], vocabulary: Vocabulary) -> dict[int, float]:
    """Return the echo of each own article, by id; *counts* are the articles' terms, in the same order."""
    bags = [vocabulary.bag(each) for each in counts]
    own = [at for at, article in enumerate(articles) if article.role is Role.OWN]
    of_outlet: defaultdict[str, list[Bag]] = defaultdict(list)
    for article, bag in zip(articles, bags, strict=True):
        of_outlet[article.outlet].append(bag)
    ids = np.concatenate([bags[at].ids for at in own] or [np.zeros(0, dtype=np.int32)])
    weights = np.concatenate([bags[at].weights for at in own] or [np.zeros(0, dtype=np.float32)])
    rows = np.repeat(np.arange(len(own)), [len(bags[at].ids) for at in own])
    outlets = np.array([articles[at].outlet for at in own], dtype=object)
    heard: Sums = np.zeros(len(own))
    for outlet in sorted(of_outlet):
        others = outlets != outlet
        if others.any():
            said = _sum(of_outlet[outlet], len(vocabulary.numbers))
            likeness = np.bincount(rows, weights * said[ids], minlength=len(own))
            heard[others] += _above_floor(likeness[others])
    return {articles[at].id: float(value) for at, value in zip(own, heard, strict=True)}


def _above_floor(likeness: Sums) -> Sums:
    """Return what each likeness has over the usual one, saturating; nothing is usual where there is but one."""
    floor = float(np.median(likeness)) if len(likeness) > 1 else 0.0
    above: Sums = np.maximum(0.0, likeness - floor) ** SATURATION
    return above


def _sum(bags: Sequence[Bag], room: int) -> Sums:
    ids = np.concatenate([bag.ids for bag in bags])
    weights = np.concatenate([bag.weights for bag in bags])
    said: Sums = np.bincount(ids, weights, minlength=room).astype(np.float64)
    return said
