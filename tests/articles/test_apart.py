import gc
import sys
import threading
import time
from pathlib import Path

import anyio
import anyio.to_process
import pytest

from digest.articles.apart import apart
from digest.errors import SourceError, WorkerError
from digest.flows.collect import collect
from digest.store import sources
from tests.flow.day import Day
from tests.waiting import until


async def many(number: int, each: float, seconds: float) -> int:
    """Run *number* sleeps one after the other in a single worker; return how many were let finish."""
    anyio.to_process.current_default_process_limiter().total_tokens = 1
    done = 0

    async def one() -> None:
        nonlocal done
        await apart(time.sleep, each, seconds=seconds)
        done += 1

    async with anyio.create_task_group() as group:
        for _ in range(number):
            group.start_soon(one)
    return done


def test_waiting_for_a_turn_is_nobodys_own_time() -> None:
    assert anyio.run(many, 6, 0.4, 1.5) == 6


def test_what_takes_too_long_is_given_up_and_the_next_has_its_turn() -> None:
    async def run() -> float:
        anyio.to_process.current_default_process_limiter().total_tokens = 1
        with pytest.raises(SourceError, match=r"took longer than 0\.2 s"):
            await apart(time.sleep, 60.0, seconds=0.2)
        return await apart(abs, -2.0)

    assert anyio.run(run) == 2.0


def test_a_worker_may_not_take_all_the_memory_and_is_the_first_to_go() -> None:
    async def run() -> str:
        with pytest.raises(SourceError, match="more memory"):
            await apart(bytearray, 2 << 30)
        assert len(await apart(bytearray, 64 << 20)) == 64 << 20, "what a picture needs is there"
        return await apart(Path.read_text, Path("/proc/self/oom_score_adj"))

    assert anyio.run(run) == "900\n"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/false"])
def test_a_worker_that_cannot_start_is_no_fault_of_the_publisher(
    python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(tmp_path, "2026-03-04T08:00")
    day.write(1, "Council votes", "2026-03-04T03:00")
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", python)
        (result,) = anyio.run(lambda: collect.collect(day.app, force=True)).sources
        with pytest.raises(WorkerError):
            anyio.run(apart, abs, -1)
    # anyio leaves the pipes of a process that did not start to the collector, which warns of them: once asyncio's thread
    # that waits for the process has let go of it.
    until(
        lambda: not any("waitpid" in thread.name for thread in threading.enumerate()),
        "the process to be seen to end",
    )
    gc.collect()
    assert result.outcome == "not read"
    assert "could not be started on this machine" in result.error
    with day.db.read() as connection:
        (state,) = sources.states(connection, ["own"])
    assert (state.failures, state.next_poll, state.last_error) == (0, None, "")
    day.collect()
