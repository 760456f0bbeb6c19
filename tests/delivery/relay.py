"""An SMTP server that can do wrong at each step, in a thread of its own; and a stream to feed a transport with."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from digest.config.schema import Relay as Settings
from digest.delivery.transports import NOBODY
from digest.model import Message
from digest.outcomes import Outcome
from tests.waiting import lag_async, never

STEPS = ("greeting", "ehlo", "starttls", "mail", "rcpt", "data", "body", "dot")
OFFERS = ("PIPELINING", "SIZE 10240000", "8BITMIME", "ENHANCEDSTATUSCODES")
GOOD = {
    "greeting": "220 relay ESMTP",
    "mail": "250 2.1.0 Ok",
    "rcpt": "250 2.1.5 Ok",
    "data": "354 End data with <CR><LF>.<CR><LF>",
    "dot": "250 2.0.0 Ok: queued as {number:08X}",
    "rset": "250 2.0.0 Ok",
    "starttls": "220 2.0.0 Ready",
    "quit": "221 2.0.0 Bye",
    "auth": "235 2.7.0 Authentication successful",
}


class Cut(Exception):
    """The server drops the line."""


@dataclass
class Relay:
    """The server. *script* is asked (step, line number, recipient) and returns what to do wrong, or None.

    What it may return: an answer such as "451 4.3.0 later"; "close", "reset", "hang", "garbage", "endless",
    "twice" (answers twice), "silent" (answers nothing and goes on), "drops" (a byte now and then), or a number of
    seconds to be slow by; "stop" reads nothing more of a body.
    *taken* holds (recipient, content) of each message whose dot arrived and was not refused.
    """

    script: Callable[[str, int, str], Any] = lambda step, line, to: None
    offers: Sequence[str] = OFFERS
    tls: ssl.SSLContext | None = None
    starttls: ssl.SSLContext | None = None
    password: str = ""
    mechanisms: Sequence[str] = ("PLAIN", "LOGIN")  # offered where there is a password, or tokens
    tokens: set[str] = field(default_factory=set)  # access tokens that are good
    shown: list[str] = field(default_factory=list)  # access tokens that were tried
    challenge: str = "PDFAcmVsYXk+"  # of CRAM-MD5, in base64
    leaves: bool = False  # closes the line after a refused login
    odd: bool = False  # says 354 although no recipient was good, as some do
    most: int = 1_000_000  # messages before the server closes the line
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    lone_dots: int = 0
    lines: int = 0
    port: int = 0

    # ------------------------------------------------------------ its life

    def __enter__(self) -> "Relay":
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._started.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(5)

    def settings(self, **more: Any) -> Settings:
        return Settings(**self.table(**more))

    def table(self, **more: Any) -> dict[str, Any]:
        """The relay's table in a configuration."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "security": "none",
            "timeout": "2s",
            "connections": 2,
            **more,
        }

    @property
    def recipients(self) -> list[str]:
        return [to for to, _ in self.taken]

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._line, "127.0.0.1", self.port, ssl=self.tls, limit=2**24)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._over.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ------------------------------------------------------------ a connection

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.lines += 1
        try:
            await self._talk(_Session(self, reader, writer, self.lines))
        except (Cut, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # a cancelled handler would be reported as a fault of its own
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _talk(self, session: "_Session") -> None:
        await session.step("greeting")
        while True:
            command = (await session.reader.readuntil(b"\r\n")).decode().rstrip()
            self.commands.append(command)
            verb = command.split(" ")[0].upper()
            if verb in ("EHLO", "HELO"):
                await session.ehlo(verb)
            elif verb == "STARTTLS":
                await session.upgrade()
            elif verb == "AUTH":
                await session.auth(command)
            elif verb == "MAIL":
                await session.mail(command)
            elif verb == "RCPT":
                await session.rcpt(command)
            elif verb == "DATA":
                await session.data()
            elif verb == "RSET":
                session.sender = session.to = ""
                await session.step("rset")
            elif verb == "QUIT":
                await session.say(GOOD["quit"])
                return
            else:
                await session.say("500 5.5.2 what?")


class _Session:
    def __init__(
        self, relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: int
    ) -> None:
        self.relay, self.reader, self.writer, self.line = relay, reader, writer, line
        self.sender = self.to = ""
        self.messages = 0

    async def say(self, text: str) -> None:
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()

    async def step(self, step: str, answer: str = "", wrong: Any = ...) -> bool:
        """Answer as the script says, else well; return whether the answer was a good one."""
        if wrong is ...:
            wrong = self.relay.script(step, self.line, self.to)
        good = answer or GOOD[step].format(number=len(self.relay.taken))
        if wrong is None:
            await self.say(good)
            return True
        if isinstance(wrong, int | float):
            await lag_async(wrong)
            await self.say(good)
            return True
        if wrong == "close":
            raise Cut
        if wrong == "reset":
            sock = self.writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            raise Cut
        if wrong == "hang":
            await never()
        if wrong == "garbage":
            await self.say("\x00\xff\x00 what is this")
        elif wrong == "endless":
            self.writer.write(b"2" * 100_000)
            await never()
        elif wrong == "drops":
            for _ in range(60):
                self.writer.write(b"2")
                await lag_async(0.1)
        elif wrong == "twice":
            await self.say(good)
            await self.say(good)
            return True
        elif wrong != "silent":
            await self.say(wrong)
            if wrong.startswith("421"):
                raise Cut
            return bool(wrong[0] in "23")
        return False

    async def ehlo(self, verb: str) -> None:
        tls = self.writer.get_extra_info("sslcontext")
        offers = [*self.relay.offers]
        if self.relay.starttls and not tls:
            offers.append("STARTTLS")
        if self.relay.password or self.relay.mechanisms != ("PLAIN", "LOGIN"):
            offers.append(f"AUTH {' '.join(self.relay.mechanisms)}")
        lines = ["relay", *(offers if verb == "EHLO" else [])]
        text = "\r\n".join(
            f"250{'-' if number < len(lines) - 1 else ' '}{line}" for number, line in enumerate(lines)
        )
        await self.step("ehlo", text)

    async def upgrade(self) -> None:
        if not await self.step("starttls"):
            return
        assert self.relay.starttls is not None
        await self.writer.start_tls(self.relay.starttls)

    async def auth(self, command: str) -> None:
        import base64

        _, mechanism, *initial = command.split(" ")
        if mechanism == "CRAM-MD5":
            await self.say(f"334 {self.relay.challenge}")
            await self.reader.readuntil(b"\r\n")
            good = False
        elif mechanism in ("XOAUTH2", "OAUTHBEARER"):
            token = base64.b64decode(initial[0]).decode().partition("Bearer ")[2].partition("\x01")[0]
            self.relay.shown.append(token)
            if not (good := token in self.relay.tokens):
                status = base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode()
                await self.say(f"334 {status}")
                await self.reader.readuntil(b"\r\n")
        else:
            good = base64.b64decode(initial[0]).decode().split("\0")[-1] == self.relay.password
        if good:
            await self.step("auth")
            return
        await self.say("535 5.7.8 authentication failed")
        if self.relay.leaves:
            raise Cut

    async def mail(self, command: str) -> None:
        if self.messages >= self.relay.most:
            raise Cut
        if self.sender:
            await self.say("503 5.5.1 nested MAIL command")
        elif await self.step("mail"):
            self.sender = command[command.index("<") + 1 : command.index(">")]

    async def rcpt(self, command: str) -> None:
        if not self.sender:
            await self.say("503 5.5.1 need MAIL command")
            return
        self.to = command[command.index("<") + 1 : command.index(">")]
        if not await self.step("rcpt"):
            self.to = ""

    async def data(self) -> None:
        if not self.to and not self.relay.odd:
            await self.say("554 5.5.1 no valid recipients")
            return
        if not await self.step("data"):
            return
        wrong = self.relay.script("body", self.line, self.to)
        if wrong == "stop":
            self.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await never()
        if wrong in ("close", "reset"):
            await self.reader.readexactly(100)
            if wrong == "reset":
                sock = self.writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            raise Cut
        lines: list[bytes] = []
        while True:
            one = await self.reader.readuntil(b"\r\n")
            if one == b".\r\n":
                break
            lines.append(one[1:] if one.startswith(b".") else one)
        content = b"".join(lines)
        wrong = self.relay.script("dot", self.line, self.to)
        refused = isinstance(wrong, str) and wrong[0] in "45"
        if not content:
            self.relay.lone_dots += 1
        elif not refused:
            self.relay.taken.append((self.to, content))
            self.relay.senders.append(self.sender)
        self.messages += 1
        self.sender, to = "", self.to
        await self.step("dot", wrong=wrong)
        if self.to == to:
            self.to = ""


def messages(
    count: int, size: int = 200, to: Callable[[int], str] = lambda number: f"r{number}@example.net"
) -> list[Message]:
    """Ready messages 1 .. *count*."""
    return [
        Message(
            delivery=number,
            sender=f"b+{number}@bounces.example.org",
            recipient=to(number),
            message_id=f"<{number}@example.org>",
            parts=(
                f"Subject: {number}\r\nTo: {to(number)}\r\n\r\n".encode(),
                *[b"A plain line of the body.\r\n" * (size // 27 // 8 + 1)] * 8,
            ),
        )
        for number in range(1, count + 1)
    ]


@dataclass
class Feed:
    """Feeds a transport and plays the ledger: what is lost is fed again, a few times, as the ledger would."""

    waiting: list[Message]
    patience: int = 8
    refuse: frozenset[int] = frozenset()
    marked: list[int] = field(default_factory=list)
    outcomes: dict[int, list[Outcome]] = field(default_factory=dict)

    async def mark(self, delivery: int) -> float:
        if delivery in self.refuse:
            self.open.discard(delivery)
            self.more.set()
            return 0.0
        self.marked.append(delivery)
        return asyncio.get_running_loop().time() + 60

    async def stream(self) -> AsyncIterator[Message]:
        while self.open:
            if self.waiting:
                yield self.waiting.pop(0)
            else:
                self.more.clear()
                await self.more.wait()

    async def run(self, transport: Any, again: Callable[[Outcome], bool], seconds: float = 20.0) -> None:
        """Feed until each message has an outcome that is not *again*."""
        known = {message.delivery: message for message in self.waiting}
        self.open, self.more = set(known), asyncio.Event()
        async with asyncio.timeout(seconds):
            stream = transport.send(self.stream(), self.mark)
            try:
                async for delivery, outcome in stream:
                    if delivery == NOBODY:
                        continue
                    self.outcomes.setdefault(delivery, []).append(outcome)
                    if again(outcome) and len(self.outcomes[delivery]) < self.patience:
                        self.waiting.append(known[delivery])
                    else:
                        self.open.discard(delivery)
                    self.more.set()
            finally:
                await stream.aclose()

    def last(self, delivery: int) -> Outcome:
        return self.outcomes[delivery][-1]
