"""When a relay may be called: growing pauses after failures, and a long one where it has enough of us."""

import random

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
FULL_PAUSE = 30.0  # before one more connection is tried where the relay refused it beside others


class Calls:
    """What is known about calling one relay. All times are the loop's, in seconds."""

    def __init__(self) -> None:
        self.failures = 0  # in a row
        self._not_before = 0.0  # the next call
        self._full = 0.0  # until when no call is made beside the connections that there are

    def failed(self, now: float, *, full: bool = False) -> float:
        """Note a failure at *now*; return for how long no call is made.

        *full* says that the relay refused one more connection beside others: only such a one has to wait then.
        """
        self.failures += 1
        growing = FIRST_PAUSE * float(2 ** min(self.failures - 1, 12))
        pause = min(growing, LONGEST_PAUSE) * (0.5 + random.random())
        if full:
            pause = max(pause, FULL_PAUSE)
            self._full = now + pause
        else:
            self._not_before = now + pause
        return pause

    def succeeded(self) -> None:
        """Note that the relay accepted a mail."""
        self.failures = 0

    def pause(self, now: float, *, beside: bool) -> float:
        """Return how long a call has to wait at *now*, 0.0 or less for not at all; *beside* other connections?"""
        return (max(self._not_before, self._full) if beside else self._not_before) - now
