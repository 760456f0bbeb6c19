"""What a run claims and makes into messages, when, and how much of it."""

import asyncio
import threading
from collections import Counter, deque
from typing import Any

import pytest

from digest.delivery.pace import pace
from digest.delivery.route import Route
from digest.delivery.supply import BATCH, HALTED, Supply
from digest.errors import RelayError
from digest.model import Message
from digest.outcomes import Outcome, Undeliverable
from tests.delivery.alone import Case
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


# ---------------------------------------------------------------------------- alone


def mails(case: Case, *numbers: int) -> list[Message]:
    return [
        one for one in compose([case.answers.rows[number] for number in numbers]) if isinstance(one, Message)
    ]


def given_back(case: Case) -> dict[int, str]:
    return {one.delivery: one.reply for one in case.ledger.settled}


async def gone(supply: Supply, route: Route) -> list[int]:
    """What goes out until the relay would have to wait for more."""
    found = list[int]()
    stream = supply.stream(route)
    while True:
        task = asyncio.ensure_future(anext(stream))
        for _ in range(5):
            await asyncio.sleep(0)
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
            return found
        found.append(task.result().delivery)


def ended(supply: Supply, route: Route) -> None:
    """Nothing is made ahead: what there is, is what a test put there."""
    loop = asyncio.get_running_loop()
    route.upcoming.extend([loop.create_future(), loop.create_future()])  # type: ignore[list-item]


def test_mails_go_in_their_order_and_those_of_a_halted_provider_go_back() -> None:
    async def scenario() -> None:
        case = Case("a.example", "b.example")
        case.answers.halts.halted.add("a.example")
        case.main.batch.extend(mails(case, 101, 1, 102, 2, 103))
        case.main.parked["a.example"] = deque(mails(case, 3, 4))
        slowed(case, "c.example")
        supply = case.supply()
        ended(supply, case.main)
        assert await gone(supply, case.main) == [101, 102, 103]
        assert given_back(case) == dict.fromkeys((1, 2, 3, 4), HALTED)
        case.main.batch.extend(mails(case, 104))
        del case.answers.rows[104]
        assert await gone(supply, case.main) == [104], "its mark will be refused"

    asyncio.run(scenario())


def slowed(case: Case, provider: str) -> None:
    """*provider* asks for less: it gets five mails a second from now on, and none at once."""
    case.answers.lanes.slow(provider, case.at, 10.0)


def test_mails_of_a_slowed_provider_wait_beside_the_others_for_their_turn() -> None:
    async def scenario() -> None:
        case = Case("a.example", "b.example")
        slowed(case, "a.example")
        case.main.batch.extend(mails(case, *range(1, 13), 101))
        supply = case.supply()
        ended(supply, case.main)
        assert await gone(supply, case.main) == [101]
        assert [one.delivery for one in case.main.parked["a.example"]] == list(range(1, 11))
        assert given_back(case) == dict.fromkeys((11, 12), "its provider asks for less at a time")
        case.at += 0.21
        assert await gone(supply, case.main) == [1]
        case.at += 0.41
        case.main.batch.extend(mails(case, 102))
        assert await gone(supply, case.main) == [2, 3, 102]

    asyncio.run(scenario())


def test_a_mail_of_a_slowed_provider_goes_at_once_where_its_turn_has_come_and_none_waits() -> None:
    async def scenario() -> None:
        case = Case("a.example", "b.example")
        slowed(case, "a.example")
        case.at += 0.21
        case.main.batch.extend(mails(case, 1, 2))
        supply = case.supply()
        ended(supply, case.main)
        assert await gone(supply, case.main) == [1]
        assert [one.delivery for one in case.main.parked["a.example"]] == [2]

    asyncio.run(scenario())


def test_when_a_providers_pace_is_open_again_what_waited_goes() -> None:
    async def scenario() -> None:
        case = Case("a.example", "b.example")
        case.main.parked |= {"b.example": deque(), "a.example": deque(mails(case, 1, 2))}
        supply = case.supply()
        ended(supply, case.main)
        assert await gone(supply, case.main) == [1, 2]
        slowed(case, "b.example")  # another's pace holds, and not theirs
        case.main.parked["a.example"].extend(mails(case, 3, 4))
        assert await gone(supply, case.main) == [3, 4]

    asyncio.run(scenario())


