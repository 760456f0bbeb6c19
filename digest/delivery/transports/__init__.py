"""Transports, one file each: how a stream of messages leaves the house.

A transport module defines `transport(relay, name) -> Transport`. What it promises, and what
`tests/delivery/test_transports.py` holds every one of them to:

- It takes a stream of messages and yields (delivery, Outcome), at most one for each message, in any order.
- Before a message can be taken by anyone it calls `mark(delivery)` and waits. The answer is the moment, by the
  loop's clock, until which the message may be handed over; 0.0 says that it must not be: then it is dropped, and
  no outcome is yielded for it.
- For each connection at most one message is handed over without its answer, and one more is marked.
- An expected answer is an Outcome, never an exception. RelayError means that the relay needs a person; before it
  raises that, it yields what became of each message that it had taken.
- While the relay is away it holds no message: it yields Lost for those it had, else one Lost for NOBODY, and asks
  for none.
- It ends when the stream is at its end and every answer is in. Closing the iterator ends it at once.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Protocol, runtime_checkable

from digest.model import Message
from digest.outcomes import Outcome

Mark = Callable[[int], Awaitable[float]]
NOBODY = 0  # stands for the delivery of an outcome that is about no message


@runtime_checkable
class Sized(Protocol):
    """A way out that wants to know how many bytes the largest mail has before the first is handed over."""

    largest: int


class Transport(Protocol):
    """A way out; see the module's docstring."""

    def send(self, messages: AsyncIterator[Message], mark: Mark) -> AsyncGenerator[tuple[int, Outcome], None]:
        """Yield what became of each message of the stream."""
        ...
