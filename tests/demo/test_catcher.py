"""The SMTP catcher: what is sent through a real dialogue lies in the folder."""

import asyncio
import json
import smtplib
from email.message import EmailMessage
from pathlib import Path

from digest.demo.catcher import Caught, catching


def sent(port: int, recipients: list[str], *, subject: str = "Hello", text: str = "One\n.\n..two\n") -> None:
    mail = EmailMessage()
    mail["Subject"], mail["To"] = subject, recipients[0]
    mail.set_content(text)
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as line:
        line.send_message(mail, from_addr="bounces@courier.example", to_addrs=recipients)


def test_a_mail_is_kept_as_a_file_with_its_envelope(tmp_path: Path) -> None:
    async def main() -> None:
        async with catching(tmp_path) as catcher:
            await asyncio.to_thread(sent, catcher.port, ["ada@readers.example"], subject="שלום")
            assert len(catcher) == 1
            assert catcher.mails[0].subject == "שלום"

    asyncio.run(main())
    assert "\r\n.\r\n..two" in (tmp_path / "ada@readers.example.eml").read_bytes().decode()
    row = json.loads((tmp_path / "envelopes.jsonl").read_text())
    assert (row["from"], row["to"]) == ("bounces@courier.example", "ada@readers.example")


def test_the_second_mail_to_an_address_does_not_replace_the_first(tmp_path: Path) -> None:
    async def main() -> None:
        async with catching(tmp_path) as catcher:
            for subject in ("one", "two"):
                await asyncio.to_thread(
                    sent, catcher.port, ["ada@readers.example", "bob@x.example"], subject=subject
                )
            assert len(catcher) == 4

    asyncio.run(main())
    files = sorted(path.name for path in tmp_path.glob("*.eml"))
    assert files == [
        "ada@readers.example-2.eml",
        "ada@readers.example.eml",
        "bob@x.example-2.eml",
        "bob@x.example.eml",
    ]


def test_an_address_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    async def main() -> None:
        async with catching(tmp_path / "mails") as catcher:
            await asyncio.to_thread(sent, catcher.port, ["../../evil@readers.example"])
            assert catcher.mails[0].file.parent == tmp_path / "mails"

    asyncio.run(main())
    assert len(list(tmp_path.rglob("*.eml"))) == 1


def test_a_listener_sees_every_mail(tmp_path: Path) -> None:
    seen: list[tuple[Caught, bytes]] = []

    async def main() -> None:
        async with catching(
            tmp_path, listener=lambda caught, content: seen.append((caught, content))
        ) as catcher:
            await asyncio.to_thread(sent, catcher.port, ["unsubscribe@courier.example"])

    asyncio.run(main())
    assert seen[0][0].recipient == "unsubscribe@courier.example"
    assert b"Subject: Hello" in seen[0][1]
