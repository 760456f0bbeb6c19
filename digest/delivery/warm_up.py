"""The warm-up of a new From domain: how many readers may get a mail on a day, and which of them come first. Pure.

Why: docs/feedback.md, "Warm-up".
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """What the warm-up made of an edition: *planned* of its *readers* have a row, the others wait for another day."""

    domain: str
    day: date
    cap: int  # of the day, for all newsletters of the domain
    planned: int
    readers: int

    @property
    def waiting(self) -> int:
        """How many readers do not get this edition, for the day has no room for them."""
        return max(0, self.readers - self.planned)

    @property
    def words(self) -> str:
        """How it stands, in one line."""
        return (
            f"{self.waiting:,} of {self.readers:,} readers wait for the warm-up of {self.domain} "
            f"({self.cap:,} mails on {self.day})"
        )


def cap(day: date, start: date, first: int, last: int, days: int) -> int | None:
    """Return how many readers get a mail on *day*: it grows by the same factor each day, from *first* to *last*.

    None is no cap: the warm-up is over after *days*. Before *start* the first day's holds, for nothing is warmer then.
    """
    number = max(0, (day - start).days)
    if number >= days:
        return None
    grown: float = first * (last / first) ** (number / max(1, days - 1))
    return round(grown)


def in_shares(readers: Iterable[tuple[int, str]]) -> list[int]:
    """Return the ids of *readers* (id, provider), so that any beginning of it holds each provider's own share.

    Of one provider the order stays.
    """
    known = list(readers)
    sizes, seen = Counter(provider for _, provider in known), Counter[str]()
    placed: list[tuple[float, int]] = []
    for number, provider in known:
        placed.append(((seen[provider] + 0.5) / sizes[provider], number))
        seen[provider] += 1
    placed.sort(key=lambda one: one[0])
    return [number for _, number in placed]
