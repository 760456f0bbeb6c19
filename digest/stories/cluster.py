"""Which articles tell the same story, decided as they come in.

Each article joins the story that it is most like on average (average link: one similar article is not
enough, so a chain of half-alike articles does not run together), or starts one. After it joined, its story
may join another one by the same rule. Nothing is computed again for the day: what an article costs depends
on how many earlier articles share its words.

An editor's pairs always win: articles that must go together do, articles that must not never do.
"""

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from digest.model import Article, Role, Story
from digest.stories.likeness import Mix, Terms, Vocabulary, counts

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Settings:
    """The one setting for every newsletter; measured by `make bench-news`."""

    mix: Mix = field(default_factory=Mix)
    join: float = 0.22
    tightness: float = 0.5
    half_life: timedelta = timedelta(days=3)
    common: int = 3000  # a term in more articles than this finds nobody any more


DEFAULT = Settings()


@dataclass(slots=True)
class _Postings:
    articles: "array[int]" = field(default_factory=lambda: array("i"))
    weights: "array[float]" = field(default_factory=lambda: array("f"))


class Clusters:
    """The stories so far. `add` puts one article into one, `groups` tells which articles are together."""

    def __init__(
        self, settings: Settings = DEFAULT, *, must: Collection[Pair] = (), cannot: Collection[Pair] = ()
    ):
        self.settings = settings
        self.vocabulary = Vocabulary(settings.mix)
        self._articles: list[Article] = []
        self._labels = np.zeros(64, dtype=np.int64)
        self._hours = np.zeros(64)
        self._postings: defaultdict[str, _Postings] = defaultdict(_Postings)
        self._members: dict[int, list[int]] = {}
        self._within: dict[int, float] = {}  # the sum of likeness over a story's pairs, itself included
        self._links: dict[int, dict[int, float]] = {}  # the sum of likeness between two stories
        self._place: dict[int, int] = {}
        self._must, self._cannot = constraints(must, cannot)

    def add(self, article: Article, terms: Terms | None = None) -> None:
        """Put *article* into the story it belongs to, or start one."""
        if terms is None:
            terms = counts(article, self.settings.mix)
            self.vocabulary.learn(terms)
        bag = self.vocabulary.bag(terms)
        likeness = self._likeness(bag, article)
        label = self._append(article, bag)
        self._link(label, likeness)
        self._settle(label)

    def groups(self) -> list[list[Article]]:
        """Return the articles of each story, both in the order in which they came."""
        return [
            [self._articles[at] for at in sorted(members)] for _, members in sorted(self._members.items())
        ]

    def _likeness(self, bag: dict[str, float], article: Article) -> NDArray[np.float64]:
        """Return how alike *article* is to each earlier one, faded by the time between them."""
        count = len(self._articles)
        found, weights = [], []
        for term, weight in bag.items():
            posting = self._postings.get(term)
            if posting is not None and len(posting.articles) <= self.settings.common:
                found.append(np.array(posting.articles, dtype=np.int32))
                weights.append(np.array(posting.weights, dtype=np.float32) * weight)
        if not found:
            return np.zeros(count)
        likeness: NDArray[np.float64] = np.zeros(count)
        likeness += np.bincount(np.concatenate(found), np.concatenate(weights), minlength=count)
        apart = np.abs(self._hours[:count] - _hours(article))
        likeness *= np.exp2(-apart / (self.settings.half_life.total_seconds() / 3600))
        return likeness

    def _append(self, article: Article, bag: dict[str, float]) -> int:
        at = len(self._articles)
        if at == len(self._labels):
            self._labels = np.resize(self._labels, at * 2)
            self._hours = np.resize(self._hours, at * 2)
        self._articles.append(article)
        self._labels[at] = at
        self._hours[at] = _hours(article)
        self._members[at] = [at]
        self._within[at] = 1.0
        self._links[at] = {}
        self._place[article.id] = at
        for term, weight in bag.items():
            posting = self._postings[term]
            posting.articles.append(at)
            posting.weights.append(weight)
        return at

    def _link(self, label: int, likeness: NDArray[np.float64]) -> None:
        """Note how alike the story *label* (one article yet) is to each other story."""
        if not len(likeness):
            return
        sums = np.bincount(self._labels[: len(likeness)], likeness, minlength=1)
        for other in np.flatnonzero(sums > 0.02).tolist():
            self._links[label][other] = self._links[other][label] = float(sums[other])

    def _settle(self, label: int) -> None:
        """Join the story *label* with the one most like it, and again, until none is near enough."""
        article = self._articles[label]
        for other_id in sorted(self._must.get(article.id, ())):
            at = self._place.get(other_id)
            if at is not None and self._labels[at] != label:
                label = self._join(label, int(self._labels[at]))
        while True:
            best, score = -1, self.settings.join
            for other in sorted(self._links[label]):
                value = self._score(label, other)
                if value >= score and (value > score or best < 0) and self._may_join(label, other):
                    best, score = other, value
            if best < 0:
                return
            label = self._join(label, best)

    def _score(self, one: int, other: int) -> float:
        """Return the average likeness between two stories, relative to how tight they are themselves."""
        size_one, size_other = len(self._members[one]), len(self._members[other])
        average = self._links[one][other] / (size_one * size_other)
        within = (self._within[one] / size_one**2) * (self._within[other] / size_other**2)
        return float(average / within ** (self.settings.tightness / 2))

    def _may_join(self, one: int, other: int) -> bool:
        if not self._cannot:
            return True
        ids = {self._articles[at].id for at in self._members[other]}
        return not any(
            self._cannot.get(self._articles[at].id, frozenset()) & ids for at in self._members[one]
        )

    def _join(self, one: int, other: int) -> int:
        """Make one story of two, under the older label; return that label."""
        keep, gone = min(one, other), max(one, other)
        between = self._links[keep].pop(gone, 0.0)
        links = self._links.pop(gone)
        links.pop(keep, None)
        for third, value in links.items():
            del self._links[third][gone]
            total = self._links[keep].get(third, 0.0) + value
            self._links[keep][third] = self._links[third][keep] = total
        self._within[keep] += self._within.pop(gone) + 2 * between
        moved = self._members.pop(gone)
        self._members[keep] += moved
        self._labels[moved] = keep
        return keep


