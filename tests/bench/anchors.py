"""Simple rankings that anybody could write in an hour: what ours has to be better than, measured beside it.

    newest      the newest first
    count       how many articles elsewhere share enough words
    grams       the sum of likenesses of more than 0.1 to headlines elsewhere, TF-IDF over character n-grams of 3 to 5
    bags        the same sum over the very bags that our stories are made of: the hardest one, for it differs from
                the product only in what the signals do

Elsewhere is every other outlet among the articles at hand.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from digest.model import Article, Role
from digest.stories.likeness import Bag, Vocabulary
from digest.stories.tokens import words

Anchor = Callable[[Sequence[Article]], dict[int, float]]


def newest(articles: Sequence[Article]) -> dict[int, float]:
    return {one.id: one.published.timestamp() for one in articles}


def count(articles: Sequence[Article]) -> dict[int, float]:
    said = [(one, frozenset(words(one.title))) for one in articles]
    return {
        one.id: float(
            sum(
                len(mine & theirs) >= 0.25 * len(mine | theirs)
                for other, theirs in said
                if other.outlet != one.outlet and theirs
            )
        )
        for one, mine in said
        if one.role is Role.OWN
    }


def grams(articles: Sequence[Article]) -> dict[int, float]:
    texts = [one.title.casefold() for one in articles]
    counts = [
        Counter(
            f" {word} "[at : at + size]
            for word in text.split()
            for size in (3, 4, 5)
            for at in range(len(word) + 3 - size)
        )
        for text in texts
    ]
    seen = Counter(gram for each in counts for gram in each)
    number = {gram: at for at, gram in enumerate(seen)}
    rarity = {gram: np.log((1 + len(texts)) / (1 + often)) + 1 for gram, often in seen.items()}
    bags = []
    for each in counts:
        weights = np.array([(1 + np.log(often)) * rarity[gram] for gram, often in each.items()])
        weights /= np.linalg.norm(weights) if len(weights) else 1.0
        bags.append(
            Bag(np.array([number[gram] for gram in each], dtype=np.int32), weights.astype(np.float32))
        )
    return _near(articles, bags)


def bags(articles: Sequence[Article]) -> dict[int, float]:
    vocabulary = Vocabulary()
    counts = [vocabulary.counts(one) for one in articles]
    for each in counts:
        vocabulary.learn(each.ids)
    return _sums(articles, [vocabulary.bag(each) for each in counts], len(vocabulary.numbers))


def _near(articles: Sequence[Article], of: Sequence[Bag], least: float = 0.1) -> dict[int, float]:
    holders: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for at, bag in enumerate(of):
        for term, weight in zip(bag.ids.tolist(), bag.weights.tolist(), strict=True):
            holders[term].append((at, weight))
    found = {}
    for one, bag in zip(articles, of, strict=True):
        if one.role is Role.OWN:
            alike: Counter[int] = Counter()
            for term, weight in zip(bag.ids.tolist(), bag.weights.tolist(), strict=True):
                for at, other in holders[term]:
                    alike[at] += weight * other
            found[one.id] = sum(
                value for at, value in alike.items() if value > least and articles[at].outlet != one.outlet
            )
    return found


def _sums(articles: Sequence[Article], of: Sequence[Bag], room: int) -> dict[int, float]:
    everywhere = np.zeros(room)
    within = {one.outlet: np.zeros(room) for one in articles if one.role is Role.OWN}
    for one, bag in zip(articles, of, strict=True):
        everywhere[bag.ids] += bag.weights
        if one.outlet in within:
            within[one.outlet][bag.ids] += bag.weights
    return {
        one.id: float(bag.weights @ (everywhere[bag.ids] - within[one.outlet][bag.ids]))
        for one, bag in zip(articles, of, strict=True)
        if one.role is Role.OWN
    }


ANCHORS: dict[str, Anchor] = {"newest": newest, "count": count, "grams": grams, "bags": bags}
