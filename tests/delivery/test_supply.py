"""What a run claims and makes into messages, when, and how much of it."""

import asyncio
import threading
from collections import Counter
from typing import Any

import pytest

from digest.delivery.route import Route
from digest.delivery.supply import BATCH, HALTED
from digest.model import Message
from digest.outcomes import Outcome, Undeliverable
from tests.delivery.rows import OK, Rows, Way, compose, played, rows
from tests.waiting import until_async


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run heartbeats at its queue often."""
    monkeypatch.setattr("digest.delivery.sender.TICK", 0.05)
    monkeypatch.setattr("digest.delivery.supply.TICK", 0.05)


def test_two_batches_are_claimed_at_once_before_anything_is_known_of_the_relay() -> None:
    queue, way = Rows(rows(300)), Way()
    played(queue, way)
    assert queue.claims[0].limit == 2 * BATCH
    assert Counter(queue.states.values()) == {"sent": 300}


def test_the_first_mail_goes_out_while_the_next_batch_is_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.delivery.supply.BATCH", 2)
    out = threading.Event()
    seen: list[bool] = []

    def composing(claimed: Any) -> Any:
        if any(row.id > 2 for row in claimed):
            seen.append(out.wait(3))
        return compose(claimed)

    def answer(message: Message) -> Outcome:
        out.set()
        return OK

    queue, way = Rows(rows(4)), Way(answer)
    played(queue, way, made=composing)
    assert seen == [True]
    assert way.got == [1, 2, 3, 4]


def test_a_mail_that_cannot_be_made_is_settled_and_the_others_of_its_batch_go() -> None:
    def composing(claimed: Any) -> Any:
        return [Undeliverable("too large") if one.delivery == 2 else one for one in compose(claimed)]

    queue, way = Rows(rows(4)), Way()
    played(queue, way, made=composing)
    assert queue.states == {1: "sent", 2: "undeliverable", 3: "sent", 4: "sent"}
    assert way.got == [1, 3, 4]


def test_a_run_that_ends_makes_no_second_try_to_make_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be made just now is given back at once, while answers are still due."""
    monkeypatch.setattr("digest.delivery.supply.BATCH", 1)
    answered, ending = asyncio.Event(), threading.Event()

    def composing(claimed: Any) -> Any:
        if claimed[0].id == 2:
            ending.wait(3)
            raise RuntimeError("database is locked")
        return compose(claimed)

    async def slowly(message: Message) -> Outcome:
        await answered.wait()
        return OK

    async def meanwhile(stopping: asyncio.Event) -> None:
        await until_async(lambda: way.got, "the first is out")
        heartbeats = queue.heartbeats
        stopping.set()
        await until_async(lambda: queue.heartbeats >= heartbeats, "it stops")
        await asyncio.sleep(0)
        ending.set()
        await until_async(lambda: queue.states == {2: "queued"}, "the second is given back", 0.8)
        answered.set()

    queue, way = Rows(rows(2)), Way(slowly)
    played(queue, way, made=composing, meanwhile=meanwhile)
    assert queue.states == {1: "sent", 2: "queued"}


def test_a_database_that_is_held_for_a_moment_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.delivery.supply.BACK", 0.05)
    faults = [RuntimeError("database is locked")] * 2

    def composing(claimed: Any) -> Any:
        if faults:
            raise faults.pop()
        return compose(claimed)

    queue, way = Rows(rows(3)), Way()
    played(queue, way, made=composing)
    assert way.got == [1, 2, 3]
    assert len(queue.claims) < 10


# ---------------------------------------------------------------------------- under a pace


def test_at_a_pace_each_goes_once_and_in_order_and_no_more_is_claimed_than_soon_goes_out() -> None:
    queue, way = Rows(rows(25)), Way()
    played(queue, Route("main", way, rate=100.0))
    assert way.got == list(range(1, 26))
    queue, way = Rows(rows(25)), Way()

    async def meanwhile(stopping: asyncio.Event) -> None:
        await until_async(lambda: len(way.got) > 2, "some are out")
        stopping.set()

    played(queue, Route("main", way, rate=5.0), meanwhile=meanwhile)
    assert {claim.limit for claim in queue.claims} == {10}


def test_a_provider_that_is_halted_while_its_mail_waits_for_the_pace_gets_it_not() -> None:
    async def meanwhile(stopping: asyncio.Event) -> None:
        await until_async(lambda: way.got, "the first is out")
        heartbeats = queue.heartbeats
        queue.halted = ("a.example",)
        await until_async(lambda: queue.heartbeats > heartbeats + 1, "the halt is seen")
        await until_async(lambda: 2 in queue.settled, "the second is given back")
        stopping.set()

    queue, way = Rows(rows(2, "a.example")), Way()
    played(queue, Route("main", way, rate=3.0), meanwhile=meanwhile)
    assert way.got == [1]
    assert queue.settled[2].reply == HALTED
    assert queue.states == {1: "sent", 2: "queued"}


def test_one_of_two_providers_that_is_halted_meanwhile_does_not_hold_the_other_up() -> None:
    async def meanwhile(stopping: asyncio.Event) -> None:
        await until_async(lambda: way.got, "the first is out")
        queue.halted = ("a.example",)
        await until_async(lambda: len(way.got) == 4, "the others are out")
        stopping.set()

    queue, way = Rows([*rows(30, "a.example"), *rows(3, "b.example", first=101)]), Way()
    paced = Route("main", way, rate=20.0)
    played(queue, paced, meanwhile=meanwhile)
    assert set(way.got) - {101, 102, 103} <= set(range(1, 6))
