"""One mutant, one process: forked from a clean one that has the libraries imported, with the fault put in at import."""

import contextlib
import importlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import Queue
from types import TracebackType
from typing import Any

from tests.mutants.operators import Mutant
from tests.mutants.rooms import ROOT

KILLED = "killed"
SURVIVED = "survives"
LATE = "runs past its time"
# Seconds, and times what its tests took: a mutant that takes longer than both together hangs; so for one test of them
LEAST, TIMES = 30.0, 3.0
LEAST_EACH, TIMES_EACH = 15.0, 6.0
POLL = 0.02
LOADED = ("-W", "ignore::pytest.PytestAssertRewriteWarning")  # the plugins were imported before pytest began
TAIL = 3000  # characters of what pytest said that are kept
OTHERS = """
import importlib, pkgutil, sys
import tests.conftest, digest, subscribers
for package in (digest, subscribers):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not found.name.endswith(("__main__", ".env")) and ".versions" not in found.name:
            importlib.import_module(found.name)
print(*(name for name in sys.modules if name.partition(".")[0] not in ("__main__", "digest", "subscribers", "tests")))
"""


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

    def of(self, one: Mutant, tests: dict[str, float], share: float = 1.0) -> tuple[str, str]:
        """Return KILLED when one of *tests* fails on the mutant, LATE when it takes too long, else SURVIVED.

        With it comes the end of what pytest said. *tests* says how many seconds each usually takes; *share* of the
        time that is allowed for them is given.
        """
        server = self._free.get()
        try:
            longest = share * (LEAST + TIMES * sum(tests.values()))
            server.send((longest, one.file, one.number, tests, share))
            verdict, said = server.recv()
            return verdict, said
        finally:
            self._free.put(server)


def _serve(asked: Connection) -> None:
    """Import what all tests need but nothing of ours; then fork a process for each mutant."""
    os.environ |= {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }  # no thread may be there when it forks
    _import_libraries()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with tempfile.TemporaryFile() as said:
        while (asking := asked.recv()) is not None:
            longest, *work = asking
            os.ftruncate(said.fileno(), 0)
            child = os.fork()
            if child == 0:
                os.setsid()
                os._exit(_tried(said.fileno(), *work))
            verdict = _ended(child, longest)
            size = os.fstat(said.fileno()).st_size
            text = os.pread(said.fileno(), TAIL, max(0, size - TAIL)).decode(errors="replace")
            asked.send((verdict, text))


def _import_libraries() -> None:
    """Import all that our modules import, and the plugins of pytest: it is half of the time of a quick test."""
    found = subprocess.run(
        [sys.executable, "-c", OTHERS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in [*found.stdout.split(), "pytest", "hypothesis", "starlette.testclient", "httpx2"]:
        with contextlib.suppress(Exception):  # what cannot be imported alone is imported by whoever needs it
            importlib.import_module(name)


def _ended(child: int, longest: float) -> str:
    """Return the verdict; one that takes too long is killed with all that it started."""
    deadline = time.monotonic() + longest
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            _sweep(child)
            late = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
            return LATE if late else KILLED if status else SURVIVED
        time.sleep(POLL)
    _sweep(child)
    os.waitpid(child, 0)
    return LATE


def _sweep(child: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)


class Patience:
    """A pytest plugin: ends the process, by the system's alarm clock, in a test that takes far longer than it should.

    A test that hangs is known by itself: the others' time need not pass before it is.
    """

    def __init__(self, seconds: dict[str, float], share: float) -> None:
        self.seconds, self.share = seconds, share

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        usual = self.seconds.get(nodeid, LEAST)
        signal.setitimer(signal.ITIMER_REAL, self.share * (LEAST_EACH + TIMES_EACH * usual))

    def pytest_runtest_logfinish(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _tried(said: int, file: str, number: int, tests: dict[str, float], share: float) -> int:
    import pytest

    from tests.mutants.measured import FAST
    from tests.mutants.planted import plant

    os.lseek(said, 0, os.SEEK_SET)
    os.dup2(said, 1)
    os.dup2(said, 2)
    try:
        plant(file, number)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        code = pytest.main([*FAST, *LOADED, *tests], plugins=[Patience(tests, share)])
    except BaseException as problem:
        print(f"{type(problem).__name__}: {problem}", flush=True)
        return 1
    sys.stdout.flush()
    return 0 if code == pytest.ExitCode.OK else 1
