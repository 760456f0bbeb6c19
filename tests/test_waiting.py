"""The helpers that the other tests wait with: they end with the event, and fail with words."""

import asyncio
import time

import pytest

from tests.waiting import stays, stays_async, until, until_async

pytestmark = pytest.mark.timed


def test_a_wait_ends_with_its_event_and_fails_naming_what_did_not_come() -> None:
    end = time.monotonic() + 0.03
    until(lambda: time.monotonic() > end, "a moment")
    with pytest.raises(AssertionError, match=r"^not within 0\.02 s: the second mail"):
        until(lambda: False, "the second mail", 0.02)
    with pytest.raises(AssertionError, match="what the log said"):
        until(lambda: False, lambda: "what the log said", 0.0)


def test_the_loop_goes_on_during_a_wait() -> None:
    async def scenario() -> None:
        event = asyncio.Event()
        asyncio.get_running_loop().call_later(0.02, event.set)
        await until_async(event.is_set, "the event")

        async def asked() -> bool:
            return False

        with pytest.raises(AssertionError, match="an answer"):
            await until_async(asked, "an answer", 0.02)

    asyncio.run(scenario())


def test_what_has_to_stay_is_seen_to_change() -> None:
    began = time.monotonic()
    with pytest.raises(AssertionError, match="nobody sends"):
        stays(lambda: time.monotonic() < began + 0.02, 5, "nobody sends")
    assert time.monotonic() - began < 2
    with pytest.raises(AssertionError, match="nobody sends"):
        asyncio.run(stays_async(lambda: False, 5, "nobody sends"))
    stays(lambda: True, 0.01, "nobody sends")
