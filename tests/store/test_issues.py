"""Several issues of one day: the migration that gives each row its issue, and the functions that tell them apart."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, Table, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from digest.app import App
from digest.editions.reschedule import Change
from digest.errors import DigestError
from digest.messages.slots import nonce
from digest.model import MAIN, Composition, EditionState, OccurrenceState
from digest.store import editions, migrate, occurrences
from digest.store.engine import Database
from digest.store.schema import editions as table
from digest.store.schema import metadata
from subscribers.schema import metadata as readers

DAY = date(2026, 3, 4)
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
OLD = "0010"
OTHERS = (
    "issue",
    "value",
    "undoes",
    "body",
)  # columns that this migration or a later one makes or takes away


def reflected(connection: Connection, name: str) -> Table:
    return Table(name, MetaData(), autoload_with=connection)


def put(connection: Connection, name: str, **values: object) -> None:
    """Insert a row into a table as it stands in the database; columns that must have a value get an empty one."""
    there = reflected(connection, name)
    empty = {int: 0, str: "", bool: False, datetime: NOON, date: DAY}
    needed = {
        column.name: empty.get(column.type.python_type, [])
        for column in there.columns
        if not column.nullable and column.name != "id"
    }
    connection.execute(insert(there).values(**needed | values))


@pytest.fixture
def old(database_url: str) -> Database:
    """A database as the version before left it, with an edition on its way, a correction of it, and their rows."""
    database = Database(database_url)
    with database.write() as connection:
        command.upgrade(migrate.configuration(connection), OLD)
        put(connection, "occurrences", newsletter="daily", date=DAY, state="done", note="by hand")
        put(connection, "occurrences", newsletter="daily", date=DAY + timedelta(days=1), state="waiting")
        put(connection, "editions", newsletter="daily", date=DAY, state="sending", subject="Ferries stop")
        put(connection, "editions", newsletter="daily", date=DAY, state="approved", corrects=1, corrected=2)
        put(connection, "choices", edition_id=1, act="note", value="Read on", by="dana")
        put(connection, "halts", edition_id=1, provider="example.org", why="refused")
        for reader in range(1, 4):
            put(connection, "deliveries", edition_id=1, subscriber_id=reader, state="sent")
    return database


def contents(database: Database) -> dict[str, list[Mapping[str, object]]]:
    """Return the rows of the tables of editions, without the columns that are not there before and after."""
    names = ("occurrences", "editions", "choices", "halts", "deliveries")
    with database.read() as connection:
        return {
            name: [
                {key: value for key, value in row.items() if key not in OTHERS}
                for row in connection.execute(select(reflected(connection, name))).mappings()
            ]
            for name in names
        }


def test_what_was_there_stays_and_is_the_main_issue(old: Database) -> None:
    before = contents(old)
    migrate.upgrade(old)
    assert contents(old) == before
    with old.read() as connection:
        for name in ("occurrences", "editions"):
            assert connection.execute(text(f"SELECT DISTINCT issue FROM {name}")).scalars().all() == [MAIN]
        if old.is_sqlite:
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    old.close()


def test_the_tables_still_refuse_what_they_refused(old: Database) -> None:
    migrate.upgrade(old)
    for wrong in (
        "UPDATE editions SET state = 'gone'",
        "UPDATE occurrences SET state = 'gone'",
        "DELETE FROM editions WHERE id = 1",  # its deliveries point at it
        "UPDATE editions SET issue = NULL",
        "UPDATE occurrences SET date = '2026-03-04'",  # two of one day
        "UPDATE editions SET corrects = 0, corrected = 0",
    ):
        with pytest.raises(IntegrityError), old.write() as connection:
            connection.execute(text(wrong))
    old.close()


def test_a_migration_that_leaves_a_row_pointing_at_nothing_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'digest.db'}")
    migrate.upgrade(database)
    with database.write() as connection:
        put(connection, "editions", newsletter="daily", date=DAY, state="sent")
        put(connection, "choices", edition_id=1)
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{OLD}'"))

    def losing(config: Config, _: str) -> None:
        config.attributes["connection"].execute(text("DELETE FROM editions"))

    monkeypatch.setattr(migrate.command, "upgrade", losing)
    with pytest.raises(DigestError, match="1 rows that point at nothing, in choices"):
        migrate.upgrade(database)
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM editions")).scalar() == 1
    database.close()


def test_a_migration_killed_anywhere_leaves_the_old_tables_or_the_new(
    old: Database, database_url: str
) -> None:
    old.close()
    root = Path(__file__).parents[2]
    script = Path(__file__).with_name("killed_migration.py")
    run = subprocess.run(
        [sys.executable, str(script), database_url],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    tries = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(tries) > 2
    assert [one["killed"] for one in tries] == [True] * (len(tries) - 1) + [False]
    was = {
        "killed": True,
        "version": OLD,
        "unique": [["date", "newsletter"], ["corrected", "corrects", "date", "newsletter"]],
        "rows": [2, 2],
        "tables": tries[0]["tables"],
    }
    assert tries[:-1] == [was] * (len(tries) - 1)
    is_now = [
        sorted([*each, "issue"])
        for each in (["date", "newsletter"], ["corrected", "corrects", "date", "newsletter"])
    ]
    tables = len({*metadata.tables, *readers.tables, "alembic_version"})  # and none that was only on the way
    is_new = {"killed": False, "version": migrate.head(), "unique": is_now, "tables": tables}
    assert tries[-1] == {**was, **is_new}


def test_two_issues_of_a_day_are_two_editions(database: Database) -> None:
    morning = Composition(
        newsletter="daily",
        title="The Daily",
        date=DAY,
        now=NOON,
        language="en",
        direction="ltr",
        subject="Ferries stop",
        preheader="",
        sections=(),
    )
    evening = replace(morning, issue="evening")
    with database.write() as connection:
        for made in (morning, evening, morning):
            editions.save(connection, made, since=NOON, config_sha256="")
        first = editions.get(connection, morning.newsletter, morning.date)
        second = editions.get(connection, morning.newsletter, morning.date, "evening")
        assert first is not None
        assert second is not None
        assert (first.issue, second.issue, first.id == second.id) == (MAIN, "evening", False)
        assert len(editions.latest(connection)) == 2
        assert [one.id for one in editions.latest(connection, issue="evening")] == [second.id]
        sent = update(table).where(table.c.id == second.id).values(state=EditionState.SENT)
        connection.execute(sent)
        after = morning.date + timedelta(days=1)
        assert editions.last_sent(connection, morning.newsletter, after) is None
        assert editions.last_sent(connection, morning.newsletter, after, "evening") is not None


def test_two_issues_of_a_day_are_two_occurrences(database: Database) -> None:
    change = Change(DAY, NOON, NOON, OccurrenceState.WAITING)
    with database.write() as connection:
        written = [occurrences.write(connection, "daily", change, issue) for issue in (MAIN, "evening", MAIN)]
        assert written == [True, True, False]
        found = occurrences.get(connection, "daily", DAY, "evening")
        assert found is not None
        assert found.issue == "evening"
        assert occurrences.settle(connection, found.id, OccurrenceState.DONE)
        assert [one.issue for one in occurrences.unsettled(connection, "daily")] == [MAIN]
        assert occurrences.unsettled(connection, "daily", "evening") == []
        assert [one.issue for one in occurrences.latest(connection, "daily", 5)] == [MAIN]
        assert [one.id for one in occurrences.known(connection, "daily", DAY, (), "evening")] == [found.id]


def test_the_mark_of_what_was_sent_is_the_same_as_before_there_were_issues() -> None:
    """Stored mails hold the mark in their slots: another one, and no link in them could be filled."""
    app = cast(App, SimpleNamespace(keys=(b"newer", b"a secret")))
    assert nonce(app.keys[-1], "daily", DAY) == "e00fa70f243ab4ac"
    assert nonce(app.keys[-1], "daily", DAY, MAIN) == nonce(app.keys[-1], "daily", DAY)
    assert nonce(app.keys[-1], "daily", DAY, "evening") != nonce(app.keys[-1], "daily", DAY)
