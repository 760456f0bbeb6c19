"""Before `digest serve` can open no more files, the newsroom is told: once a day."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from digest.serve import _few_files
from digest.store.engine import Database
from digest.store.schema import outbox
from tests.flow.newsroom import app_for

MAIL = ["desk@example.org"]


def test_the_newsroom_is_told_once_a_day(database: Database) -> None:
    at = [datetime(2026, 3, 1, 9, tzinfo=UTC)]
    app = app_for(database, now=lambda: at[0], alarms=MAIL)
    for hours in (0, 1, 24):
        at[0] += timedelta(hours=hours)
        assert asyncio.run(_few_files(app, 190, 220))
    with database.read() as connection:
        mails = [each.decode() for each in connection.execute(select(outbox.c.content)).scalars()]
    assert len(mails) == 2
    assert "190 of 220" in mails[0]
    assert "LimitNOFILE" in mails[0]


def test_an_alarm_that_could_not_be_kept_is_not_taken_as_told(tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'without_tables.db'}")
    assert not asyncio.run(_few_files(app_for(empty, alarms=MAIL), 190, 220))
    empty.close()
