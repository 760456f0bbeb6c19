"""The tables grow by migrations alone, to exactly what the code expects, on both databases."""

import threading

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from digest.errors import DigestError
from digest.store import migrate
from digest.store.engine import Database
from digest.store.schema import metadata
from subscribers.schema import metadata as readers


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = [
            one
            for one in compare_metadata(context, [metadata, readers])  # type: ignore[arg-type]
            if "ix_subscribers_address_bytes" not in repr(one)  # by an expression, which cannot be compared
        ]
        tables = set(inspect(connection).get_table_names())
    assert differences == []
    assert tables == {*metadata.tables, *readers.tables, "alembic_version"}


def test_starting_again_changes_nothing(database: Database) -> None:
    migrate.upgrade(database)
    with database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == migrate.head()


def test_several_processes_may_start_at_once(database_url: str) -> None:
    problems: list[BaseException] = []

    def started() -> None:
        database = Database(database_url)
        try:
            migrate.upgrade(database)
        except BaseException as problem:
            problems.append(problem)
        finally:
            database.close()

    threads = [threading.Thread(target=started) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DigestError, match="newer version"):
        migrate.upgrade(database)


def test_the_editors_source_is_renamed_where_it_stands(database_url: str) -> None:
    database = Database(database_url)
    with database.write() as connection:
        command.upgrade(migrate.configuration(connection), "0004")
        connection.execute(text("INSERT INTO sources (name, url, moved_to, etag, last_modified, body_sha256, failures,"
                                " last_error, ttl) VALUES ('by-hand', '', '', '', '', '', 0, '', 0)"))  # fmt: skip
    migrate.upgrade(database)
    with database.read() as connection:
        assert connection.execute(text("SELECT name FROM sources")).scalars().all() == ["_by-hand"]
    database.close()
