"""`digest check` opens each relay as a send does; SIZE below our mail is told before the first goes."""

import asyncio
import sys
from typing import Any

import pytest

from digest.errors import RelayError
from digest.flows.newsroom.checks import relays
from digest.flows.sending.send import send
from digest.model import StoredVariant
from digest.ops.findings import Finding
from digest.store import variants
from digest.store.engine import Database
from tests.delivery.relay import Relay
from tests.flow.newsroom import Composing, add_edition, add_readers, app_for, states


def looked(database: Database, **tables: Any) -> list[Finding]:
    return list(relays.examine(app_for(database, relays=tables), True))


@pytest.mark.parametrize(
    ("relay", "settings", "words"),
    [
        (Relay(password="right"), {"username": "me", "password": "wrong"}, "refuses our user name or password: 535"),
        (Relay(mechanisms=("NTLM",)), {"username": "me", "password": "x"}, "offers AUTH NTLM only"),
        (Relay(), {"username": "me", "password": "x"}, "offers no AUTH"),
        (Relay(), {"security": "starttls"}, "does not offer what the settings demand"),
        (Relay(script=lambda step, line, to: "554 5.7.1 go away" if step == "greeting" else None), {}, "554"),
        (Relay(offers=("SIZE 20000",)), {}, "takes mails of 20,000 bytes at most"),
        (Relay(mechanisms=("XOAUTH2",)),
         {"username": "me", "auth": "xoauth2", "token_command": [sys.executable, "-c", "print('t1')"]},
         "refuses our token"),
    ],
)  # fmt: skip
def test_what_would_halt_a_send_is_found_by_a_check(
    sqlite: Database, relay: Relay, settings: dict[str, Any], words: str
) -> None:
    with relay:
        (found,) = looked(sqlite, main=relay.table(**settings))
    assert not found.ok
    assert words in found.words
    assert not any(command.startswith("MAIL") for command in relay.commands)


def test_good_relays_and_one_that_is_away(sqlite: Database) -> None:
    with Relay() as gone:
        pass
    with Relay(password="right") as good, Relay(offers=("SIZE 0",)) as plain:
        found = looked(
            sqlite, good=good.table(username="me", password="right"), plain=plain.table(), gone=gone.table()
        )
    assert [one.ok for one in found] == [True, True, False]
    assert "and its password; takes mails of 10,240,000 bytes" in found[0].words
    assert good.commands[-1] == "QUIT"


def test_the_largest_edition_of_late_decides_what_a_relay_must_take(sqlite: Database) -> None:
    edition = add_edition(sqlite)
    with sqlite.write() as connection:
        kept = StoredVariant(
            id=0, edition=edition, revision=1, language="en", sha256="", subject="", preheader="", nonce="",
            html="", text="", compiled=b"", size=400_000,
        )  # fmt: skip
        variants.keep(connection, kept)
    with Relay(offers=("SIZE 300000",)) as relay:
        (found,) = looked(sqlite, main=relay.table())
    assert "300,000 bytes at most, and ours have up to 400,000" in found.words


class Large(Composing):
    """Makes mails of two sizes, the largest of which is said to have 60 KB."""

    largest = 60_000


def test_a_size_below_our_mail_halts_before_the_first_goes(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.flows.sending.send.Composer", Large)
    add_readers(sqlite, 10)
    edition = add_edition(sqlite)
    with Relay(offers=("SIZE 50000", "PIPELINING")) as relay:
        app = app_for(sqlite, relays={"main": relay.table()})
        with pytest.raises(
            RelayError, match="takes mails of 50,000 bytes at most, and ours have up to 60,000"
        ):
            asyncio.run(asyncio.wait_for(send(app, edition), 10))
    assert not any(command.startswith("MAIL") for command in relay.commands)
    assert states(sqlite) == {"queued": 10}


def test_another_relay_that_takes_them_gets_them_all(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.flows.sending.send.Composer", Large)
    add_readers(sqlite, 10)
    with Relay(offers=("SIZE 50000",)) as small, Relay() as large:
        app = app_for(sqlite, relays={"small": small.table(), "large": large.table()})
        sent = asyncio.run(asyncio.wait_for(send(app, add_edition(sqlite)), 10))
    assert sent.counts == {"sent": 10}
    assert (len(small.taken), len(large.taken)) == (0, 10)
