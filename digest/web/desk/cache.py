"""Answers that cost more than a page may, kept for a while: bounded, and safe to ask from many threads."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
MOST = (
    256  # answers kept: more than the desks of a large newsroom ask for within the minutes that one is good
)

Kept = tuple[Hashable, Any]  # what the answer depends on, or until when it is good, and the answer


class Remembered:
    """A cache of at most *most* answers; the one that was used longest ago goes first.

    Two threads that ask for the same at once may both compute it: no lock is held while an answer is made, so
    a slow one keeps nobody else waiting.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, key: Hashable, depends: Hashable, ask: Callable[[], T]) -> T:
        """Return the answer for *key*, asked anew when *depends* is not what it was."""
        found = self._get(key)
        if found is not None and found[0] == depends:
            answer: T = found[1]
            return answer
        made = ask()
        self._put(key, (depends, made))
        return made

    def paced(self, key: Hashable, ask: Callable[[], T], share: float = 20.0) -> T:
        """Return the answer for *key*, asked so seldom that asking takes a *share*th of the time at most."""
        now = time.monotonic()
        found = self._get(key)
        if found is not None and isinstance(found[0], float) and now < found[0]:
            answer: T = found[1]
            return answer
        made = ask()
        self._put(key, (now + share * (time.monotonic() - now), made))
        return made

    def _get(self, key: Hashable) -> Kept | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _put(self, key: Hashable, value: Kept) -> None:
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
