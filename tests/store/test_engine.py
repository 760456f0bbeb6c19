"""SQLite's write lock: waited for, in short steps, and no longer than was said."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from digest.store.engine import READERS, WRITERS, Database


@pytest.fixture
def databases(tmp_path: Path) -> tuple[Database, Database]:
    """The same file, opened twice as two processes do."""
    url = f"sqlite:///{tmp_path}/one.db"
    return Database(url), Database(url)


def test_a_writer_gets_the_lock_when_the_other_is_done(databases: tuple[Database, Database]) -> None:
    one, other = databases
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with one.write() as connection:
            connection.execute(text("CREATE TABLE kept (a)"))
            held.set()
            over.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    threading.Timer(0.2, over.set).start()
    with other.write() as connection:
        assert connection.execute(text("SELECT count(*) FROM kept")).scalar_one() == 0
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 30_000, "as before"
    thread.join()
    for each in databases:
        each.close()


def test_a_writer_with_little_patience_says_who_is_in_the_way(databases: tuple[Database, Database]) -> None:
    one, other = databases
    with (
        one.write(),
        pytest.raises(OperationalError, match="database is locked"),
        other.write(patience=0.05),
    ):
        pass
    with other.write(patience=0.05) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    for each in databases:
        each.close()


@pytest.mark.parametrize("door", ["write", "patient", "free", "writer", "alone", "read", "checkpoint"])
def test_what_is_committed_survives_a_power_cut_whichever_door_wrote_it(tmp_path: Path, door: str) -> None:
    """FULL is 2: with less, the last commits before a power cut are gone, and with them who got a mail."""
    database = Database(f"sqlite:///{tmp_path}/one.db")
    doors: dict[str, Callable[[ExitStack], Connection | None]] = {
        "write": lambda stack: stack.enter_context(database.write()),
        "patient": lambda stack: stack.enter_context(database.write(patience=0.5)),
        "free": lambda stack: stack.enter_context(database.write_if_free()),
        "writer": lambda stack: stack.enter_context(stack.enter_context(database.writer())()),
        "alone": lambda stack: stack.enter_context(stack.enter_context(database.alone())()),
        "read": lambda stack: stack.enter_context(database.read()),
        "checkpoint": lambda stack: stack.enter_context(database.engine.connect()),
    }
    for _ in range(2):  # a new connection, and one from the pool
        with ExitStack() as stack:
            connection = doors[door](stack)
            assert connection is not None
            pragmas = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("synchronous", "journal_mode", "foreign_keys", "secure_delete")
            }
        assert pragmas == {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1}
    database.close()


def test_a_connection_that_replaces_a_broken_one_is_as_durable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/one.db")
    with database.alone() as alone:
        with pytest.raises(RuntimeError), alone() as connection:
            raise RuntimeError("lost")
        with alone() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    database.close()


def test_a_pool_of_connections_that_have_written_keeps_few_pages(sqlite: Database) -> None:
    def kept(connection: Connection) -> int:
        return int(connection.exec_driver_sql("PRAGMA cache_size").scalar_one())

    with sqlite.write() as connection:
        assert kept(connection) == -16_000
    with sqlite.writer() as write, write() as connection:
        assert kept(connection) == -16_000
    with sqlite.engine.connect() as connection:
        assert kept(connection) == -2_000, "it has written, and is back"
    with sqlite.read() as connection:
        assert kept(connection) == -2_000


def test_a_crowd_leaves_few_connections_open(sqlite: Database) -> None:
    with ExitStack() as crowd:
        for _ in range(20):
            crowd.enter_context(sqlite.read())
            crowd.enter_context(sqlite.engine.connect())
    kept = [engine.pool.checkedin() for engine in (sqlite.readers, sqlite.engine)]  # type: ignore[attr-defined]
    assert kept == [READERS, WRITERS]
