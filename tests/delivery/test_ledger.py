"""The ledger thread: answers after the commit, groups what waits, forgets no answer."""

import asyncio
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from structlog.testing import capture_logs

from digest.delivery.ledger import Ledger
from digest.delivery.settle import Settlement
from digest.errors import LedgerError
from digest.model import DeliveryState
from tests.waiting import stays_async, until_async


class Book:
    """Notes what is written, in transactions that a test can hold up or let fail."""

    lease = 60.0

    def __init__(self, *, quick: bool = False) -> None:
        self.quick = quick
        self.committed: list[list[Any]] = []
        self.going = threading.Event()
        self.going.set()
        self.faults: list[Exception] = []
        self.lost: list[Exception] = []  # by these the answers of transactions are lost that were committed
        self.begun = 0  # transactions
        self.marked: set[int] = set()
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
        if self.lost:
            raise self.lost.pop(0)

    def mark(self, connection: Any, ids: Collection[int]) -> set[int]:
        self._open += [("mark", one) for one in ids]
        granted = {one for one in ids if one < 100 and one not in self.marked}
        self.marked |= granted
        return granted

    def handed(self, connection: Any, ids: Collection[int]) -> set[int]:
        return self.marked.intersection(ids)

    def group(self, settlements: Sequence[Settlement], ids: Collection[int]) -> set[int] | None:
        """All in one go where `quick`: like a book whose one statement can do it."""
        if not self.quick or any(one.state is not DeliveryState.SENT for one in settlements):
            return None
        with self.write():
            self.settle(None, settlements)
            granted = {one for one in ids if one < 100}
            self.marked |= granted
            self._open += [("mark", one) for one in granted]
            return granted

    def settle(self, connection: Any, settlements: Sequence[Settlement]) -> None:
        self._open += [("settle", one.delivery) for one in settlements]


def sent(delivery: int) -> Settlement:
    return Settlement(delivery=delivery, state=DeliveryState.SENT, code=250)


def test_a_mark_is_answered_after_its_commit_and_a_refused_one_with_zero() -> None:
    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            now = asyncio.get_running_loop().time()
            until = await ledger.mark(1)
            assert book.committed == [[("mark", 1)]]
            assert now + 40 < until < now + 60
            assert await ledger.mark(100) == 0.0
            assert ledger.handed == {1}

    asyncio.run(scenario(Book()))


def test_a_group_in_one_statement_grants_the_same_and_a_refused_mark_is_settled_after_it() -> None:
    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            ledger.settle(sent(7))
            marks = [ledger.mark(1), ledger.mark(100)]
            until, refused = await asyncio.gather(*marks)
            assert until > 0
            assert refused == 0.0
            assert ledger.handed == {1}
        together = [("settle", 7), ("mark", 1)]
        assert book.committed in (
            [together, [("mark", 100)]],
            [[("mark", 1)], [("mark", 100)], [("settle", 7)]],
        )

    asyncio.run(scenario(Book(quick=True)))


def test_a_row_that_is_marked_already_is_not_granted_again() -> None:
    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            assert await ledger.mark(1) > 0
            assert await ledger.mark(1) == 0.0

    asyncio.run(scenario(Book()))


def test_what_waits_together_is_one_transaction_with_the_answers_first() -> None:
    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            await ledger.mark(1)
            book.going.clear()
            first = ledger.mark(2)
            await until_async(lambda: book.begun == 2, "the transaction that is held up")
            rest = [ledger.mark(number) for number in (3, 4)]
            ledger.settle(sent(1))
            book.going.set()
            await asyncio.gather(first, *rest)
        assert book.committed[2] == [("settle", 1), ("mark", 3), ("mark", 4)]

    asyncio.run(scenario(Book()))


def test_a_row_that_was_settled_before_its_mark_came_back_is_not_held_to_be_out() -> None:
    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            future = ledger.mark(1)
            ledger.settle(Settlement(delivery=1, state=DeliveryState.QUEUED))
            await future
            assert ledger.handed == set()

    asyncio.run(scenario(Book()))


def test_a_failed_transaction_grants_nothing_and_its_answers_are_written_later() -> None:
    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            await ledger.mark(1)
            book.going.clear()
            holding = ledger.mark(2)
            await until_async(lambda: book.begun == 2, "the transaction that is held up")
            ledger.settle(sent(1))
            future = ledger.mark(3)
            book.faults = [OSError("disk full"), OSError("disk full")]
            book.going.set()
            for failing in (holding, future):
                with pytest.raises(LedgerError, match="disk full"):
                    await failing
        assert ("settle", 1) in book.committed[-1]

    asyncio.run(scenario(Book()))


