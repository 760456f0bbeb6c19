"""How near an order of stories comes to another one: NDCG at ten, by the gain that each story is worth."""

from collections.abc import Sequence
from math import log2

DEPTH = 10


def ndcg(gains: Sequence[float], depth: int = DEPTH) -> float | None:
    """Return from 0 to 1 how good an order is, given the gain of each story in that order; None without any gain.

    The gain of a place is discounted by log2(place + 1), places counting from 1 (Järvelin and Kekäläinen 2002).
    """
    best = _discounted(sorted(gains, reverse=True)[:depth])
    return _discounted(gains[:depth]) / best if best > 0.0 else None


def of_place(place: int) -> float:
    """Return what the story at *place*, counting from 1, of an edition that was sent is worth."""
    return 1.0 / place


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / log2(place + 2) for place, gain in enumerate(gains))
