"""An SMTP server that catches what is sent: every mail becomes an .eml file, and goes no further."""

import json
import re
from asyncio import get_running_loop
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from email.policy import SMTP as WIRE
from functools import partial
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from anyio import to_thread


@dataclass(frozen=True, slots=True)
class Caught:
    """One mail for one recipient, with its envelope, and the file that holds its bytes."""

    sender: str
    recipient: str
    subject: str
    file: Path
    size: int


Listener = Callable[[Caught, bytes], None]


@dataclass
class Catcher:
    """What has been caught so far. *folder* holds the .eml files, and envelopes.jsonl beside them."""

    folder: Path
    port: int = 0
    host: str = "127.0.0.1"
    mails: list[Caught] = field(default_factory=list)
    listener: Listener | None = None
    _names: Counter[str] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.mails)

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Store one mail; aiosmtpd calls this with the dots already unstuffed."""
        content = (
            envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        )
        for recipient in envelope.rcpt_tos:
            caught = self._store(envelope.mail_from or "", recipient, content)
            if self.listener is not None:  # in a thread: it may have to wait for the database
                await to_thread.run_sync(self.listener, caught, content)
        return f"250 2.0.0 caught as {len(self.mails):05d}"

    def _store(self, sender: str, recipient: str, content: bytes) -> Caught:
        name = re.sub(r"[^\w.+@-]", "_", recipient)[:120].lstrip(".") or "nobody"
        self._names[name] += 1
        count = self._names[name]
        file = self.folder / (f"{name}.eml" if count == 1 else f"{name}-{count}.eml")
        file.write_bytes(content)
        subject = str(BytesHeaderParser(policy=WIRE).parsebytes(content).get("Subject", ""))
        caught = Caught(sender, recipient, subject, file, len(content))
        with (self.folder / "envelopes.jsonl").open("a", encoding="utf-8") as log:
            row = {
                "file": file.name,
                "from": sender,
                "to": recipient,
                "subject": subject,
                "size": len(content),
            }
            log.write(json.dumps(row, ensure_ascii=False) + "\n")
        self.mails.append(caught)
        return caught


@asynccontextmanager
async def catching(
    folder: Path, port: int = 0, *, listener: Listener | None = None
) -> AsyncIterator[Catcher]:
    """Give a Catcher that listens on loopback (a free port when *port* is 0) until the end of the block.

    *listener* sees every mail as it comes: that is where mailto-unsubscribes can be recognised.
    """
    await to_thread.run_sync(partial(folder.mkdir, parents=True, exist_ok=True))
    catcher = Catcher(folder, listener=listener)
    loop = get_running_loop()
    sessions: set[SMTP] = set()

    def greet() -> SMTP:
        session = SMTP(
            catcher, hostname="catcher.example", ident="ESMTP catcher", enable_SMTPUTF8=True, loop=loop
        )
        sessions.add(session)
        return session

    server = await loop.create_server(greet, catcher.host, port)
    catcher.port = server.sockets[0].getsockname()[1]
    try:
        yield catcher
    finally:
        server.close()
        for session in sessions:
            if session.transport is not None:
                session.transport.close()
        await server.wait_closed()
