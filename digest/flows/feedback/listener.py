"""An LMTP and SMTP listener for the mail server on this machine: what it hands over is answered after the commit.

It has a thread and an event loop of its own, so neither the web nor the sender waits for it; the database is asked in
a few threads more. An unknown local part is taken and quarantined: a 550 would only make our own mail server bounce a
bounce.
"""

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import cast

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from digest.app import App
from digest.delivery.feedback import LONGEST
from digest.errors import DigestError
from digest.flows.feedback.reports import receive

CONNECTIONS = 50  # at a time
RECIPIENTS = 100  # of one mail
THREADS = 4  # that ask the database
SILENCE = 60.0  # seconds that a connection may say nothing
LINE = 1_000_000  # bytes: reports quote what others sent, and not all of it keeps to 998
TAKEN = "250 2.0.0 taken"
LATER = "451 4.3.0 it could not be written down now, try again"
BUSY = b"421 4.3.2 too many connections, try again\r\n"

log = structlog.get_logger()


class _Protocol(SMTP):
    """SMTP and LMTP (RFC 2033) on one port: who says LHLO gets an answer for each recipient after the mail."""

    line_length_limit = LINE
    lmtp = False

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, hostname: str) -> None:  # noqa: N802 - the name is aiosmtpd's
        self.lmtp = True
        await super().smtp_EHLO(hostname)


class _TooMany(asyncio.Protocol):
    """What a connection above the limit gets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        line = cast(asyncio.Transport, transport)  # uvloop's own class is no subclass of it
        line.write(BUSY)
        line.close()


class _Handler:
    """What aiosmtpd asks; the names are its own."""

    def __init__(self, app: App, pool: ThreadPoolExecutor) -> None:
        self._app, self._pool = app, pool

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw, loop = envelope.original_content or b"", asyncio.get_running_loop()
        answers = [await loop.run_in_executor(self._pool, self._take, raw, to) for to in envelope.rcpt_tos]
        if isinstance(server, _Protocol) and server.lmtp:
            return "\r\n".join(answers)
        return LATER if LATER in answers else TAKEN  # offered again, what was taken already does nothing

    def _take(self, raw: bytes, to: str) -> str:
        try:
            took = receive(self._app, raw, to=to, source="lmtp")
        except Exception as problem:  # the mail server keeps it, and offers it again
            log.warning("feedback.later", why=type(problem).__name__)
            return LATER
        log.info("feedback.taken", kind=str(took.kind), effect=str(took.effect), delivery=took.delivery)
        return TAKEN


def listening(place: tuple[str, int]) -> socket.socket:
    """Return a socket on host and port; raise DigestError where that is taken, or is not this machine's."""
    host, port = place
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as problem:
        why = (problem.strerror or str(problem)).lower()
        raise DigestError(
            f"the mail listener cannot listen on {host}:{port}: {why}",
            where="[feedback] listen",
            do="Is another digest serve running? Stop it, or set another port.",
        ) from None


@contextmanager
def listener(app: App, on: socket.socket) -> Iterator[None]:
    """Take mails on the socket *on* while the block runs; at its end, those that are being taken are finished.

    Raises OSError where nothing can listen on the socket.
    """
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's: it names addresses
    started, ended, faults = threading.Event(), _Stop(), list[OSError]()

    def run() -> None:
        try:
            asyncio.run(_serve(app, on, started, ended))
        except OSError as fault:
            faults.append(fault)
            log.error("feedback.ended", why=str(fault))
        finally:
            started.set()  # whoever waits for the start must not wait for ever

    thread = threading.Thread(target=run, name="feedback")
    thread.start()
    started.wait()
    if faults:
        thread.join()
        raise faults[0]
    try:
        yield
    finally:
        ended.set()
        thread.join()


class _Stop:
    """An event that one thread sets and the loop of another waits for."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._event: asyncio.Event | None = None

    def bind(self) -> asyncio.Event:
        self._loop, self._event = asyncio.get_running_loop(), asyncio.Event()
        return self._event

    def set(self) -> None:
        if self._loop is not None and self._event is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._event.set)


async def _serve(app: App, on: socket.socket, started: threading.Event, ended: _Stop) -> None:
    loop, stop, open_ = asyncio.get_running_loop(), ended.bind(), set[SMTP]()
    with ThreadPoolExecutor(THREADS, "feedback") as pool:
        handler = _Handler(app, pool)

        def made() -> asyncio.Protocol:
            open_.difference_update([one for one in open_ if one.transport is None])
            if len(open_) >= CONNECTIONS:
                return _TooMany()
            protocol: SMTP = _Protocol(
                handler, data_size_limit=LONGEST, enable_SMTPUTF8=True, timeout=SILENCE, loop=loop,
                hostname="digest", ident="newsroom-digest",
            )  # fmt: skip
            open_.add(protocol)
            return protocol

        server = await loop.create_server(made, sock=on)
        started.set()
        await stop.wait()
        server.close()
        for one in open_:
            if one.transport is not None:
                one.transport.close()
