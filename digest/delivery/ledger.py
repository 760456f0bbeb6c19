"""The ledger: all that a run writes about its rows, grouped in the loop into few durable transactions.

Marks and settlements that arrive while a transaction runs make up the next one. The thread that writes them is in
`ledger_writer.py`; a mark is answered only after its transaction is committed (`docs/delivery.md`).
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

import anyio.to_thread
from sqlalchemy import Connection

from digest.delivery.ledger_writer import Batch, Call, Mark, Writer, call_for
from digest.delivery.queue import DeliveryQueue
from digest.delivery.settle import Settlement

T = TypeVar("T")
SHARE = 0.3  # of the time that a message is under way, in which a mark waits for company
LONGEST = 0.005  # seconds, at most


class Ledger:
    """The thread and what waits for it; *write* opens a transaction. Use as an async context manager.

    What comes in waits in the loop, for a moment, until as many marks are asked for as there were ever before at
    once: that is, until each connection has asked. A durable commit costs the same for one as for ten.
    """

    def __init__(self, write: Callable[[], AbstractContextManager[Connection]], rows: DeliveryQueue) -> None:
        self.queue = rows
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(write, rows, self._loop, self._grant, self._written)
        self._asked: set[int] = set()
        self._waiting: Batch = []
        self._marks = 0  # among those
        self._most = 1  # marks in a group so far
        self._gap = 0.0  # seconds between two marks, of late
        self._passed = 0.0  # when marks were last passed on
        self._busy = False  # the thread writes
        self._due = False  # what waits is passed on in the next turn
        self._timer: asyncio.TimerHandle | None = None
        self.refused: Callable[[int], None] = lambda delivery: None
        self.undecided: Callable[[int], None] = lambda delivery: None
        self.handed: set[int] = set()  # marked for the wire, and no outcome put in yet
        self.closed = False  # grants no mark any more

    async def __aenter__(self) -> "Ledger":
        self._writer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.end(self._waiting)
        await anyio.to_thread.run_sync(self._writer.join)

    def mark(self, delivery: int) -> "asyncio.Future[float]":
        """Return, when it is committed, until when the message may be handed over; 0.0 when it must not be."""
        future: asyncio.Future[float] = self._loop.create_future()
        if self.closed:
            future.set_result(0.0)
        else:
            self._asked.add(delivery)
            self._marks += 1
            self._put((delivery, future), now=self._marks >= self._most)
        return future

    def settle(self, settlement: Settlement) -> None:
        """Put in what became of a row; it is written with the next transaction, in the order of the calls."""
        self.handed.discard(settlement.delivery)
        self._asked.discard(settlement.delivery)
        self._put(settlement, now=False)

    async def call(self, work: Callable[[Connection], T]) -> T:
        """Return what *work* returns for a connection, in a transaction of its own, in the ledger's order."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._put(call_for(work, future), now=True)
        return await future

    def _put(self, one: Mark | Settlement | Call, *, now: bool) -> None:
        self._waiting.append(one)
        if self._busy:
            return
        if now or self._writer.ending:
            self._soon()
        elif self._timer is None and not self._due:
            self._timer = self._loop.call_later(self._gather, self._soon)

    @property
    def _gather(self) -> float:
        """Return for how many seconds a mark may wait for others, with no connection idle because of it.

        As many messages are under way as marks were ever asked for at once, so one takes that many times the gap
        between two marks; its successor's mark has to be there by then.
        """
        return min(LONGEST, SHARE * self._most * self._gap)

    def _soon(self) -> None:
        """Pass on in the loop's next turn: answers that came together with a mark are put in by then.

        So a row's answer is never written after the mark of the second one behind it.
        """
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._due:
            self._due = True
            self._loop.call_soon(self._pass_on)

    def _pass_on(self) -> None:
        """Give the thread what waits."""
        self._due = False
        if self._waiting and not self._busy:
            self._busy = True
            self._measure()
            self._writer.put(self._waiting)
            self._waiting, self._marks = [], 0

    def _measure(self) -> None:
        now = self._loop.time()
        if self._marks:
            self._most = max(self._most, self._marks)
            gap = min(LONGEST, (now - self._passed) / self._marks)
            self._gap += (gap - self._gap) / 8
            self._passed = now

    def _written(self) -> None:
        self._busy = False
        if any(isinstance(one, Call) for one in self._waiting) or self._marks >= self._most:
            self._soon()
        elif self._waiting and self._timer is None and not self._due:
            self._timer = self._loop.call_later(self._gather, self._soon)

    def _grant(
        self,
        marks: Sequence[Mark],
        granted: set[int],
        unsure: set[int],
        until: float,
    ) -> None:
        for delivery, future in marks:
            if delivery in unsure:
                self.undecided(delivery)
            elif delivery not in granted:
                self.refused(delivery)
            elif delivery in self._asked:
                self.handed.add(delivery)
            self._asked.discard(delivery)
            if not future.done():
                future.set_result(until if delivery in granted else 0.0)