def test_a_database_that_another_holds_is_waited_for() -> None:
    async def scenario(book: Book) -> None:
        book.faults = [RuntimeError("database is locked")] * 3
        async with Ledger(book.write, book) as ledger:
            assert await ledger.mark(1) > 0

    asyncio.run(scenario(Book()))


def test_a_closed_ledger_grants_no_mark_and_takes_answers() -> None:
    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            ledger.closed = True
            assert await ledger.mark(1) == 0.0
            ledger.settle(sent(2))
            assert await ledger.call(lambda connection: 7) == 7
        assert book.committed == [[("settle", 2)], []]

    asyncio.run(scenario(Book()))


def test_a_refusal_that_could_not_be_written_down_is_given_back_and_the_granted_marks_go() -> None:
    undecided: list[int] = []
    refused: list[int] = []

    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            ledger.undecided, ledger.refused = undecided.append, refused.append
            real, calls = book.mark, 0

            def mark(connection: Any, ids: Collection[int]) -> set[int]:
                nonlocal calls
                calls += 1
                if calls == 1:
                    raise OSError("the line to the database was lost")
                return real(connection, ids)

            book.mark = mark  # type: ignore[method-assign]
            until, other = await asyncio.gather(ledger.mark(1), ledger.mark(100))
            assert until > 0
            assert other == 0.0
            assert await ledger.mark(101) == 0.0

    asyncio.run(scenario(Book(quick=True)))
    assert (undecided, refused) == ([100], [101])


# ---------------------------------------------------------------------------- company


@pytest.fixture
def long_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for company waits for seconds, so that a test can tell it from what is written at once."""
    monkeypatch.setattr("digest.delivery.ledger.LONGEST", 100.0)


def reached(book: Book, begun: int) -> bool:
    return book.begun >= begun


async def at_once(future: "asyncio.Future[float]") -> None:
    async with asyncio.timeout(2):
        await future


def test_an_answer_waits_for_the_next_mark_and_is_written_with_it(long_wait: None) -> None:
    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            await ledger.mark(1)
            ledger.settle(sent(1))
            await stays_async(lambda: book.begun == 1, 0.05, "it waits for company")
            await at_once(ledger.mark(2))
        assert book.committed == [[("mark", 1)], [("settle", 1), ("mark", 2)]]

    asyncio.run(scenario(Book()))


def test_what_needs_no_company_is_written_as_soon_as_the_thread_is_free(long_wait: None) -> None:
    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            await ledger.mark(1)
            for number, next_one in ((2, ledger.mark), (3, lambda _: ledger.call(lambda connection: None))):
                begun = book.begun + 1
                book.going.clear()
                first = ledger.mark(number)
                await until_async(partial(reached, book, begun), "the transaction that is held up")
                second = asyncio.ensure_future(next_one(number + 10))
                await asyncio.sleep(0)
                book.going.set()
                await at_once(first)
                await at_once(second)

    asyncio.run(scenario(Book()))


def test_an_answer_that_came_while_another_was_written_needs_no_mark_to_be_written() -> None:
    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            await ledger.mark(1)
            book.going.clear()
            held = ledger.mark(2)
            await until_async(lambda: book.begun == 2, "the transaction that is held up")
            ledger.settle(sent(1))
            book.going.set()
            await held
            await until_async(lambda: [("settle", 1)] in book.committed, "the answer alone", 2)

    asyncio.run(scenario(Book()))


# ---------------------------------------------------------------------------- a database that is held or away


class Clock:
    """Stands still but for those who wait by it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(
        "digest.delivery.ledger_writer.time", SimpleNamespace(monotonic=made.monotonic, sleep=made.pass_by)
    )
    return made


def test_who_waits_for_the_database_says_so_every_half_minute(clock: Clock) -> None:
    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            await ledger.mark(1)

    book = Book()
    book.faults = [RuntimeError("database is locked")] * 455  # 91 seconds
    with capture_logs() as said:
        asyncio.run(scenario(book))
    assert clock.slept == [0.2] * 455
    assert [one["event"] for one in said] == ["ledger.waits"] * 4


@pytest.mark.parametrize("quick", [True, False], ids=["in one statement", "in turn"])
def test_a_commit_whose_answer_was_lost_is_looked_for_and_its_mark_holds_from_the_first_try(
    clock: Clock, quick: bool
) -> None:
    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            ledger.settle(sent(7))
            assert await ledger.mark(1) == 1000.0 + 0.8 * book.lease
            assert await ledger.mark(100) == 0.0
            assert ledger.handed == {1}

    book = Book(quick=quick)
    book.lost = [psycopg.OperationalError("server closed the connection unexpectedly")]
    asyncio.run(scenario(book))
    assert clock.slept == [1.0]


