"""One mutant, one process: forked from a clean one that has the libraries imported, with the fault put in at import."""

import contextlib
import os
import signal
import sys
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import Queue
from types import TracebackType
from typing import Any

from tests.mutants.operators import Mutant

KILLED = "killed"
SURVIVED = "survives"
SECONDS = 90.0  # for the tests of one mutant: whoever takes longer hangs, which is noticed, too
POLL = 0.02


class Trials:
    """As many fork servers as there are jobs; each tries one mutant at a time."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._free: Queue[Connection] = Queue()
        self._servers: list[Any] = []

    def __enter__(self) -> "Trials":
        spawn = get_context("spawn")
        for _ in range(self.jobs):
            ours, theirs = spawn.Pipe()
            server = spawn.Process(target=_serve, args=(theirs,))
            server.start()
            theirs.close()
            self._servers.append(server)
            self._free.put(ours)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        while not self._free.empty():
            with contextlib.suppress(OSError):
                self._free.get().send(None)
        for server in self._servers:
            server.join(10)
            if server.is_alive():
                server.kill()

    def of(self, one: Mutant, tests: list[str]) -> str:
        """Return KILLED when one of *tests* fails on the mutant, else SURVIVED."""
        server = self._free.get()
        try:
            server.send((one.file, one.number, tests))
            return KILLED if server.recv() else SURVIVED
        finally:
            self._free.put(server)


def _serve(asked: Connection) -> None:
    """Import what all tests need but nothing of ours; then fork a process for each mutant."""
    import httpx2
    import hypothesis
    import pytest
    import sqlalchemy.dialects.sqlite
    import starlette.testclient

    _ = (httpx2, hypothesis, pytest, sqlalchemy, starlette)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while (work := asked.recv()) is not None:
        child = os.fork()
        if child == 0:
            os.setsid()
            os._exit(_tried(*work))
        asked.send(_ended(child) != 0)


def _ended(child: int) -> int:
    """Return the exit status; one that takes too long is killed with all that it started."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            _sweep(child)
            return status
        time.sleep(POLL)
    _sweep(child)
    return os.waitpid(child, 0)[1] or 1


def _sweep(child: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)


def _tried(file: str, number: int, tests: list[str]) -> int:
    import pytest

    from tests.mutants.measured import FAST
    from tests.mutants.planted import plant

    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    plant(file, number)
    try:
        code = pytest.main([*FAST, *tests])
    except BaseException:
        return 1
    sys.stdout.flush()
    return 0 if code == pytest.ExitCode.OK else 1
