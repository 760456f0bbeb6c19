"""The queue of writers: SQLite lets one write at a time, so those of a process wait for each other first."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

MOST = 64  # writers that wait: each keeps a thread of the web, and the pages need some, too


class Busy(OperationalError):
    """The database cannot be had just now, for others have it: nothing was done, and it may go well in a moment.

    It is a database's fault like "database is locked", so whoever waits that out waits this out as well.
    """

    def __init__(self, why: str) -> None:
        super().__init__(None, None, RuntimeError(f"database is busy: {why}"))


class WriteQueue:
    """One writer at a time, in the order in which they came.

    A writer that waits holds no connection. *most* wait at once: whoever comes then is told so at once
    (`Busy`, which a page answers with 503), and so is who waited too long.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    @contextmanager
    def turn(self, seconds: float) -> Iterator[None]:
        """Hold the writers' turn; raise `Busy` where it does not come within *seconds*."""
        self._take(seconds)
        try:
            yield
        finally:
            self._give()

    def _take(self, seconds: float) -> None:
        with self._lock:
            if not self._taken and not self._waiting:
                self._taken = True
                return
            if len(self._waiting) >= self.most:
                raise Busy(f"{self.most} writers wait for it already")
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(seconds):
            return
        with self._lock:
            if not mine.is_set():  # else it came between the two
                self._waiting.remove(mine)
                raise Busy(f"it was not free to write within {seconds:g} s")

    def _give(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()  # handed on: it stays taken
            else:
                self._taken = False
