"""SQLite's write lock: waited for, in short steps, and no longer than was said."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from digest.store.engine import Database


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
