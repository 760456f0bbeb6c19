"""The ledger thread: all that a worker writes about its rows, grouped into few durable transactions.

Marks and settlements that arrive while a transaction runs make up the next one. A mark is answered only after
its transaction is committed; that is the fence of `docs/delivery.md`.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio.to_thread
import structlog

from digest.delivery.database_faults import away, passing, reason
from digest.delivery.queue import DeliveryQueue
from digest.delivery.settle import Settlement
from digest.errors import LedgerError

T = TypeVar("T")
log = structlog.get_logger()
AGAIN, TELL = 0.2, 30.0  # seconds between two tries, and between two words about it
BACK = 1.0  # seconds between two tries to reach a database that is away
SHARE = 0.3  # of the time that a message is under way, in which a mark waits for company
LONGEST = 0.005  # seconds, at most
SAFE = 0.8  # of the lease, in which a granted mark may still be used


@dataclass(slots=True)
class _Call:
    work: Callable[[Any], Any]
    future: asyncio.Future[Any]


_Batch = list[tuple[int, asyncio.Future[float]] | Settlement | _Call]


class Ledger:
    """The thread and what waits for it; *write* opens a transaction. Use as an async context manager.

    What comes in waits in the loop, for a moment, until as many marks are asked for as there were ever before at
    once: that is, until each connection has asked. A durable commit costs the same for one as for ten.
    """

    def __init__(self, write: Callable[[], AbstractContextManager[Any]], rows: DeliveryQueue) -> None:
        self._write = write
        self._rows = rows
        self._queue: queue.SimpleQueue[_Batch | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked: set[int] = set()
        self._waiting: _Batch = []
        self._marks = 0  # among those
        self._most = 1  # marks in a group so far
        self._gap = 0.0  # seconds between two marks, of late
        self._passed = 0.0  # when marks were last passed on
        self._busy = False  # the thread writes
        self._due = False  # what waits is passed on in the next turn
        self._timer: asyncio.TimerHandle | None = None
        self._ending = False
        self._unwritten: list[Settlement] = []
        self._doubt = False  # the connection was lost: what was tried may have been done
        self._said: list[tuple[Callable[..., None], tuple[Any, ...]]] = []  # by the thread, for the loop
        self._unsure: set[int] = (
            set()
        )  # the thread's: marks that were refused, and the row not settled for it
        self.refused: Callable[[int], None] = lambda delivery: None
        self.undecided: Callable[[int], None] = lambda delivery: None
        self.handed: set[int] = set()  # marked for the wire, and no outcome put in yet
        self.closed = False  # grants no mark any more

    async def __aenter__(self) -> "Ledger":
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ending = True
        if self._waiting:
            self._queue.put(self._waiting)
        self._queue.put(None)
        await anyio.to_thread.run_sync(self._thread.join)

    def mark(self, delivery: int) -> "asyncio.Future[float]":
        """Return, when it is committed, until when the message may be handed over; 0.0 when it must not be."""
        assert self._loop is not None
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

    async def call(self, work: Callable[[Any], T]) -> T:
        """Return what *work* returns for a connection, in a transaction of its own, in the ledger's order."""
        assert self._loop is not None
        future: asyncio.Future[T] = self._loop.create_future()
        self._put(_Call(work, future), now=True)
        return await future

    def _put(self, one: "tuple[int, asyncio.Future[float]] | Settlement | _Call", *, now: bool) -> None:
        self._waiting.append(one)
        if self._busy:
            return
        if now or self._ending:
            self._soon()
        elif self._timer is None and not self._due:
            assert self._loop is not None
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
            assert self._loop is not None
            self._due = True
            self._loop.call_soon(self._pass_on)

    def _pass_on(self) -> None:
        """Give the thread what waits."""
        self._due = False
        if self._waiting and not self._busy:
            self._busy = True
            self._measure()
            self._queue.put(self._waiting)
            self._waiting, self._marks = [], 0

    def _measure(self) -> None:
        assert self._loop is not None
        now = self._loop.time()
        if self._marks:
            self._most = max(self._most, self._marks)
            gap = min(LONGEST, (now - self._passed) / self._marks)
            self._gap += (gap - self._gap) / 8
            self._passed = now

    def _written(self) -> None:
        self._busy = False
        if any(isinstance(one, _Call) for one in self._waiting) or self._marks >= self._most:
            self._soon()
        elif self._waiting and self._timer is None and not self._due:
            assert self._loop is not None
            self._timer = self._loop.call_later(self._gather, self._soon)

    # ------------------------------------------------------------ the thread

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            self._group(batch)
            self._said.append((self._written, ()))
            said, self._said = self._said, []
            self._say(said)
        self._last_words()
        self._say(self._said)

    def _group(self, batch: list[Any]) -> None:
        marks = [one for one in batch if isinstance(one, tuple)]
        settlements = [*self._unwritten, *(one for one in batch if isinstance(one, Settlement))]
        if marks or settlements:
            self._commit(marks, settlements)
        for one in batch:
            if isinstance(one, _Call):
                self._one(one)

    def _commit(
        self, marks: list[tuple[int, "asyncio.Future[float]"]], settlements: list[Settlement]
    ) -> None:
        try:
            granted, began = self._written_down(settlements, [delivery for delivery, _ in marks])
        except Exception as problem:
            self._unwritten = settlements  # an answer is not forgotten because the disk was full for a moment
            self._fail(problem, [future for _, future in marks])
            return
        self._unwritten = []
        if marks:
            unsure, self._unsure = self._unsure, set()
            self._tell(self._grant, marks, granted, unsure, began + self._rows.lease * SAFE)

    def _written_down(self, settlements: list[Settlement], ids: list[int]) -> tuple[set[int], float]:
        """Write all this; return which marks are granted, and the moment before they were."""
        self._doubt = False
        granted, began = self._patient(self._timed(self._together, settlements, ids))
        if granted is None:
            granted, later = self._patient(self._timed(self._in_turn, settlements, ids))
            return granted, began if self._doubt else later
        if refused := [one for one in ids if one not in granted]:
            try:
                granted |= self._patient(lambda: self._in_turn([], refused))
            except Exception:
                log.exception("ledger.refused")  # the granted ones go; these are given back
                self._unsure = set(refused)
        return granted, began

    def _timed(
        self, work: Callable[[list[Settlement], list[int]], T], settlements: list[Settlement], ids: list[int]
    ) -> Callable[[], tuple[T, float]]:
        """Return *work* giving also the moment before it began: the first time, where that may have been it."""
        began = [time.monotonic()]

        def timed() -> tuple[T, float]:
            if not self._doubt:
                began[:] = [time.monotonic()]
            return work(settlements, ids), began[0]

        return timed

    def _together(self, settlements: list[Settlement], ids: list[int]) -> set[int] | None:
        if self._doubt:
            return None  # what is done already is found out in turn
        return self._rows.group(settlements, ids)

    def _in_turn(self, settlements: list[Settlement], ids: list[int]) -> set[int]:
        with self._write() as connection:
            if settlements:
                self._rows.settle(connection, settlements)
            known = self._rows.handed(connection, ids) if self._doubt and ids else set()
            left = [one for one in ids if one not in known]
            return known | (self._rows.mark(connection, left) if left else set())

    def _last_words(self) -> None:
        for pause in (0.1, 0.5, 1.0):
            if self._unwritten:
                time.sleep(pause)
                self._commit([], self._unwritten)

    def _patient(self, work: Callable[[], T]) -> T:
        """Return what *work* returns; where somebody else holds the database up for long, he is waited for."""
        told = -TELL
        while True:
            try:
                return work()
            except Exception as problem:
                if self._ending or not passing(problem):
                    raise
                self._doubt = self._doubt or away(problem)
                if time.monotonic() - told >= TELL:
                    told = time.monotonic()
                    log.warning("ledger.waits", why=reason(problem), do="Free the database or make room.")
                time.sleep(BACK if away(problem) else AGAIN)

    def _one(self, call: _Call) -> None:
        if call.future.cancelled():
            return  # whoever asked has gone
        try:
            result = self._patient(lambda: self._called(call))
        except Exception as problem:
            self._fail(problem, [call.future])
        else:
            self._tell(_resolve, call.future, result)

    def _called(self, call: _Call) -> Any:
        with self._write() as connection:
            return call.work(connection)

    def _fail(self, problem: Exception, futures: list[asyncio.Future[Any]]) -> None:
        told = LedgerError(
            f"the ledger cannot be written: {reason(problem)}",
            do="Free space or bring the database back, then resume.",
        )
        told.__cause__ = problem
        self._tell(_reject, futures, told)

    def _tell(self, callback: Callable[..., None], *arguments: Any) -> None:
        """Have this called in the loop, together with all else that the group gives rise to: one wake-up."""
        self._said.append((callback, arguments))

    def _say(self, said: list[tuple[Callable[..., None], tuple[Any, ...]]]) -> None:
        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_call_all, said)

    # ------------------------------------------------------------ in the loop

    def _grant(
        self,
        marks: list[tuple[int, "asyncio.Future[float]"]],
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


def _call_all(said: list[tuple[Callable[..., None], tuple[Any, ...]]]) -> None:
    for callback, arguments in said:
        callback(*arguments)


def _resolve(future: "asyncio.Future[Any]", result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _reject(futures: list["asyncio.Future[Any]"], problem: Exception) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(problem)