def test_a_relay_that_failed_gets_no_more_and_a_backup_only_while_no_other_is_up() -> None:
    async def scenario() -> None:
        case = Case("a.example", names=("main", "second", "spare"))
        case.routes[2].backup = True
        supply = case.supply()
        assert not supply.needed(case.routes[2])
        case.main.fell = True
        assert not supply.needed(case.routes[2])
        case.routes[1].failed = RelayError("no")
        assert supply.needed(case.routes[2])
        ended(supply, case.routes[2])
        case.routes[2].batch.extend(mails(case, 1))
        assert await gone(supply, case.routes[2]) == [1]
        case.routes[1].batch.extend(mails(case, 2))
        assert [one async for one in supply.stream(case.routes[1])] == []
        supply.over = True
        case.main.batch.extend(mails(case, 3))
        assert [one async for one in supply.stream(case.main)] == []

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("rate", "accepted", "limit"),
    [
        (0.0, 0, 100),
        (0.0, 250, 100),
        (0.0, 1000, 400),
        (0.0, 9000, 1000),
        (20.0, 0, 40),
        (200.0, 0, 100),
        (0.1, 0, 1),
    ],
)
def test_as_much_is_claimed_as_goes_out_in_a_moment(
    rate: float, accepted: int, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.delivery.supply.TICK", 0.4)

    async def scenario() -> None:
        case = Case()
        case.queue.add(rows(1))
        case.main.accepted, case.main.pace = accepted, pace(rate, case.at)
        await case.supply()._claimed(case.main)
        assert [claim.limit for claim in case.queue.claims] == [limit]

    asyncio.run(scenario())


def test_a_slowed_providers_rows_are_claimed_when_it_is_their_time_and_else_all_others() -> None:
    async def scenario() -> None:
        case = Case()
        case.queue.add([*rows(20, "a.example"), *rows(3, "b.example", first=101)])
        slowed(case, "a.example")
        supply = case.supply()

        async def claimed() -> list[int]:
            return [row.id for row in await supply._claimed(case.main)]

        assert await claimed() == list(range(1, 11))
        assert await claimed() == [101, 102, 103]
        assert await claimed() == []
        asked = len(case.queue.claims)
        case.at += 0.9
        assert await claimed() == []
        assert len(case.queue.claims) == asked, "the others had none a moment ago"
        case.at += 0.2
        assert await claimed() == []
        assert len(case.queue.claims) == asked + 1
        case.at += 1.0
        assert await claimed() == list(range(11, 21))
        assert [(one.only, one.but) for one in case.queue.claims[:2]] == [
            ("a.example", frozenset()),
            ("", frozenset({"a.example"})),
        ]
        assert set(case.answers.rows) == {*range(1, 21), 101, 102, 103}

    asyncio.run(scenario())


def test_fifty_are_made_at_a_time_and_two_batches_ahead() -> None:
    made: list[int] = []

    def composing(claimed: Any) -> Any:
        made.append(len(claimed))
        return compose(claimed)

    async def scenario() -> None:
        case = Case()
        case.queue.add(rows(120))
        supply = case.supply(composing)
        assert [len(await supply._batch(case.main)) for _ in range(4)] == [50, 50, 20, 0]
        assert made == [50, 50, 20]
        supply._prepare(case.main)
        assert len(case.main.upcoming) == 2
        await asyncio.wait(case.main.upcoming)

    asyncio.run(scenario())


def test_a_row_whose_mail_is_under_way_is_put_off_and_no_second_mail_is_made() -> None:
    deferred: list[list[int]] = []

    async def scenario() -> None:
        case = Case()
        case.queue.defer = lambda connection, ids: deferred.append(sorted(ids))  # type: ignore[method-assign]
        case.answers.rows |= {row.id: row for row in rows(2)}
        case.queue.add(rows(4))
        claiming = case.supply()._claiming(10, {}, "", frozenset())
        assert [row.id for row in claiming(None)] == [3, 4]
        assert deferred == [[1, 2]]
        case.queue.waiting = rows(1, first=9)
        assert [row.id for row in claiming(None)] == [9], (
            "a second try gives back what the first may have got"
        )
        assert deferred == [[1, 2], [3, 4]]

    asyncio.run(scenario())
