"""The relay: it answers, speaks TLS with a certificate that holds, takes our password, and what it offers."""

import asyncio
import smtplib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from digest.config.schema import Relay
from digest.delivery.transports.smtp.opening import Away, connect
from digest.errors import RelayError
from digest.hosts import canonical, is_loopback
from digest.ops.doctor import Grade, Line, Setup

PLACE = 6
SECONDS = 10.0
SOON = timedelta(days=14)
LARGEST = 1_000_000  # bytes; an edition is a tenth of it
QUEUE = timedelta(hours=12)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_line = partial(Line, "relay")


def look(setup: Setup) -> Iterator[Line]:
    """Yield what each relay offers."""
    for name, relay in setup.relays.items():
        what = f"{name} ({relay.host}:{relay.port})"
        if relay.transport != "smtp":
            yield _line(name, Grade.GREEN, f"{relay.transport}: nothing leaves this machine")
            continue
        if relay.security == "none" and not is_loopback(canonical(relay.host)):
            words = "mails and password go out in clear text"
            yield _line(what, Grade.RED, words, 'security = "starttls"   # or "tls" on port 465')
        try:
            yield from _visited(what, relay, setup.now)
        except ssl.SSLCertVerificationError as problem:
            yield _line(what, Grade.RED, f"its certificate does not hold: {problem.verify_message}")
        except (smtplib.SMTPException, OSError) as problem:
            yield _line(what, Grade.RED, f"cannot be used: {problem.strerror or problem}")
        if is_loopback(canonical(relay.host)):
            yield from _queue(what, setup.lifetime())


def _visited(what: str, relay: Relay, now: datetime) -> Iterator[Line]:
    """Yield what the relay says, step by step; an exception is the end of it."""
    ours = relay.helo or None
    if relay.security == "tls":
        made: smtplib.SMTP = smtplib.SMTP_SSL(
            relay.host, relay.port, ours, timeout=SECONDS, context=_context(relay)
        )
    else:
        made = smtplib.SMTP(relay.host, relay.port, ours, timeout=SECONDS)
    with made as line:
        line.ehlo_or_helo_if_needed()
        if relay.security == "starttls":
            if not line.has_extn("starttls"):
                yield _line(what, Grade.RED, "does not offer STARTTLS", 'security = "tls"   # and port = 465')
                return
            if line.has_extn("auth"):
                yield _line(
                    what, Grade.AMBER, "offers AUTH before TLS: others may send it a password in the clear"
                )
            line.starttls(context=_context(relay))
            line.ehlo()
        if isinstance(line.sock, ssl.SSLSocket):
            yield _certificate(what, line.sock, now)
        yield from _login(what, relay, line)
        yield from _offers(what, line)


def _context(relay: Relay) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(relay.ca_file) if relay.ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _certificate(what: str, sock: ssl.SSLSocket, now: datetime) -> Line:
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str((sock.getpeercert() or {})["notAfter"])), UTC)
    left = ends - now
    words = f"{sock.version()}, certificate valid for {left.days} more days"
    return _line(what, Grade.AMBER if left < SOON else Grade.GREEN, words)


def _login(what: str, relay: Relay, line: smtplib.SMTP) -> Iterator[Line]:
    if not relay.username:
        return
    if relay.auth != "password":
        yield _by_token(what, relay)
    elif not line.has_extn("auth"):
        yield _line(what, Grade.RED, "does not offer AUTH, and the configuration has a user name")
    elif relay.security == "none" and not is_loopback(canonical(relay.host)):
        return  # the password stays here
    else:
        try:
            line.login(relay.username, relay.password.get_secret_value())
            yield _line(what, Grade.GREEN, f"knows the user {relay.username}")
        except smtplib.SMTPAuthenticationError as problem:
            said = problem.smtp_error
            reply = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
            yield _line(what, Grade.RED, f"refuses user name or password: {problem.smtp_code} {reply}")


def _by_token(what: str, relay: Relay) -> Line:
    """Open the relay as a send does, and return whether it knows our token."""

    async def tried() -> None:
        transport, _ = await connect(relay, what.partition(" ")[0])
        transport.abort()

    try:
        asyncio.run(tried())
    except (Away, RelayError) as problem:
        return _line(what, Grade.RED, str(problem))
    return _line(what, Grade.GREEN, f"knows the user {relay.username} by a token")


def _offers(what: str, line: smtplib.SMTP) -> Iterator[Line]:
    size = line.esmtp_features.get("size", "").strip()
    if size.isascii() and size.isdigit() and len(size) < 19 and 0 < int(size) < LARGEST:
        yield _line(what, Grade.RED, f"takes no more than {int(size):,} bytes a mail")
    there = [name.upper() for name in ("pipelining", "size", "8bitmime", "smtputf8") if line.has_extn(name)]
    if "PIPELINING" in there:
        yield _line(what, Grade.GREEN, f"offers {', '.join(there)}")
    else:
        yield _line(what, Grade.AMBER, "does not offer PIPELINING: each mail waits for every answer")


def _queue(what: str, lifetime: str) -> Iterator[Line]:
    """Yield a line where this machine's Postfix would deliver yesterday's news for days."""
    number, unit = lifetime.strip()[:-1], lifetime.strip()[-1:]
    if not (number.isascii() and number.isdigit() and len(number) < 10) or unit not in _UNITS:
        return
    if timedelta(seconds=int(number) * _UNITS[unit]) > QUEUE:
        words = f"keeps what it cannot deliver for {lifetime.strip()}: an old edition would still arrive"
        yield _line(
            what, Grade.AMBER, words, "postconf -e maximal_queue_lifetime=12h bounce_queue_lifetime=12h"
        )
    else:
        yield _line(what, Grade.GREEN, f"gives up what it cannot deliver after {lifetime.strip()}")
