"""The intakes: the LMTP listener, the Maildir and the command; each acknowledges only what is committed."""

import asyncio
import json
import smtplib
import socket
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
import uvloop
from click.testing import Result
from typer.testing import CliRunner

from digest.app import App
from digest.cli import cli
from digest.cli import feedback as feedback_command
from digest.errors import UsageError
from digest.flows.feedback import listener, maildir
from digest.flows.feedback.listener import listening
from digest.model import DeliveryState
from digest.store.engine import Database
from tests.flow import returned
from tests.flow.newsroom import add_readers, app_for, states
from tests.flow.returned import NOW, number

GONE = ("5.1.1", "550 5.1.1 no such user here")


@pytest.fixture
def app(sqlite: Database) -> App:
    add_readers(sqlite, 3)
    returned.add_sent(sqlite, 1, 2, 3)
    return app_for(sqlite, now=lambda: NOW)


@pytest.fixture
def port(app: App) -> Iterator[int]:
    with listening(("127.0.0.1", 0)) as on, listener.listener(app, on):
        yield on.getsockname()[1]


def mail(app: App, reader: int) -> tuple[str, bytes]:
    to = returned.returned(app, number(app.db, reader))
    return to, returned.dsn(to, f"r{reader}@example.net", *GONE)


def test_a_mail_of_many_recipients_gets_an_answer_for_each_by_lmtp(app: App, port: int) -> None:
    """From nobody (<>), with lines of any length, to one of ours, one unknown and a way out."""
    bounce, _ = mail(app, 1)
    raw = returned.dsn("bounce@relay.example", "r1@example.net", *GONE)
    out = f"{app.links.unsubscribe_mailbox(2, 'daily')}@bounces.example.org"
    raw += b"x" * 5000 + b"\r\n"
    with smtplib.LMTP("127.0.0.1", port) as line:
        line.ehlo("relay.example")
        assert line.docmd("MAIL FROM:<>") == (250, b"OK")
        assert [line.rcpt(one)[0] for one in (bounce, "nobody@bounces.example.org", out)] == [250] * 3
        assert line.docmd("DATA")[0] == 354
        line.send(raw + b".\r\n")
        assert [line.getreply() for _ in range(3)] == [(250, b"2.0.0 taken")] * 3
        assert line.noop()[0] == 250
    assert returned.suppressed(app.db) == {1: "bounce"}
    assert returned.wishes(app.db) == {1: "active", 2: "ended", 3: "active"}
    assert returned.effects(app.db) == ["suppressed", "quarantined", "unsubscribed"]


def test_by_smtp_there_is_one_answer(app: App, port: int) -> None:
    to, raw = mail(app, 3)
    with smtplib.SMTP("127.0.0.1", port) as line:
        assert line.sendmail("", [to], raw) == {}
    assert states(app.db) == {DeliveryState.SENT: 2, DeliveryState.BOUNCED: 1}


def test_while_the_database_is_away_the_mail_server_keeps_its_mail(app: App, port: int) -> None:
    to, raw = mail(app, 1)
    with app.db.write() as connection:
        connection.exec_driver_sql("ALTER TABLE feedback RENAME TO away")
    with smtplib.LMTP("127.0.0.1", port) as line, pytest.raises(smtplib.SMTPDataError) as refused:
        line.sendmail("", [to], raw)
    assert refused.value.smtp_code == 451
    assert states(app.db) == {DeliveryState.SENT: 3}
    with app.db.write() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO feedback")
    with smtplib.LMTP("127.0.0.1", port) as line:
        line.sendmail("", [to], raw)
    assert returned.suppressed(app.db) == {1: "bounce"}


def test_more_connections_than_there_is_room_for_are_asked_to_come_back(
    app: App, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "CONNECTIONS", 1)
    with socket.create_connection(("127.0.0.1", port)) as first:
        assert first.recv(3) == b"220"
        with socket.create_connection(("127.0.0.1", port)) as second:
            assert second.recv(3) == b"421"


