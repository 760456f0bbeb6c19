"""Single mails and test sends, and the real messages of an edition as a relay gets them."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from sqlalchemy import select, update

from digest.app import App
from digest.config.schema import Relay
from digest.delivery.routes import routes
from digest.delivery.settle import Claimed, Policy
from digest.delivery.transports import Mark, smtp
from digest.delivery.transports.memory import Memory
from digest.errors import EditionError
from digest.flows.edition.compose import Composer
from digest.flows.sending import outbox as flow
from digest.flows.sending.send import send
from digest.messages import compile, slots
from digest.messages.return_path import delivery_of
from digest.model import Composition, DeliveryState, Message, Recipient, Rendered, StoredVariant
from digest.outcomes import Deferred, Outcome, Refused, Rejected
from digest.store import editions, outbox, variants
from digest.store.engine import Database
from digest.store.schema import deliveries
from digest.store.schema import outbox as table
from subscribers.schema import subscribers, subscriptions
from tests.flow.newsroom import NEWSLETTER, add_edition, add_readers, app_for
from tests.waiting import lag_async, until, until_async

NONCE = "5f3a91c07be4d268"
QUICK = Policy(first_wait=timedelta(milliseconds=20), longest_wait=timedelta(milliseconds=20))


def put(app: App, key: str, to: str = "r@example.net", kind: str = "confirm") -> None:
    now = app.now()
    with app.db.write() as connection:
        outbox.enqueue(
            connection,
            outbox.Queued(
                kind=kind,
                key=key,
                recipient=to,
                sender="bounce@example.org",
                content=b"Subject: x\r\n\r\nHello\r\n",
                due=now,
                deadline=now + timedelta(hours=1),
            ),
        )


def counts(app: App) -> dict[DeliveryState, int]:
    with app.db.read() as connection:
        return outbox.counts(connection)


def test_single_mails_go_on_however_many_are_refused(database: Database) -> None:
    app, memory = app_for(database), Memory(lambda message: Refused(550, "5.7.26 unauthenticated"))
    for number in range(30):
        put(app, str(number))
    asyncio.run(flow.deliver(app, relays={"main": memory}))
    assert counts(app) == {"refused": 30}
    assert len(memory.messages) == 30


def test_what_is_due_goes_out_once(database: Database) -> None:
    app, memory = app_for(database), Memory()
    for key in "abc":
        put(app, key)
    asyncio.run(flow.deliver(app, relays={"main": memory}))
    asyncio.run(flow.deliver(app, relays={"main": memory}))
    assert counts(app) == {"sent": 3}
    assert [message.content for message in memory.messages] == [b"Subject: x\r\n\r\nHello\r\n"] * 3


def test_a_deferred_mail_is_left_for_the_next_look(sqlite: Database) -> None:
    app, memory = app_for(sqlite), Memory(lambda message: Deferred(451, "later"))
    put(app, "a")
    asyncio.run(flow.deliver(app, relays={"main": memory}, policy=Policy()))
    assert counts(app) == {"queued": 1}
    assert len(memory.messages) == 1


def test_a_reader_whose_address_is_dead_is_suppressed_and_an_editor_is_not(sqlite: Database) -> None:
    add_readers(sqlite, 2)
    app = app_for(sqlite)
    put(app, "a", "r1@example.net", "confirm")
    put(app, "b", "r2@example.net", "alarm")
    dead: Outcome = Rejected(550, "5.1.1 nobody")
    asyncio.run(flow.deliver(app, relays={"main": Memory(lambda message: dead)}))
    with sqlite.read() as connection:
        assert list(
            connection.execute(select(subscribers.c.id).where(subscribers.c.suppressed)).scalars()
        ) == [1]
    assert counts(app) == {"failed": 2}


def test_the_outbox_of_serve_sends_what_comes_in(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    app, memory = app_for(sqlite), Memory()
    due, looks = flow._due, list[bool]()
    monkeypatch.setattr("digest.flows.sending.outbox.LOOK", 0.05)
    monkeypatch.setattr(
        "digest.flows.sending.outbox.routes", lambda app, relays: routes(app, {"main": memory})
    )
    monkeypatch.setattr(
        "digest.flows.sending.outbox._due", lambda *given: looks.append(due(*given)) or looks[-1]
    )

    async def scenario() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(flow.run_due(app, stop))
        await until_async(lambda: looks, "a first look, which finds nothing")
        for number, key in enumerate("ab", 1):
            await asyncio.to_thread(put, app, key)
            await until_async(lambda number=number: counts(app) == {"sent": number}, f"mail {number}")  # type: ignore[misc]
        stop.set()
        await asyncio.wait_for(task, 5)

    asyncio.run(scenario())


# ---------------------------------------------------------------------------- real messages


@pytest.fixture
def ready(sqlite: Database) -> tuple[App, int]:
    """Three readers and an approved edition with its compiled variant; one reader wants sport only."""
    app = app_for(sqlite, seeds=["seed@house.example"], sections=[{"name": "sport", "title": "Sport"}])
    add_readers(sqlite, 3)
    edition = add_edition(sqlite)
    with sqlite.write() as connection:
        connection.execute(
            update(subscriptions).where(subscriptions.c.subscriber_id == 2).values(sections="top")
        )
        connection.execute(update(subscribers).where(subscribers.c.id == 3).values(name="דנה לוי"))
    keep_variant(app, edition)
    return app, edition


def keep_variant(app: App, edition: int) -> None:
    open_slots = "\n".join(
        slots.slot(NONCE, name) for name in (slots.VIEW, slots.UNSUBSCRIBE, slots.PREFERENCES)
    )
    sport = f"{slots.begin(NONCE, 'sport')}\nUnited win again.\n{slots.end(NONCE, 'sport')}\n"
    text = f"The tunnel is closed.\n{sport}{open_slots}\n"
    rendered = Rendered(
        subject="The tunnel is closed",
        preheader="P",
        html=f"<p>{text}</p>",
        text=text,
        nonce=NONCE,
        language="en",
    )
    at = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
    noun = Composition(
        newsletter=NEWSLETTER, title="The Daily", date=date(2026, 3, 4), now=at, language="en", direction="ltr",
        subject="S", preheader="P", sections=(), id=edition,
    )  # fmt: skip
    variant = compile.compiled(rendered, app.config.newsletters[NEWSLETTER], noun, app.config.site)
    kept = StoredVariant(
        id=0, edition=edition, revision=1, language="en", sha256=variant.sha256, subject=rendered.subject, preheader="P",
        nonce=NONCE, html=rendered.html, text=rendered.text, compiled=compile.packed(variant), size=variant.size,
    )  # fmt: skip
    with app.db.write() as connection:
        variants.keep(connection, kept)


def parsed(message: Message) -> EmailMessage:
    found = message_from_bytes(message.content, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def test_a_mailbox_is_named_only_where_somebody_reads_it(ready: tuple[App, int]) -> None:
    app, edition = ready
    letter = app.config.newsletters[NEWSLETTER]
    sender = letter.sender.model_copy(update={"unsubscribe_by_mail": None})
    silent = letter.model_copy(update={"sender": sender}).named(NEWSLETTER)
    config = app.config.model_copy(update={"newsletters": {NEWSLETTER: silent}})
    for reads, mailboxes in (("", 0), ("127.0.0.1:2424", 1)):
        feedback = config.feedback.model_copy(update={"listen": reads})
        other = App(config.model_copy(update={"feedback": feedback}), app.db, app.now)
        with app.db.read() as connection:
            composer = Composer(other, editions.existing(connection, edition))
        made = composer([claimed_row()])[0]
        composer.close()
        assert isinstance(made, Message)
        mail = parsed(made)
        assert mail["List-Unsubscribe"].count("mailto:") == mailboxes
        assert mail["List-Unsubscribe"].startswith("<https://")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def claimed_row() -> Claimed:
    return Claimed(
        id=1,
        recipient=Recipient(subscriber=1, address="r1@example.net"),
        provider="",
        deadline=datetime.now(UTC),
    )


def test_each_reader_gets_their_own_links_sections_and_envelope(ready: tuple[App, int]) -> None:
    app, edition = ready
    memory, links = Memory(), app.links
    sent = asyncio.run(send(app, edition, relays={"main": memory}))
    assert sent.counts == {"sent": 4}
    by_reader = {message.recipient: message for message in memory.messages}
    assert memory.messages[0].recipient == "seed@house.example"
    with app.db.read() as connection:
        rows = {row.subscriber_id: row.id for row in connection.execute(select(deliveries))}
    for number in (1, 2, 3):
        message = by_reader[f"r{number}@example.net"]
        mail = parsed(message)
        assert not mail.defects
        assert mail["To"].addresses[0].addr_spec == f"r{number}@example.net"
        assert mail["Message-ID"] == message.message_id
        assert links.unsubscribe(number, NEWSLETTER) in mail["List-Unsubscribe"]
        assert "@bounces.example.org>" in mail["List-Unsubscribe"]
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert links.preferences(number, NEWSLETTER) in text
        assert ("United win" in text) is (number != 2)
        assert message.sender.endswith("@bounces.example.org")
        assert len(message.sender.partition("@")[0]) <= 64
        assert delivery_of(links, message.sender) == rows[number]
        assert delivery_of(links, message.sender.upper()) == rows[number]
    assert parsed(by_reader["r3@example.net"])["To"].addresses[0].display_name == "דנה לוי"
    assert len({message.message_id for message in memory.messages}) == 4


def test_a_foreign_or_changed_bounce_address_names_nobody(ready: tuple[App, int]) -> None:
    links = ready[0].links
    for address in ("b+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x.org", "b+@x.org", "x@x.org", "", "b+%00@x.org"):
        assert delivery_of(links, address) is None


def test_an_address_that_no_header_can_hold_is_undeliverable_and_the_others_go(
    ready: tuple[App, int],
) -> None:
    app, edition = ready
    with app.db.write() as connection:
        connection.execute(
            update(subscribers).where(subscribers.c.id == 2).values(address="a\r\nBcc: all@example.org")
        )
    memory = Memory()
    assert asyncio.run(send(app, edition, relays={"main": memory})).counts == {"sent": 3, "undeliverable": 1}


def test_whoever_asks_for_a_test_is_not_kept_while_the_relay_is_away(ready: tuple[App, int]) -> None:
    app, edition = ready
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]  # free once this is closed: a relay that is away
    away = smtp.transport(Relay(transport="smtp", host="127.0.0.1", port=port, security="none"), "main")
    told = asyncio.run(flow.test(app, edition, ["one@house.example"], relays={"main": away}, waits=0.3))
    assert told == {"one@house.example": (DeliveryState.QUEUED, "")}
    taking = Memory()
    asyncio.run(flow.deliver(app, relays={"main": taking}))
    assert [one.recipient for one in taking.messages] == ["one@house.example"], "it was not lost for it"


class Slow(Memory):
    """A relay that takes its time."""

    async def send(
        self, messages: AsyncIterator[Message], mark: Mark
    ) -> AsyncGenerator[tuple[int, Outcome], None]:
        async for told in super().send(messages, mark):
            await lag_async(0.4)
            yield told


def test_a_test_that_another_sender_has_taken_is_waited_for(
    ready: tuple[App, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, edition = ready
    slow, queue, others = Slow(), flow._queue_tests, list[asyncio.Task[Any]]()

    async def scenario() -> dict[str, tuple[DeliveryState, str]]:
        loop = asyncio.get_running_loop()

        def queued(*about: Any) -> dict[str, str]:
            keys = queue(*about)
            other = flow.deliver(app, relays={"main": slow})  # as the sender of `digest serve` does
            loop.call_soon_threadsafe(lambda: others.append(loop.create_task(other)))
            until(lambda: slow.messages, "the other sender's claim")
            return keys

        monkeypatch.setattr(flow, "_queue_tests", queued)
        told = await flow.test(app, edition, ["one@house.example"], relays={"main": Memory()})
        await asyncio.gather(*others)
        return told

    assert asyncio.run(scenario()) == {"one@house.example": (DeliveryState.SENT, "250 2.0.0 kept 1")}


def test_a_test_send_is_marked_and_leaves_the_ledger_alone(ready: tuple[App, int]) -> None:
    app, edition = ready
    memory = Memory()
    app = replace(app, token=iter("abcdefgh").__next__)
    told = asyncio.run(
        flow.test(app, edition, ["one@house.example", "two@house.example"], relays={"main": memory})
    )
    assert {address: state for address, (state, _) in told.items()} == {
        "one@house.example": "sent",
        "two@house.example": "sent",
    }
    one, two = (parsed(message) for message in memory.messages)
    assert one["Subject"] == two["Subject"] == "[Test] The tunnel is closed"
    assert one["Message-ID"] != two["Message-ID"]
    with app.db.read() as connection:
        assert connection.execute(select(deliveries)).all() == []
        assert set(connection.execute(select(table.c.kind)).scalars()) == {"test"}
    real = Memory()
    asyncio.run(send(app, edition, relays={"main": real}))
    assert parsed(real.messages[0])["Subject"] == "The tunnel is closed"
    assert one["Message-ID"] not in {message.message_id for message in real.messages}


def test_what_was_never_rendered_is_not_sent(sqlite: Database) -> None:
    add_readers(sqlite, 1)
    app, edition = app_for(sqlite), add_edition(sqlite)
    with pytest.raises(EditionError, match="never rendered"):
        asyncio.run(send(app, edition, relays={"main": Memory()}))
