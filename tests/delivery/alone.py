"""The parts of a run alone: no thread, no line, and a clock that a test sets."""

import asyncio
from collections.abc import Callable
from typing import Any

from digest.delivery.answers import Answers
from digest.delivery.ledger import Ledger
from digest.delivery.route import Compose, Route
from digest.delivery.settle import Policy, Settlement
from digest.delivery.supply import Supply
from digest.model import DeliveryState
from digest.outcomes import Outcome
from tests.delivery.rows import Rows, Way, compose, now, rows


class Written(Ledger):
    """A ledger without a thread: what it is asked to write is done at once, and *settled* holds it."""

    def __init__(self, queue: Rows) -> None:
        super().__init__(queue.write, queue)
        self.settled: list[Settlement] = []

    def settle(self, settlement: Settlement) -> None:
        self.settled.append(settlement)

    async def call(self, work: Callable[[Any], Any]) -> Any:
        return work(None)


class Case:
    """A run that holds ten rows at each of *providers* and has the relays *names*; the loop's clock stands at *at*."""

    def __init__(self, *providers: str, names: tuple[str, ...] = ("main",)) -> None:
        loop = asyncio.get_running_loop()
        self.at = loop.time()
        loop.time = lambda: self.at  # type: ignore[method-assign]
        self.queue = Rows([])
        self.ledger = Written(self.queue)
        self.routes = [Route(name, Way()) for name in names]
        self.answers = Answers(self.queue, self.ledger, self.routes, now, Policy())
        for number, provider in enumerate(providers):
            self.answers.rows |= {row.id: row for row in rows(100, provider, 100 * number + 1)}

    @property
    def main(self) -> Route:
        return self.routes[0]

    def settle(self, outcome: Outcome, *deliveries: int, route: int = 0) -> None:
        for delivery in deliveries:
            self.answers.settle(self.routes[route], delivery, outcome)

    def states(self) -> list[tuple[int, DeliveryState]]:
        return [(one.delivery, one.state) for one in self.ledger.settled]

    def supply(self, made: Compose = compose) -> Supply:
        """What feeds its relays."""
        return Supply(self.queue, self.ledger, self.answers, made)
