"""The thread that writes a ledger: batches become durable transactions, and what came of them is told to the loop.

Nothing here waits for the loop. A mark is told as granted only after its transaction is committed; that is the fence of
`docs/delivery.md`.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from digest.delivery.database_faults import away, passing, reason
from digest.delivery.queue import DeliveryQueue
from digest.delivery.settle import Settlement
from digest.errors import LedgerError

T = TypeVar("T")
log = structlog.get_logger()
AGAIN, TELL = 0.2, 30.0  # seconds between two tries, and between two words about it
BACK = 1.0  # seconds between two tries to reach a database that is away
SAFE = 0.8  # of the lease, in which a granted mark may still be used

Mark = tuple[int, "asyncio.Future[float]"]
Granted = Callable[[Sequence[Mark], set[int], set[int], float], None]
"""Takes marks, which of them are granted, which are undecided, and until when a granted one holds."""


@dataclass(slots=True)
class Call:
    """Work to be done in a transaction of its own; who asked for it waits for a future, in the loop.

    *work* returns what is to be called in the loop once it is committed, *reject* is called there where it failed.
    """

    work: Callable[[Connection], Callable[[], None]]
    reject: Callable[[Exception], None]
    cancelled: Callable[[], bool]


Batch = list[Mark | Settlement | Call]


class Writer:
    """The thread; *write* opens a transaction. *granted* and *written* are called in *loop*."""

    def __init__(
        self,
        write: Callable[[], AbstractContextManager[Connection]],
        rows: DeliveryQueue,
        loop: asyncio.AbstractEventLoop,
        granted: Granted,
        written: Callable[[], None],
    ) -> None:
        self._write, self._rows = write, rows
        self._loop, self._granted, self._written = loop, granted, written
        self._queue: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._unwritten: list[Settlement] = []
        self._doubt = False  # the connection was lost: what was tried may have been done
        self._said: list[Callable[[], None]] = []  # for the loop
        self._unsure: set[int] = set()  # marks that were refused, and the row not settled for it
        self.ending = False

    def start(self) -> None:
        self._thread.start()

    def put(self, batch: Batch) -> None:
        """Have *batch* written, behind all that was put in before."""
        self._queue.put(batch)

    def end(self, batch: Batch) -> None:
        """Have *batch* written as the last one; from now on nobody who holds the database is waited for."""
        self.ending = True
        if batch:
            self._queue.put(batch)
        self._queue.put(None)

    def join(self) -> None:
        """Wait until all is written."""
        self._thread.join()

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            self._group(batch)
            self._said.append(self._written)
            self._say()
        self._last_words()
        self._say()

    def _group(self, batch: Batch) -> None:
        marks = [one for one in batch if isinstance(one, tuple)]
        settlements = [*self._unwritten, *(one for one in batch if isinstance(one, Settlement))]
        if marks or settlements:
            self._commit(marks, settlements)
        for one in batch:
            if isinstance(one, Call):
                self._one(one)

    def _commit(self, marks: list[Mark], settlements: list[Settlement]) -> None:
        try:
            granted, began = self._written_down(settlements, [delivery for delivery, _ in marks])
        except Exception as problem:
            self._unwritten = settlements  # an answer is not forgotten because the disk was full for a moment
            self._fail(problem, [partial(_reject, future) for _, future in marks])
            return
        self._unwritten = []
        if marks:
            unsure, self._unsure = self._unsure, set()
            self._tell(partial(self._granted, marks, granted, unsure, began + self._rows.lease * SAFE))

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
                if self.ending or not passing(problem):
                    raise
                self._doubt = self._doubt or away(problem)
                if time.monotonic() - told >= TELL:
                    told = time.monotonic()
                    log.warning("ledger.waits", why=reason(problem), do="Free the database or make room.")
                time.sleep(BACK if away(problem) else AGAIN)

    def _one(self, call: Call) -> None:
        if call.cancelled():
            return  # whoever asked has gone
        try:
            resolve = self._patient(lambda: self._called(call))
        except Exception as problem:
            self._fail(problem, [call.reject])
        else:
            self._tell(resolve)

    def _called(self, call: Call) -> Callable[[], None]:
        with self._write() as connection:
            return call.work(connection)

    def _fail(self, problem: Exception, rejects: Sequence[Callable[[Exception], None]]) -> None:
        fault = LedgerError(
            f"the ledger cannot be written: {reason(problem)}",
            do="Free space or bring the database back, then resume.",
        )
        fault.__cause__ = problem
        for reject in rejects:
            self._tell(partial(reject, fault))

    def _tell(self, word: Callable[[], None]) -> None:
        """Have this called in the loop, together with all else that the group gives rise to: one wake-up."""
        self._said.append(word)

    def _say(self) -> None:
        said, self._said = self._said, []
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_call_all, said)


def _call_all(said: list[Callable[[], None]]) -> None:
    for word in said:
        word()


def call_for(work: Callable[[Connection], T], future: "asyncio.Future[T]") -> Call:
    """Return the call that settles *future* with what *work* returns."""
    return Call(
        lambda connection: partial(_resolve, future, work(connection)),
        partial(_reject, future),
        future.cancelled,
    )


def _resolve(future: "asyncio.Future[T]", result: T) -> None:
    if not future.done():
        future.set_result(result)


def _reject(future: "asyncio.Future[T]", problem: Exception) -> None:
    if not future.done():
        future.set_exception(problem)
