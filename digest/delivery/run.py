"""A run: rows are claimed, made into messages, handed to the relays, and settled, until nothing is left to do.

    book.claim -> compose -> stream -> transport -> outcome -> settled -> ledger
                               ^ pace      ^ mark <------------------------'

Everything that outlives the run is in the book. What is here may be lost at any moment.
"""

import asyncio
import random
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from datetime import datetime
from typing import Any

import anyio.to_thread
import structlog

from digest.delivery.blame import asks_to_slow_down
from digest.delivery.book import Book, Look
from digest.delivery.halts import Halts
from digest.delivery.ledger import Ledger
from digest.delivery.pace import halved, pace, taken
from digest.delivery.route import DENIED, Compose, Route
from digest.delivery.settle import Claimed, Policy, Settlement, settled
from digest.errors import DeliveryError, DigestError, RelayError
from digest.model import DeliveryState, Message
from digest.outcomes import Accepted, Lost, Outcome, Throttled, Undeliverable

BATCH = 50  # messages composed at a time
BATCHES = 2  # composed ahead of the one that goes out, so that whoever signs never waits for the next
CLAIM = 1000  # rows claimed at a time, at most
TICK = 0.4  # seconds between two looks at the book: a pause is obeyed within a second
SLOWEST_GUESS = 10.0  # messages a second: a rate measured over the first moments says little
STILL = 300.0  # seconds without a relay before people are told
LEAVING = 1.0  # seconds that the end of a run waits for a ledger that somebody else holds
AHEAD = 2.0  # seconds' worth of rows that are claimed ahead under a pace

log = structlog.get_logger()


async def run(
    book: Book,
    write: Callable[[], AbstractContextManager[Any]],
    routes: Sequence[Route],
    compose: Compose,
    *,
    now: Callable[[], datetime],
    policy: Policy,
    stop: asyncio.Event | None = None,
    progress: Callable[[Mapping[DeliveryState, int]], None] | None = None,
) -> Counter[DeliveryState]:
    """Return how many rows this run settled to each state. It ends when the book is finished or stops going.

    Raises DeliveryError after giving everything back when no relay can be used, or the ledger not be written.
    """
    async with Ledger(write, book) as thread:
        runner = _Runner(book, thread, routes, compose, now, policy, progress)
        try:
            await runner.run(stop or asyncio.Event())
        finally:
            with anyio.CancelScope(shield=True):
                await _released(thread, book)
        return runner.counts


async def _released(thread: Ledger, book: Book) -> None:
    """Give back what we hold; where the ledger cannot be written just now, the next sender finds us gone."""
    try:
        async with asyncio.timeout(LEAVING):
            await thread.call(book.release)
    except TimeoutError:
        log.warning("ledger.left", do="The next run takes over what this one held.")


