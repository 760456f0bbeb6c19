"""What a run does at each look at its queue: whom it obeys, when it gives up, and when people are told; without a line."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from digest.delivery.queue import QueueStatus
from digest.delivery.sender import _Runner
from digest.errors import DeliveryError, RelayError
from digest.model import Message
from tests.delivery.alone import Case
from tests.delivery.rows import compose

HERE = QueueStatus(going=True, finished=False, halted=())


def mails(case: Case, *numbers: int) -> list[Message]:
    return [
        one for one in compose([case.answers.rows[number] for number in numbers]) if isinstance(one, Message)
    ]


def given_back(case: Case) -> dict[int, str]:
    return {one.delivery: one.reply for one in case.ledger.settled}


def looked(scenario: Callable[[Case, _Runner], Any], *names: str) -> None:
    async def all_of_it() -> None:
        case = Case("a.example", names=names or ("main",))
        await scenario(case, _Runner(case.supply(), case.answers, None))

    asyncio.run(all_of_it())


def test_people_are_told_after_five_minutes_without_a_relay_once_and_each_time_anew() -> None:
    told: list[str] = []

    async def scenario(case: Case, runner: _Runner) -> None:
        case.queue.stalled = lambda connection, why: told.append(why)  # type: ignore[method-assign]

        async def at(seconds: float) -> list[str]:
            case.at = began + seconds
            runner._watch()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            found, told[:] = list(told), []
            return found

        began = case.at
        case.routes[0].fell, case.routes[1].why = True, "connection refused"
        assert await at(0) == [], "the second is up"
        case.routes[1].fell = True
        assert [await at(seconds) for seconds in (1, 301)] == [[], []]
        case.routes[1].why = "something else"
        assert [await at(seconds) for seconds in (301.1, 302, 5000)] == [["connection refused"], [], []]
        case.routes[0].fell = False
        assert await at(6000) == []
        case.routes[0].fell = True
        assert [await at(seconds) for seconds in (6001, 6300, 6302)] == [[], [], ["something else"]]

    looked(scenario, "main", "second")


def test_who_was_halted_by_somebody_is_left_and_who_failed_keeps_its_reason() -> None:
    async def scenario(case: Case, runner: _Runner) -> None:
        failed = RelayError("certificate")
        case.routes[1].failed = failed
        runner._apply(
            QueueStatus(going=True, finished=False, halted=("relay main", "relay second", "a.example"))
        )
        assert isinstance(case.main.failed, RelayError)
        assert (case.main.failed.what, case.main.failed.where) == ("was halted", "relays.main")
        assert case.routes[1].failed is failed
        assert case.routes[2].failed is None
        assert "a.example" in case.answers.halts.halted

    looked(scenario, "main", "second", "third")


def test_what_waits_goes_back_where_the_pace_is_slower_from_now_on() -> None:
    async def scenario(case: Case, runner: _Runner) -> None:
        case.main.batch.extend(mails(case, 1, 2))
        runner._apply(HERE)
        assert given_back(case) == {}
        runner._apply(QueueStatus(going=True, finished=False, halted=(), rates={"main": 5.0}))
        assert given_back(case) == dict.fromkeys((1, 2), "the pace has changed")

    looked(scenario)


def test_a_relay_that_is_away_for_a_moment_keeps_its_rows_and_then_gives_them_back() -> None:
    async def scenario(case: Case, runner: _Runner) -> None:
        for route, numbers in zip(case.routes, ((1, 2), (3, 4)), strict=True):
            route.batch.extend(mails(case, *numbers))
            route.asked = case.at
        case.main.fell = True
        case.at += 0.39
        runner._check()
        assert given_back(case) == {}
        case.at += 0.02
        runner._check()
        assert given_back(case) == dict.fromkeys((1, 2), "the relay is away")
        case.routes[1].failed = RelayError("halted")
        runner._check()
        assert sorted(given_back(case)) == [1, 2, 3, 4]

    looked(scenario, "main", "second")


@pytest.mark.parametrize(
    ("faults", "raised"),
    [
        ((None, None), None),
        ((RelayError("one"), None), None),
        ((RelayError("one"), RelayError("two")), "one"),
        ((None, DeliveryError("ours")), "ours"),
        ((RelayError("one"), DeliveryError("ours")), "one"),
    ],
)
def test_it_gives_up_where_no_relay_is_left_or_the_fault_is_no_relays(
    faults: tuple[Exception | None, ...], raised: str | None
) -> None:
    async def scenario(case: Case, runner: _Runner) -> None:
        for route, fault in zip(case.routes, faults, strict=True):
            route.failed, route.asked = fault, case.at
        if raised is None:
            runner._check()
            return
        with pytest.raises(DeliveryError, match=raised):
            runner._check()

    looked(scenario, "main", "second")


def test_it_gives_up_where_a_halt_could_not_be_written() -> None:
    async def scenario(case: Case, runner: _Runner) -> None:
        case.answers.asides.failed = DeliveryError("too many refuse us")
        with pytest.raises(DeliveryError, match="too many refuse us"):
            runner._check()

    looked(scenario)
