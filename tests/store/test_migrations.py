"""The tables grow by migrations alone, to exactly what the code expects, on both databases."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from digest.articles import urls
from digest.errors import DigestError
from digest.store import migrate
from digest.store.engine import Database
from digest.store.schema import metadata
from subscribers.schema import metadata as readers

FIRST_COLOUR = """
from datetime import UTC, date, datetime

from digest.model import Composition
from digest.store import editions, engine, migrate

database, now = engine.Database("sqlite:///new.db"), datetime(2026, 3, 4, tzinfo=UTC)
migrate.upgrade(database)
made = Composition(newsletter="daily", title="", date=date(2026, 3, 4), now=now, language="en", direction="ltr",
                   subject="", preheader="", sections=())
with database.write() as connection:
    print(editions.save(connection, made, since=now, config_sha256="").colour)
"""


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


def test_addresses_get_the_key_of_their_twins(database_url: str) -> None:
    database = Database(database_url)
    old, new = "a" * 64, urls.key("https://www.paper.example/a")
    with database.write() as connection:
        command.upgrade(migrate.configuration(connection), "0015")
        for sql in (
            "INSERT INTO sources (id, name, url, moved_to, etag, last_modified, body_sha256, failures, last_error, ttl)"
            " VALUES (1, 'paper', '', '', '', '', '', 0, '', 0)",
            "INSERT INTO articles (id, canonical, canonical_key, source_id, outlet, language, published, first_seen, version)"
            f" VALUES (1, 'https://www.paper.example/a', '{old}', 1, 'Paper', 'en', '2026-03-04 05:00:00', '2026-03-04 05:00:00', 1),"
            f" (2, 'https://m.paper.example/a', '{'b' * 64}', 1, 'Paper', 'en', '2026-03-04 05:00:00', '2026-03-04 05:00:00', 1)",
            "INSERT INTO items (id, source_id, identity, guid_key, url_key, content_key, title_key, sha256, article_id, first_seen, last_seen)"
            f" VALUES (1, 1, '{old}', '', '{old}', '', '', '', 1, '2026-03-04 05:00:00', '2026-03-04 05:00:00'),"
            f" (2, 1, 'guid', 'guid', '{old}', '', '', '', 1, '2026-03-04 05:00:00', '2026-03-04 05:00:00')",
        ):
            connection.execute(text(sql))
    migrate.upgrade(database)
    with database.read() as connection:
        keys = connection.execute(text("SELECT canonical_key FROM articles ORDER BY id")).scalars().all()
        items = connection.execute(text("SELECT identity, url_key FROM items ORDER BY id")).all()
    assert keys == [new, "b" * 64]  # what has a twin already keeps its own
    assert [tuple(row) for row in items] == [(new, new), ("guid", new)]
    database.close()


def test_a_new_column_gets_its_migration(tmp_path: Path) -> None:
    """As CONTRIBUTING.md says: the column stands in the code's tables, and the command writes the rest.

    A field of an edition so touches the table, the noun and the migration; its users are what it is for.
    """
    root = Path(__file__).parents[2]
    for package in ("digest", "subscribers"):
        shutil.copytree(
            root / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "demo")
        )
    tables = tmp_path / "digest" / "store" / "schema.py"
    before = '    Column("halt", Text, nullable=False, default=""),'
    assert before in tables.read_text()
    colour = '    Column("colour", Text, nullable=False, server_default="red"),\n'
    tables.write_text(tables.read_text().replace(before, colour + before))
    noun, last = tmp_path / "digest" / "model" / "edition.py", "    corrected: int = 0\n"
    assert last in noun.read_text()
    noun.write_text(noun.read_text().replace(last, f'{last}    colour: str = ""\n'))

    def ran(*words: str) -> str:
        here = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=here, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    said = ran("-m", "digest.store.migrations.new", "a colour for an edition")
    number = f"{int(migrate.head()) + 1:04}"
    file = tmp_path / f"digest/store/migrations/versions/{number}_a_colour_for_an_edition.py"
    assert said.splitlines()[-1] == str(file)
    operations = [
        line.strip() for line in file.read_text().splitlines() if "batch_op." in line or " op." in line
    ]
    assert len(operations) == 2, "the table, and the column"
    assert "colour" in operations[1]
    assert ran("-c", FIRST_COLOUR).strip() == "red"
