import time

import anyio
import anyio.to_process
import pytest

from digest.articles.apart import apart
from digest.errors import SourceError


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
