"""A small newsroom for sending: readers, an approved edition, and messages made without templates."""

import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from digest.app import App, clock
from digest.config.schema import Config
from digest.delivery.settle import Claimed
from digest.model import EditionState, Message
from digest.store.engine import Database
from digest.store.schema import deliveries, editions
from subscribers.schema import subscribers, subscriptions

NEWSLETTER = "daily"
DATA = (
    Path(tempfile.gettempdir()) / f"digest-tests-{os.getuid()}"
)  # for what two senders must find in one place


def config(
    *, relays: dict[str, Any] | None = None, alarms: list[str] | None = None, **newsletter: Any
) -> Config:
    """A configuration with one newsletter."""
    return Config.model_validate(
        {
            "site": {"url": "https://news.example.org", "keys": ["k" * 40], "data": str(DATA)},
            "sources": {"own": {"url": "https://example.org/rss"}},
            "newsletters": {
                NEWSLETTER: {
                    "title": "The Daily",
                    "sources": ["own"],
                    "schedule": {"time": "06:00"},
                    "sender": {
                        "address": "news@example.org",
                        "bounces": "bounces.example.org",
                        "unsubscribe_by_mail": True,
                    },
                    **newsletter,
                }
            },
            "alarms": {"mail": alarms or []},
            **({"relays": relays} if relays else {}),
        }
    )


def app_for(database: Database, *, now: Callable[[], datetime] = clock, **settings: Any) -> App:
    """An App on *database*."""
    return App(config(**settings), database, now)


def add_readers(database: Database, count: int, *, newsletter: str = NEWSLETTER, start: int = 1) -> None:
    """Put active readers r1@example.net ... into the tables."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    ids = range(start, start + count)
    people = [
        {
            "id": one,
            "address": f"r{one}@example.net",
            "address_key": f"r{one}@example.net",
            "domain": "example.net",
            "created_at": at,
        }
        for one in ids
    ]
    wishes = [
        {
            "newsletter": newsletter,
            "subscriber_id": one,
            "state": "active",
            "confirmed_at": at,
            "changed_at": at,
        }
        for one in ids
    ]
    with database.write() as connection:
        connection.execute(insert(subscribers), people)
        connection.execute(insert(subscriptions), wishes)


def add_edition(
    database: Database, *, state: EditionState = EditionState.APPROVED, day: date = date(2026, 3, 4)
) -> int:
    """Put an edition into the tables, approved unless said otherwise; return its id."""
    at = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
    values = {
        "newsletter": NEWSLETTER,
        "date": day,
        "state": state,
        "now": at,
        "since": at,
        "config_sha256": "",
        "subject": "S",
        "preheader": "P",
    }
    with database.write() as connection:
        found: int = connection.execute(
            insert(editions).values(**values).returning(editions.c.id)
        ).scalar_one()
        return found


def compose(rows: Sequence[Claimed], size: int = 300) -> list[Message]:
    """Messages of about *size* bytes whose first line names the row's reader."""
    filler = b"A line of the body, as plain as it can be made to be.\r\n" * (size // 55 + 1)
    return [
        Message(
            delivery=row.id,
            sender=f"b+{row.id}@bounces.example.org",
            recipient=row.recipient.address,
            message_id=f"<{row.id}@example.org>",
            parts=(
                f"Subject: test\r\nTo: {row.recipient.address}\r\nMessage-ID: <{row.id}@example.org>\r\n\r\n".encode()
                + filler,
            ),
        )
        for row in rows
    ]


class Composing:
    """Stands in for the flow's `Composer` where no edition was rendered."""

    largest = 0

    def __init__(self, app: App, saved: object, *, relay: str = "") -> None:
        pass

    def __call__(self, rows: Sequence[Claimed]) -> list[Message]:
        return compose(rows)

    def close(self) -> None:
        pass


def rows(connection: Connection) -> list[Any]:
    """All rows of the ledger, in order."""
    return list(connection.execute(select(deliveries).order_by(deliveries.c.id)))


def states(database: Database) -> dict[str, int]:
    """How many rows are in each state."""
    with database.read() as connection:
        found: dict[str, int] = {}
        for row in rows(connection):
            found[row.state] = found.get(row.state, 0) + 1
        return found
