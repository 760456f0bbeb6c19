"""How alike two articles are: a weighted bag of words and character n-grams, and the cosine between bags.

Words meet whole (names, figures), n-grams meet across endings and compounds; each half of the bag has
length one before the two are mixed, so a long text does not drown a headline. Rare terms weigh more
(inverse document frequency over the articles learned so far). Nothing is downloaded, nothing is trained.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from digest.model import Article
from digest.stories import tokens


@dataclass(frozen=True, slots=True)
class Mix:
    """What the parts of an article count in its bag; one setting for every kind of news."""

    title: float = 2.0
    dek: float = 1.0
    body: float = 0.5
    body_chars: int = 600
    gram: int = 4
    gram_share: float = 0.5
    name: float = 1.3
    number: float = 1.0
    idf: float = 1.0
    background: float = 100.0  # articles without the term that a small day is thought to be part of


Terms = tuple[Mapping[str, float], Mapping[str, float]]


def counts(article: Article, mix: Mix) -> Terms:
    """Return how often each word and each n-gram stands in *article*, weighted by its place."""
    words: dict[str, float] = defaultdict(float)
    grams: dict[str, float] = defaultdict(float)
    body = (
        ""
        if article.body.startswith(article.dek) and len(article.body) < len(article.dek) + 40
        else article.body
    )
    for text, weight in (
        (article.title, mix.title),
        (article.dek, mix.dek),
        (body[: mix.body_chars], mix.body),
    ):
        if not text or not weight:
            continue
        for word in tokens.words(text):
            words[word] += weight
            for gram in tokens.grams(word, mix.gram):
                grams[gram] += weight
    return words, grams


@dataclass(slots=True)
class Vocabulary:
    """In how many of the articles learned so far each term stands."""

    mix: Mix = field(default_factory=Mix)
    seen: Counter[str] = field(default_factory=Counter)
    articles: int = 0

    def learn(self, terms: Terms) -> None:
        """Count one article's terms."""
        self.articles += 1
        words, grams = terms
        self.seen.update(words.keys())
        self.seen.update(f"#{gram}" for gram in grams)

    def bag(self, terms: Terms) -> dict[str, float]:
        """Return the weights of an article's terms; the cosine of two bags is the dot product."""
        words, grams = terms
        share = self.mix.gram_share
        bag = self._unit(words, 1.0 - share)
        bag.update(self._unit({f"#{gram}": count for gram, count in grams.items()}, share))
        return bag

    def _unit(self, terms: Mapping[str, float], share: float) -> dict[str, float]:
        """Weigh *terms* by rarity, and scale them so that their squares add up to *share*."""
        seen, total = self.seen, self.articles + self.mix.background
        weights = {
            term: (1.0 + math.log(count) if count > 1 else count)
            * math.log(total / (seen[term] + 0.5)) ** self.mix.idf
            if seen[term] < total
            else 0.0
            for term, count in terms.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        if not length:
            return {}
        scale = math.sqrt(share) / length
        return {term: weight * scale for term, weight in weights.items() if weight > 0}
