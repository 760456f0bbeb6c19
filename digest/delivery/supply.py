"""The supply of a run: rows are claimed, made into messages, and given to each relay one by one, at its pace."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

import anyio.to_thread

from digest.delivery.book import Book
from digest.delivery.halts import Halts
from digest.delivery.ledger import BACK, Ledger
from digest.delivery.pace import taken
from digest.delivery.route import Compose, Route
from digest.delivery.settle import Claimed
from digest.delivery.waiting import passing
from digest.model import Message
from digest.outcomes import Outcome, Undeliverable

BATCH = 50  # messages composed at a time
BATCHES = 2  # composed ahead of the one that goes out, so that whoever signs never waits for the next
CLAIM = 1000  # rows claimed at a time, at most
TICK = 0.4  # seconds between two looks at the book: a pause is obeyed within a second
AHEAD = 2.0  # seconds' worth of rows that are claimed ahead under a pace


class Supply:
    """What feeds the relays of a run; the run gives *back* rows, *settles* outcomes and has *measured* its relays."""

    def __init__(self, book: Book, ledger: Ledger, routes: Sequence[Route], compose: Compose) -> None:
        self.book, self.ledger, self.routes, self.compose = book, ledger, routes, compose
        self.rows: dict[int, Claimed] = {}  # what we hold
        self.halts = Halts()
        self.over = False
        self.more = asyncio.Event()  # there may be rows to claim
        self.loop = asyncio.get_running_loop()

    def back(self, route: Route, delivery: int, why: str) -> None:
        """Give a row back that no relay has seen."""
        raise NotImplementedError

    def settle(self, route: Route, delivery: int, outcome: Outcome) -> None:
        """Take note of what became of a message."""
        raise NotImplementedError

    def measured(self, route: Route) -> float:
        """Return how many messages a second *route* took so far."""
        raise NotImplementedError

    def give_back(self, route: Route, why: str) -> None:
        """Give back all rows that wait for *route*."""
        while route.upcoming and route.upcoming[0].done() and not route.upcoming[0].cancelled():
            task = route.upcoming.popleft()
            route.batch.extend(task.result() if task.exception() is None else ())
        while route.batch:
            self.back(route, route.batch.popleft().delivery, why)
        while route.claimed:
            self.back(route, route.claimed.popleft().id, why)

    def _sift(self, route: Route) -> None:
        """Give back what stands next and is for a provider that was halted."""
        while self.halts.halted and route.batch:
            row = self.rows.get(route.batch[0].delivery)
            if row is None or row.provider not in self.halts.halted:
                return
            self.back(route, route.batch.popleft().delivery, "its provider is halted")

    def needed(self, backup: Route) -> bool:
        """Return whether no other relay is up."""
        return all(route.down for route in self.routes if not route.backup)

    async def stream(self, route: Route) -> AsyncGenerator[Message, None]:
        """Give the relay's messages one by one, at its pace; the next are claimed and composed meanwhile."""
        while not self.over:
            route.asked, route.fell = self.loop.time(), False
            if route.backup and not self.needed(route):
                self.give_back(route, "another relay works again")
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
            found = await self.ledger.call(self._claiming(limit, route.buckets))
            self.rows.update((row.id, row) for row in found)
            route.claimed.extend(found)
        rows = [route.claimed.popleft() for _ in range(min(BATCH, len(route.claimed)))]
        if not rows:
            return deque()
        try:
            made = await self._composed(route, rows)
        except BaseException:
            for row in rows:
                self.back(route, row.id, "its mail was not made")
            raise
        for row, one in zip(rows, made, strict=True):
            if isinstance(one, Undeliverable):
                self.settle(route, row.id, one)
        return deque(one for one in made if isinstance(one, Message))

    async def _composed(self, route: Route, rows: list[Claimed]) -> Sequence[Message | Undeliverable]:
        """Return the mails of *rows*; a database that is away is waited for."""
        while True:
            try:
                return await anyio.to_thread.run_sync(route.compose or self.compose, rows)
            except Exception as problem:
                if self.over or not passing(problem):
                    raise
                await asyncio.sleep(BACK)

    def _claiming(self, limit: int, buckets: Mapping[str, float]) -> Callable[[Any], list[Claimed]]:
        """Return what claims; should a try have been committed and its answer lost, the next gives that back."""
        tried: set[int] = set()

        def claiming(connection: Any) -> list[Claimed]:
            if tried:
                self.book.put_off(connection, tried)
            found = self._claim(connection, limit, buckets)
            tried.update(row.id for row in found)
            return found

        return claiming

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
        return max(2 * BATCH, min(CLAIM, round(self.measured(route) * TICK)))