def _hours(article: Article) -> float:
    return article.published.timestamp() / 3600


def constraints(
    must: Iterable[Pair], cannot: Iterable[Pair]
) -> tuple[dict[int, frozenset[int]], dict[int, frozenset[int]]]:
    """Return for each article those it must be with, and those it must not; a parting beats a join.

    What must be together is parted together: with must (2, 3) and cannot (1, 3), 1 and 2 are parted, too.
    """
    parted = {(min(pair), max(pair)) for pair in cannot}
    bundle: dict[int, frozenset[int]] = {}
    for one, other in sorted((min(pair), max(pair)) for pair in must):
        left, right = bundle.get(one, frozenset({one})), bundle.get(other, frozenset({other}))
        if not any((min(a, b), max(a, b)) in parted for a in left for b in right):
            bundle |= dict.fromkeys(left | right, left | right)
    apart: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in parted:
        left, right = bundle.get(one, frozenset({one})), bundle.get(other, frozenset({other}))
        for article in left:
            apart[article] |= right
        for article in right:
            apart[article] |= left
    return bundle, {article: frozenset(others) for article, others in apart.items()}


def stories(
    articles: Sequence[Article],
    *,
    must: Collection[Pair] = (),
    cannot: Collection[Pair] = (),
    settings: Settings = DEFAULT,
) -> list[Story]:
    """Return the stories that *articles* tell, the one that began first first.

    *must* and *cannot* are pairs of article ids that an editor joined or parted. A story's lead is an own
    article wherever there is one; a story of witnesses alone is kept, for what it says about the others.
    """
    clusters = Clusters(settings, must=must, cannot=cannot)
    ordered = sorted(articles, key=lambda article: (article.published, article.id))
    terms = [counts(article, settings.mix) for article in ordered]
    for each in terms:
        clusters.vocabulary.learn(each)
    for article, each in zip(ordered, terms, strict=True):
        clusters.add(article, each)
    return [story(group) for group in clusters.groups()]


def story(articles: Sequence[Article]) -> Story:
    """Return the story that *articles* tell, in order of publication, with its lead chosen."""
    ordered = sorted(articles, key=lambda article: (article.published, article.id))
    return Story(lead=min(ordered, key=_leads), articles=tuple(ordered))


def _leads(article: Article) -> tuple[bool, int, bool, float, int]:
    """Own before witness, then the place its own outlet gave it, then with a picture, then the newest."""
    place = min((sighting.position for sighting in article.sightings), default=10_000)
    return (
        article.role is not Role.OWN,
        place,
        article.picture is None,
        -article.published.timestamp(),
        article.id,
    )
