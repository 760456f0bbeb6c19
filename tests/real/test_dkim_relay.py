"""Signed mail on its real way: our sender, Postfix, one more hop without 8BITMIME, a maildir, OpenDKIM."""

import asyncio
import shutil
import subprocess
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import update

from digest.flows.notify import mails
from digest.flows.sending import outbox
from digest.flows.sending.send import send
from digest.model import DeliveryState
from digest.store.engine import Database
from subscribers.schema import subscribers
from tests.conftest import missing
from tests.flow.newsroom import NEWSLETTER, add_readers
from tests.flow.signed import RECORDS, app_that_signs, ready_edition
from tests.postfix import READERS, SEVEN, postfix

pytestmark = pytest.mark.real


def verdicts(folder: Path, files: list[Path]) -> list[dict[str, bool]]:
    """Return what OpenDKIM says of each mail: algorithm -> whether its signature holds."""
    program = shutil.which("opendkim") or "/usr/sbin/opendkim"
    if not Path(program).is_file():
        missing("OpenDKIM is not installed (Debian: opendkim)")
    keys, settings, found = folder / "keys", folder / "opendkim.conf", []
    keys.write_text("".join(f"{name} {record}\n" for name, record in RECORDS.items()))
    settings.write_text(f"Mode v\nTestPublicKeys {keys}\nSocket local:{folder}/socket\n")
    for file in files:
        wire = folder / "mail.eml"
        wire.write_bytes(file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        said = subprocess.run(
            [program, "-x", settings, "-vvv", "-t", wire], capture_output=True, text=True, check=False
        )
        results = [line for line in said.stdout.splitlines() if "header.a=" in line]
        found.append({line.split("header.a=")[1].split()[0]: "dkim=pass" in line for line in results})
    return found


def test_what_readers_get_verifies_after_postfix(sqlite: Database, tmp_path: Path) -> None:
    with postfix() as relay:
        settings = {
            "host": "127.0.0.1",
            "port": relay.port,
            "security": "none",
            "dkim": "ours",
            "connections": 2,
        }
        app = app_that_signs(sqlite, tmp_path, relays={"main": settings})
        add_readers(sqlite, 12)
        readers: list[str] = []
        with sqlite.write() as connection:
            for number in range(1, 13):
                address = f"r{number}@{SEVEN if number % 3 == 0 else READERS}"
                readers.append(address)
                name = ["", "דנה לוי־כהן", "Tom, “the” Reader"][number % 3]
                changed = update(subscribers).where(subscribers.c.id == number)
                connection.execute(changed.values(address=address, address_key=address, name=name))
        sent = asyncio.run(send(app, ready_edition(sqlite)))
        assert sent.counts == {DeliveryState.SENT: 12}
        mails.to_readers(app)(
            kind="confirm",
            key="c",
            newsletter=NEWSLETTER,
            to=f"new@{READERS}",
            subject="אנא אשרו את ההרשמה",
            text="הקישור:\n\nhttps://news.example.org/c/x\n",
            html="<p>שלום</p>",
        )
        asyncio.run(outbox.deliver(app))
        files = relay.wait(13)
        mails_in = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
        assert len({mail["Message-ID"] for mail in mails_in}) == 13
        letters = [mail for mail in mails_in if mail["List-Unsubscribe"]]
        assert sorted(mail["To"].addresses[0].addr_spec for mail in letters) == sorted(
            readers
        )  # each one once
        for mail in letters:
            web, post = mail["List-Unsubscribe"].split(",")[0].strip(" <>"), mail["List-Unsubscribe-Post"]
            assert web.startswith(f"{app.config.site.url}/")
            assert post == "List-Unsubscribe=One-Click"
        assert len({mail["List-Unsubscribe"] for mail in letters}) == 12  # everybody's own
        both = {"rsa-sha256": True, "ed25519-sha256": True}
        assert verdicts(tmp_path, files) == [both] * 13
        hops = sorted(file.read_bytes().count(b"\nReceived: ") for file in files)
        assert hops == [1] * 9 + [2] * 4


def test_the_verifier_sees_a_changed_letter(sqlite: Database, tmp_path: Path) -> None:
    with postfix() as relay:
        settings = {"host": "127.0.0.1", "port": relay.port, "security": "none", "dkim": "ours"}
        app = app_that_signs(sqlite, tmp_path, relays={"main": settings})
        mails.to_readers(app)(
            kind="confirm",
            key="c",
            newsletter=NEWSLETTER,
            to=f"new@{READERS}",
            subject="Please confirm",
            text="The letter.\n",
            html="",
        )
        asyncio.run(outbox.deliver(app))
        (file,) = relay.wait(1)
        changed = tmp_path / "changed"
        changed.write_bytes(file.read_bytes().replace(b"The letter", b"The latter"))
        none = {"rsa-sha256": False, "ed25519-sha256": False}
        assert verdicts(tmp_path, [changed]) == [none]