class _Runner:
    def __init__(
        self,
        book: Book,
        thread: Ledger,
        routes: Sequence[Route],
        compose: Compose,
        now: Callable[[], datetime],
        policy: Policy,
        progress: Callable[[Mapping[DeliveryState, int]], None] | None,
    ) -> None:
        self.book, self.ledger, self.routes, self.compose = book, thread, routes, compose
        self.now, self.policy, self.progress = now, policy, progress
        self.counts: Counter[DeliveryState] = Counter()
        self.over = False
        self.rows: dict[int, Claimed] = {}
        self.halts = Halts()
        self.calls: set[asyncio.Task[None]] = set()
        self.away: tuple[float, str] | None = None  # since when no relay can be used, and why
        self.losses: dict[int, int] = {}  # how many had been accepted when a row last lost the line
        self.more = asyncio.Event()
        self.empty = asyncio.Event()  # the last row that we held is settled: perhaps that was all
        self.loop = asyncio.get_running_loop()
        self.started = self.loop.time()
        thread.refused, thread.undecided = self._refused, self._undecided

    # ------------------------------------------------------------ its life

    async def run(self, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        helpers: list[asyncio.Task[Any]] = [stopping]
        tasks: list[asyncio.Task[None]] = []
        try:
            while not stop.is_set():
                look = await self._look(stopping)
                self._told()
                if look is None or look.finished or not (look.going or self.ledger.handed):
                    break  # while answers are due it may be resumed
                self._heed(look)
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

    async def _look(self, stopping: asyncio.Task[Any]) -> Look | None:
        """Return how things stand; None when we are told to stop while the ledger has no time for us."""
        looking = asyncio.ensure_future(self.ledger.call(self.book.look))
        await asyncio.wait([looking, stopping], return_when=asyncio.FIRST_COMPLETED)
        if looking.done():
            return looking.result()
        looking.cancel()
        return None

    def _heed(self, look: Look) -> None:
        """Go by what people and other runs have decided; slower, we hold no more than the others need a share of."""
        self.halts.hear(look.halted)
        for route in self.routes:
            if route.heed(look.rates):
                self._give_back(route, "the pace has changed")

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
        while (count := await self.ledger.call(self.book.plan)) != 0:
            self.more.set()
            await asyncio.sleep(TICK if count is None else 0)

    def _check(self) -> None:
        """Give back what a fallen relay holds; halt when none is left."""
        failed = [route.failed for route in self.routes if route.failed is not None]
        if len(failed) == len(self.routes):
            raise failed[0]
        if bad := [one for one in failed if not isinstance(one, RelayError)]:
            raise bad[0]
        for route in self.routes:
            if (route.fell or route.failed) and self.loop.time() - route.asked > TICK:
                self._give_back(route, "the relay is away")
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
            self._aside(lambda connection: self.book.stands(connection, why))

    def _give_back(self, route: Route, why: str) -> None:
        while route.upcoming and route.upcoming[0].done() and not route.upcoming[0].cancelled():
            task = route.upcoming.popleft()
            route.batch.extend(task.result() if task.exception() is None else ())
        while route.batch:
            self._back(route, route.batch.popleft().delivery, why)
        while route.claimed:
            self._back(route, route.claimed.popleft().id, why)

    def _back(self, route: Route, delivery: int, why: str) -> None:
        """Give a row back that no relay has seen."""
        if (row := self.rows.pop(delivery, None)) is not None:
            self._put(settled(row, Lost(why), self.now(), self.policy, chance=0.5, relay=route.name))

    def _sift(self, route: Route) -> None:
        """Give back what stands next and is for a provider that was halted."""
        while self.halts.halted and route.batch:
            row = self.rows.get(route.batch[0].delivery)
            if row is None or row.provider not in self.halts.halted:
                return
            self._back(route, route.batch.popleft().delivery, "its provider is halted")

    def _told(self) -> None:
        if self.progress is not None:
            self.progress(self.counts)

    # ------------------------------------------------------------ one relay

    async def _route(self, route: Route) -> None:
        route.pace = pace(route.pace.limit, self.loop.time())
        try:
            while route.backup and not self._needed(route):  # noqa: ASYNC110
                await asyncio.sleep(TICK)
            async with aclosing(route.transport.send(self._stream(route), self.ledger.mark)) as outcomes:
                async for delivery, outcome in outcomes:
                    self._settle(route, delivery, outcome)
        except DigestError as problem:
            log.error("relay.failed", relay=route.name, why=str(problem))
            route.failed = problem
        except Exception as problem:
            log.exception("relay.failed", relay=route.name)
            route.failed = DeliveryError(f"sending failed: {problem!r}", where=f"relays.{route.name}")
            route.failed.__cause__ = problem

    def _needed(self, backup: Route) -> bool:
        return all(route.down for route in self.routes if not route.backup)

    async def _stream(self, route: Route) -> AsyncGenerator[Message, None]:
        """Give the relay's messages one by one, at its pace; the next are claimed and composed meanwhile."""
        while not self.over:
            route.asked, route.fell = self.loop.time(), False
            if route.backup and not self._needed(route):
                self._give_back(route, "another relay works again")
                await asyncio.sleep(TICK)
                continue
            if not route.batch:
                self._prepare(route)
                while route.upcoming and not route.batch:
                    first = route.upcoming[0]
                    await asyncio.wait([first])  # who cancels us here must not cancel it: it may hold rows
                    if route.upcoming and route.upcoming[0] is first:
                        route.batch.extend(route.upcoming.popleft().result())
                if not route.batch:
                    self.more.clear()
                    await self.more.wait()
                    continue
                self._prepare(route)
            self._sift(route)
            if route.batch and route.pace.rate:
                await self._in_pace(route)
                self._sift(route)
            if route.batch and not self.over:
                yield route.batch.popleft()

    def _prepare(self, route: Route) -> None:
        while len(route.upcoming) < BATCHES:
            route.upcoming.append(asyncio.create_task(self._batch(route)))

    async def _in_pace(self, route: Route) -> None:
        route.pace, seconds = taken(route.pace, self.loop.time())
        until, limit = self.loop.time() + seconds, route.pace.limit
        while not self.over and (left := until - self.loop.time()) > 0:
            await asyncio.sleep(min(left, TICK))
            now = route.asked = self.loop.time()
            if route.pace.limit != limit:  # a person changed it meanwhile
                limit = route.pace.limit
                until = min(until, now + taken(route.pace, now, 0)[1])

    async def _batch(self, route: Route) -> deque[Message]:
        if not route.claimed:
            limit = self._room(route)
            buckets = route.buckets
            found = await self.ledger.call(lambda connection: self._claim(connection, limit, buckets))
            self.rows.update((row.id, row) for row in found)
            route.claimed.extend(found)
        rows = [route.claimed.popleft() for _ in range(min(BATCH, len(route.claimed)))]
        if not rows:
            return deque()
        try:
            made = await anyio.to_thread.run_sync(route.compose or self.compose, rows)
        except BaseException:
            for row in rows:
                self._back(route, row.id, "its mail was not made")
            raise
        for row, one in zip(rows, made, strict=True):
            if isinstance(one, Undeliverable):
                self._settle(route, row.id, one)
        return deque(one for one in made if isinstance(one, Message))

    def _claim(self, connection: Any, limit: int, buckets: Mapping[str, float]) -> list[Claimed]:
        """Return what is claimed, without rows whose mail is under way already; in the ledger's thread.

        Such a row we had lost, by a stop longer than its lease or a correction, and have again. Two mails must
        never wait for one mark: it is put off until the mark of the first is refused, as it is from now on.
        """
        found = self.book.claim(connection, limit, buckets)
        if again := [row.id for row in found if row.id in self.rows]:
            self.book.put_off(connection, again)
            found = [row for row in found if row.id not in again]
        return found

    def _room(self, route: Route) -> int:
        """Return how many rows to claim: what goes out in a moment, so that the others find their share."""
        if route.pace.rate:
            return max(1, min(2 * BATCH, round(route.pace.rate * AHEAD)))
        return max(2 * BATCH, min(CLAIM, round(self._measured(route) * TICK)))

    # ------------------------------------------------------------ outcomes

    def _settle(self, route: Route, delivery: int, outcome: Outcome) -> None:
        if isinstance(outcome, Lost):
            route.fell, route.why = True, outcome.why
        row = self.rows.pop(delivery, None)
        if row is None:
            return
        passing = True
        if isinstance(outcome, Accepted):
            route.accepted += 1
            route.denied = 0
            self.losses.pop(delivery, None)
        elif isinstance(outcome, Throttled):
            route.denied, route.why = route.denied + 1, f"{outcome.code} {outcome.reply}"
            if asks_to_slow_down(outcome):
                route.pace = halved(route.pace, self.loop.time(), self._measured(route))
            if route.denied == DENIED:
                self._give_back(route, "the relay takes nothing")
        elif isinstance(outcome, Lost) and outcome.inside:
            passing = self.losses.get(delivery) != route.accepted
            self.losses[delivery] = route.accepted
        one = settled(
            row, outcome, self.now(), self.policy, chance=random.random(), relay=route.name, passing=passing
        )
        self._put(one)
        if why := self.halts.count(row.provider, outcome):
            log.error("provider.halted", provider=row.provider, why=why)
            self._aside(lambda connection: self.book.leave_out(connection, row.provider, why))

    def _aside(self, work: Callable[[Any], None]) -> None:
        """Have the ledger do *work*, and wait for nothing."""
        task = asyncio.ensure_future(self.ledger.call(work))
        self.calls.add(task)
        task.add_done_callback(self._called)

    def _called(self, task: asyncio.Task[None]) -> None:
        self.calls.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("ledger.call.failed", why=str(problem))  # this run goes by what it knows all the same

    def _put(self, one: Settlement) -> None:
        self.ledger.settle(one)
        if one.state is not DeliveryState.QUEUED:
            self.counts[one.state] += 1
        if not self.rows:
            self.empty.set()

    def _measured(self, route: Route) -> float:
        return max(SLOWEST_GUESS, route.accepted / max(1.0, self.loop.time() - self.started))

    def _undecided(self, delivery: int) -> None:
        """The mark was refused, and why could not be written down: the next claim asks again."""
        if (row := self.rows.pop(delivery, None)) is not None:
            self._put(settled(row, Lost("the ledger could not say"), self.now(), self.policy, chance=0.5))

    def _refused(self, delivery: int) -> None:
        self.rows.pop(delivery, None)
        if not self.rows:
            self.empty.set()
