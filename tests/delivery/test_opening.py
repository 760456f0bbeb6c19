"""Opening an SMTP connection leaves nothing behind in the process."""

import asyncio
import threading

from digest.delivery.transports._opening import opened
from tests.delivery.relay import Relay


def test_connections_leave_no_threads_behind() -> None:
    async def scenario(relay: Relay) -> list[str]:
        for _ in range(3):
            transport, _ = await opened(relay.settings(), "main")
            transport.abort()
        return [thread.name for thread in threading.enumerate()]

    with Relay() as relay:
        names = asyncio.run(scenario(relay))
    kept = [name for name in names if name.startswith("asyncio_")]
    assert kept == [], "asyncio's own pool keeps its threads for as long as the process lives"
