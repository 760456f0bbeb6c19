"""How well a memory tells what its own house keeps, strictly from the past, beside an order by chance.

Each week of the record is ranked by what the days before it taught, so every figure is of weeks that the memory had not
seen. Neighbouring days tell the same stories, which is why intervals draw whole weeks and not days.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import log2

import numpy as np

from digest.model import Article
from digest.stories.memory import NEEDED, SETTLED, Kept, Memory, learn
from digest.stories.ndcg import DEPTH, ndcg

DRAWS = 2000
LEVEL = 0.025  # at each end of an interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """NDCG@10 over *days* of *weeks* that were not seen, *after* so many days of memory at least: by *memory* and by
    *chance*; *low* and *high* are the 95 % interval of the difference."""

    after: int
    days: int
    weeks: int
    memory: float
    chance: float
    low: float
    high: float


def tried(record: Mapping[date, Sequence[Kept]], like: Article, after: int = NEEDED) -> Tried | None:
    """Return how the *record* is met by what its days before taught; None where less than two weeks can be tried.

    *like* is any article: it is given the words and the section of each one of the record.
    """
    memory: Memory | None = None
    learnt: tuple[int, int] | None = None
    found: defaultdict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    for day in sorted(record):
        week = day.isocalendar()[:2]
        if week != learnt:
            memory, learnt = learn(record, day - SETTLED), week
        gains = [one.gain for one in record[day]]
        if memory is None or memory.days < after or not any(gains) or len(gains) < 2:
            continue
        found[week].append((_by(memory, record[day], like), _by_chance(gains)))
    if len(found) < 2:
        return None
    pairs = np.array([pair for each in found.values() for pair in each])
    low, high = bootstrapped([[a - b for a, b in each] for each in found.values()])
    return Tried(
        after=after,
        days=len(pairs),
        weeks=len(found),
        memory=float(pairs[:, 0].mean()),
        chance=float(pairs[:, 1].mean()),
        low=low,
        high=high,
    )


def bootstrapped(weeks: Sequence[Sequence[float]], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the mean of all values, whole *weeks* drawn again and again with replacement."""
    sums, sizes = np.array([sum(week) for week in weeks]), np.array([len(week) for week in weeks])
    drawn = np.random.default_rng(seed).integers(0, len(weeks), (DRAWS, len(weeks)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), (LEVEL, 1.0 - LEVEL))
    return float(low), float(high)


def _by(memory: Memory, kept: Sequence[Kept], like: Article) -> float:
    worth = [memory.worth(replace(like, title=one.title, dek=one.dek, section=one.section)) for one in kept]
    order = sorted(range(len(kept)), key=lambda at: (-worth[at], kept[at].title))
    return ndcg([kept[at].gain for at in order]) or 0.0


def _by_chance(gains: Sequence[float]) -> float:
    """Return what an order by chance comes to on average: each place has the mean gain."""
    mean, best = sum(gains) / len(gains), sorted(gains, reverse=True)[:DEPTH]
    even = sum(mean / log2(place + 2) for place in range(len(best)))
    return even / sum(gain / log2(place + 2) for place, gain in enumerate(best))