def test_an_answer_that_waits_when_the_ledger_is_left_is_written(long_wait: None) -> None:
    async def scenario(book: Book) -> None:
        async with Ledger(book.write, book) as ledger:
            ledger.settle(sent(7))
        assert book.committed == [[("settle", 7)]]

    asyncio.run(scenario(Book()))


# ---------------------------------------------------------------------------- alone


class Timers:
    """A ledger without its thread: what is *passed* on to it, the *delays* that are asked for, and a clock at *at*."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.at = 100.0
        self.delays: list[float] = []
        self.rings: list[Any] = []
        self.passed: list[list[Any]] = []
        loop.time = lambda: self.at  # type: ignore[method-assign]
        loop.call_later = self.later  # type: ignore[assignment]
        book = Book()
        self.ledger = Ledger(book.write, book)  # type: ignore[arg-type]
        self.ledger._writer.put = self.passed.append  # type: ignore[method-assign]

    def later(self, delay: float, ring: Any) -> Any:
        self.delays.append(delay)
        self.rings.append(ring)
        return SimpleNamespace(cancel=lambda: self.rings.remove(ring))

    async def turn(self) -> list[int]:
        """Let the loop go on; return how much was passed on in each batch since the last look."""
        await asyncio.sleep(0)
        found = [len(batch) for batch in self.passed]
        self.passed.clear()
        return found


def test_marks_are_passed_on_as_soon_as_there_are_as_many_as_ever_and_else_after_a_moment() -> None:
    async def scenario() -> None:
        made = Timers()
        ledger = made.ledger
        ledger.mark(1)
        assert await made.turn() == [1]
        assert made.delays == []
        for number in (2, 3, 4):
            ledger.mark(number)
        assert await made.turn() == [], "the thread writes"
        made.at += 0.006
        ledger._written()
        assert await made.turn() == [3]
        gap = 0.005 / 8
        gap += (0.002 - gap) / 8
        ledger._written()
        ledger.mark(5)
        assert await made.turn() == []
        assert made.delays == [pytest.approx(0.3 * 3 * gap)]
        ledger.mark(6)
        assert len(made.delays) == 1, "they wait for the same moment"
        made.rings[0]()
        assert await made.turn() == [2]
        assert made.rings == []
        ledger._written()
        for number in (7, 8, 9):
            ledger.mark(number)
        assert await made.turn() == [3], "as many as ever: none waits"
        assert made.rings == []

    asyncio.run(scenario())


def test_an_answer_waits_and_a_call_does_not_and_takes_with_it_what_waits() -> None:
    async def scenario() -> None:
        made = Timers()
        ledger = made.ledger
        ledger.settle(sent(1))
        ledger.settle(sent(2))
        assert await made.turn() == []
        assert made.delays == [0.0], "nothing is known of marks yet"
        task = asyncio.ensure_future(ledger.call(lambda connection: None))
        await asyncio.sleep(0)
        assert await made.turn() == [3]
        assert made.rings == []
        ledger.settle(sent(3))
        assert await made.turn() == []
        assert len(made.delays) == 1
        ledger._written()
        assert await made.turn() == []
        assert len(made.delays) == 2, "the thread is free: it waits for company"
        made.rings[0]()
        ledger._soon()
        assert await made.turn() == [1], "once, however often it is asked for"
        ledger._written()
        assert await made.turn() == []
        assert len(made.delays) == 2, "nothing waits"
        task.cancel()

    asyncio.run(scenario())


def test_a_call_or_enough_marks_that_came_while_the_thread_wrote_go_at_once() -> None:
    async def scenario() -> None:
        for call in (True, False):
            made = Timers()
            ledger = made.ledger
            ledger.mark(1)
            assert await made.turn() == [1]
            task = asyncio.ensure_future(ledger.call(lambda connection: None)) if call else None
            if not call:
                ledger.mark(2)
            await asyncio.sleep(0)
            assert await made.turn() == []
            ledger._written()
            assert await made.turn() == [1]
            assert made.delays == []
            if task:
                task.cancel()

    asyncio.run(scenario())


def test_marks_that_come_seldom_wait_five_thousandths_of_a_second_at_most() -> None:
    async def scenario() -> None:
        made = Timers()
        ledger = made.ledger
        ledger.mark(0)
        await made.turn()
        for number in range(1, 9):
            ledger.mark(number)
        ledger._written()
        await made.turn()
        for number in range(100):
            made.at += 60
            ledger._written()
            for each in range(8):
                ledger.mark(100 + 10 * number + each)
            await made.turn()
        ledger._written()
        ledger.mark(50)
        assert made.delays[-1] == 0.005

    asyncio.run(scenario())
