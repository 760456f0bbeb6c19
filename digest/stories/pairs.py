"""An editor's pairs, followed to their end: which articles must be one story, and which must not."""

from collections import defaultdict
from collections.abc import Iterable

Pair = tuple[int, int]


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
