"""A newsroom whose clock a test turns: a folder of articles, one newsletter, mails into a folder."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
from sqlalchemy import select

from digest.app import App
from digest.config.schema import Config
from digest.flows.clock import advance
from digest.flows.collect import collect
from digest.flows.readers import readers
from digest.flows.sending import send
from digest.model import Edition, EditionState
from digest.store import editions, occurrences
from digest.store.engine import Database
from digest.store.occurrences import Occurrence
from digest.store.schema import outbox
from tests.databases import on_sqlite

NEWSLETTER = "daily"
DEAD = "http://127.0.0.1:9"  # no address that the guard lets through: looking again finds it unreachable


@dataclass
class Clock:
    """A clock that stands until it is set."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def set(self, text: str) -> None:
        self.at = datetime.fromisoformat(text).replace(tzinfo=UTC)


class Day:
    """An App with its clock and its folder of articles."""

    def __init__(
        self, tmp_path: Path, at: str, *, database: Database | None = None, **newsletter: Any
    ) -> None:
        self.tmp_path = tmp_path
        self.clock = Clock(datetime.fromisoformat(at).replace(tzinfo=UTC))
        self.articles = tmp_path / "articles"
        self.articles.mkdir(exist_ok=True)
        schedule = {"time": "06:00", "zone": "UTC", **newsletter.pop("schedule", {})}
        self.config = Config.model_validate(
            {
                "site": {"data": str(tmp_path / "data"), "keys": ["k" * 40], "url": "http://127.0.0.1:8000"},
                "alarms": {"mail": ["ops@example.org"]},
                "sources": {"own": {"kind": "folder", "url": str(self.articles), "outlet": "The Paper"}},
                "relays": {"main": {"transport": "folder", "folder": str(tmp_path / "sent")}},
                "newsletters": {
                    NEWSLETTER: {
                        "title": "The Daily",
                        "sources": ["own"],
                        "schedule": schedule,
                        "sender": {
                            "address": "news@example.org",
                            "postal": "1 Harbour Street",
                            "unsubscribe_by_mail": True,
                        },
                        "editors": ["dana@example.org"],
                        **newsletter,
                    }
                },
            }
        )
        self.db = database or on_sqlite(tmp_path / "digest.db")
        self.app = App(self.config, self.db, self.clock)

    def write(
        self, number: int, title: str, published: str, *, site: str = DEAD, tags: list[str] | None = None
    ) -> None:
        """Put an article into the folder."""
        item = {
            "url": f"{site}/{number}",
            "title": title,
            "summary": f"What is to be said about number {number}.",
            "tags": tags or [],
            "date_published": datetime.fromisoformat(published).replace(tzinfo=UTC).isoformat(),
        }
        (self.articles / f"{number}.json").write_text(json.dumps(item), encoding="utf-8")

    def collect(self) -> None:
        made = anyio.run(lambda: collect.collect(self.app, force=True))
        assert not made.failed

    def ring(self, at: str | None = None) -> list[str]:
        """Ring the bell once, at *at* if given."""
        if at:
            self.clock.set(at)
        return anyio.run(advance.tick, self.app)

    def subscribe(self, count: int) -> None:
        for number in range(count):
            assert readers.add(self.app, NEWSLETTER, f"r{number}@example.net", source="test").done

    def send(self) -> None:
        """Do what the sender of `digest serve` would: send what is on its way."""
        with self.db.read() as connection:
            going = [each.id for each in editions.in_state(connection, EditionState.SENDING)]
        for edition in going:
            anyio.run(send.send, self.app, edition)

    def mails(self) -> list[Path]:
        return sorted((self.tmp_path / "sent").rglob("*.eml"))

    def occurrence(self, day: str) -> Occurrence:
        with self.db.read() as connection:
            found = occurrences.get(connection, NEWSLETTER, datetime.fromisoformat(day).date())
        assert found is not None
        return found

    def edition(self, day: str) -> Edition | None:
        with self.db.read() as connection:
            return editions.get(connection, NEWSLETTER, datetime.fromisoformat(day).date())

    def told(self) -> list[tuple[str, str, str]]:
        """Return (kind, recipient, subject) of every single mail that was queued."""
        with self.db.read() as connection:
            found = connection.execute(
                select(outbox.c.kind, outbox.c.recipient, outbox.c.content).order_by(outbox.c.id)
            )
            return [(row.kind, row.recipient, _subject(row.content)) for row in found]


def _subject(content: bytes) -> str:
    return next(line[9:].decode() for line in content.split(b"\r\n") if line.startswith(b"Subject: "))


HOUR = timedelta(hours=1)
