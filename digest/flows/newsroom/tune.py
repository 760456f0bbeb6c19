"""Tune: weights fitted to the editions that an editor changed by hand. It proposes and changes nothing."""

from dataclasses import dataclass

import numpy as np

from digest import plugins
from digest.app import App
from digest.errors import EditionError
from digest.flows.newsroom.backtest import Looked, looked
from digest.stories import rank, signals
from digest.stories.ndcg import of_place
from digest.stories.tune import Past, Tuned, fit

NEEDED = 30  # editions; of fewer, a fit would be read out of chance
DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A fit, or how many editions are *missing* for one (then *tuned* is None)."""

    editions: int
    missing: int
    tuned: Tuned | None = None


def tune(app: App, name: str, *, days: int = DAYS) -> Proposal:
    """Return the weights that fit what editors of the newsletter *name* put on top in the last *days*.

    Only editions count that an editor pinned, dropped, moved or added something in: what went out as it was
    ranked would only say that the weights are the weights. Raises EditionError where nothing was sent yet.
    """
    newsletter = app.newsletter(name)
    there = plugins.names(signals)
    one_each = dict.fromkeys(there, 1.0)
    past = [_past(each, there) for each in looked(app, name, days=days, weights=one_each, by_hand=True)]
    if len(past) < NEEDED:
        return Proposal(editions=len(past), missing=NEEDED - len(past))
    now = rank.weights_of(newsletter.ranking.weights)
    try:
        tuned = fit(past, {signal: now.get(signal, 0.0) for signal in there})
    except ValueError as problem:
        raise EditionError(str(problem), where=name) from None
    return Proposal(editions=len(past), missing=0, tuned=tuned)


def _past(past: Looked, there: list[str]) -> Past:
    """Return a past edition as a table; the place that an editor gave a story is what it is worth."""
    seen = [{reason.signal: reason.value for reason in each.reasons} for each in past.ranked]
    values = np.array([[values.get(name, 0.0) for name in there] for values in seen], dtype=np.float64)
    gains = np.array([of_place(place) if place else 0.0 for place in past.places], dtype=np.float64)
    return Past(past.edition.date, values.reshape(len(seen), len(there)), gains)
