"""The mailbox for bounces, at a real Dovecot: what is taken, what is marked, and what is left to a person."""

import imaplib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from digest.app import App
from digest.cli import cli
from digest.config.feedback import Feedback
from digest.delivery import mailbox as boxes
from digest.errors import MailboxError
from digest.flows.feedback import imap
from digest.flows.feedback.imap import MailboxRead, Memory
from digest.flows.newsroom import doctor
from digest.flows.newsroom.checks import feedback as checks
from digest.store.engine import Database
from digest.store.schema import outbox
from tests.dovecot import PASSWORD, Dovecot, dovecot
from tests.flow import returned
from tests.flow.day import Clock
from tests.flow.newsroom import add_readers, config

pytestmark = pytest.mark.real

ORDINARY = b"From: ann@example.net\r\nTo: bounces@example.org\r\nSubject: Thank you\r\n\r\nGood work.\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


class House:
    """Three readers who were sent an edition, and a mailbox of its own at the server."""

    def __init__(self, server: Dovecot, database: Database, user: str) -> None:
        self.server, self.user, self.clock = server, user, Clock(returned.NOW)
        self.database = database
        add_readers(database, 3)
        returned.add_sent(database, 1, 2, 3)
        self.memory = Memory()
        self.set()

    def set(self, **more: Any) -> None:
        """Configure the mailbox, with other settings than the usual ones."""
        feedback = Feedback(imap=self.server.settings(self.user, **more))
        whole = config(alarms=["ops@example.org"]).model_copy(update={"feedback": feedback})
        self.app = App(whole, self.database, self.clock)

    def bounce(self, reader: int, more: bytes = b"") -> bytes:
        """Return the report that a reader's mail failed for ever."""
        path = returned.returned(self.app, returned.number(self.database, reader))
        text = (
            f"From: MAILER-DAEMON@mx.example.net\r\nTo: {path}\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
            f"Final-Recipient: rfc822; r{reader}@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n"
            "Diagnostic-Code: smtp; 550 5.1.1 No such user here\r\n"
            f"--b\r\nContent-Type: message/rfc822\r\n\r\nReturn-Path: <{path}>\r\nSubject: The Daily\r\n\r\n"
        )
        return text.encode() + more + b"\r\n--b--\r\n"

    def put(self, *mails: bytes, folder: str = "INBOX", flags: str = "") -> None:
        """Put mails into the mailbox, as an MTA or a person would."""
        with self.line() as line:
            if folder != "INBOX":
                line.create(folder)
            for mail in mails:
                done, said = line.append(folder, flags, "", mail)
                assert done == "OK", said

    @contextmanager
    def line(self) -> Iterator[imaplib.IMAP4]:
        line = imaplib.IMAP4("127.0.0.1", self.server.plain, timeout=5)
        line.login(self.user, PASSWORD)
        yield line
        line.logout()

    def look(self) -> MailboxRead:
        return imap.read_mailbox(self.app, self.memory)

    def flags(self, folder: str = "") -> list[str]:
        """Return each mail's flags, as Dovecot writes them into the file's name: S is read, a letter is a keyword."""
        return sorted(file.name.partition(":2,")[2] for file in self.server.mails(self.user, folder))

    def suppressed(self) -> dict[int, str]:
        return returned.suppressed(self.database)

    def alarms(self) -> int:
        with self.database.read() as connection:
            return len(connection.execute(select(outbox.c.id).where(outbox.c.kind == "alarm")).all())


@pytest.fixture
def house(server: Dovecot, sqlite: Database, request: pytest.FixtureRequest) -> House:
    return House(server, sqlite, f"u{abs(hash(request.node.name))}")


def test_what_is_understood_is_marked_and_what_is_not_is_left_unread(house: House) -> None:
    house.put(house.bounce(2), ORDINARY, house.bounce(2), house.bounce(3).replace(b"b+", b"b+x"))
    assert house.look() == MailboxRead(understood=2, left=2)
    assert house.suppressed() == {2: "bounce"}
    assert sorted("S" in flags for flags in house.flags()) == [False, False, True, True]
    assert house.look() == MailboxRead()
    house.memory = Memory()  # another process
    assert house.look() == MailboxRead()  # the keyword says it


def test_read_and_deleted_mails_are_none_of_ours(house: House) -> None:
    house.put(house.bounce(1), flags="\\Seen")
    house.put(house.bounce(2), flags="\\Deleted")
    assert house.look() == MailboxRead()
    assert house.suppressed() == {}


def test_what_is_understood_is_moved_where_that_is_wished(house: House) -> None:
    house.set(done="Erledigt & gelöscht")
    house.put(house.bounce(2), ORDINARY, house.bounce(3))
    assert house.look() == MailboxRead(understood=2, left=1)
    assert len(house.flags()) == 1
    assert house.flags("Erledigt &- gel&APY-scht") == ["S", "S"]  # RFC 3501 5.1.3


