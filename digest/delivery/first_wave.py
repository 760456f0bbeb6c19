"""The first wave of an edition: the seeds and a few readers get it, the rest waits until their answers can be seen.

Pure. The rows of the rest are planned with a later due time; this says until when they really wait.

Why: docs/feedback.md, "Defence".
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

JUST_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstWave:
    """How an edition's first wave stands.

    *due* is what the rows of the rest say, *rest_at* the moment from which they may really go. It is put off while
    most of the first wave is still to be answered, and fixed once it is *through*.
    """

    readers: int
    wait: timedelta
    due: datetime
    rest_at: datetime
    through: bool = False

    def words(self, rest_at: str, now: datetime) -> str:
        """Return how it stands in one line; *rest_at* is the moment as the reader of the line writes it."""
        since = "from" if now < self.rest_at else "since"
        return f"first wave: {self.readers:,} readers, the rest {since} {rest_at}"


def size(readers: int, share: float, least: int) -> int:
    """Return how many of *readers* are in the first wave; 0 where it would be most of them, and tell nothing."""
    wanted = max(least, math.ceil(readers * share)) if share else 0
    return wanted if 2 * wanted <= readers else 0


def planned(readers: int, wait: timedelta, start: datetime, deadline: datetime) -> FirstWave:
    """Return the first wave of an edition that starts at *start*."""
    rest_at = min(start + wait, _latest(start, deadline))
    return FirstWave(readers=readers, wait=wait, due=start + wait, rest_at=rest_at)


def reconsidered(wave: FirstWave, still_open: int, now: datetime, deadline: datetime) -> FirstWave:
    """Return how the wave stands when *still_open* of its rows have no answer: the wait begins when half have one.

    Half of the time until the *deadline* is left to the rest. No wait is longer than the wave's own, so where one is,
    the clock was set back.
    """
    if wave.through:
        return wave
    latest = _latest(wave.due - wave.wait, deadline)
    rest_at = min(wave.rest_at, now + wave.wait)
    if 2 * still_open <= wave.readers or now >= latest:
        return replace(wave, rest_at=rest_at, through=True)
    return replace(wave, rest_at=max(rest_at, min(now + wave.wait, latest)))


def _latest(start: datetime, deadline: datetime) -> datetime:
    return start + (deadline - start) / 2


def due_by(wave: FirstWave | None, now: datetime) -> datetime:
    """Return the due time up to which rows may be claimed at *now*."""
    if wave is None:
        return now
    if now < wave.rest_at:
        return min(now, wave.due - JUST_BEFORE)
    return max(now, wave.due)
