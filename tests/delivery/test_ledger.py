"""The ledger thread: answers after the commit, groups what waits, forgets no answer."""

import asyncio
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from digest.delivery.ledger import Ledger
from digest.delivery.settle import Settlement
from digest.errors import LedgerError
from digest.model import DeliveryState
from tests.waiting import until_async


class RowsInMemory:
    """Notes what is written, in transactions that a test can hold up or let fail."""

    lease = 60.0

    def __init__(self, *, quick: bool = False) -> None:
        self.quick = quick
        self.committed: list[list[Any]] = []
        self.going = threading.Event()
        self.going.set()
        self.faults: list[Exception] = []
        self.begun = 0  # transactions
        self._open: list[Any] = []

    @contextmanager
    def write(self) -> Iterator[None]:
        self.begun += 1
        self.going.wait(5)
        if self.faults:
            raise self.faults.pop(0)
        self._open = []
        yield
        self.committed.append(self._open)

    def mark(self, connection: Any, ids: Collection[int]) -> set[int]:
        self._open += [("mark", one) for one in ids]
        return {one for one in ids if one < 100}

    def group(self, settlements: Sequence[Settlement], ids: Collection[int]) -> set[int] | None:
        """All in one go where `quick`: like a queue whose one statement can do it."""
        if not self.quick or any(one.state is not DeliveryState.SENT for one in settlements):
            return None
        with self.write():
            self.settle(None, settlements)
            granted = {one for one in ids if one < 100}
            self._open += [("mark", one) for one in granted]
            return granted

    def settle(self, connection: Any, settlements: Sequence[Settlement]) -> None:
        self._open += [("settle", one.delivery) for one in settlements]


def sent(delivery: int) -> Settlement:
    return Settlement(delivery=delivery, state=DeliveryState.SENT, code=250)


def test_a_mark_is_answered_after_its_commit_and_a_refused_one_with_zero() -> None:
    async def scenario(queue: RowsInMemory) -> None:
        async with Ledger(queue.write, queue) as ledger:
            now = asyncio.get_running_loop().time()
            until = await ledger.mark(1)
            assert queue.committed == [[("mark", 1)]]
            assert now + 40 < until < now + 60
            assert await ledger.mark(100) == 0.0
            assert ledger.handed == {1}

    asyncio.run(scenario(RowsInMemory()))


def test_a_group_in_one_statement_grants_the_same_and_a_refused_mark_is_settled_after_it() -> None:
    async def scenario(queue: RowsInMemory) -> None:
        async with Ledger(queue.write, queue) as ledger:
            ledger.settle(sent(7))
            marks = [ledger.mark(1), ledger.mark(100)]
            until, refused = await asyncio.gather(*marks)
            assert until > 0
            assert refused == 0.0
            assert ledger.handed == {1}
        together = [("settle", 7), ("mark", 1)]
        assert queue.committed in (
            [together, [("mark", 100)]],
            [[("mark", 1)], [("mark", 100)], [("settle", 7)]],
        )

    asyncio.run(scenario(RowsInMemory(quick=True)))


def test_what_waits_together_is_one_transaction_with_the_answers_first() -> None:
    async def scenario(queue: RowsInMemory) -> None:
        async with Ledger(queue.write, queue) as ledger:
            await ledger.mark(1)
            queue.going.clear()
            first = ledger.mark(2)
            await until_async(lambda: queue.begun == 2, "the transaction that is held up")
            rest = [ledger.mark(number) for number in (3, 4)]
            ledger.settle(sent(1))
            queue.going.set()
            await asyncio.gather(first, *rest)
        assert queue.committed[2] == [("settle", 1), ("mark", 3), ("mark", 4)]

    asyncio.run(scenario(RowsInMemory()))


def test_a_row_that_was_settled_before_its_mark_came_back_is_not_held_to_be_out() -> None:
    async def scenario(queue: RowsInMemory) -> None:
        async with Ledger(queue.write, queue) as ledger:
            future = ledger.mark(1)
            ledger.settle(Settlement(delivery=1, state=DeliveryState.QUEUED))
            await future
            assert ledger.handed == set()

    asyncio.run(scenario(RowsInMemory()))


def test_a_failed_transaction_grants_nothing_and_its_answers_are_written_later() -> None:
    async def scenario(queue: RowsInMemory) -> None:
        async with Ledger(queue.write, queue) as ledger:
            await ledger.mark(1)
            queue.going.clear()
            holding = ledger.mark(2)
            await until_async(lambda: queue.begun == 2, "the transaction that is held up")
            ledger.settle(sent(1))
            future = ledger.mark(3)
            queue.faults = [OSError("disk full"), OSError("disk full")]
            queue.going.set()
            for failing in (holding, future):
                with pytest.raises(LedgerError, match="disk full"):
                    await failing
        assert ("settle", 1) in queue.committed[-1]

    asyncio.run(scenario(RowsInMemory()))


def test_a_database_that_another_holds_is_waited_for() -> None:
    async def scenario(queue: RowsInMemory) -> None:
        queue.faults = [RuntimeError("database is locked")] * 3
        async with Ledger(queue.write, queue) as ledger:
            assert await ledger.mark(1) > 0

    asyncio.run(scenario(RowsInMemory()))


def test_a_closed_ledger_grants_no_mark_and_takes_answers() -> None:
    async def scenario(queue: RowsInMemory) -> None:
        async with Ledger(queue.write, queue) as ledger:
            ledger.closed = True
            assert await ledger.mark(1) == 0.0
            ledger.settle(sent(2))
            assert await ledger.call(lambda connection: 7) == 7
        assert queue.committed == [[("settle", 2)], []]

    asyncio.run(scenario(RowsInMemory()))


def test_a_refusal_that_could_not_be_written_down_is_given_back_and_the_granted_marks_go() -> None:
    undecided: list[int] = []
    refused: list[int] = []

    async def scenario(queue: RowsInMemory) -> None:
        async with Ledger(queue.write, queue) as ledger:
            ledger.undecided, ledger.refused = undecided.append, refused.append
            real, calls = queue.mark, 0

            def mark(connection: Any, ids: Collection[int]) -> set[int]:
                nonlocal calls
                calls += 1
                if calls == 1:
                    raise OSError("the line to the database was lost")
                return real(connection, ids)

            queue.mark = mark  # type: ignore[method-assign]
            until, other = await asyncio.gather(ledger.mark(1), ledger.mark(100))
            assert until > 0
            assert other == 0.0
            assert await ledger.mark(101) == 0.0

    asyncio.run(scenario(RowsInMemory(quick=True)))
    assert (undecided, refused) == ([100], [101])
