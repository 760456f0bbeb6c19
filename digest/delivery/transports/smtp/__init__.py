"""SMTP: several connections to one relay, each in its pipelined steady state, through the relay's bad days.

One relay is one set of connections. They are opened as messages come, and as many as the relay lets us have. A
relay that closes after some messages is just opened anew; one that is away is tried again with growing pauses,
and no message waits here meanwhile.

    steps -> wire       one connection: the table of a message's steps, and the protocol that goes by it
    calls, faults       when the relay may be called, and whether it can be used at all: no sockets
    exchange            outcomes and marks in the order in which the ledger is told
    opening, auth       greeting, TLS, login, by aiosmtplib
    run                 the connections of one `send`
"""

from collections.abc import AsyncGenerator, AsyncIterator

from digest.config.schema import Relay
from digest.delivery.transports import Mark
from digest.delivery.transports.smtp.run import Run
from digest.errors import RelayError
from digest.model import Message
from digest.outcomes import Outcome


def transport(relay: Relay, name: str) -> "Smtp":
    """Return the way out through *relay*."""
    return Smtp(relay, name)


class Smtp:
    """The transport: settings only; each run of `send` has its own connections."""

    def __init__(self, relay: Relay, name: str) -> None:
        self.relay = relay
        self.name = name
        self.largest = 0  # bytes of the largest mail to come, where that is known before the first

    async def send(
        self, messages: AsyncIterator[Message], mark: Mark
    ) -> AsyncGenerator[tuple[int, Outcome], None]:
        """Yield what became of each message; see `digest.delivery.transports`."""
        run = Run(self.relay, self.name, mark, self.largest)
        exchange = run.exchange
        run.start(messages)
        try:
            while True:
                while exchange.outcomes:
                    yield exchange.outcomes.popleft()
                exchange.ask()
                if run.fatal is not None and (run.finished or not isinstance(run.fatal, RelayError)):
                    raise run.fatal
                if run.finished:
                    return
                exchange.news.clear()
                await exchange.news.wait()
        finally:
            await run.stop()
