"""The alarms' webhook: told of what needs a person, once where it answers, again where it does not."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import select

from digest.config.schema import Config
from digest.flows.notify import webhooks
from digest.model import Audience, Notice
from digest.store.engine import Database
from digest.store.schema import calls
from tests.flow.day import Day
from tests.loopback import Site
from tests.loopback import site as serving

HELD = Notice(
    audience=Audience.ALARM,
    key="k",
    kind="held",
    newsletter="daily",
    day=date(2026, 3, 4),
    subject="S",
    text="T",
)


class Chat:
    """A webhook's receiver: what it was told, and what it answers."""

    def __init__(self, site: Site) -> None:
        self.told: list[tuple[dict[str, Any], str]] = []
        self.status = 200
        self.url = f"{site.url}/hook"
        site.posts["/hook"] = self.hear

    def hear(self, handler: BaseHTTPRequestHandler) -> int:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.told.append((json.loads(body), handler.headers["Idempotency-Key"]))
        return self.status


@pytest.fixture
def chat() -> Iterator[Chat]:
    with serving() as made:
        yield Chat(made)


def newsroom(database: Database, tmp_path: Path, chat: Chat, **more: Any) -> Day:
    day = Day(tmp_path, "2026-03-04T05:00", database=database, **more)
    settings = {"alarms": {"mail": ["ops@example.org"], "webhook": chat.url}}
    day.config = Config.model_validate(
        {**day.config.model_dump(), **settings, "site": {**day.config.site.model_dump(), "keys": ["k" * 40]}}
    )
    object.__setattr__(day.app, "config", day.config)
    return day


def test_it_is_told_when_nobody_has_approved_and_once_however_often_the_bell_rings(
    database: Database, tmp_path: Path, chat: Chat
) -> None:
    day = newsroom(database, tmp_path, chat, schedule={"approval": "one"})
    day.subscribe(1)  # a day without readers is quiet, and nobody need approve it
    day.write(1, "The ferry sails again", "2026-03-04T04:00")
    day.collect()
    day.ring("2026-03-04T05:10")
    for minute in ("06:00", "06:01"):
        day.ring(f"2026-03-04T{minute}")
        anyio.run(webhooks.deliver, day.app)
    assert [(body["kind"], body["newsletter"], body["date"]) for body, _ in chat.told] == [
        ("held", "daily", "2026-03-04")
    ]
    assert "nobody has approved it" in chat.told[0][0]["text"]
    assert chat.told[0][0]["url"].endswith("/desk/daily/2026-03-04")
    day.ring("2026-03-04T13:00")
    anyio.run(webhooks.deliver, day.app)
    assert [body["kind"] for body, _ in chat.told] == ["held", "missed"]


def test_it_is_told_again_until_it_answers_with_the_same_key(
    sqlite: Database, tmp_path: Path, chat: Chat
) -> None:
    day = newsroom(sqlite, tmp_path, chat)
    chat.status = 500
    with day.db.write() as connection:
        assert day.app.notify(connection, HELD)
        assert not day.app.notify(connection, HELD)
    assert anyio.run(webhooks.deliver, day.app) == 0
    assert anyio.run(webhooks.deliver, day.app) == 0  # not due yet
    assert len(chat.told) == 1
    day.clock.at += timedelta(minutes=1)
    chat.status = 204
    assert anyio.run(webhooks.deliver, day.app) == 1
    day.clock.at += timedelta(hours=1)
    assert anyio.run(webhooks.deliver, day.app) == 0
    assert [key for _, key in chat.told] == ["k", "k"]


def test_a_receiver_that_stays_away_is_given_up_after_a_day(
    sqlite: Database, tmp_path: Path, chat: Chat
) -> None:
    day = newsroom(sqlite, tmp_path, chat)
    chat.status = 500
    with day.db.write() as connection:
        day.app.notify(connection, HELD)
    for _ in range(80):
        anyio.run(webhooks.deliver, day.app)
        day.clock.at += timedelta(minutes=31)
    assert 40 < len(chat.told) < 60
    with day.db.read() as connection:
        assert connection.execute(select(calls.c.problem)).scalar_one() == "it answers 500"


def test_a_webhook_may_be_private_but_not_in_a_network_that_is_denied(
    sqlite: Database, tmp_path: Path, chat: Chat
) -> None:
    day = newsroom(sqlite, tmp_path, chat)
    closed = day.config.model_copy(
        update={"fetch": day.config.fetch.model_copy(update={"deny": ("127.0.0.0/8",)})}
    )
    object.__setattr__(day.app, "config", closed)
    with day.db.write() as connection:
        day.app.notify(connection, HELD)
    assert anyio.run(webhooks.deliver, day.app) == 0
    assert chat.told == []


def test_without_a_webhook_nothing_is_kept(sqlite: Database, tmp_path: Path) -> None:
    day = Day(tmp_path, "2026-03-04T05:00", database=sqlite)
    with day.db.write() as connection:
        assert day.app.notify(connection, HELD), "its mail"
        assert connection.execute(select(calls.c.id)).all() == []
        assert connection.execute(select(calls)).all() == []
    assert anyio.run(webhooks.deliver, day.app) == 0
