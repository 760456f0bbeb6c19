"""The answers of a run: what became of each row, and what that says of its relay, its provider and the edition."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection

from digest.delivery.blame import asks_to_slow_down
from digest.delivery.halts import RELAY, Halts
from digest.delivery.ledger import Ledger
from digest.delivery.pace import halved
from digest.delivery.queue import DeliveryQueue
from digest.delivery.route import DENIED, Route
from digest.delivery.settle import Claimed, Policy, Settlement, settled
from digest.delivery.throttling import MANY, Lanes
from digest.errors import DeliveryError, RelayError
from digest.model import DeliveryState
from digest.outcomes import Accepted, Lost, Outcome, Throttled

SLOWEST_GUESS = 10.0  # messages a second: a rate measured over the first moments says little
MEND = "Set right what the answers name, then resume the edition."

log = structlog.get_logger()


class Asides:
    """What the ledger is asked to do while nobody waits for it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._calls: set[asyncio.Task[None]] = set()
        self.failed: DeliveryError | None = None  # a halt that could not be written down

    def ask(self, work: Callable[[Connection], None], *, vital: str = "") -> None:
        """Have the ledger do *work*, and wait for nothing; where it cannot, the run fails by what is *vital*."""
        task = asyncio.ensure_future(self._ledger.call(work))
        self._calls.add(task)
        task.add_done_callback(partial(self._called, vital))

    def _called(self, vital: str, task: asyncio.Task[None]) -> None:
        self._calls.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("ledger.call.failed", why=str(problem))  # this run goes by what it knows all the same
            if vital:
                self.failed = DeliveryError(vital, do=MEND)


class Answers:
    """The rows that a run holds, and what is learnt from what becomes of them."""

    def __init__(
        self,
        queue: DeliveryQueue,
        ledger: Ledger,
        routes: Sequence[Route],
        now: Callable[[], datetime],
        policy: Policy,
    ) -> None:
        self.queue, self.ledger, self.routes = queue, ledger, routes
        self.now, self.policy = now, policy
        self.rows: dict[int, Claimed] = {}  # what we hold
        self.counts: Counter[DeliveryState] = Counter()
        self.halts = Halts(queue.looked, queue.limits)
        self.loop = asyncio.get_running_loop()
        self.lanes = Lanes(self.loop.time())
        self.asides = Asides(ledger)
        self.empty = asyncio.Event()  # the last row that we held is settled: perhaps that was all
        self._losses: dict[int, int] = {}  # how many had been accepted when a row last lost the line
        self._started = self.loop.time()
        ledger.refused, ledger.undecided = self._refused, self._undecided

    def back(self, route: Route, delivery: int, why: str) -> None:
        """Give a row back that no relay has seen."""
        if (row := self.rows.pop(delivery, None)) is not None:
            self._put(settled(row, Lost(why), self.now(), self.policy, chance=0.5, relay=route.name))

    def give_back(self, route: Route, why: str) -> None:
        """Give back all rows that wait for *route*."""
        while route.upcoming and route.upcoming[0].done() and not route.upcoming[0].cancelled():
            task = route.upcoming.popleft()
            route.batch.extend(task.result() if task.exception() is None else ())
        for waiting in (route.batch, *route.parked.values()):
            while waiting:
                self.back(route, waiting.popleft().delivery, why)
        while route.claimed:
            self.back(route, route.claimed.popleft().id, why)

    def settle(self, route: Route, delivery: int, outcome: Outcome) -> None:
        """Take note of what became of a message."""
        if isinstance(outcome, Lost):
            route.fell, route.why = True, outcome.why
        row = self.rows.pop(delivery, None)
        if row is None:
            return
        passing = True
        if isinstance(outcome, Accepted):
            route.accepted += 1
            route.denied = 0
            route.complaints.clear()
            self.lanes.accepted[row.provider] += 1
            self._losses.pop(delivery, None)
        elif isinstance(outcome, Throttled):
            self._throttled(route, row, outcome)
        elif isinstance(outcome, Lost) and outcome.inside:
            passing = self._losses.get(delivery) != route.accepted
            self._losses[delivery] = route.accepted
        one = settled(
            row, outcome, self.now(), self.policy, chance=random.random(), relay=route.name, passing=passing
        )
        self._put(one)
        self._judge(route, row.provider, outcome)

    def _judge(self, route: Route, provider: str, outcome: Outcome) -> None:
        """Stop sending to the provider, by the relay, or at all, where the answers so far say so."""
        by_relay, by_all = self.halts.count_all(provider, route.name, outcome)
        why = self.halts.count(provider, outcome, route.name)
        if by_all or (by_relay and len(self.routes) == 1):
            self._stop(by_all or by_relay)
            return
        if why:
            log.error("provider.halted", provider=provider, why=why)
            self.asides.ask(lambda connection: self.queue.exclude(connection, provider, why))
        if by_relay and route.failed is None:
            self._leave(route, by_relay)

    def _stop(self, why: str) -> None:
        """Halt the edition: nothing more is marked from now on, and the next look ends the run."""
        if not self.ledger.closed:
            log.error("edition.halting", why=why)
            self.ledger.closed = True
            self.asides.ask(lambda connection: self.queue.stop(connection, why), vital=why)

    def _leave(self, route: Route, why: str) -> None:
        """Use this relay no more, until a person resumes; the others take its share."""
        log.error("relay.halted", relay=route.name, why=why)
        route.failed, route.why = RelayError(why, where=f"relays.{route.name}", do=MEND), why
        self.asides.ask(lambda connection: self.queue.exclude(connection, f"{RELAY}{route.name}", why))

    def _throttled(self, route: Route, row: Claimed, outcome: Throttled) -> None:
        """Slow down whoever asks for it: the provider, or the relay, which is meant as well where many ask in a row."""
        now, slower = self.loop.time(), asks_to_slow_down(outcome)
        if not outcome.relay:
            route.complaints.add(row.provider or row.recipient.address.rpartition("@")[2])
            if row.provider and slower:
                before = self.lanes.rate(row.provider)
                self.lanes.slow(row.provider, now, SLOWEST_GUESS)
                if (rate := self.lanes.rate(row.provider)) != before:
                    log.warning("provider.slower", provider=row.provider, rate=round(rate, 2))
            if len(route.complaints) < MANY:
                return
        route.denied, route.why = route.denied + 1, f"{outcome.code} {outcome.reply}"
        if slower:
            route.pace = halved(route.pace, now, self.measured(route))
        if route.denied == DENIED:
            self.give_back(route, "the relay takes nothing")

    def _put(self, one: Settlement) -> None:
        self.ledger.settle(one)
        if one.state is not DeliveryState.QUEUED:
            self.counts[one.state] += 1
        if not self.rows:
            self.empty.set()

    def measured(self, route: Route) -> float:
        """Return how many messages a second *route* took so far."""
        return max(SLOWEST_GUESS, route.accepted / max(1.0, self.loop.time() - self._started))

    def _undecided(self, delivery: int) -> None:
        """The mark was refused, and why could not be written down: the next claim asks again."""
        if (row := self.rows.pop(delivery, None)) is not None:
            self._put(settled(row, Lost("the ledger could not say"), self.now(), self.policy, chance=0.5))

    def _refused(self, delivery: int) -> None:
        self.rows.pop(delivery, None)
        if not self.rows:
            self.empty.set()
