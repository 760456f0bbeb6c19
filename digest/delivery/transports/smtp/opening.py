"""Opens an SMTP connection as a relay's settings say: greeting, EHLO, TLS, AUTH, all by aiosmtplib."""

import asyncio
import re
import socket
import ssl
from typing import cast

import aiosmtplib
from anyio import to_thread

from digest.config.schema import Relay
from digest.delivery.transports.smtp.auth import log_in
from digest.delivery.transports.smtp.commands import Offer, words
from digest.delivery.transports.smtp.tokens import Away
from digest.errors import RelayError

__all__ = ["Away", "connect", "tls", "too_small"]


async def connect(relay: Relay, name: str) -> tuple[asyncio.Transport, Offer]:
    """Return an open connection, ready for MAIL, and what the relay offers.

    Raises Away where waiting helps, RelayError where a person has to do something.
    """
    seconds = relay.timeout.total_seconds()
    # aiosmtplib would look the name up in asyncio's own pool, whose threads never end
    helo = relay.helo or await to_thread.run_sync(socket.getfqdn, abandon_on_cancel=True)
    client = aiosmtplib.SMTP(
        hostname=relay.host,
        port=relay.port,
        local_hostname=helo,
        timeout=seconds,
        use_tls=relay.security == "tls",
        start_tls=relay.security == "starttls",
        tls_context=tls(relay),
    )
    try:
        async with asyncio.timeout(4 * seconds):  # each step has its own; together they end as well
            await client.connect()
            await _greet(client)
            await log_in(client, relay, name)
        transport = cast(asyncio.Transport, client.transport)
        client.transport = None  # it is ours now: aiosmtplib must not close it
        return transport, _offer(client.esmtp_extensions)
    except (aiosmtplib.SMTPException, OSError, ssl.SSLError, TimeoutError) as problem:
        raise _explained(problem, relay, name) from problem
    finally:
        client.close()


def too_small(relay: Relay, name: str, size: int, largest: int) -> RelayError:
    """Return what to tell of a relay whose SIZE (RFC 1870) is below our mails'."""
    return RelayError(
        f"takes mails of {size:,} bytes at most, and ours have up to {largest:,}",
        where=f"relays.{name} ({relay.host}:{relay.port})",
        do="Have its limit raised (Postfix: message_size_limit), or make the edition shorter, then resume.",
    )


def tls(relay: Relay) -> ssl.SSLContext | None:
    """Return the TLS settings of *relay*: certificates are always verified; None without TLS."""
    if relay.security == "none":
        return None
    context = ssl.create_default_context(cafile=str(relay.ca_file) if relay.ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def _greet(client: aiosmtplib.SMTP) -> None:
    if client.last_ehlo_response is None:
        try:
            await client.ehlo()
        except aiosmtplib.SMTPHeloError:
            await client.helo()


def _offer(extensions: dict[str, str]) -> Offer:
    size = extensions.get("size")
    plain = (size or "").strip()
    return Offer(
        pipelining="pipelining" in extensions,
        size=None
        if size is None
        else int(plain)
        if re.fullmatch(r"[0-9]{1,20}", plain)
        else 0,  # RFC 1870, 4
        eight_bit="8bitmime" in extensions,
        utf8="smtputf8" in extensions,
    )


def _explained(problem: Exception, relay: Relay, name: str) -> Exception:
    """What a failed opening means: RelayError where the settings or the relay's certificate need a person."""
    where = f"relays.{name} ({relay.host}:{relay.port})"
    answered = isinstance(
        problem, aiosmtplib.SMTPResponseException
    )  # in the relay's words, whatever they are
    if isinstance(problem, aiosmtplib.SMTPException) and not answered and "not supported" in str(problem):
        return RelayError(
            f"does not offer what the settings demand: {words(str(problem))}",
            where=where,
            do="See security.",
        )
    if bad := _certificate(problem):
        return RelayError(
            f"has a certificate that does not hold: {bad}",
            where=where,
            do="Have it renewed, name its host as the certificate does, or set ca_file.",
        )
    return Away(f"{where}: {words(str(problem)) or type(problem).__name__}")


def _certificate(problem: BaseException | None) -> str:
    while problem is not None:
        if isinstance(problem, ssl.SSLCertVerificationError):
            return words(problem.verify_message)
        problem = problem.__cause__ or problem.__context__
    return ""
