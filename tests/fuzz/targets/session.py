"""A whole run of the SMTP transport over real sockets: its first connection meets bytes, later ones a good relay.

The bytes are what the relay says from its greeting on, in pieces: the first at once, each further one when something
of ours came in (or after a moment). CUT ends a piece; a piece of CUT alone at the end closes the line early.
"""

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator

import structlog
from pydantic import SecretStr

from digest.config.schema import Relay
from digest.delivery.transports import NOBODY, smtp
from digest.errors import RelayError
from digest.model import Message
from digest.outcomes import Accepted, Lost, Outcome, Throttled
from tests.delivery.relay import messages
from tests.fuzz.targets import Broken, Target

CUT = b"\xf5"
COUNT, TRIES = 4, 6
WHOLE = 20.0  # seconds until a run of four mails must have ended, on a busy machine
MOMENT = 0.02


def _fit(words: str) -> None:
    if len(words) > 4_000 or not words.isprintable():
        raise Broken(f"the relay's words are not fit to be kept: {words[:80]!r}")


class Server:
    """Bytes on the first connection; a plain good relay on those after it."""

    def __init__(self, data: bytes) -> None:
        self.pieces = data.split(CUT)
        self.lines = 0
        self.taken: list[str] = []  # recipients of the messages whose dot came to the good relay
        self.tasks: set[asyncio.Task[None]] = set()

    async def line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.lines += 1
        try:
            await (self.bad(reader, writer) if self.lines == 1 else self.good(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(task)
            writer.close()

    async def bad(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, piece in enumerate(self.pieces):
            if number:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(MOMENT):
                        if not await reader.read(65_536):
                            return
            writer.write(piece)
            await writer.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MOMENT):
                while await reader.read(65_536):
                    pass

    async def good(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 good\r\n")
        to = ""
        while True:
            words = (await reader.readuntil(b"\r\n")).decode().strip()
            verb = words[:4].upper()
            answer = {
                "EHLO": "250-good\r\n250-AUTH PLAIN\r\n250 PIPELINING",
                "AUTH": "235 known",
                "DATA": "354 go",
                "QUIT": "221 bye",
            }.get(verb, "250 ok")
            if found := re.match(r"RCPT TO:<(.*)>", words):
                to = found[1]
            writer.write(f"{answer}\r\n".encode())
            if verb == "DATA":
                await reader.readuntil(b"\r\n.\r\n")
                self.taken.append(to)
                writer.write(b"250 taken\r\n")
            elif verb == "QUIT":
                return


class Ledger:
    """Feeds the transport, and gives back what was lost, a few times each."""

    def __init__(self) -> None:
        self.waiting = messages(COUNT)
        self.open = {one.delivery: one for one in self.waiting}
        self.more = asyncio.Event()
        self.marked: set[int] = set()
        self.tries: Counter[int] = Counter()
        self.ends: dict[int, Outcome] = {}

    async def mark(self, number: int) -> float:
        if number in self.ends or number not in self.open:
            raise Broken("a mark is asked for what has its outcome")
        self.marked.add(number)
        return asyncio.get_running_loop().time() + 60

    async def stream(self) -> AsyncIterator[Message]:
        while self.open:
            while self.waiting:
                yield self.waiting.pop(0)
            self.more.clear()
            if self.open:
                await self.more.wait()

    def told(self, number: int, outcome: Outcome) -> None:
        _fit(getattr(outcome, "reply", "") or getattr(outcome, "why", ""))
        if number == NOBODY:
            return
        if number in self.ends:
            raise Broken(f"a second outcome: {self.ends[number]}, {outcome}")
        if isinstance(outcome, Accepted) and number not in self.marked:
            raise Broken("accepted without a mark")
        self.tries[number] += 1
        self.marked.discard(number)
        if isinstance(outcome, Lost | Throttled) and self.tries[number] < TRIES:
            self.waiting.append(self.open[number])
        else:
            self.ends[number] = outcome
            del self.open[number]
        self.more.set()


async def _run(data: bytes) -> tuple[Server, Ledger]:
    server, ledger = Server(data), Ledger()
    listening = await asyncio.start_server(server.line, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    settings = Relay(host="127.0.0.1", port=port, security="none", timeout="1s", connections=1)  # type: ignore[arg-type]
    if b"AUTH" in data:
        settings = settings.model_copy(update={"username": "u", "password": SecretStr("p")})
    try:
        async with asyncio.timeout(WHOLE):
            async for number, outcome in smtp.transport(settings, "main").send(ledger.stream(), ledger.mark):
                ledger.told(number, outcome)
    except RelayError as fault:
        _fit(str(fault))
        ledger.ends.update(
            {number: Lost("a person is asked") for number in ledger.open if number not in ledger.marked}
        )
    except TimeoutError:
        raise Broken(
            f"the run did not end: {len(ledger.open)} open after {server.lines} connections"
        ) from None
    finally:
        listening.close()
        for task in tuple(server.tasks):
            task.cancel()
        await asyncio.gather(*server.tasks, return_exceptions=True)
    return server, ledger


def one(data: bytes) -> None:
    """Send four mails through it: each has one outcome, and nobody the good relay took twice."""
    smtp.FIRST_PAUSE, smtp.FULL_PAUSE, smtp.LONGEST_PAUSE = 0.001, 0.01, 0.01
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    try:
        server, ledger = asyncio.run(_run(data))
    finally:
        structlog.reset_defaults()
    if len(ledger.ends) != COUNT:
        raise Broken(f"{COUNT - len(ledger.ends)} of {COUNT} have no outcome")
    taken = Counter(server.taken)
    if taken and max(taken.values()) > 1:
        raise Broken(f"mailed twice: {taken}")
    for number, outcome in ledger.ends.items():
        if not isinstance(outcome, Accepted) and f"r{number}@example.net" in taken:
            raise Broken(f"taken by the relay, and {outcome}")


_HELLO = (
    b"220 relay ESMTP\r\n"
    + CUT
    + b"250-relay\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250 8BITMIME\r\n"
    + CUT
)
_OPEN = b"250 ok\r\n250 ok\r\n354 go on\r\n"
_SEEDS = (
    _HELLO + _OPEN + CUT + (b"250 taken\r\n" + _OPEN + CUT) * 3 + b"250 taken\r\n" + CUT + b"221 bye\r\n",
    _HELLO + _OPEN + CUT + b"250 taken\r\n" + b"250 ok\r\n550 5.1.1 nobody\r\n554 none\r\n" + CUT,
    b"220 x\r\n" + CUT + b"502 what\r\n" + CUT + b"250 x\r\n" + CUT + b"250 ok\r\n" + CUT + b"250 ok\r\n" + CUT + b"354 go\r\n" + CUT + b"250 k\r\n",
    b"421 4.3.2 too busy\r\n",
    _HELLO + b"421 4.7.0 too fast\r\n",
    b"220 x\r\n" + CUT + "250-x\r\n250-SIZE ²\r\n250 PIPELINING\r\n".encode() + CUT + _OPEN + CUT + b"250 k\r\n",
    b"220-a\r\n220 b\r\n" + CUT + b"250-x\r\n250 SIZE " + b"9" * 5_000 + b"\r\n",
    _HELLO + _OPEN + b"250 taken\r\n" + _OPEN,
    b"220 x\r\n" + CUT + b"250-x\r\n250 AUTH CRAM-MD5 PLAIN\r\n" + CUT + b"334 not in base64\r\n" + CUT + b"501 ok\r\n" + CUT + b"235 known\r\n",
    b"220 x\r\n" + CUT + b"250-x\r\n250 AUTH LOGIN\r\n" + CUT + b"535 no \x1b[2J\x00\r\n" + CUT,
)  # fmt: skip
_TOKENS = (
    CUT, b"\r\n", b"250 ok\r\n", b"250-", b"354 go\r\n", b"550 5.1.1 no\r\n", b"421 bye\r\n", b"220 x\r\n", b"SIZE ", b"AUTH PLAIN",
    b"PIPELINING", b"SMTPUTF8", b"-1", b"\x00", b"\xff", b"a" * 9_000, b"999 ", b"25", b"   ",
)  # fmt: skip
TARGET = Target("session", one, _SEEDS, _TOKENS, most=60_000)
