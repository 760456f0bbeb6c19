"""What this house keeps: sections and words, learnt from a record of what stood on top, strictly from the past.

For each past day an article's worth is the root of what the record gives it (minutes on top, views) less that day's
mean, in units of the spread over all days, so that minutes and views are one scale. A section keeps its mean, drawn
to nothing where it has few articles; a word keeps what a ridge regression on the rest of the day gives it. Numbers
alone do it: the same record makes the same memory.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from digest.model import Article
from digest.stories import tokens

Numbers = NDArray[np.float64]

SETTLED = timedelta(
    hours=72
)  # a day is learnt from once it is so old: its articles have had their time by then
LONGEST = 60  # days that are learnt from
NEEDED = 14  # days of record from which it is on
FEW = 20.0  # articles that a section is drawn to nothing by
PENALTY = 10.0  # of the ridge
SEEN = 3  # articles that a word stands in before it is learnt
MOST_WORDS = 20_000  # that are learnt, the most frequent ones
SECTION = 0.5  # points for a spread that a section is worth,
WORDS = 0.4  # and for one that the words are
STEPS = 200  # of the conjugate gradients; some thirty do


@dataclass(frozen=True, slots=True)
class Kept:
    """An article of the record: its words, its section, and what it was worth that day."""

    title: str
    dek: str
    section: str
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What was learnt: the worth of each section, the weight of each word, and how rare each word was.

    *days* are those that it was learnt from, *first* to *last*. What an editor switched off is in *sections_off* and
    *words_off*: it stays known and counts nothing.
    """

    days: int
    first: date
    last: date
    articles: int
    sections: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, float] = field(default_factory=dict)
    rarity: Mapping[str, float] = field(default_factory=dict)
    sections_off: frozenset[str] = frozenset()
    words_off: frozenset[str] = frozenset()

    def of_section(self, article: Article) -> float:
        """Return what the section of *article* is worth to this house, 0 for one that is unknown or switched off."""
        name = article.section or _first(article.categories)
        return 0.0 if name in self.sections_off else self.sections.get(name, 0.0)

    def of_words(self, article: Article) -> tuple[float, tuple[str, ...]]:
        """Return what the words of *article* are worth to this house, and which of them say most for it."""
        weights = _weights(article.title, article.dek, self.rarity)
        parts = {word: self.words.get(word, 0.0) * weight for word, weight in weights.items()}
        parts = {word: part for word, part in parts.items() if word not in self.words_off}
        value = sum(parts.values())
        most = sorted(parts, key=lambda word: (-parts[word] if value > 0 else parts[word], word))
        return value, tuple(word for word in most[:3] if parts[word] * value > 0)

    def worth(self, article: Article) -> float:
        """Return in points what section and words of *article* are worth to this house."""
        return SECTION * self.of_section(article) + WORDS * self.of_words(article)[0]


def learn(record: Mapping[date, Sequence[Kept]], before: date) -> Memory | None:
    """Return what the days of *record* before the day *before* teach; None where none of them gives anything.

    The last LONGEST days count.
    """
    days = {day: record[day] for day in sorted(record) if day < before and len(record[day]) > 1}
    days = dict([*days.items()][-LONGEST:])
    rows = [one for kept in days.values() for one in kept]
    worth = np.concatenate([_worth(kept) for kept in days.values()]) if rows else np.zeros(0)
    spread = float(worth.std()) if len(worth) else 0.0
    if spread <= 0.0:
        return None
    worth /= spread
    rarity = _rarity(rows)
    return Memory(
        days=len(days),
        first=min(days),
        last=max(days),
        articles=len(rows),
        sections=_sections(rows, worth),
        words=_words(rows, worth, rarity),
        rarity=rarity,
    )


def _worth(kept: Sequence[Kept]) -> Numbers:
    roots = np.sqrt(np.maximum(0.0, [one.gain for one in kept]))
    worth: Numbers = roots - roots.mean()
    return worth


def _sections(rows: Sequence[Kept], worth: Numbers) -> dict[str, float]:
    sums: defaultdict[str, float] = defaultdict(float)
    sizes = Counter(one.section for one in rows if one.section)
    for one, value in zip(rows, worth.tolist(), strict=True):
        sums[one.section] += value
    return {name: sums[name] / (size + FEW) for name, size in sorted(sizes.items())}


def _rarity(rows: Sequence[Kept]) -> dict[str, float]:
    seen = Counter(word for one in rows for word in set(tokens.words(f"{one.title} {one.dek}")))
    often = sorted((word for word in seen if seen[word] >= SEEN), key=lambda word: (-seen[word], word))
    return {word: log((1 + len(rows)) / (1 + seen[word])) + 1.0 for word in often[:MOST_WORDS]}


def _weights(title: str, dek: str, rarity: Mapping[str, float]) -> dict[str, float]:
    """Return the weight of each known word, the whole having the length 1."""
    often = Counter(word for word in tokens.words(f"{title} {dek}") if word in rarity)
    weights = {word: (1.0 + log(count)) * rarity[word] for word, count in often.items()}
    length = sqrt(sum(weight * weight for weight in weights.values()))
    return {word: weight / length for word, weight in weights.items()}


def _words(rows: Sequence[Kept], worth: Numbers, rarity: Mapping[str, float]) -> dict[str, float]:
    """Return the weights of a ridge regression of *worth* on words, by conjugate gradients: nothing dense is made."""
    number = {word: at for at, word in enumerate(rarity)}
    found = [_weights(one.title, one.dek, rarity) for one in rows]
    row = np.repeat(np.arange(len(rows)), [len(each) for each in found])
    column = np.array([number[word] for each in found for word in each], dtype=np.int64)
    weight = np.array([value for each in found for value in each.values()], dtype=np.float64)

    def down(values: Numbers) -> Numbers:
        return np.bincount(column, weight * values[row], minlength=len(number)).astype(np.float64)

    def across(values: Numbers) -> Numbers:
        return np.bincount(row, weight * values[column], minlength=len(rows)).astype(np.float64)

    fitted = np.zeros(len(number))
    rest = down(worth)
    step, size = rest.copy(), float(rest @ rest)
    enough = 1e-12 * size
    for _ in range(STEPS):
        if size <= enough:
            break
        turned = down(across(step)) + PENALTY * step
        length = size / float(step @ turned)
        fitted += length * step
        rest -= length * turned
        before, size = size, float(rest @ rest)
        step = rest + (size / before) * step
    return {word: float(fitted[at]) for word, at in number.items()}


def _first(names: Sequence[str]) -> str:
    return names[0] if names else ""
