"""Through a real Postfix: what it refuses, defers and bounces later comes back to us, and the right reader has it."""

import asyncio
import smtplib
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import update

from digest.app import App
from digest.delivery.settle import Claimed
from digest.flows.feedback import listener
from digest.flows.feedback.listener import listening
from digest.flows.newsroom import doctor
from digest.flows.sending.send import send
from digest.messages.return_path import verp
from digest.model import Message
from digest.store.engine import Database
from subscribers.schema import subscribers
from tests.flow import returned
from tests.flow.newsroom import add_edition, add_readers, app_for, compose, rows
from tests.postfix import READERS, postfix
from tests.waiting import until

LATER, BOUNCES = "later.example", "bounces.example.org"
ADDRESSES = {
    1: f"ok@{READERS}",
    2: f"refused@{READERS}",  # by Postfix itself, on the line
    3: f"gone@{LATER}",
    4: f"full@{LATER}",
    5: f"ours@{LATER}",
    6: f"leaves@{READERS}",
}
ANSWERS = {
    "gone": "550 5.1.1 no such user here",
    "full": "450 4.2.2 mailbox full",
    "ours": "550 5.7.26 this mail is unauthenticated",
}
SETTINGS = """
transport_maps = inline:{{ {later}=smtp:[127.0.0.1]:{sink}, {bounces}=lmtp:[127.0.0.1]:{lmtp} }}
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{ refused@{readers} = 550 5.1.1 no such user }} }}
maximal_queue_lifetime = 0
bounce_queue_lifetime = 0
"""


class Sink:
    """The server of somebody's readers: it says no after our Postfix has said yes."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        return ANSWERS[address.partition("@")[0]]


@contextmanager
def sink() -> Iterator[int]:
    """Give the port of a running one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def composed(app: App, claimed: Sequence[Claimed]) -> list[Message]:
    """Mails with the return addresses that ours have."""
    return [
        replace(one, sender=f"{verp(app.links, one.delivery)}@{BOUNCES}") for one in compose(list(claimed))
    ]


def test_what_comes_back_from_a_real_postfix_ends_right(sqlite: Database) -> None:
    add_readers(sqlite, len(ADDRESSES))
    with sqlite.write() as connection:
        for reader, address in ADDRESSES.items():
            of = update(subscribers).where(subscribers.c.id == reader)
            connection.execute(of.values(address=address, address_key=address))
    edition = add_edition(sqlite)
    with listening(("127.0.0.1", 0)) as on, sink() as port:
        settings = SETTINGS.format(
            later=LATER, sink=port, bounces=BOUNCES, lmtp=on.getsockname()[1], readers=READERS
        )
        with postfix(settings) as relay:
            ways = {"main": {"host": "127.0.0.1", "port": relay.port, "security": "none", "connections": 1}}
            app = app_for(sqlite, relays=ways)
            with listener.listener(app, on):
                asyncio.run(send(app, edition, compose=lambda claimed: composed(app, claimed)))
                out = f"{app.links.unsubscribe_mailbox(6, 'daily')}@{BOUNCES}"
                with smtplib.SMTP("127.0.0.1", relay.port) as line:
                    line.sendmail("leaves@mail.example", [out], b"Subject: unsubscribe\r\n\r\n")
                until(lambda: len(returned.effects(sqlite)) == 4, (relay.folder / "log").read_text, 20)
                assert doctor.bounced(app, "127.0.0.1", BOUNCES, port=relay.port) is not None
    with sqlite.read() as connection:
        ended = {row.subscriber_id: str(row.state) for row in rows(connection)}
    assert ended == {1: "sent", 2: "failed", 3: "bounced", 4: "bounced", 5: "refused", 6: "sent"}
    assert returned.suppressed(sqlite) == {2: "bounce", 3: "bounce"}
    assert {reader for reader, state in returned.wishes(sqlite).items() if state == "ended"} == {6}
    assert sorted(returned.effects(sqlite)) == ["counted", "probe", "refused", "suppressed", "unsubscribed"]
