"""The relays: each is opened as a send opens it, with TLS and its login; and does it take mails as large as ours?"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

from digest import plugins
from digest.app import App
from digest.config.schema import Relay
from digest.delivery import transports
from digest.delivery.transports.smtp.opening import Away, connect, too_small
from digest.errors import DigestError
from digest.ops.findings import Finding
from digest.store import variants

PLACE = 9
LONGEST = timedelta(seconds=10)  # for each step: somebody waits
USUAL = 150_000  # bytes of a mail, before there was one


def examine(app: App, offline: bool) -> Iterator[Finding]:
    """Yield, for each relay, whether it can be opened. It is given no message."""
    with app.db.read() as connection:
        largest = max(USUAL, variants.largest(connection))

    async def all_of_them() -> list[Finding]:
        return await asyncio.gather(*(_relay(*one, largest) for one in app.config.relays.items()))

    yield from asyncio.run(all_of_them())


def _other(what: str, relay: Relay, name: str) -> Finding:
    """Return whether a transport that speaks no SMTP can begin."""
    try:
        plugins.load(transports, relay.transport).transport(relay, name)
    except DigestError as problem:
        return Finding(what, False, str(problem))
    except Exception as problem:  # whatever an extension can raise
        words = f"its transport {relay.transport} cannot begin: {type(problem).__name__}: {problem}"
        return Finding(what, False, " ".join(words.split()))
    return Finding(what, True, relay.transport)


async def _relay(name: str, relay: Relay, largest: int) -> Finding:
    what = f"relay {name}"
    if relay.transport != "smtp":
        return _other(what, relay, name)
    address = f"{relay.host}:{relay.port}"
    quick = relay.model_copy(update={"timeout": min(relay.timeout, LONGEST)})
    try:
        transport, offer = await connect(quick, name)
    except Away as problem:
        return Finding(what, False, f"{problem}; is relays.{name} right?")
    except DigestError as problem:
        return Finding(what, False, str(problem))
    transport.write(b"QUIT\r\n")
    transport.close()
    if offer.size and offer.size < largest:
        return Finding(what, False, str(too_small(relay, name, offer.size, largest)))
    how = {"tls": "TLS", "starttls": "STARTTLS", "none": "without TLS"}[relay.security]
    login = "" if not relay.username else " and a token" if relay.auth != "password" else " and its password"
    size = f"; takes mails of {offer.size:,} bytes" if offer.size else ""
    return Finding(what, True, f"{address} is open to us, {how}{login}{size}")
