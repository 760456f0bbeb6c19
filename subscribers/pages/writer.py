"""One thread that writes for all pages: what waits at the same time shares one durable commit.

A commit waits for the disk; a thousand readers who leave at once would each wait for their own. Here they
are done in one transaction, and every one is answered after it was committed.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection

A = TypeVar("A")
T = TypeVar("T")


Many = Callable[[Connection, list[Any]], Sequence[object]]


class Job(NamedTuple):
    """An *argument* for a function that takes many of them, and where its result is waited for."""

    function: Many
    argument: object
    future: "Future[Any]"


MOST = 64
IDLE_SECONDS = 5.0


class Writer:
    """Takes functions of a connection, and runs those that wait in one transaction, in order."""

    def __init__(self, write: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._write = write
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._lock = threading.Lock()
        self._running = False

    async def run(self, function: Callable[[Connection], T]) -> T:
        """Return what *function* returns, after its commit. It may run twice, if a neighbour fails."""
        return await self.run_all(lambda connection, _: [function(connection)], None)

    async def run_all(self, function: Callable[[Connection, list[A]], Sequence[T]], argument: A) -> T:
        """Return what *function* returns for *argument*, after its commit: it gets all that wait, in one list."""
        future: Future[T] = Future()
        with self._lock:
            self._jobs.put(Job(function, argument, future))
            if not self._running:
                self._running = True
                threading.Thread(target=self._work, name="readers-writer", daemon=True).start()
        return await asyncio.shield(
            asyncio.wrap_future(future)
        )  # who closed the connection has still asked for it

    def _work(self) -> None:
        while True:
            try:
                jobs = [self._jobs.get(timeout=IDLE_SECONDS)]
            except Empty:
                with self._lock:
                    if self._jobs.empty():
                        self._running = False
                        return
                continue
            while len(jobs) < MOST and not self._jobs.empty():
                jobs.append(self._jobs.get())
            self._done(jobs)

    def _done(self, jobs: list[Job]) -> None:
        groups: dict[Many, list[Job]] = {}
        for job in jobs:
            groups.setdefault(job.function, []).append(job)
        try:
            with self._write() as connection:
                results = [
                    (some, function(connection, [job.argument for job in some]))
                    for function, some in groups.items()
                ]
        except Exception as problem:
            if len(jobs) == 1:
                jobs[0].future.set_exception(problem)
                return
            for job in jobs:  # one of them is at fault: each for itself
                self._done([job])
            return
        for some, found in results:
            for job, result in zip(some, found, strict=True):
                job.future.set_result(result)
