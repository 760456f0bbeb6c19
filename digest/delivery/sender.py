"""A run: rows are claimed, made into messages, handed to the relays, and settled, until nothing is left to do.

    queue.claim -> compose -> stream -> transport -> outcome -> settled -> ledger
                               ^ pace      ^ mark <------------------------'

Everything that outlives the run is in the queue. What is here may be lost at any moment.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime

import anyio.to_thread
import structlog

from digest.delivery.answers import MEND, Answers
from digest.delivery.halts import RELAY
from digest.delivery.ledger import Ledger
from digest.delivery.pace import pace
from digest.delivery.queue import DeliveryQueue, QueueStatus
from digest.delivery.route import Compose, Route
from digest.delivery.settle import Policy
from digest.delivery.supply import TICK, Supply
from digest.errors import DeliveryError, DigestError, RelayError
from digest.model import DeliveryState

STILL = 300.0  # seconds without a relay before people are told
LEAVING = 1.0  # seconds that the end of a run waits for a ledger that somebody else holds

log = structlog.get_logger()


async def run(
    ledger: Ledger,
    routes: Sequence[Route],
    compose: Compose,
    *,
    now: Callable[[], datetime],
    policy: Policy,
    stop: asyncio.Event | None = None,
    progress: Callable[[Mapping[DeliveryState, int]], None] | None = None,
) -> Counter[DeliveryState]:
    """Return how many rows of the ledger's queue this run settled to each state.

    It ends when the queue is finished or stops going.
    Raises DeliveryError after giving everything back when no relay can be used, or the ledger not be written.
    """
    queue = ledger.queue
    async with ledger as thread:
        answers = Answers(queue, thread, routes, now, policy)
        runner = _Runner(Supply(queue, thread, answers, compose), answers, progress)
        try:
            await runner.run(stop or asyncio.Event())
        finally:
            with anyio.CancelScope(shield=True):
                await _released(thread, queue)
        return answers.counts


async def _released(thread: Ledger, queue: DeliveryQueue) -> None:
    """Give back what we hold; where the ledger cannot be written just now, the next sender finds us gone."""
    try:
        async with asyncio.timeout(LEAVING):
            await thread.call(queue.release)
    except TimeoutError:
        log.warning("ledger.left", do="The next run takes over what this one held.")


class _Runner:
    """The life of a run: it looks at the queue, obeys people, and starts and ends the relays."""

    def __init__(
        self,
        supply: Supply,
        answers: Answers,
        progress: Callable[[Mapping[DeliveryState, int]], None] | None,
    ) -> None:
        self.supply, self.answers, self.progress = supply, answers, progress
        self.queue, self.ledger, self.routes = supply.queue, supply.ledger, answers.routes
        self.loop = asyncio.get_running_loop()
        self.away: tuple[float, str] | None = None  # since when no relay can be used, and why

    # ------------------------------------------------------------ its life

    async def run(self, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        helpers: list[asyncio.Task[object]] = [stopping]
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
                self.supply.more.set()
                await self._rest(stopping)
        finally:
            await self._wind_up(helpers, tasks)

    async def _status(self, stopping: asyncio.Task[object]) -> QueueStatus | None:
        """Return how things stand; None when we are told to stop while the ledger has no time for us."""
        waiting = asyncio.ensure_future(self.ledger.call(self.queue.heartbeat))
        await asyncio.wait([waiting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        waiting.cancel()
        return None

    def _apply(self, status: QueueStatus) -> None:
        """Go by what people and other runs have decided; slower, we hold no more than the others need a share of."""
        self.answers.halts.hear(status.halted)
        for route in self.routes:
            if route.failed is None and f"{RELAY}{route.name}" in status.halted:
                route.failed = RelayError("was halted", where=f"relays.{route.name}", do=MEND)
        for route in self.routes:
            if route.set_rates(status.rates):
                self.answers.give_back(route, "the pace has changed")

    async def _rest(self, stopping: asyncio.Task[object]) -> None:
        self.answers.empty.clear()
        empty = asyncio.create_task(self.answers.empty.wait())
        await asyncio.wait([stopping, empty], timeout=TICK, return_when=asyncio.FIRST_COMPLETED)
        empty.cancel()

    async def _wind_up(self, helpers: list[asyncio.Task[object]], tasks: list[asyncio.Task[None]]) -> None:
        """Grant no more marks, wait for the answers that are due, and close the lines."""
        self.supply.over = self.ledger.closed = True
        self.supply.more.set()
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
            self.supply.more.set()
            await asyncio.sleep(TICK if count is None else 0)

    def _check(self) -> None:
        """Give back what a fallen relay holds; halt when none is left."""
        if self.answers.asides.failed is not None:
            raise self.answers.asides.failed
        failed = [route.failed for route in self.routes if route.failed is not None]
        if len(failed) == len(self.routes):
            raise failed[0]
        if bad := [one for one in failed if not isinstance(one, RelayError)]:
            raise bad[0]
        for route in self.routes:
            if (route.fell or route.failed) and self.loop.time() - route.asked > TICK:
                self.answers.give_back(route, "the relay is away")
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
            self.answers.asides.ask(lambda connection: self.queue.stalled(connection, why))

    def _told(self) -> None:
        if self.progress is not None:
            self.progress(self.answers.counts)

    # ------------------------------------------------------------ one relay

    async def _route(self, route: Route) -> None:
        route.pace = pace(route.pace.limit, self.loop.time())
        try:
            while route.backup and not self.supply.needed(route):  # noqa: ASYNC110
                await asyncio.sleep(TICK)
            async with aclosing(
                route.transport.send(self.supply.stream(route), self.ledger.mark)
            ) as outcomes:
                async for delivery, outcome in outcomes:
                    self.answers.settle(route, delivery, outcome)
        except DigestError as problem:
            log.error("relay.failed", relay=route.name, why=str(problem))
            route.failed = problem
        except Exception as problem:
            log.exception("relay.failed", relay=route.name)
            route.failed = DeliveryError(f"sending failed: {problem!r}", where=f"relays.{route.name}")
            route.failed.__cause__ = problem
