"""How alike articles are: weighted bags of words and character n-grams, and the cosine between bags.

Words meet whole (names, figures), n-grams meet across endings and compounds; each half of a bag has its own
length, so a long text does not drown a headline. A term weighs more the fewer *stories* it is in: a name
that stands in fifty reports of one event is rare all the same. Nothing is downloaded, nothing is trained.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from digest.model import Article
from digest.stories import genre, tokens

Ids = NDArray[np.int32]
Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Mix:
    """What the parts of an article count in its bag; one setting for every kind of news."""

    title: float = 2.25
    dek: float = 1.0
    body: float = 0.55
    body_chars: int = 450
    gram: int = 4
    gram_share: float = 0.3
    rarity: float = 1.0  # 1 is the usual inverse document frequency, 0 none
    background: float = 100.0  # stories without the term that a small day is thought to be part of
    expected: float = 0.5  # how far the day's articles count beforehand for how rare a term is,
    damping: float = 0.35  # and how little many of them count more than one: they may all be of one story


@dataclass(frozen=True, slots=True)
class Bag:
    """Terms by number, ascending, each with a weight."""

    ids: Ids
    weights: Weights

    def dot(self, other: "Bag") -> float:
        """Return the sum of products over the terms that both have."""
        if len(self.ids) > len(other.ids):
            return other.dot(self)
        if not len(self.ids):
            return 0.0
        at = other.ids.searchsorted(self.ids)
        at[at == len(other.ids)] = 0
        return float(np.dot(self.weights * (other.ids[at] == self.ids), other.weights[at]))

    def plus(self, other: "Bag") -> "Bag":
        """Return the sum of two bags."""
        return total([self, other])

    def shared(self, other: "Bag") -> Ids:
        """Return the terms that both have."""
        return np.intersect1d(self.ids, other.ids, assume_unique=True)


def total(bags: Sequence[Bag]) -> Bag:
    """Return the sum of *bags*."""
    ids, where = np.unique(np.concatenate([bag.ids for bag in bags]), return_inverse=True)
    weights = np.bincount(where, np.concatenate([bag.weights for bag in bags]), minlength=len(ids))
    return Bag(ids, weights.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each term stands in an article, by its place; the first *words* of them are no n-grams."""

    ids: Ids
    often: Weights
    words: int


@dataclass(frozen=True, slots=True)
class Table:
    """The terms of many articles in one row: of which article each is, its number, and its weight there."""

    rows: NDArray[np.int64]
    ids: Ids
    weights: Weights


@dataclass(slots=True)
class Vocabulary:
    """The number of each term, and in how many stories it stands."""

    mix: Mix = field(default_factory=Mix)
    numbers: dict[str, int] = field(default_factory=dict)
    grams: dict[str, list[int]] = field(default_factory=dict)  # the numbers of each word's n-grams
    seen: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1024))
    stories: int = 0

    def counts(self, article: Article) -> Counts:
        """Return the terms of *article*; new terms get a number."""
        words: defaultdict[str, float] = defaultdict(float)
        for text, weight in self._parts(article):
            for word, often in Counter(tokens.words(text)).items():
                words[word] += weight * often
        grams: defaultdict[int, float] = defaultdict(float)
        for word, weight in words.items():
            for gram in self._grams_of(word):
                grams[gram] += weight
        often_all = np.array([*words.values(), *grams.values()], dtype=np.float32)
        return Counts(np.array([*self._numbered(words), *grams], dtype=np.int32), often_all, len(words))

    def _grams_of(self, word: str) -> Sequence[int]:
        found = self.grams.get(word)
        if found is None:
            grams = tokens.grams(word, self.mix.gram)
            found = self.grams[word] = self._numbered([f"#{gram}" for gram in grams])
        return found

    def _parts(self, article: Article) -> Iterable[tuple[str, float]]:
        body = article.body
        if body.startswith(article.dek) and len(body) < len(article.dek) + 40:
            body = ""  # the dek again
        title = genre.event_words(article.title)
        return (
            (title if title or article.dek or body else article.title, self.mix.title),
            (article.dek, self.mix.dek),
            (body[: self.mix.body_chars], self.mix.body),
        )

    def _numbered(self, terms: Iterable[str]) -> list[int]:
        numbers = self.numbers
        found = [numbers.setdefault(term, len(numbers)) for term in terms]
        if len(numbers) > len(self.seen):
            self.seen = np.concatenate([self.seen, np.zeros(len(numbers))])
        return found

    def learn(self, ids: Ids, times: float = 1.0) -> None:
        """Count one story with the terms *ids*; with -1, count one less."""
        self.seen[ids] += times
        self.stories += int(times)

    def expect(self, counts: Sequence[Counts]) -> None:
        """Count beforehand what is to come, so that the day's first articles are weighed like its last ones."""
        if not counts:
            return
        often = np.bincount(np.concatenate([each.ids for each in counts]), minlength=len(self.seen))
        self.seen += self.mix.expected * np.where(often > 0, np.maximum(often, 1.0) ** self.mix.damping, 0.0)

    def bag(self, counts: Counts) -> Bag:
        """Return the weights of an article's terms; the cosine of two bags is their dot product."""
        weights = self._heavy(counts.ids, counts.often)
        for half, share in (
            (slice(0, counts.words), 1.0 - self.mix.gram_share),
            (slice(counts.words, None), self.mix.gram_share),
        ):
            length = float(np.sqrt(weights[half] @ weights[half]))
            weights[half] *= np.sqrt(share) / (length or 1.0)
        order = np.argsort(counts.ids)
        return Bag(counts.ids[order], weights[order].astype(np.float32))

    def table(self, counts: Sequence[Counts]) -> Table:
        """Return the weights of many articles' terms at once, as `bag` has them; *counts* is not empty."""
        sizes = np.array([len(each.ids) for each in counts])
        words = np.array([each.words for each in counts])
        ids = np.concatenate([each.ids for each in counts])
        weights = self._heavy(ids, np.concatenate([each.often for each in counts]))
        rows = np.repeat(np.arange(len(counts)), sizes)
        grams = np.arange(len(ids)) >= np.repeat(np.cumsum(sizes) - sizes + words, sizes)
        halves = 2 * rows + grams
        lengths = np.sqrt(np.bincount(halves, weights**2, minlength=2 * len(counts)))
        lengths[lengths == 0.0] = 1.0
        share = np.sqrt(np.where(grams, self.mix.gram_share, 1.0 - self.mix.gram_share))
        return Table(rows, ids, (weights * share / lengths[halves]).astype(np.float32))

    def _heavy(self, ids: Ids, often: Weights) -> NDArray[np.float64]:
        """Return how heavy terms are before an article's length is taken out: by how often, and how rare they are."""
        rarity = np.log((self.stories + self.mix.background) / (self.seen[ids] + 0.5))
        weighed = np.where(often > 1, 1 + np.log(np.maximum(often, 1)), often)
        heavy: NDArray[np.float64] = weighed * np.maximum(rarity, 1e-6) ** self.mix.rarity
        return heavy
