"""A story's two halves: how its articles would part if it were two stories after all.

Two events that look alike run together while each has an article or two, and nobody can tell. With more of them
there is a seam. The two that are least alike are the poles; each other one goes to its nearer pole, and then to the
half that it is more like on average, until none moves.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.stories.likeness import Bag

Numbers = NDArray[np.float64]

TURNS = 10  # of moving articles; nearly always three are enough


def likenesses(bags: Sequence[Bag]) -> Numbers:
    """Return how alike each two of *bags* are, as a square; of one with itself it says nothing."""
    _, columns, often = np.unique(
        np.concatenate([bag.ids for bag in bags]), return_inverse=True, return_counts=True
    )
    shared = often > 1  # the others, most of them, make nobody alike
    place = np.cumsum(shared) - 1
    rows = np.repeat(np.arange(len(bags)), [len(bag.ids) for bag in bags])
    kept = shared[columns]
    dense = np.zeros((len(bags), int(shared.sum())), dtype=np.float32)
    dense[rows[kept], place[columns[kept]]] = np.concatenate([bag.weights for bag in bags])[kept]
    alike: Numbers = (dense @ dense.T).astype(np.float64)
    return alike


def halves(alike: Numbers) -> tuple[list[int], list[int]] | None:
    """Return the places of the two halves; None where it is one piece."""
    alike = alike.copy()
    np.fill_diagonal(alike, 0.0)
    far = np.where(np.eye(len(alike), dtype=bool), np.inf, alike)
    pole, against = divmod(int(far.argmin()), len(alike))
    here = alike[pole] > alike[against]
    here[[pole, against]] = True, False
    for _ in range(TURNS):
        if here.all() or not here.any():
            return None
        # the mean over the others of each half: an article is no reason for itself to stay
        to_here = alike[:, here].sum(axis=1) / np.maximum(1, here.sum() - here)
        to_there = alike[:, ~here].sum(axis=1) / np.maximum(1, (~here).sum() - ~here)
        moved = to_here > to_there
        if (moved == here).all():
            break
        here = moved
    if here.all() or not here.any():
        return None
    return np.flatnonzero(here).tolist(), np.flatnonzero(~here).tolist()
