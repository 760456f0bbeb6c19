"""Who signs: the relay or we, by which keys; and everything that leaves the house is signed then."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import dkim as oracle
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select

from digest.config.schema import Alarms
from digest.delivery.settle import Claimed
from digest.delivery.transports.memory import Memory
from digest.errors import ConfigError
from digest.flows.edition.compose import Composer
from digest.flows.notify import mails
from digest.flows.sending import outbox, send
from digest.messages import signers
from digest.model import EditionState, Message, Recipient
from digest.outcomes import Undeliverable
from digest.signing import signer
from digest.store import editions
from digest.store.engine import Database
from digest.store.schema import outbox as outbox_table
from tests.delivery.relay import Relay
from tests.flow.newsroom import NEWSLETTER, add_readers, app_for
from tests.flow.signed import RECORDS, app_that_signs, ready_edition
from tests.waiting import until

OURS, THEIRS = {"transport": "folder", "dkim": "ours"}, {"transport": "folder", "dkim": "relay"}


def rsa_verifies(content: bytes) -> bool:
    def ask(name: bytes, timeout: int = 5) -> bytes:
        return RECORDS[name.decode().rstrip(".")].encode()

    return bool(oracle.DKIM(content).verify(0, dnsfunc=ask))


def rows(app: Any, count: int) -> list[Claimed]:
    made = [Recipient(subscriber=n, address=f"r{n}@example.net") for n in range(1, count + 1)]
    return [Claimed(id=one.subscriber, recipient=one, provider="", deadline=app.now()) for one in made]


@pytest.fixture
def house(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Any, Composer]]:
    """An app, and what makes and signs the mails of its edition, on a machine of three cores."""
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    app = app_that_signs(sqlite, tmp_path, relays={"main": OURS})
    edition = ready_edition(sqlite)
    with sqlite.read() as connection:
        saved = editions.by_id(connection, edition)
    assert saved is not None
    with closing(Composer(app, saved)) as composer:
        yield app, composer


def processes(compose: Composer, app: Any) -> tuple[int, ...]:
    """Return the processes that sign, once they are there."""
    signers = compose._made._signers
    assert signers is not None
    until(lambda: compose(rows(app, 50)) and signers.processes, "the processes that sign", 30)
    return signers.processes


def checked(compose: Composer, app: Any, count: int) -> None:
    made = compose(rows(app, count))
    assert [one.delivery for one in made if isinstance(one, Message)] == list(range(1, count + 1))
    assert all(rsa_verifies(one.content) for one in made if isinstance(one, Message))


def test_an_edition_is_signed_by_several_processes_and_in_order(house: tuple[Any, Composer]) -> None:
    app, compose = house
    for count in (1, 2, 10):
        checked(compose, app, count)
    assert compose._made._signers is not None
    assert compose._made._signers.processes == (), "a short list needs no processes"
    assert len(processes(compose, app)) == 3
    for count in (1, 2, 10, 50):
        checked(compose, app, count)
    bad = rows(app, 3)
    bad[1] = Claimed(
        id=2, recipient=Recipient(subscriber=2, address="no address"), provider="", deadline=app.now()
    )
    assert [type(one) for one in compose(bad)] == [Message, Undeliverable, Message]
    sizes = [one.size for one in compose(rows(app, 20)) if isinstance(one, Message)]
    assert max(sizes) <= compose.largest < max(sizes) + 4000
    assert compose([]) == []


def test_what_the_processes_sign_is_what_this_one_would(house: tuple[Any, Composer]) -> None:
    app, compose = house
    date = app.now()
    compose._made._now = lambda: date
    here = compose(rows(app, 5))
    assert processes(compose, app)
    assert compose(rows(app, 5)) == here


def test_a_signing_process_that_dies_costs_no_mail(house: tuple[Any, Composer]) -> None:
    app, compose = house
    os.kill(processes(compose, app)[1], signal.SIGKILL)
    checked(compose, app, 50)
    assert compose._made._signers is not None
    assert compose._made._signers.processes == ()
    checked(compose, app, 50)


def test_a_signing_process_that_stands_still_costs_no_mail(
    house: tuple[Any, Composer], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, compose = house
    stopped = processes(compose, app)[1]
    os.kill(stopped, signal.SIGSTOP)
    monkeypatch.setattr(signers, "LIMIT", 0.3)
    checked(compose, app, 50)
    assert not lives(stopped)


def test_whoever_signs_goes_with_who_asked(tmp_path: Path) -> None:
    """Killed without a word, a sender leaves no process behind."""
    key = tmp_path / "key.pem"
    key.write_bytes(dkim_key())
    code = (
        "import signal, sys\n"
        "from digest.messages import dkim\n"
        "from digest.messages.signers import Signers\n"
        f"key = dkim.private_key(open({str(key)!r}, 'rb').read())\n"
        "signers = Signers(dkim.Signer([dkim.Key('a.example', 's', key)]), 2)\n"
        "signers._start()\n"
        "signers._starting.join()\n"
        "print(*signers.processes, flush=True)\n"
        "signal.pause()\n"
    )
    sender = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert sender.stdout is not None
    children = [int(one) for one in sender.stdout.readline().split()]
    assert len(children) == 2
    sender.kill()
    sender.wait()
    sender.stdout.close()
    until(lambda: not any(map(lives, children)), "the end of those who signed", 20)


def lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def dkim_key() -> bytes:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_single_mails_and_tests_of_an_edition_are_signed(sqlite: Database, tmp_path: Path) -> None:
    app = app_that_signs(sqlite, tmp_path, relays={"main": {**OURS, "folder": str(tmp_path / "sent")}})
    mails.to_readers(app)(
        kind="confirm",
        key="c:1",
        newsletter=NEWSLETTER,
        to="r@example.net",
        subject="Please confirm",
        text="Follow the link.\n",
        html="<p>Follow the link.</p>",
    )
    memory = Memory()
    asyncio.run(outbox.test(app, ready_edition(sqlite), ["you@example.net"], relays={"main": memory}))
    contents = [message.content for message in memory.messages]
    assert len(contents) == 2
    assert all(rsa_verifies(content) for content in contents)
    assert all(
        content.count(b"\r\nDKIM-Signature: ") == 1 for content in contents
    )  # and one at the very start


def test_where_every_relay_signs_we_do_not(sqlite: Database, tmp_path: Path) -> None:
    app = app_that_signs(sqlite, tmp_path, relays={"main": THEIRS})
    newsletter = app.config.newsletters[NEWSLETTER]
    assert signer(app.config.relays, newsletter) is None
    both = app_that_signs(
        sqlite, tmp_path, relays={"main": OURS, "ses": {**THEIRS, "rewrites": ["Message-ID", "Date"]}}
    )
    assert signer(both.config.relays, newsletter, relay="ses") is None
    exact, safe = signer(both.config.relays, newsletter, relay="main"), signer(both.config.relays, newsletter)
    assert exact is not None
    assert safe is not None
    lines = (b"From: a@b.example\r\n", b"Date: now\r\n", b"Message-ID: <a@b>\r\n")
    assert b"message-id" in exact.at(app.now())(lines, (b"x\r\n",))
    assert b"message-id" not in safe.at(app.now())(lines, (b"x\r\n",))


def test_a_missing_key_stops_an_edition_but_no_alarm(sqlite: Database, tmp_path: Path) -> None:
    app = app_for(sqlite, relays={"main": OURS})
    with pytest.raises(ConfigError, match="digest dkim new"):
        signer(app.config.relays, app.config.newsletters[NEWSLETTER])
    app = app_that_signs(sqlite, tmp_path, relays={"main": OURS})
    (tmp_path / "digest-1.pem").write_bytes(b"nonsense")
    with pytest.raises(ConfigError, match=r"digest-1\.pem: is no key"):
        signer(app.config.relays, app.config.newsletters[NEWSLETTER])
    (tmp_path / "digest-1.pem").unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        signer(app.config.relays, app.config.newsletters[NEWSLETTER])
    mails.to_readers(app)(
        kind="alarm",
        key="a:1",
        newsletter=NEWSLETTER,
        to="ops@example.net",
        subject="The key is gone",
        text="Look.\n",
        html="",
    )
    with sqlite.read() as connection:
        (content,) = connection.execute(
            outbox_table.select().with_only_columns(outbox_table.c.content)
        ).scalars()
    assert b"DKIM-Signature" not in content


def test_a_lost_key_halts_the_edition_and_tells_people_and_no_mail_goes_unsigned(
    sqlite: Database, tmp_path: Path
) -> None:
    relay = {**OURS, "folder": str(tmp_path / "sent")}
    app = app_that_signs(sqlite, tmp_path, relays={"main": relay})
    app = replace(app, config=app.config.model_copy(update={"alarms": Alarms(mail=("ops@example.org",))}))
    add_readers(sqlite, 3)
    edition = ready_edition(sqlite)
    key = (tmp_path / "digest-1.pem").read_bytes()
    (tmp_path / "digest-1.pem").unlink()
    with pytest.raises(ConfigError, match=r"digest-1\.pem"):
        asyncio.run(send.send(app, edition))
    assert send.status(app, edition).state is EditionState.HALTED
    with sqlite.read() as connection:
        told = connection.execute(select(outbox_table.c.kind, outbox_table.c.recipient)).all()
    assert told == [("alarm", "ops@example.org")]
    assert not (tmp_path / "sent").exists()
    (tmp_path / "digest-1.pem").write_bytes(key)
    assert send.resume(app, edition)
    assert asyncio.run(send.send(app, edition)).counts == {"sent": 3}
    assert all(rsa_verifies(_bare(file)) for file in (tmp_path / "sent").glob("*.eml"))


def _bare(file: Path) -> bytes:
    """Return the mail in *file* without the two envelope lines that the folder transport puts before it."""
    return file.read_bytes().split(b"\r\n", 2)[2]


@pytest.mark.parametrize(("first", "second"), [("ours", "relay"), ("relay", "ours")])
def test_each_relay_gets_mails_signed_as_it_wants_them_also_after_a_failover(
    sqlite: Database, tmp_path: Path, first: str, second: str
) -> None:
    dying = Relay(script=lambda step, line, to: "421 4.3.2 bye" if len(dying.taken) >= 4 else None)
    with dying, Relay() as other:
        relays = {
            "a": dying.table(connections=1, dkim=first),
            "b": other.table(connections=1, dkim=second, backup=True),
        }
        app = app_that_signs(sqlite, tmp_path, relays=relays)
        add_readers(sqlite, 12)
        assert asyncio.run(send.send(app, ready_edition(sqlite))).counts == {"sent": 12}
    assert (len(dying.taken), len(other.taken)) == (4, 8)
    for relay, who in ((dying, first), (other, second)):
        assert all((b"DKIM-Signature:" in content) == (who == "ours") for _, content in relay.taken)
        assert all(who == "relay" or rsa_verifies(content) for _, content in relay.taken)
