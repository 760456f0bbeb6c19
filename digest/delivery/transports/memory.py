"""Memory: keeps what it is given and answers as it is told. For tests and trials; nothing leaves the process."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable

from digest.config.schema import Relay
from digest.delivery.transports import Mark
from digest.model import Message
from digest.outcomes import Accepted, Outcome


def _taken(message: Message) -> Outcome:
    return Accepted(250, f"2.0.0 kept {message.delivery}")


def transport(relay: Relay, name: str) -> "Memory":
    """Return a transport that keeps messages in a list."""
    return Memory()


class Memory:
    """*answer* decides what becomes of each message; *messages* are those that were handed over, in order."""

    def __init__(self, answer: Callable[[Message], Outcome] = _taken) -> None:
        self.answer = answer
        self.messages: list[Message] = []

    async def send(
        self, messages: AsyncIterator[Message], mark: Mark
    ) -> AsyncGenerator[tuple[int, Outcome], None]:
        """Yield what became of each message."""
        async for message in messages:
            if await mark(message.delivery):
                self.messages.append(message)
                yield message.delivery, self.answer(message)
