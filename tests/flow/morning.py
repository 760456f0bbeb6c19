"""A morning as the world would have it: many readers at five providers, one of which does something about us."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select

from digest.app import App
from digest.delivery.transports.memory import Memory
from digest.flows.feedback.reports import receive
from digest.flows.sending import breaker
from digest.flows.sending.send import send
from digest.model import DeliveryState, Message
from digest.outcomes import Accepted, Outcome, Refused
from digest.store.engine import Database
from digest.store.reports import Sent
from digest.store.schema import deliveries
from subscribers.schema import subscribers, subscriptions
from tests.flow import returned
from tests.flow.newsroom import NEWSLETTER, add_edition, app_for, compose

PROVIDERS = ("one.example", "two.example", "three.example", "four.example", "five.example")
CONNECTIONS = 10  # mails that are under way at the same time
BAD = "three.example"
UNSIGNED = Refused(550, "5.7.26 This mail has been blocked because the sender is unauthenticated")


@dataclass
class Morning:
    """What came of it: how the edition stands, what each provider took, and how many mails the bad one refused."""

    app: App
    sent: Sent | None = None
    took: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    complaints: int = 0
    seconds: float = 0.0

    def queued(self, provider: str) -> int:
        """How many readers of *provider* still wait."""
        mine = (deliveries.c.provider == provider, deliveries.c.state == DeliveryState.QUEUED)
        with self.app.db.read() as connection:
            return len(connection.execute(select(deliveries.c.id).where(*mine)).all())


def add_house(database: Database, readers: int) -> None:
    """Put *readers* into the tables, in turn at each of the providers."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    ids = range(1, readers + 1)
    people = [
        {
            "id": one,
            "address": f"r{one}@{PROVIDERS[one % 5]}",
            "address_key": f"r{one}@{PROVIDERS[one % 5]}",
            "domain": PROVIDERS[one % 5],
            "created_at": at,
        }
        for one in ids
    ]
    wishes = [
        {
            "newsletter": NEWSLETTER,
            "subscriber_id": one,
            "state": "active",
            "confirmed_at": at,
            "changed_at": at,
        }
        for one in ids
    ]
    with database.write() as connection:
        for start in range(0, readers, 5000):
            connection.execute(insert(subscribers), people[start : start + 5000])
            connection.execute(insert(subscriptions), wishes[start : start + 5000])


def refuses_after_a_fiftieth(database: Database, readers: int) -> Morning:
    """One provider takes a fiftieth of its mails, and then says 550 5.7.26 to each."""
    morning = Morning(_newsroom(database, readers))

    def answer(message: Message) -> Outcome:
        provider = message.recipient.rpartition("@")[2]
        if provider == BAD and morning.took[provider] >= readers / 5 / 50:
            morning.refused[provider] += 1
            return UNSIGNED
        morning.took[provider] += 1
        return Accepted(250, "2.0.0 ok")

    return _went(morning, answer)


def complains(
    database: Database, readers: int, report: Callable[[App, int], Any], every: int = 200
) -> Morning:
    """Of one provider's readers one in *every* complains, while the others' mails still go out."""
    morning = Morning(_newsroom(database, readers))
    with ThreadPoolExecutor(1) as mailbox:

        def answer(message: Message) -> Outcome:
            provider = message.recipient.rpartition("@")[2]
            morning.took[provider] += 1
            if provider == BAD and morning.took[provider] % every == 100:
                morning.complaints += 1
                mailbox.submit(report, morning.app, message.delivery)
            return Accepted(250, "2.0.0 ok")

        return _went(morning, answer)


def _newsroom(database: Database, readers: int) -> App:
    add_house(database, readers)
    return app_for(database, alarms=["ops@example.org"])


def _went(morning: Morning, answer: Callable[[Message], Outcome]) -> Morning:
    edition, began = add_edition(morning.app.db), time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(breaker, "EVERY", 0.05)
        ways = {f"relay-{number}": Memory(answer) for number in range(CONNECTIONS)}
        morning.sent = asyncio.run(send(morning.app, edition, relays=ways, compose=compose))
    morning.seconds = time.monotonic() - began
    return morning


def complained(app: App, delivery: int) -> None:
    """Take a complaint about *delivery* as a provider sends it: an ARF with the address taken out."""
    mail = returned.arf("fbl@example.org", f"Return-Path: <{returned.returned(app, delivery)}>")
    receive(app, mail, source="lmtp")