def test_a_folder_that_cannot_be_made_is_said_before_a_mail_is_taken(house: House) -> None:
    house.set(done="a//b")
    house.put(house.bounce(2))
    with pytest.raises(MailboxError, match="says no: create failed"):
        house.look()
    assert (house.suppressed(), house.flags()) == ({}, [""])


def test_only_what_is_understood_is_deleted_and_what_a_person_marked_stays(house: House) -> None:
    house.set(delete=True)
    house.put(house.bounce(2), ORDINARY)
    house.put(b"Subject: kept\r\n\r\nA person marked this.\r\n", flags="\\Deleted \\Seen")
    assert house.look() == MailboxRead(understood=1, left=1)
    assert len(house.flags()) == 2
    house.memory = Memory()
    assert house.look() == MailboxRead()
    assert len(house.flags()) == 2


@pytest.mark.parametrize("security", ["starttls", "none"])
def test_the_other_ways_to_connect(house: House, security: str) -> None:
    house.set(security=security, port=house.server.plain)
    house.put(house.bounce(2))
    assert house.look() == MailboxRead(understood=1)


def test_a_process_that_ends_between_taking_and_marking_takes_nothing_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.put(house.bounce(2), house.bounce(3))
    real = boxes.Mailbox.done

    def cut(self: boxes.Mailbox, uid: int) -> None:
        self._client.socket().shutdown(socket.SHUT_RDWR)
        real(self, uid)

    with monkeypatch.context() as patch:
        patch.setattr(boxes.Mailbox, "done", cut)
        with pytest.raises(MailboxError, match=r"connection was lost|cannot be reached"):
            house.look()
    assert (house.suppressed(), house.flags()) == ({2: "bounce"}, ["", ""])
    house.memory = Memory()
    house.look()
    assert house.suppressed() == {2: "bounce", 3: "bounce"}
    assert returned.effects(house.database) == ["suppressed", "suppressed"]


def test_a_database_that_is_away_leaves_the_mails_where_they_are(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("", {}, Exception("database is locked"))

    house.put(house.bounce(2))
    with monkeypatch.context() as patch:
        patch.setattr(imap, "receive", away)
        with pytest.raises(OperationalError):
            house.look()
    assert house.flags() == [""]
    assert house.look() == MailboxRead(understood=1)


def test_a_mail_that_cannot_be_taken_stands_in_no_others_way(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = imap.receive

    def faulty(app: App, raw: bytes, **more: Any) -> Any:
        if b"poison" in raw:
            raise ZeroDivisionError
        return real(app, raw, **more)

    monkeypatch.setattr(imap, "receive", faulty)
    house.put(b"Subject: poison\r\n\r\n", house.bounce(2))
    assert house.look() == MailboxRead(understood=1, failed=1)
    assert house.look() == MailboxRead()
    assert (house.suppressed(), sorted(house.flags())) == ({2: "bounce"}, ["", "S"])


def test_of_a_huge_mail_the_beginning_is_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    real = imap.receive

    def measured(app: App, raw: bytes, **more: Any) -> Any:
        sizes.append(len(raw))
        return real(app, raw, **more)

    monkeypatch.setattr(imap, "receive", measured)
    house.put(house.bounce(2, b"x" * 70 * 40_000))
    assert house.look() == MailboxRead(understood=1)
    assert (sizes, house.suppressed()) == ([boxes.MOST_BYTES], {2: "bounce"})


def test_numbers_that_mean_other_mails_now_are_forgotten(house: House) -> None:
    house.memory = Memory(validity=1, looked={1, 2, 3})
    house.put(house.bounce(2))
    assert house.look() == MailboxRead(understood=1)
    assert (house.memory.validity > 1, house.memory.looked) == (True, set())


def test_without_keywords_the_process_remembers(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "KEYWORD", "not a keyword")
    real = boxes.Mailbox.__init__

    def without(self: boxes.Mailbox, client: Any, settings: Any, selected: dict[bytes, Any]) -> None:
        real(self, client, settings, {**selected, b"PERMANENTFLAGS": (b"\\Seen", b"\\Deleted")})

    monkeypatch.setattr(boxes.Mailbox, "__init__", without)
    house.put(ORDINARY, house.bounce(2))
    assert house.look() == MailboxRead(understood=1, left=1)
    assert house.look() == MailboxRead()
    house.set(delete=True)
    house.memory = Memory()
    assert house.look() == MailboxRead(left=1)  # read again, and not deleted for that
    assert len(house.flags()) == 2


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"password": "wrong"}, "does not let .* in.*Set username and password right"),
        ({"ca_file": None}, "its certificate is not trusted"),
        ({"folder": "Nowhere"}, "it says no: .*"),
    ],
)
def test_what_a_person_has_to_mend_is_told_once_a_day(
    house: House, settings: dict[str, Any], said: str
) -> None:
    house.set(**settings)
    with pytest.raises(MailboxError, match=said) as caught:
        house.look()
    assert caught.value.person
    for _ in range(3):
        imap.poll(house.app, house.memory)
        house.clock.at += timedelta(hours=2)
    assert house.alarms() == 1
    house.clock.at += timedelta(days=1)
    imap.poll(house.app, house.memory)
    assert house.alarms() == 2


