"""What a run of the transport and its caller tell each other: outcomes, and marks in the order of both."""

import asyncio
from collections import deque
from collections.abc import Callable

from digest.delivery.transports import Mark
from digest.model import Message
from digest.outcomes import Outcome


class Exchange:
    """Outcomes that wait to be yielded, and marks that are asked for behind them.

    The ledger writes in the order in which it is told. Were a mark to overtake the answer before it, a crash between
    the two would leave three rows of one connection without an answer instead of two.
    """

    def __init__(self, mark: Mark, failed: Callable[[BaseException], None]) -> None:
        self.outcomes: deque[tuple[int, Outcome]] = deque()
        self.news = asyncio.Event()
        self._mark = mark
        self._failed = failed  # the ledger cannot be asked
        self._asking: deque[tuple[Message, Callable[[float], None]]] = deque()

    def tell(self, delivery: int, outcome: Outcome) -> None:
        """Put in what became of a delivery."""
        self.outcomes.append((delivery, outcome))
        self.news.set()

    def mark(self, message: Message, granted: Callable[[float], None]) -> None:
        """Ask for the mark of *message*, behind every outcome that was not told yet."""
        self._asking.append((message, granted))
        if self.outcomes:
            self.news.set()
        else:
            self.ask()

    def ask(self) -> None:
        """Ask for the marks that waited for outcomes to be told."""
        while self._asking:
            self._ask(*self._asking.popleft())

    def _ask(self, message: Message, granted: Callable[[float], None]) -> None:
        future = asyncio.ensure_future(self._mark(message.delivery))

        def answered(done: asyncio.Future[float]) -> None:
            if done.cancelled():
                granted(0.0)
            elif (problem := done.exception()) is not None:
                granted(0.0)
                self._failed(problem)
            else:
                granted(done.result())

        future.add_done_callback(answered)
