"""How much other outlets report on what an own article tells: a soft count that no bar decides.

Clusters answer whether two articles tell one event; the echo also hears the reactions and neighbouring stories by
which other outlets show what they think matters. For each other outlet it is the root of the sum of the article's
likeness to that outlet's headlines of the last day, the older the less: a second report of the same outlet adds
less than the first one of another. What was out an hour before the article was counts less: it led to our report
rather than took it up.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from digest.model import Article, Role
from digest.stories.likeness import Counts, Table, Vocabulary

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

HEARD = timedelta(hours=24)  # what is older says nothing about today
HALF_LIFE = timedelta(hours=12)
LEAD_TIME = timedelta(hours=1)  # what others published longer than this before the article
EARLIER = 0.7  # counts so much


def echoes(
    articles: Sequence[Article], counts: Sequence[Counts], vocabulary: Vocabulary, now: datetime
) -> dict[int, float]:
    """Return the echo of each own article at *now*, by id; *counts* are the articles' terms, in the same order.

    One report with the article's very words that another outlet has just published makes 1.
    """
    own = [at for at, article in enumerate(articles) if article.role is Role.OWN]
    if not own:
        return {}
    ours = _Terms.of(
        vocabulary.table([counts[at] for at in own]), [articles[at].published - LEAD_TIME for at in own]
    )
    outlets = np.array([articles[at].outlet for at in own], dtype=object)
    of_outlet: defaultdict[str, list[int]] = defaultdict(list)
    for at, article in enumerate(articles):
        if now - HEARD < article.published <= now:
            of_outlet[article.outlet].append(at)
    heard: Numbers = np.zeros(len(own))
    for outlet in sorted(of_outlet):
        others = outlets != outlet
        if others.any():
            there = of_outlet[outlet]
            headlines = [_headline(articles[at], counts[at], vocabulary) for at in there]
            said = _Said.of([articles[at] for at in there], vocabulary.table(headlines), now)
            likeness = said.to(ours, len(own), len(vocabulary.numbers))
            heard[others] += np.sqrt(np.maximum(0.0, likeness[others]))
    return {articles[at].id: float(value) for at, value in zip(own, heard, strict=True)}


def _headline(article: Article, counts: Counts, vocabulary: Vocabulary) -> Counts:
    """Return the terms of the headline alone: every long text is a little like every other one."""
    if not article.dek and not article.body:
        return counts
    return vocabulary.counts(replace(article, dek="", body=""))


class _Terms:
    """The terms of the own articles in one row: whose, which, how heavy, and from when reports count in full."""

    def __init__(self, rows: Places, ids: Places, weights: Numbers, since: Numbers) -> None:
        self.rows, self.ids, self.weights, self.since = rows, ids, weights, since

    @classmethod
    def of(cls, table: Table, since: Sequence[datetime]) -> "_Terms":
        moments = np.array([moment.timestamp() for moment in since])
        return cls(
            table.rows, table.ids.astype(np.int64), table.weights.astype(np.float64), moments[table.rows]
        )


class _Said:
    """What one outlet said, term by term in order of time, each with what it still weighs at the moment."""

    def __init__(self, ids: Places, at: Numbers, weights: Numbers) -> None:
        order = np.lexsort((at, ids))
        self.ids, self.at, self.weights = ids[order], at[order], weights[order]

    @classmethod
    def of(cls, articles: Sequence[Article], table: Table, now: datetime) -> "_Said":
        left = np.array([2.0 ** -((now - article.published) / HALF_LIFE) for article in articles])
        at = np.array([article.published.timestamp() for article in articles])
        weights = (table.weights * left[table.rows]).astype(np.float64)
        return cls(table.ids.astype(np.int64), at[table.rows], weights)

    def to(self, ours: _Terms, count: int, room: int) -> Numbers:
        """Return the likeness of each of *count* own articles to what was said, *room* terms being known."""
        full = np.bincount(self.ids, self.weights, minlength=room)
        known = np.flatnonzero(full[ours.ids])
        terms = ours.ids[known]
        weights = full[terms] - (1.0 - EARLIER) * self._before(terms, ours.since[known])
        likeness = np.bincount(ours.rows[known], ours.weights[known] * weights, minlength=count)
        return likeness.astype(np.float64)

    def _before(self, terms: Places, since: Numbers) -> Numbers:
        """Return for each of *terms* what was said of it up to the moment in *since* at its place."""
        moments = np.unique(self.at)
        step = len(moments) + 1
        sums = np.concatenate([[0.0], np.cumsum(self.weights)])
        keys = self.ids * step + np.searchsorted(moments, self.at, side="right")
        upto = np.searchsorted(
            keys, terms * step + np.searchsorted(moments, since, side="right"), side="right"
        )
        first = np.searchsorted(self.ids, terms)
        before: Numbers = sums[upto] - sums[first]
        return before
