"""Writers wait for each other in one queue, readers for nobody."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from digest.delivery.database_faults import passing
from digest.store.engine import Database
from digest.store.queue import Busy, WriteQueue
from tests.waiting import until

pytestmark = pytest.mark.timed


def waiting(queue: WriteQueue, count: int) -> None:
    until(lambda: len(queue._waiting) == count, f"{count} in the queue")


def test_turns_come_in_the_order_in_which_they_were_asked_for() -> None:
    queue, order = WriteQueue(), list[int]()

    def write(number: int) -> None:
        with queue.turn(10):
            order.append(number)

    with ThreadPoolExecutor(10) as pool, queue.turn(1):
        for number in range(10):
            pool.submit(write, number)
            waiting(queue, number + 1)
        assert order == []
    assert order == list(range(10))


def test_a_full_queue_says_so_at_once() -> None:
    queue = WriteQueue(most=2)
    with ThreadPoolExecutor(2) as pool, queue.turn(1):
        for number in range(2):
            pool.submit(queue._take, 0.5)
            waiting(queue, number + 1)
        began = time.monotonic()
        with pytest.raises(Busy, match="2 writers wait"), queue.turn(30):
            pass
        assert time.monotonic() - began < 5


def test_who_waited_too_long_leaves_the_queue_and_the_next_ones_go_on() -> None:
    queue = WriteQueue()
    with queue.turn(1), pytest.raises(Busy, match="not free"), queue.turn(0.01):
        pass
    assert not queue._waiting
    with queue.turn(0):
        pass


def test_a_fault_in_a_turn_gives_it_back() -> None:
    queue = WriteQueue()
    with pytest.raises(ZeroDivisionError), queue.turn(1):
        raise ZeroDivisionError
    with queue.turn(0):
        pass


def test_many_threads_write_one_by_one() -> None:
    queue, inside, most = WriteQueue(), [0], [0]

    def write() -> None:
        for _ in range(200):
            with queue.turn(30):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=write) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert most == [1]
    assert not queue._taken


def test_readers_are_not_kept_by_writers_that_wait(sqlite: Database) -> None:
    """Forty writers behind a held lock hold no connection, and no reader waits for one."""
    other = Database(sqlite.url)
    done = list[int]()

    def write(number: int) -> None:
        with sqlite.write() as connection:
            connection.execute(text("INSERT INTO settled VALUES (:number)"), {"number": number})
        done.append(number)

    with sqlite.write() as connection:
        connection.execute(text("CREATE TABLE settled (number INTEGER)"))
    with ThreadPoolExecutor(40) as pool:
        with other.write():
            jobs = [pool.submit(write, number) for number in range(40)]
            waiting(sqlite.queue, 39)  # the fortieth has the turn, and waits for the lock
            assert sqlite.engine.pool.checkedout() <= 1  # type: ignore[attr-defined]
            for _ in range(60):
                with sqlite.read() as connection:
                    connection.execute(text("SELECT count(*) FROM settled")).scalar_one()
            assert not done
        for job in jobs:
            job.result(30)
    assert sorted(done) == list(range(40))
    other.close()


def test_what_the_next_request_can_do_as_well_is_not_waited_for(sqlite: Database) -> None:
    other = Database(sqlite.url)
    with other.write():
        began = time.monotonic()
        with sqlite.write_if_free() as connection:
            assert connection is None
        assert time.monotonic() - began < 1
    with sqlite.write_if_free() as connection:
        assert connection is not None
    other.close()


def test_who_waited_for_nothing_is_told_what_passes(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full queue and a used-up pool are waited out like a locked database, and alarm nobody."""
    with sqlite.queue.turn(1), pytest.raises(Busy) as queued, sqlite.write(patience=0.01):
        pass
    monkeypatch.setattr(sqlite.readers.pool, "_timeout", 0.01)
    held = [
        sqlite.readers.connect()
        for _ in range(sqlite.readers.pool.size() + sqlite.readers.pool._max_overflow)
    ]  # type: ignore[attr-defined]
    with pytest.raises(Busy, match="no connection was free") as read, sqlite.read():
        pass
    for one in held:
        one.close()
    for fault in (queued.value, read.value):
        assert isinstance(fault, DBAPIError)
        assert passing(fault)
