"""Weights fitted to what editors put on top, with whole weeks left out, drawn to the weights there are.

For each past edition there is a table of signal values, a row a story, and what each story was worth to the
editor. The fit makes the softmax of the scores like the shares of worth (ListNet, Cao et al. 2007), which is
convex; a penalty on the distance from the present weights keeps a weight where it is unless the editions say
otherwise. How strong the penalty is, is decided by weeks that the fit has not seen; so is every figure that is
reported. Neighbouring days tell the same stories, which is why weeks and not days are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from digest.stories.ndcg import ndcg

Numbers = NDArray[np.float64]

STRENGTHS = (
    0.1,
    1.0,
    10.0,
    100.0,
    1000.0,
)  # of the penalty, for each edition; the last one all but forbids a change
TEMPERATURES = (0.02, 0.05, 0.1, 0.2, 0.5)
STEPS = 12  # of Newton's method; the loss is convex
DRAWS = 2000
LEVEL = 0.05  # at each end of an interval


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """A past edition: *values* has a row for each story and a column for each signal; *gains* is their worth."""

    day: date
    values: Numbers
    gains: Numbers

    @property
    def week(self) -> tuple[int, int]:
        """The ISO year and week."""
        return self.day.isocalendar()[:2]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A weight now, as fitted, and the 90 % interval of the fit over weeks."""

    now: float
    fitted: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What a fit found. *before* and *after* are NDCG@10 over weeks that the fit had not seen; *low* and *high*
    are the 90 % interval of their difference."""

    weights: Mapping[str, Estimate]
    before: float
    after: float
    low: float
    high: float
    editions: int
    weeks: int


def fit(past: Sequence[Past], now: Mapping[str, float], *, seed: int = 0) -> Tuned:
    """Return the weights that fit *past*; *now* names the columns and gives the present weights.

    Editions without any worth are left out. Raises ValueError for fewer than two weeks.
    """
    days = [each for each in past if each.gains.sum() > 0.0]
    weeks = sorted({each.week for each in days})
    if len(weeks) < 2:
        raise ValueError("there must be editions of two weeks at least")
    start = np.array(list(now.values()), dtype=np.float64)
    whole = _Table.of(days)
    temperature = min(TEMPERATURES, key=lambda each: whole.loss(start, each))
    seen = {week: _Table.of([each for each in days if each.week != week]) for week in weeks}
    unseen = {week: [each for each in days if each.week == week] for week in weeks}
    fits = {
        (week, strength): seen[week].fitted(start, temperature, strength)
        for week in weeks
        for strength in STRENGTHS
    }
    losses = {
        (week, strength): _Table.of(unseen[week]).loss(weights, temperature)
        for (week, strength), weights in fits.items()
    }

    def best(others: Sequence[tuple[int, int]]) -> float:
        return min(STRENGTHS, key=lambda each: sum(losses[week, each] for week in others))

    pairs = []
    for week in weeks:
        weights = fits[week, best([other for other in weeks if other != week])]
        pairs += [(_ndcg(each, start), _ndcg(each, weights)) for each in unseen[week]]
    chosen = best(weeks)
    final = whole.fitted(start, temperature, chosen)
    spread = _jackknife(np.array([fits[week, chosen] for week in weeks]))
    before, after = np.array(pairs).T
    low, high = bootstrapped(after - before, seed)
    return Tuned(
        weights={
            name: Estimate(float(old), float(new), float(new - off), float(new + off))
            for name, old, new, off in zip(now, start, final, spread, strict=True)
        },
        before=float(before.mean()),
        after=float(after.mean()),
        low=low,
        high=high,
        editions=len(days),
        weeks=len(weeks),
    )


def bootstrapped(differences: Numbers, seed: int = 0) -> tuple[float, float]:
    """Return the 90 % interval of the mean of *differences*, drawn again and again with replacement."""
    draws = np.random.default_rng(seed).integers(0, len(differences), (DRAWS, len(differences)))
    low, high = np.quantile(differences[draws].mean(axis=1), (LEVEL, 1.0 - LEVEL))
    return float(low), float(high)


def _jackknife(fits: Numbers) -> Numbers:
    """Return half the width of a 90 % interval from fits that each left one week out."""
    count = len(fits)
    error: Numbers = np.sqrt((count - 1) / count * ((fits - fits.mean(axis=0)) ** 2).sum(axis=0))
    return 1.645 * error


def _ndcg(past: Past, weights: Numbers) -> float:
    order = np.argsort(-(past.values @ weights), kind="stable")
    return ndcg([float(gain) for gain in past.gains[order]]) or 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Many editions in one table: *firsts* is where each begins, *shares* the worth within each."""

    values: Numbers
    shares: Numbers
    firsts: NDArray[np.int64]
    of_day: NDArray[np.int64]

    @classmethod
    def of(cls, days: Sequence[Past]) -> "_Table":
        sizes = [len(each.gains) for each in days]
        return cls(
            np.concatenate([each.values for each in days]),
            np.concatenate([each.gains / each.gains.sum() for each in days]),
            np.cumsum([0, *sizes[:-1]]),
            np.repeat(np.arange(len(days)), sizes),
        )

    def loss(self, weights: Numbers, temperature: float) -> float:
        """Return the sum over editions of the cross-entropy between worth and scores."""
        scores = self.values @ weights / temperature
        most = np.maximum.reduceat(scores, self.firsts)
        sums = np.log(np.add.reduceat(np.exp(scores - most[self.of_day]), self.firsts)) + most
        return float(sums.sum() - self.shares @ scores)

    def fitted(self, start: Numbers, temperature: float, strength: float) -> Numbers:
        """Return the weights with the least loss and penalty."""
        weights = start.copy()
        penalty = strength * len(self.firsts)
        for _ in range(STEPS):
            scores = self.values @ weights / temperature
            most = np.maximum.reduceat(scores, self.firsts)
            odds = np.exp(scores - most[self.of_day])
            odds /= np.add.reduceat(odds, self.firsts)[self.of_day]
            slope = self.values.T @ (odds - self.shares) / temperature + penalty * (weights - start)
            weighed = odds[:, None] * self.values
            means = np.add.reduceat(weighed, self.firsts, axis=0)
            bend = (self.values.T @ weighed - means.T @ means) / temperature**2
            step = np.linalg.solve(bend + penalty * np.eye(len(start)), slope)
            weights = weights - self._damped(weights, step, temperature, start, penalty) * step
        return weights

    def _damped(
        self, weights: Numbers, step: Numbers, temperature: float, start: Numbers, penalty: float
    ) -> float:
        """Return which part of Newton's step makes things better: all of it near the end."""

        def cost(at: Numbers) -> float:
            return self.loss(at, temperature) + penalty / 2 * float((at - start) @ (at - start))

        here, part = cost(weights), 1.0
        while part > 1e-3 and cost(weights - part * step) > here + 1e-12:
            part /= 2
        return part if part > 1e-3 else 0.0
