"""The report answers who is unknown, who is missing, and "did she get it?"."""

import asyncio
from datetime import timedelta

import pytest

from digest.delivery.settle import Policy
from digest.delivery.transports.memory import Memory
from digest.errors import EditionError
from digest.flows.sending.report import reader, report
from digest.flows.sending.send import send
from digest.model import Message, StoredVariant
from digest.outcomes import Accepted, Deferred, Outcome, Refused, Unknown
from digest.store import variants, watching
from digest.store.engine import Database
from tests.flow.newsroom import add_edition, add_readers, app_for, compose

QUICK = Policy(first_wait=timedelta(milliseconds=20))


def kept(edition: int, revision: int, sha256: str) -> StoredVariant:
    return StoredVariant(
        id=0, edition=edition, revision=revision, language="en", sha256=sha256, subject="", preheader="",
        nonce="", html="", text="", compiled=b"", size=0,
    )  # fmt: skip


def test_an_edition_and_a_reader_are_told_in_full(database: Database) -> None:
    add_readers(database, 5)
    app, edition = app_for(database), add_edition(database)
    with database.write() as connection:
        for revision, mark in enumerate(("aa", "bb"), 1):
            variants.keep(connection, kept(edition, revision, mark * 32))
    answers: dict[str, list[Outcome]] = {
        "r1@example.net": [Unknown("the line was lost")],
        "r2@example.net": [Refused(550, "5.7.1 spam")],
        "r3@example.net": [Deferred(450, "4.7.1 greylisted"), Accepted(250, "2.0.0 queued as 4F3A")],
    }

    def answer(message: Message) -> Outcome:
        left = answers.get(message.recipient)
        return left.pop(0) if left else Accepted(250, "2.0.0 queued as 1")

    asyncio.run(send(app, edition, relays={"main": Memory(answer)}, compose=compose, policy=QUICK))
    told = report(app, edition)
    assert told.sent.counts == {"sent": 3, "unknown": 1, "refused": 1}
    assert [(row.subscriber, row.reply) for row in told.unknown] == [(1, "the line was lost")]
    assert [(row.subscriber, row.code, row.reply) for row in told.missing] == [(2, 550, "5.7.1 spam")]
    found = reader(app, " R3@example.NET ")
    assert found is not None
    [one] = found
    assert (one.row.state, one.row.code, one.row.reply, one.row.relay) == (
        "sent",
        250,
        "2.0.0 queued as 4F3A",
        "main",
    )
    with database.read() as connection:
        [shown] = watching.of_reader(connection, one.row.subscriber)
    assert one.row.sha256 == shown.sha256 == {1: "aa" * 32, 2: "bb" * 32}[one.row.revision]
    assert [(event.state, event.code) for event in one.events] == [("queued", 450)]
    assert reader(app, "nobody@example.net") is None
    assert reader(app, "no address") is None
    with pytest.raises(EditionError):
        report(app, 99)