def test_who_is_not_let_in_does_not_ask_at_every_look(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.set(password="wrong")
    imap.poll(house.app, house.memory)
    house.set()
    house.put(house.bounce(2))
    imap.poll(house.app, house.memory)
    assert house.suppressed() == {}
    house.clock.at += timedelta(hours=1)
    imap.poll(house.app, house.memory)
    assert house.suppressed() == {2: "bounce"}


def test_a_server_that_is_away_is_told_of_when_it_stays_away(house: House) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        house.set(port=nobody.getsockname()[1])
        for _ in range(imap.PATIENCE - 1):
            imap.poll(house.app, house.memory)
        assert house.alarms() == 0
        imap.poll(house.app, house.memory)
    assert house.alarms() == 1


def answering(line: Callable[[socket.socket], None]) -> tuple[int, threading.Thread]:
    """Answer one connection with *line*; return the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener:
            peer, _ = listener.accept()
            with peer:
                line(peer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return listener.getsockname()[1], thread


@pytest.mark.parametrize(
    "said", [b"", b"* BYE too many connections\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\x00"]
)
def test_what_speaks_no_imap_is_said(house: House, said: bytes) -> None:
    port, thread = answering(lambda peer: peer.sendall(said))
    house.set(security="none", port=port, timeout="1s")
    with pytest.raises(MailboxError):
        house.look()
    thread.join()


def test_without_the_library_it_is_said_how_to_get_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "imapclient", None)
    with pytest.raises(MailboxError, match=r"newsroom-digest\[imap\]"):
        house.look()


def test_check_opens_the_mailbox_and_changes_nothing(house: House) -> None:
    house.set(done="Elsewhere")
    house.put(house.bounce(2), ORDINARY)
    (found,) = checks.examine(house.app, offline=False)
    assert (found.ok, found.words.endswith("opens; 2 unread mails")) == (True, True)
    assert (house.flags(), house.suppressed()) == (["", ""], {})
    house.set(password="wrong")
    (found,) = checks.examine(house.app, offline=False)
    assert (found.ok, "does not let" in found.words) == (False, True)
    assert list(checks.examine(house.app, offline=True)) == []


def test_no_password_is_said_before_anything_is_sent(house: House) -> None:
    house.set(password="")
    with pytest.raises(MailboxError, match="there is no password"):
        house.look()


def test_the_command_reads_the_mailbox_once(house: House, tmp_path: Path) -> None:
    house.put(house.bounce(2), ORDINARY)
    file = tmp_path / "digest.toml"
    settings = house.server.settings(house.user)
    lines = [
        f'site = {{ url = "https://news.example.org", keys = ["{"k" * 40}"], data = "{tmp_path}" }}',
        'database = { url = "sqlite:///digest.db" }',
        'sources.own = { url = "https://example.org/rss" }',
        "[newsletters.daily]",
        'title = "D"',
        'sources = ["own"]',
        'schedule = { time = "06:00" }',
        'sender = { address = "news@example.org" }',
        "[feedback.imap]",
        f'host = "127.0.0.1"\nport = {settings.port}\nusername = "{house.user}"',
        f'password = "{PASSWORD}"\nca_file = "{settings.ca_file}"',
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    done = CliRunner().invoke(cli, ["--config", str(file), "feedback", "--imap", "--json"])
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"understood": 1, "left": 1, "failed": 0})
    said = CliRunner().invoke(cli, ["--config", str(file), "feedback", "--imap"])
    assert (said.exit_code, "0 understood" in said.stdout) == (0, True)


def test_the_doctors_bounce_is_found_in_the_mailbox(house: House) -> None:
    """The clock may look more rarely than the doctor waits."""

    class Host:
        async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
            house.put(envelope.content)
            return "250 2.0.0 taken"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    host = Controller(Host(), hostname="127.0.0.1", port=port)
    host.start()
    try:
        assert doctor.bounced(house.app, "127.0.0.1", "example.org", port=port) is not None
    finally:
        host.stop()
