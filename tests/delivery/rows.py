"""A queue in memory, rows and ways out, to play a run without a database or a socket."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from digest.delivery.breaker import USUAL, Thresholds
from digest.delivery.ledger import Ledger
from digest.delivery.queue import QueueStatus
from digest.delivery.route import Route
from digest.delivery.sender import run
from digest.delivery.settle import Claimed, Policy, Settlement
from digest.delivery.transports import Mark
from digest.model import DeliveryState, Message, Recipient
from digest.outcomes import Accepted, Outcome, Undeliverable

OK = Accepted(250, "2.0.0 ok")


class Claim(NamedTuple):
    """What was asked for in a claim, and how many rows it got."""

    limit: int
    only: str
    but: frozenset[str]
    found: int


def now() -> datetime:
    return datetime.now(UTC)


def rows(count: int, provider: str = "", first: int = 1) -> list[Claimed]:
    """Rows *first*, *first* + 1, ... of readers at *provider*."""
    return [
        Claimed(
            id=one,
            recipient=Recipient(subscriber=one, address=f"r{one}@{provider or 'example.net'}"),
            provider=provider,
            deadline=now() + timedelta(hours=1),
        )
        for one in range(first, first + count)
    ]


def compose(claimed: Sequence[Claimed]) -> list[Message | Undeliverable]:
    return [
        Message(
            delivery=row.id,
            sender="b@bounces.example.org",
            recipient=row.recipient.address,
            message_id=f"<{row.id}@example.org>",
            parts=(b"Subject: x\r\n\r\nx\r\n",),
        )
        for row in claimed
    ]


@dataclass
class Rows:
    """The queue. *settled* has the last word about each row, *claims* what was asked for, *heartbeats* how often it was seen."""

    waiting: list[Claimed]
    lease: float = 60.0
    looked: bool = False
    limits: Thresholds = USUAL
    going: bool = True
    refuse: frozenset[int] = frozenset()
    halted: tuple[str, ...] = ()
    settled: dict[int, Settlement] = field(default_factory=dict)
    every: list[Settlement] = field(default_factory=list)  # in the order in which they were written
    claims: list[Claim] = field(default_factory=list)
    heartbeats: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    stopped: str = ""

    def __post_init__(self) -> None:
        self.known = {row.id: row for row in self.waiting}
        self.held: set[int] = set()

    @contextmanager
    def write(self) -> Iterator[None]:
        yield

    def add(self, more: list[Claimed]) -> None:
        self.known |= {row.id: row for row in more}
        self.waiting += more

    def plan(self, connection: Any) -> int | None:
        return 0

    def claim(
        self, connection: Any, limit: int, buckets: Mapping[str, float], *, only: str, but: Collection[str]
    ) -> list[Claimed]:
        at = now()

        def fits(row: Claimed) -> bool:
            known = self.settled.get(row.id)
            due = known is None or known.due is None or known.due <= at
            left = {*but, *self.halted, *self.left_out}
            return due and row.provider not in left and (not only or row.provider == only)

        found = [row for row in self.waiting if fits(row)][:limit]
        self.waiting = [row for row in self.waiting if row not in found]
        self.held |= {row.id for row in found}
        self.claims.append(Claim(limit, only, frozenset(but), len(found)))
        return found

    def defer(self, connection: Any, ids: Collection[int]) -> None:
        raise AssertionError("no row is claimed twice here")

    def mark(self, connection: Any, ids: Collection[int]) -> set[int]:
        refused = self.refuse.intersection(ids)
        for one in refused:
            self.held.discard(one)
            self.settled[one] = Settlement(delivery=one, state=DeliveryState.SUPPRESSED)
        return set(ids) - refused

    def handed(self, connection: Any, ids: Collection[int]) -> set[int]:
        return set()

    def group(self, settlements: Sequence[Settlement], ids: Collection[int]) -> set[int] | None:
        return None

    def settle(self, connection: Any, settlements: Sequence[Settlement]) -> None:
        self.every += settlements
        for one in settlements:
            self.settled[one.delivery] = one
            self.held.discard(one.delivery)
            if one.state is DeliveryState.QUEUED:
                row = self.known[one.delivery]
                again = Claimed(
                    id=row.id, recipient=row.recipient, provider=row.provider, deadline=row.deadline,
                    attempts=one.attempts, losses=one.losses,
                )  # fmt: skip
                self.waiting.append(again)

    def heartbeat(self, connection: Any) -> QueueStatus:
        self.heartbeats += 1
        finished = not self.waiting and not self.held
        return QueueStatus(going=self.going and not finished, finished=finished, halted=self.halted)

    def release(self, connection: Any) -> None:
        self.held.clear()

    def exclude(self, connection: Any, provider: str, why: str) -> None:
        self.left_out[provider] = why
        self.halted = (*self.halted, provider)

    def stop(self, connection: Any, why: str) -> None:
        self.going, self.stopped = False, why

    def stalled(self, connection: Any, why: str) -> None:
        pass

    def halt(self, connection: Any, why: str) -> bool:
        return True

    @property
    def states(self) -> dict[int, str]:
        return {one: settled.state.value for one, settled in sorted(self.settled.items())}


class Way:
    """A way out that answers as it is told; *got* are the rows whose mails it was handed, in order."""

    def __init__(self, answer: Callable[[Message], Any] = lambda message: OK) -> None:
        self.answer = answer
        self.got: list[int] = []

    async def send(
        self, messages: AsyncIterator[Message], mark: Mark
    ) -> AsyncGenerator[tuple[int, Outcome], None]:
        async for message in messages:
            if await mark(message.delivery):
                self.got.append(message.delivery)
                said = self.answer(message)
                yield message.delivery, (await said if inspect.isawaitable(said) else said)


def played(
    queue: Rows,
    *ways: Way | Route,
    made: Any = compose,
    seconds: float = 5.0,
    patience: float = 0.02,
    meanwhile: Callable[[asyncio.Event], Any] | None = None,
) -> list[Route]:
    """Let a run go to its end, and *meanwhile* beside it, which may stop it; return its routes.

    It may take *seconds*; a first try that fails is repeated after about *patience* seconds.
    """
    policy = Policy(first_wait=timedelta(seconds=patience))
    routes = [
        one if isinstance(one, Route) else Route(f"relay{number}", one)
        for number, one in enumerate(ways, start=1)
    ]

    async def scenario() -> None:
        stopping = asyncio.Event()
        going = run(Ledger(queue.write, queue), routes, made, now=now, policy=policy, stop=stopping)  # type: ignore[arg-type]
        async with asyncio.timeout(seconds):
            task = asyncio.create_task(going)
            try:
                if meanwhile is not None:
                    await meanwhile(stopping)
                await task
            finally:
                task.cancel()

    asyncio.run(scenario())
    return routes
