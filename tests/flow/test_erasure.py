"""Who is erased is gone: from every table, from the outbox, from what relays answered, and from every file."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select, text

from digest.app import FALLS
from digest.delivery.transports.memory import Memory
from digest.flows.clock import tidy
from digest.flows.readers import readers
from digest.flows.sending import outbox as outgoing
from digest.outcomes import Rejected
from digest.store import outbox
from digest.store.engine import Database
from digest.store.schema import deliveries, delivery_events, editions, halts
from digest.store.schema import outbox as outbox_table
from subscribers import journal, replay
from subscribers.links import Purpose
from subscribers.store import people
from tests.web.site import Site

ADDRESS, NEW = "Ada.Erased@reader.example", "ada.newer@other.example"
TRACES = (b"ada.erased", b"ada.newer", b"lovelace")


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    made = Site(database, tmp_path, alarms={"mail": ["desk@example.org"]})
    journal.attach_journal(database.engine, tmp_path / "data" / FALLS)
    return made


def sent(site: Site) -> Memory:
    memory = Memory()
    asyncio.run(outgoing.deliver(site.app, relays={"main": memory}))
    return memory


def signed_up(site: Site, address: str, name: str) -> int:
    """Sign *address* up by the real form and confirm by the mail that was really sent."""
    client = site.browser().client
    client.post("/subscribe/daily", data={"email": address, "name": name})
    mail = sent(site).messages[-1].content.decode()
    found = re.search(r"(/c/\S+)", mail.replace("=\r\n", ""))
    assert found
    assert client.post(found[1]).status_code == 200
    with site.app.db.read() as connection:
        person = people.subscriber_by_key(connection, address.lower())
    assert person is not None
    return person.id


def answered(site: Site, reader: int) -> None:
    """Enter what a relay and a provider said about the reader's address."""
    now = site.app.now()
    said = f"5.1.1 <{ADDRESS.upper()}>: Recipient address rejected"
    with site.app.db.write() as connection:
        edition = connection.execute(
            insert(editions).values(
                newsletter="daily", date=now.date(), now=now, since=now, config_sha256="", subject="", preheader="",
                halt=said,
            ).returning(editions.c.id)
        ).scalar_one()  # fmt: skip
        row = {
            "edition_id": edition,
            "revision": 1,
            "due": now,
            "deadline": now,
            "at": now,
            "state": "failed",
        }
        delivery = connection.execute(
            insert(deliveries).values(subscriber_id=reader, reply=said, **row).returning(deliveries.c.id)
        ).scalar_one()
        connection.execute(insert(deliveries).values(subscriber_id=reader + 1, reply="250 ok", **row))
        connection.execute(
            insert(delivery_events).values(delivery_id=delivery, at=now, state="queued", text=said)
        )
        connection.execute(
            insert(halts).values(edition_id=edition, provider="reader.example", why=said, at=now)
        )


def traces(site: Site, folder: Path) -> list[str]:
    """Return where the erased reader can still be read: tables, and files after the log was emptied."""
    found = []
    with site.app.db.read() as connection:
        for table in inspect(connection).get_table_names():
            rows = repr(connection.execute(text(f'SELECT * FROM "{table}"')).all()).lower().encode()
            found += [f"{table}: {trace!r}" for trace in TRACES if trace in rows]
    assert site.app.db.checkpoint()
    for file in folder.rglob("*"):
        if file.is_file():
            held = file.read_bytes().lower()
            found += [f"{file.name}: {trace!r}" for trace in TRACES if trace in held]
    return found


@pytest.mark.parametrize("how", ["page", "command", "restore"])
def test_an_erased_reader_is_in_no_table_and_no_file(site: Site, tmp_path: Path, how: str) -> None:
    for number in range(40):  # neighbours on the same pages of the file
        readers.add(site.app, "daily", f"r{number}@reader.example", source="a test", name=f"Reader {number}")
    reader = signed_up(site, ADDRESS, "Lovelace")
    links = site.app.links
    manage = f"/d/{links.subscription_token(Purpose.MANAGE, reader, 'daily', at=site.app.now())}"
    client = site.browser().client
    assert client.post(manage, data={"act": "move", "email": NEW}).status_code == 200
    with site.app.db.write() as connection:  # to an address that the reader had before
        now = site.app.now()
        outbox.enqueue(
            connection,
            outbox.Queued(
                kind="moved",
                key=f"moved:daily:{reader}:1",
                recipient="lovelace@older.example",
                sender="b@example.org",
                content=b"x",
                due=now,
                deadline=now + timedelta(hours=1),
            ),
        )
    answered(site, reader)
    with site.app.db.write() as connection:  # a test mail to the same person, under a key that names them
        now = site.app.now()
        outbox.enqueue(
            connection,
            outbox.Queued(
                kind="test",
                key=f"test:1:{ADDRESS}",
                recipient=ADDRESS.lower(),
                sender="b@example.org",
                content=b"x",
                due=now,
                deadline=now + timedelta(hours=1),
            ),
        )
    assert traces(site, tmp_path), "the test sees what is there before"
    if how == "page":
        page = client.post(manage, data={"act": "erase", "sure": "yes"})
        assert "Everything is deleted" in page.text
    elif how == "command":
        readers.erase(site.app, ADDRESS.upper())
    else:
        lines = [
            replay.Entry(act="erase", at=site.app.now(), reader=reader, newsletter="", digest=b"", reason="")
        ]
        with site.app.db.write() as connection:
            replay.replay_journal(connection, lines, links.keys, site.app.now(), forget=readers.forget)
    assert traces(site, tmp_path) == []
    assert sent(site).messages == []  # what waited for the reader does not go out after all
    with site.app.db.read() as connection:
        assert len(connection.execute(select(deliveries.c.id)).all()) == 2, "the ledger's sums stay right"


def test_an_alarm_that_waits_for_an_editor_outlives_the_editors_erasure_as_a_reader(site: Site) -> None:
    now = site.app.now()
    readers.add(site.app, "daily", "desk@example.org", source="a test")
    with site.app.db.write() as connection:
        outbox.enqueue(
            connection,
            outbox.Queued(
                kind="alarm",
                key="a",
                recipient="desk@example.org",
                sender="b@example.org",
                content=b"x",
                due=now,
                deadline=now + timedelta(hours=1),
            ),
        )
    readers.erase(site.app, "desk@example.org")
    assert len(sent(site).messages) == 1


def test_a_mail_that_was_sent_keeps_its_row_for_a_week_and_its_content_not_at_all(site: Site) -> None:
    signed_up(site, ADDRESS, "Lovelace")  # which queues the welcome
    with site.app.db.write() as connection:
        now = site.app.now()
        outbox.enqueue(
            connection,
            outbox.Queued(
                kind="confirm",
                key="late",
                recipient="b@reader.example",
                sender="b@example.org",
                content=b"x",
                due=now + timedelta(minutes=1),
                deadline=now + timedelta(days=31),
            ),
        )
    refuses = Memory(lambda message: Rejected(550, "5.2.2 full"))
    asyncio.run(outgoing.deliver(site.app, relays={"main": refuses}))

    def held() -> list[tuple[str, bytes]]:
        with site.app.db.read() as connection:
            rows = connection.execute(
                select(outbox_table.c.state, outbox_table.c.content).order_by(outbox_table.c.id)
            )
            return [(row.state, row.content) for row in rows]

    assert held() == [("sent", b""), ("failed", b""), ("queued", b"x")]
    site.clock.at += timedelta(days=8)
    tidy.tidy(site.app)
    assert held() == [("queued", b"x")]