def box(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    return tmp_path / "box"


def test_a_maildir_is_read_and_nothing_of_it_deleted(app: App, tmp_path: Path) -> None:
    folder = box(tmp_path)
    to, raw = mail(app, 1)
    (folder / "new" / "1.bounce").write_bytes(b"Delivered-To: " + to.encode() + b"\r\n" + raw)
    (folder / "new" / "2.way-out").write_bytes(
        f"To: {app.links.unsubscribe_mailbox(2, 'daily')}@bounces.example.org\r\n\r\nleave me alone".encode()
    )
    (folder / "new" / "3.ordinary").write_bytes(b"From: Ada\r\nTo: bounce@example.org\r\n\r\nHello!")
    (folder / "new" / "4.broken").write_bytes(b"\xff\0" * 99)
    (folder / "new" / "5.folder").mkdir()
    mine = app.config.feedback.model_copy(update={"maildir": folder})
    app = App(app.config.model_copy(update={"feedback": mine}), app.db, app.now)
    assert maildir.poll(app) == {"suppressed": 1, "unsubscribed": 1, "ignored": 2}
    assert sorted(file.name for file in (folder / "cur").iterdir()) == [
        "1.bounce:2,S", "2.way-out:2,S", "3.ordinary:2,", "4.broken:2,",
    ]  # fmt: skip
    assert [file.name for file in (folder / "new").iterdir()] == ["5.folder"]
    (folder / "cur" / "1.bounce:2,S").rename(folder / "new" / "1.bounce")  # killed before it was moved
    (folder / "cur" / "3.ordinary:2,").rename(folder / "new" / "3.ordinary")
    assert maildir.poll(app) == {"repeated": 2}
    assert (folder / "cur" / "1.bounce:2,S").exists()
    assert (folder / "cur" / "3.ordinary:2,").exists()
    assert returned.suppressed(app.db) == {1: "bounce"}


def test_the_command_reads_mails_mboxes_and_folders_and_never_ends_in_a_traceback(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is read twice does nothing the second time; what is none of ours is named and harms nothing."""
    add_readers(sqlite, 3)
    returned.add_sent(sqlite, 1, 2, 3)
    app = app_for(sqlite, now=lambda: NOW)
    monkeypatch.setattr(feedback_command, "opened", lambda context: nullcontext(app))
    folder = tmp_path / "mails"
    folder.mkdir()
    for reader in (1, 2):
        (folder / f"{reader}.eml").write_bytes(mail(app, reader)[1])
    (folder / "notes.md").write_text("no mail")
    (folder / "empty.eml").write_bytes(b"")
    box = b"".join(
        b"From MAILER-DAEMON Wed Mar  4 06:00:00 2026\n" + mail(app, one)[1] + b"\n" for one in (2, 3)
    )
    (tmp_path / "old.mbox").write_bytes(box.replace(b"\r\n", b"\n"))

    def run(*words: str, given: bytes | None = None) -> Result:
        return CliRunner().invoke(cli, ["feedback", *words], input=given)

    told = run(str(folder), str(tmp_path / "old.mbox"), "--json")
    assert told.exit_code == 0, told.output
    effects = [one["effect"] for one in json.loads(told.output)]
    assert sorted(effects) == ["ignored", "repeated", "suppressed", "suppressed", "suppressed"]
    assert returned.suppressed(sqlite) == {1: "bounce", 2: "bounce", 3: "bounce"}
    again = run("-", given=mail(app, 1)[1])
    assert "repeated" in again.output
    assert again.exit_code == 0
    assert isinstance(run().exception, UsageError)  # which `main` ends with 2
    assert isinstance(run(str(tmp_path / "nowhere")).exception, UsageError)
    assert run("--to", "x@y.example", "-", given=b"\0\xff" * 9999).exit_code == 0


def test_whom_there_is_no_room_for_is_told_so_on_the_programs_own_loop() -> None:
    async def scenario() -> bytes:
        server = await asyncio.get_running_loop().create_server(listener._TooMany, "127.0.0.1", 0)
        async with server, asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            said = await reader.read()
            writer.close()
            return said

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(scenario()).startswith(b"421")


def test_a_listener_that_cannot_listen_says_so_and_holds_nobody_up(app: App) -> None:
    with listening(("127.0.0.1", 0)) as on:
        on.close()
        with pytest.raises(OSError, match=r"(?i)descriptor"), listener.listener(app, on):
            pass
