"""A run: rows are claimed, made into messages, handed to the relays, and settled, until nothing is left to do.

    queue.claim -> compose -> stream -> transport -> outcome -> settled -> ledger
                               ^ pace      ^ mark <------------------------'

Everything that outlives the run is in the queue. What is here may be lost at any moment.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from datetime import datetime
from functools import partial
from typing import Any

import anyio.to_thread
import structlog

from digest.delivery.blame import asks_to_slow_down
from digest.delivery.halts import RELAY
from digest.delivery.ledger import Ledger
from digest.delivery.pace import halved, pace
from digest.delivery.queue import DeliveryQueue, QueueStatus
from digest.delivery.route import DENIED, Compose, Route
from digest.delivery.settle import Claimed, Policy, Settlement, settled
from digest.delivery.supply import TICK, Supply
from digest.delivery.throttling import MANY
from digest.errors import DeliveryError, DigestError, RelayError
from digest.model import DeliveryState
from digest.outcomes import Accepted, Lost, Outcome, Throttled

SLOWEST_GUESS = 10.0  # messages a second: a rate measured over the first moments says little
MEND = "Set right what the answers name, then resume the edition."
STILL = 300.0  # seconds without a relay before people are told
LEAVING = 1.0  # seconds that the end of a run waits for a ledger that somebody else holds

log = structlog.get_logger()


async def run(  # noqa: PLR0913 - what each caller has of its own: the clock, the policy, the way to stop
    queue: DeliveryQueue,
    write: Callable[[], AbstractContextManager[Any]],
    routes: Sequence[Route],
    compose: Compose,
    *,
    now: Callable[[], datetime],
    policy: Policy,
    stop: asyncio.Event | None = None,
    progress: Callable[[Mapping[DeliveryState, int]], None] | None = None,
) -> Counter[DeliveryState]:
    """Return how many rows this run settled to each state. It ends when the queue is finished or stops going.

    Raises DeliveryError after giving everything back when no relay can be used, or the ledger not be written.
    """
    async with Ledger(write, queue) as thread:
        runner = _Runner(queue, thread, routes, compose, now, policy, progress)
        try:
            await runner.run(stop or asyncio.Event())
        finally:
            with anyio.CancelScope(shield=True):
                await _released(thread, queue)
        return runner.counts


async def _released(thread: Ledger, queue: DeliveryQueue) -> None:
    """Give back what we hold; where the ledger cannot be written just now, the next sender finds us gone."""
    try:
        async with asyncio.timeout(LEAVING):
            await thread.call(queue.release)
    except TimeoutError:
        log.warning("ledger.left", do="The next run takes over what this one held.")


class _Runner(Supply):
    def __init__(
        self,
        queue: DeliveryQueue,
        thread: Ledger,
        routes: Sequence[Route],
        compose: Compose,
        now: Callable[[], datetime],
        policy: Policy,
        progress: Callable[[Mapping[DeliveryState, int]], None] | None,
    ) -> None:
        super().__init__(queue, thread, routes, compose)
        self.now, self.policy, self.progress = now, policy, progress
        self.counts: Counter[DeliveryState] = Counter()
        self.calls: set[asyncio.Task[None]] = set()
        self.away: tuple[float, str] | None = None  # since when no relay can be used, and why
        self.losses: dict[int, int] = {}  # how many had been accepted when a row last lost the line
        self.failed: DeliveryError | None = None  # a halt that could not be written down
        self.empty = asyncio.Event()  # the last row that we held is settled: perhaps that was all
        self.started = self.loop.time()
        thread.refused, thread.undecided = self._refused, self._undecided

    # ------------------------------------------------------------ its life

    async def run(self, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        helpers: list[asyncio.Task[Any]] = [stopping]
        tasks: list[asyncio.Task[None]] = []
        try:
            while not stop.is_set():
                status = await self._status(stopping)
                self._told()
                if status is None or status.finished or not (status.going or self.ledger.handed):
                    break  # while answers are due it may be resumed
                self._apply(status)
                if (
                    not tasks
                ):  # only now: who set a pace or halted a provider is obeyed from the first mail on
                    tasks = [asyncio.create_task(self._route(route)) for route in self.routes]
                    planner = asyncio.create_task(self._plan())
                    helpers.append(planner)
                if planner.done():
                    planner.result()
                self._check()
                self.more.set()
                await self._rest(stopping)
        finally:
            await self._wind_up(helpers, tasks)

    async def _status(self, stopping: asyncio.Task[Any]) -> QueueStatus | None:
        """Return how things stand; None when we are told to stop while the ledger has no time for us."""
        waiting = asyncio.ensure_future(self.ledger.call(self.queue.heartbeat))
        await asyncio.wait([waiting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        waiting.cancel()
        return None

    def _apply(self, status: QueueStatus) -> None:
        """Go by what people and other runs have decided; slower, we hold no more than the others need a share of."""
        self.halts.hear(status.halted)
        for route in self.routes:
            if route.failed is None and f"{RELAY}{route.name}" in status.halted:
                route.failed = RelayError("was halted", where=f"relays.{route.name}", do=MEND)
        for route in self.routes:
            if route.set_rates(status.rates):
                self.give_back(route, "the pace has changed")

    async def _rest(self, stopping: asyncio.Task[Any]) -> None:
        self.empty.clear()
        empty = asyncio.create_task(self.empty.wait())
        await asyncio.wait([stopping, empty], timeout=TICK, return_when=asyncio.FIRST_COMPLETED)
        empty.cancel()

    async def _wind_up(self, helpers: list[asyncio.Task[Any]], tasks: list[asyncio.Task[None]]) -> None:
        """Grant no more marks, wait for the answers that are due, and close the lines."""
        self.over = self.ledger.closed = True
        self.more.set()
        for task in helpers:
            task.cancel()
        waiting = [task for task in tasks if not task.done()]
        while self.ledger.handed and waiting:
            _, pending = await asyncio.wait(waiting, timeout=0.02)
            waiting = list(pending)
        if waiting:
            await asyncio.wait(waiting, timeout=0.2)  # time for a good-bye
        for task in tasks:
            task.cancel()
        for route in self.routes:
            for task in route.upcoming:
                task.cancel()
        await asyncio.gather(*helpers, *tasks, return_exceptions=True)
        self._told()

    async def _plan(self) -> None:
        while (count := await self.ledger.call(self.queue.plan)) != 0:
            self.more.set()
            await asyncio.sleep(TICK if count is None else 0)

    def _check(self) -> None:
        """Give back what a fallen relay holds; halt when none is left."""
        if self.failed is not None:
            raise self.failed
        failed = [route.failed for route in self.routes if route.failed is not None]
        if len(failed) == len(self.routes):
            raise failed[0]
        if bad := [one for one in failed if not isinstance(one, RelayError)]:
            raise bad[0]
        for route in self.routes:
            if (route.fell or route.failed) and self.loop.time() - route.asked > TICK:
                self.give_back(route, "the relay is away")
        self._watch()

    def _watch(self) -> None:
        """Tell people when mails wait and no relay has been there for long; each time it happens."""
        if not all(route.down for route in self.routes):
            self.away = None
        elif self.away is None:
            self.away = (self.loop.time() + STILL, next((one.why for one in self.routes if one.why), ""))
        elif self.loop.time() > self.away[0]:
            why = self.away[1]
            self.away = (float("inf"), why)
            log.error("edition.stands", why=why)
            self._aside(lambda connection: self.queue.stalled(connection, why))

    def back(self, route: Route, delivery: int, why: str) -> None:
        """Give a row back that no relay has seen."""
        if (row := self.rows.pop(delivery, None)) is not None:
            self._put(settled(row, Lost(why), self.now(), self.policy, chance=0.5, relay=route.name))

    def _told(self) -> None:
        if self.progress is not None:
            self.progress(self.counts)

    # ------------------------------------------------------------ one relay

    async def _route(self, route: Route) -> None:
        route.pace = pace(route.pace.limit, self.loop.time())
        try:
            while route.backup and not self.needed(route):  # noqa: ASYNC110
                await asyncio.sleep(TICK)
            async with aclosing(route.transport.send(self.stream(route), self.ledger.mark)) as outcomes:
                async for delivery, outcome in outcomes:
                    self.settle(route, delivery, outcome)
        except DigestError as problem:
            log.error("relay.failed", relay=route.name, why=str(problem))
            route.failed = problem
        except Exception as problem:
            log.exception("relay.failed", relay=route.name)
            route.failed = DeliveryError(f"sending failed: {problem!r}", where=f"relays.{route.name}")
            route.failed.__cause__ = problem

    # ------------------------------------------------------------ outcomes

    def settle(self, route: Route, delivery: int, outcome: Outcome) -> None:
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
            self.losses.pop(delivery, None)
        elif isinstance(outcome, Throttled):
            self._throttled(route, row, outcome)
        elif isinstance(outcome, Lost) and outcome.inside:
            passing = self.losses.get(delivery) != route.accepted
            self.losses[delivery] = route.accepted
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
            self._aside(lambda connection: self.queue.exclude(connection, provider, why))
        if by_relay and route.failed is None:
            self._leave(route, by_relay)

    def _stop(self, why: str) -> None:
        """Halt the edition: nothing more is marked from now on, and the next look ends the run."""
        if not self.ledger.closed:
            log.error("edition.halting", why=why)
            self.ledger.closed = True
            self._aside(lambda connection: self.queue.stop(connection, why), vital=why)

    def _leave(self, route: Route, why: str) -> None:
        """Use this relay no more, until a person resumes; the others take its share."""
        log.error("relay.halted", relay=route.name, why=why)
        route.failed, route.why = RelayError(why, where=f"relays.{route.name}", do=MEND), why
        self._aside(lambda connection: self.queue.exclude(connection, f"{RELAY}{route.name}", why))

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

    def _aside(self, work: Callable[[Any], None], *, vital: str = "") -> None:
        """Have the ledger do *work*, and wait for nothing; where it cannot, the run fails by what is *vital*."""
        task = asyncio.ensure_future(self.ledger.call(work))
        self.calls.add(task)
        task.add_done_callback(partial(self._called, vital))

    def _called(self, vital: str, task: asyncio.Task[None]) -> None:
        self.calls.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("ledger.call.failed", why=str(problem))  # this run goes by what it knows all the same
            if vital:
                self.failed = DeliveryError(vital, do=MEND)

    def _put(self, one: Settlement) -> None:
        self.ledger.settle(one)
        if one.state is not DeliveryState.QUEUED:
            self.counts[one.state] += 1
        if not self.rows:
            self.empty.set()

    def measured(self, route: Route) -> float:
        return max(SLOWEST_GUESS, route.accepted / max(1.0, self.loop.time() - self.started))

    def _undecided(self, delivery: int) -> None:
        """The mark was refused, and why could not be written down: the next claim asks again."""
        if (row := self.rows.pop(delivery, None)) is not None:
            self._put(settled(row, Lost("the ledger could not say"), self.now(), self.policy, chance=0.5))

    def _refused(self, delivery: int) -> None:
        self.rows.pop(delivery, None)
        if not self.rows:
            self.empty.set()
