"""A notice is queued for whom it is for, once, and with what it is about or not at all."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from digest.config.schema import Alarms
from digest.model import Audience, Notice
from digest.store.engine import Database
from digest.store.schema import calls, outbox
from tests.flow.day import NEWSLETTER, Day

NOTICE = Notice(
    kind="missed",
    key="missed daily 2026-03-04",
    newsletter=NEWSLETTER,
    audience=Audience.EDITORS,
    subject="Missed",
    text="It did not go out.",
    to=("dana@example.org", "ops@example.org"),
    day=date(2026, 3, 4),
)


@pytest.fixture
def day(sqlite: Database, tmp_path: Path) -> Day:
    day = Day(tmp_path, "2026-03-04T05:00", database=sqlite)
    alarms = Alarms(mail=("ops@example.org", "night@example.org"), webhook="http://127.0.0.1:9/")
    object.__setattr__(day.app, "config", day.config.model_copy(update={"alarms": alarms}))
    return day


def queued(day: Day) -> tuple[list[tuple[str, str]], list[str]]:
    with day.db.read() as connection:
        mails = connection.execute(select(outbox.c.kind, outbox.c.recipient).order_by(outbox.c.id)).all()
        kept = connection.execute(select(calls.c.body)).scalars().all()
    return [(row.kind, row.recipient) for row in mails], [body["kind"] for body in kept]


@pytest.mark.parametrize(
    ("audience", "mails", "called"),
    [
        (Audience.READER, [("missed", "dana@example.org"), ("missed", "ops@example.org")], []),
        (Audience.EDITORS, [("draft", "dana@example.org"), ("draft", "ops@example.org")], []),
        (
            Audience.ALARM,
            [("alarm", "dana@example.org"), ("alarm", "ops@example.org"), ("alarm", "night@example.org")],
            ["missed"],
        ),
    ],
)
def test_it_goes_to_whom_it_is_for_once(
    day: Day, audience: Audience, mails: list[tuple[str, str]], called: list[str]
) -> None:
    notice = replace(NOTICE, audience=audience)
    with day.db.write() as connection:
        assert day.app.notify(connection, notice)
    with day.db.write() as connection:
        assert not day.app.notify(connection, replace(notice, subject="Missed again"))
    assert queued(day) == (mails, called)


def test_what_is_rolled_back_tells_nobody(day: Day) -> None:
    def interrupted() -> None:
        with day.db.write() as connection:
            assert day.app.notify(connection, replace(NOTICE, audience=Audience.ALARM))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert queued(day) == ([], [])
