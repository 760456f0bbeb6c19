"""Waits for events with a deadline. Nothing else in the tests sleeps; `tests/test_architecture.py` holds that."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

POLL = 0.01  # seconds between two looks


def until(check: Callable[[], object], what: str | Callable[[], str], seconds: float = 10.0) -> None:
    """Return once *check* holds; fail, naming *what* was waited for, when it does not within *seconds*."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, _missed(what, seconds)
        time.sleep(POLL)


async def until_async(
    check: Callable[[], object | Awaitable[object]], what: str | Callable[[], str], seconds: float = 10.0
) -> None:
    """The same in an event loop, which goes on meanwhile; *check* may be a coroutine function."""
    end = time.monotonic() + seconds
    while not await _answer(check):
        assert time.monotonic() < end, _missed(what, seconds)
        await asyncio.sleep(POLL)


def stays(check: Callable[[], object], seconds: float, why: str) -> None:
    """Return after *seconds* throughout which *check* held: for what no event can show, as *why* says."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert check(), why
        time.sleep(POLL)
    assert check(), why


async def stays_async(check: Callable[[], object], seconds: float, why: str) -> None:
    """The same in an event loop, which goes on meanwhile."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert check(), why
        await asyncio.sleep(POLL)
    assert check(), why


def lag(seconds: float) -> None:
    """Take *seconds*: the slowness of a stand-in (a disk, a relay, a site) that the code under test must bear."""
    time.sleep(seconds)


async def lag_async(seconds: float) -> None:
    """The same in an event loop."""
    await asyncio.sleep(seconds)


async def never() -> None:
    """Do not return: a stand-in that hangs until it is cancelled."""
    await asyncio.sleep(3600)


async def _answer(check: Callable[[], object | Awaitable[object]]) -> object:
    found = check()
    return await found if inspect.isawaitable(found) else found


def _missed(what: str | Callable[[], str], seconds: float) -> str:
    return f"not within {seconds:g} s: {what if isinstance(what, str) else what()}"
