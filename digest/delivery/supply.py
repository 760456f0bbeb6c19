"""The supply of a run: rows are claimed, made into messages, and given to each relay one by one, at its pace."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence

import anyio.to_thread
from sqlalchemy import Connection

from digest.delivery.answers import Answers
from digest.delivery.database_faults import passing
from digest.delivery.ledger import Ledger
from digest.delivery.ledger_writer import BACK
from digest.delivery.pace import taken
from digest.delivery.queue import DeliveryQueue
from digest.delivery.route import Compose, Route
from digest.delivery.settle import Claimed
from digest.model import Message
from digest.outcomes import Undeliverable

BATCH = 50  # messages composed at a time
BATCHES = 2  # composed ahead of the one that goes out, so that whoever signs never waits for the next
CLAIM = 1000  # rows claimed at a time, at most
TICK = 0.4  # seconds between two looks at the queue: a pause is obeyed within a second
LOOK = 1.0  # seconds between two claims of the others, where there were none beside those that wait
HALTED = "its provider is halted"
AHEAD = 2.0  # seconds' worth of rows that are claimed ahead under a pace


class Supply:
    """What feeds the relays of a run; what it cannot use goes back by *answers*, which know whom to pass over."""

    def __init__(self, queue: DeliveryQueue, ledger: Ledger, answers: Answers, compose: Compose) -> None:
        self.queue, self.ledger, self.answers, self.compose = queue, ledger, answers, compose
        self.routes, self.rows = answers.routes, answers.rows
        self.halts, self.lanes = answers.halts, answers.lanes
        self.over = False
        self.more = asyncio.Event()  # there may be rows to claim
        self.loop = asyncio.get_running_loop()
        self._others = 0.0  # until when only the rows of providers with a pace are claimed

    def _next(self, route: Route) -> Message | None:
        """Return the message that may go out now; those of a provider that has a pace wait beside for their turn."""
        for provider, parked in route.parked.items() if self.lanes else ():
            while parked and provider in self.halts.halted:
                self.answers.back(route, parked.popleft().delivery, HALTED)
            if parked and (provider not in self.lanes or self.lanes.take(provider, self.loop.time())):
                return parked.popleft()
        while route.batch:
            message = route.batch.popleft()
            if not (self.halts.halted or self.lanes) or self._passes(route, message):
                return message
        for parked in route.parked.values() if not self.lanes else ():
            if parked:  # its provider's pace is open again
                return parked.popleft()
        return None

    def _passes(self, route: Route, message: Message) -> bool:
        """Return whether *message* may go at once; else it waits for its provider's turn, or is given back."""
        row = self.rows.get(message.delivery)
        if row is None:
            return True  # its mark will be refused
        if row.provider in self.halts.halted:
            self.answers.back(route, message.delivery, HALTED)
            return False
        if row.provider not in self.lanes:
            return True
        parked = route.parked.setdefault(row.provider, deque())
        if not parked and self.lanes.take(row.provider, self.loop.time()):
            return True
        if len(parked) < self.lanes.room(row.provider):
            parked.append(message)
        else:
            self.answers.back(route, message.delivery, "its provider asks for less at a time")
        return False

    def needed(self, backup: Route) -> bool:
        """Return whether no other relay is up."""
        return all(route.down for route in self.routes if not route.backup)

    async def stream(self, route: Route) -> AsyncGenerator[Message, None]:
        """Give the relay's messages one by one, at its pace; the next are claimed and composed meanwhile."""
        while not self.over and route.failed is None:
            route.asked, route.fell = self.loop.time(), False
            if route.backup and not self.needed(route):
                self.answers.give_back(route, "another relay works again")
                await asyncio.sleep(TICK)
                continue
            message = self._next(route)
            if message is None:
                await self._refilled(route)
                continue
            if route.pace.rate:
                route.batch.appendleft(message)  # whoever gives back what waits must find it
                await self._in_pace(route)
                if self.over or not route.batch or route.batch[0] is not message:
                    continue
                route.batch.popleft()
                row = self.rows.get(message.delivery)
                if row is not None and row.provider in self.halts.halted:  # meanwhile
                    self.answers.back(route, message.delivery, HALTED)
                    continue
            yield message

    async def _refilled(self, route: Route) -> None:
        """Wait until there are messages for *route*, or it is time for one that waits for its provider's turn."""
        self._prepare(route)
        while route.upcoming and not route.batch:
            first = route.upcoming[0]
            # who cancels us here must not cancel it: it may hold rows
            done, _ = await asyncio.wait([first], timeout=self.lanes.wait(route.parked, self.loop.time()))
            if not done:
                return
            if route.upcoming and route.upcoming[0] is first:
                route.batch.extend(route.upcoming.popleft().result())
        if route.batch:
            self._prepare(route)
            return
        self.more.clear()
        more = asyncio.ensure_future(self.more.wait())
        try:
            await asyncio.wait([more], timeout=self.lanes.wait(route.parked, self.loop.time()))
        finally:
            more.cancel()

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
            route.claimed.extend(await self._claimed(route))
        rows = [route.claimed.popleft() for _ in range(min(BATCH, len(route.claimed)))]
        if not rows:
            return deque()
        try:
            made = await self._composed(route, rows)
        except BaseException:
            for row in rows:
                self.answers.back(route, row.id, "its mail was not made")
            raise
        for row, one in zip(rows, made, strict=True):
            if isinstance(one, Undeliverable):
                self.answers.settle(route, row.id, one)
        return deque(one for one in made if isinstance(one, Message))

    async def _claimed(self, route: Route) -> list[Claimed]:
        """Claim for *route*: rows of a provider that has a pace when it is their time, else all others' rows."""
        now, limit, but = self.loop.time(), self._room(route), self.lanes.names
        lane = self.lanes.hungry(now, self.halts.halted) if self.lanes else ""
        if lane:
            limit, but = min(limit, self.lanes.room(lane)), frozenset()
        elif but and now < self._others:
            return []
        found = await self.ledger.call(self._claiming(limit, route.buckets, lane, but))
        self.rows.update((row.id, row) for row in found)
        if lane:
            self.lanes.found(lane, len(found), self.loop.time())
        elif not found:
            self._others = now + LOOK  # to pass over many rows that wait is some work
        return found

    async def _composed(self, route: Route, rows: list[Claimed]) -> Sequence[Message | Undeliverable]:
        """Return the mails of *rows*; a database that is away is waited for."""
        while True:
            try:
                return await anyio.to_thread.run_sync(route.compose or self.compose, rows)
            except Exception as problem:
                if self.over or not passing(problem):
                    raise
                await asyncio.sleep(BACK)

    def _claiming(
        self, limit: int, buckets: Mapping[str, float], only: str, but: Collection[str]
    ) -> Callable[[Connection], list[Claimed]]:
        """Return what claims; should a try have been committed and its answer lost, the next gives that back."""
        tried: set[int] = set()

        def claiming(connection: Connection) -> list[Claimed]:
            if tried:
                self.queue.defer(connection, tried)
            found = self._own(connection, self.queue.claim(connection, limit, buckets, only=only, but=but))
            tried.update(row.id for row in found)
            return found

        return claiming

    def _own(self, connection: Connection, found: list[Claimed]) -> list[Claimed]:
        """Return what was claimed, without rows whose mail is under way already; in the ledger's thread.

        Such a row we had lost, by a stop longer than its lease or a correction, and have again. Two mails must
        never wait for one mark: it is put off until the mark of the first is refused, as it is from now on.
        """
        if again := [row.id for row in found if row.id in self.rows]:
            self.queue.defer(connection, again)
            found = [row for row in found if row.id not in again]
        return found

    def _room(self, route: Route) -> int:
        """Return how many rows to claim: what goes out in a moment, so that the others find their share."""
        if route.pace.rate:
            return max(1, min(2 * BATCH, round(route.pace.rate * AHEAD)))
        return max(2 * BATCH, min(CLAIM, round(self.answers.measured(route) * TICK)))
