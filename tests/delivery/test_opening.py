"""Opening an SMTP connection: what the relay offers, what is told of its troubles, and nothing is left behind."""

import asyncio
import ssl
import threading

import aiosmtplib
import pytest

from digest.delivery.transports.smtp.commands import Offer
from digest.delivery.transports.smtp.opening import connect
from digest.errors import RelayError
from tests.delivery.relay import Relay


def test_connections_leave_no_threads_behind() -> None:
    async def scenario(relay: Relay) -> list[str]:
        for _ in range(3):
            transport, _ = await connect(relay.settings(), "main")
            transport.abort()
        return [thread.name for thread in threading.enumerate()]

    with Relay() as relay:
        names = asyncio.run(scenario(relay))
    kept = [name for name in names if name.startswith("asyncio_")]
    assert kept == [], "asyncio's own pool keeps its threads for as long as the process lives"


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("SIZE 1000", 1000),
        ("SIZE", 0),
        ("SIZE 0", 0),
        ("SIZE lots", 0),
        ("SIZE -1", 0),
        ("SIZE 99999999999999999999", 10**20 - 1),
        ("SIZE 100000000000000000000", 0),
        ("8BITMIME", None),
    ],
)
def test_a_size_without_a_number_is_no_limit(said: str, size: int | None) -> None:
    async def scenario(relay: Relay) -> Offer:
        transport, offer = await connect(relay.settings(), "main")
        transport.abort()
        return offer

    with Relay(offers=(said,)) as relay:
        offer = asyncio.run(scenario(relay))
    assert offer == Offer(size=size, eight_bit=said == "8BITMIME")


@pytest.mark.parametrize("way", ["itself", "cause", "context"])
def test_a_certificate_that_does_not_hold_is_found_behind_whatever_was_made_of_it(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = ssl.SSLCertVerificationError(1, "certificate verify failed: it has expired")
    bad.verify_message = "it has expired"

    async def refuse(self: aiosmtplib.SMTP) -> None:
        if way == "itself":
            raise bad
        problem = aiosmtplib.SMTPConnectError("no connection")
        if way == "cause":
            raise problem from bad
        try:
            raise bad
        except ssl.SSLError:
            raise problem  # noqa: B904 (without a cause, as a library may)

    monkeypatch.setattr(aiosmtplib.SMTP, "connect", refuse)
    with Relay() as relay, pytest.raises(RelayError, match="certificate that does not hold: it has expired"):
        asyncio.run(connect(relay.settings(), "main"))
