"""The parts of a score as they are printed: in hundredths that add up to the score that stands beside them.

Why: docs/design-notes.md, "Parts of a score are rounded so that they add up".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from digest.model import Reason


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a score: what it adds as printed, in *hundredths*, and its reason."""

    hundredths: int
    reason: Reason

    def __str__(self) -> str:
        return f"{self.hundredths / 100:+.2f}"


@dataclass(frozen=True, slots=True)
class Sum:
    """A score as it is printed.

    *parts* add up to *hundredths*; *silent* are the signals that add nothing; *notes* weigh nothing and say why
    the story stands elsewhere than its score would put it.
    """

    hundredths: int
    parts: tuple[Part, ...]
    silent: tuple[str, ...]
    notes: tuple[Reason, ...]

    def __str__(self) -> str:
        return f"{self.hundredths / 100:.2f}"


def summed(reasons: Sequence[Reason]) -> Sum:
    """Return *reasons* as they are printed, in their order.

    The score is rounded, then its parts are: each down, and those with the largest rest up by one hundredth until
    they add up (the largest-remainder method), so no part is off by a whole hundredth.
    """
    scored = [reason for reason in reasons if reason.weight]
    adding = [reason for reason in scored if reason.points]
    exact = [100 * reason.points for reason in adding]
    whole = round(sum(exact))
    shares = [floor(points) for points in exact]
    by_rest = sorted(range(len(exact)), key=lambda at: (shares[at] - exact[at], at))
    for at in by_rest[: whole - sum(shares)]:
        shares[at] += 1
    return Sum(
        hundredths=whole,
        parts=tuple(Part(share, reason) for share, reason in zip(shares, adding, strict=True)),
        silent=tuple(reason.signal for reason in scored if not reason.points),
        notes=tuple(reason for reason in reasons if not reason.weight),
    )
