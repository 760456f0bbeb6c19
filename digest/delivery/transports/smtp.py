"""SMTP: several connections to one relay, each in its pipelined steady state, through the relay's bad days.

One relay is one set of connections. They are opened as messages come, and as many as the relay lets us have. A
relay that closes after some messages is just opened anew; one that is away is tried again with growing pauses,
and no message waits here meanwhile.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from typing import Any

import structlog

from digest.config.schema import Relay
from digest.delivery.transports import NOBODY, Mark
from digest.delivery.transports._commands import Offer
from digest.delivery.transports._opening import Away, opened, too_small
from digest.delivery.transports._wire import Wire
from digest.errors import RelayError
from digest.model import Message
from digest.outcomes import Accepted, Lost, Outcome, Throttled, Unknown

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
FULL_PAUSE = 30.0  # before one more connection is tried where the relay refused it beside others
DOT = 10  # RFC 5321 4.5.3.2: the answer to the dot may take ten times as long as others
GOODBYE = 2.0
STRIKES = 3  # answers to MAIL in a row that refuse us for good

log = structlog.get_logger()


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
        run = _Run(self.relay, self.name, mark, self.largest)
        run.start(messages)
        try:
            while True:
                while run.outcomes:
                    yield run.outcomes.popleft()
                run.ask()
                if run.fatal is not None and (run.finished or not isinstance(run.fatal, RelayError)):
                    raise run.fatal
                if run.finished:
                    return
                run.news.clear()
                await run.news.wait()
        finally:
            await run.stop()


class _Run:
    """The connections of one `send`, and the messages that wait for one."""

    def __init__(self, relay: Relay, name: str, mark: Mark, largest: int) -> None:
        self.relay = relay
        self.name = name
        self._largest = largest
        self.outcomes: deque[tuple[int, Outcome]] = deque()
        self._asking: deque[tuple[Message, Callable[[float], None]]] = deque()
        self.news = asyncio.Event()
        self.fatal: Exception | None = None
        self._mark = mark
        self._loop = asyncio.get_running_loop()
        self._ready: deque[Message] = deque()
        self._room = asyncio.Event()
        self._wires: set[Wire] = set()
        self._hungry: set[Wire] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._pumping: asyncio.Task[None] | None = None
        self._opening = 0
        self._pausing = 0  # of those: they have not called yet
        self._spare = 0  # of those: they wait to be one more beside others
        self._up = False
        self._ended = False
        self._stopped = False
        self._stepping = False
        self._failures = 0
        self._not_before = 0.0  # the next call
        self._full = 0.0  # until when no call is made beside the connections that there are
        self._strikes = 0
        self._unknown = 0.0

    # ------------------------------------------------------------ its life

    def start(self, messages: AsyncIterator[Message]) -> None:
        self._pumping = self._spawn(self._pump(messages))
        self._spawn(self._watch())
        self._open_one()

    async def stop(self) -> None:
        self._stopped = True
        for wire in tuple(self._wires):
            wire.abort("we stopped", trouble=False)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for _ in range(50):  # an aborted connection goes down in the loop's next turns
            if not self._wires:
                break
            await asyncio.sleep(0)

    @property
    def finished(self) -> bool:
        calling = self._opening > self._pausing and not self.fatal  # who has called says good-bye
        return self._ended and not self._ready and not self._wires and not calling

    @property
    def over(self) -> bool:
        return self._ended and not self._ready

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._reaped)
        return task

    def _reaped(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            self._fail(problem if isinstance(problem, Exception) else RuntimeError(repr(problem)))

    def _fail(self, problem: Exception) -> None:
        """Take no more messages. Where it is the relay that needs a person, the answers that are due still count."""
        self.fatal = self.fatal or problem
        if self._pumping is not None:
            self._pumping.cancel()
        self._ended = True
        self._let_go(str(problem))
        for wire in tuple(self._hungry):
            wire.quit()

    async def _pump(self, messages: AsyncIterator[Message]) -> None:
        """Keep one or two messages ready for each connection, and none while the relay is away."""
        most = 2 * self.relay.connections
        while True:
            while not self._up or len(self._ready) >= most:
                self._room.clear()
                await self._room.wait()
            try:
                message = await anext(messages)
            except StopAsyncIteration:
                break
            self._ready.append(message)
            self._spread()
        self._ended = True
        for wire in tuple(self._hungry):
            wire.quit()
        self.news.set()

    def _spread(self) -> None:
        """Give what is ready to a connection that rests, or open one more."""
        if not self._up:
            self._let_go("the relay is away")
            return
        for wire in tuple(self._hungry):
            if not self._ready:
                return
            wire.wake()
        coming = self._opening if self._wires else self._opening - self._spare
        if self._ready and coming < len(self._ready):
            self._open_one()

    def _let_go(self, why: str) -> None:
        """Give back what waits for a connection; say that the relay is away even where nothing does."""
        self.outcomes.append((NOBODY, Lost(why)))
        while self._ready:
            self.outcomes.append((self._ready.popleft().delivery, Lost(why)))
        self.news.set()

    # ------------------------------------------------------------ connections

    def _open_one(self) -> None:
        if self._stopped or (self._opening > self._spare and not self._up):
            return
        if self._opening + len(self._wires) < self.relay.connections:
            self._opening += 1
            self._spawn(self._line())

    async def _line(self) -> None:
        if not await self._turn():
            self._opening -= 1
            return
        try:
            transport, offer = await opened(self.relay, self.name)
            if offer.size and self._largest > offer.size:
                transport.abort()
                raise too_small(self.relay, self.name, offer.size, self._largest)
        except Away as problem:
            self._opening -= 1
            self._fell(str(problem), full=FULL_PAUSE if self._wires else 0.0)
            return
        except RelayError as problem:
            self._opening -= 1
            self._fell(str(problem))
            if not self._wires:
                self._fail(problem)
            return
        self._opening -= 1
        if not self._up and self._failures:
            log.info("relay.back", relay=self.name)
        self._up = True
        if self._stepping:
            offer = Offer(False, offer.size, offer.eight_bit, offer.utf8)
        wire = Wire(self, offer, self.relay.messages_per_connection, time.monotonic)
        wire.account = self.relay.username
        self._wires.add(wire)
        wire.start(transport)
        self._room.set()
        if self.over:
            wire.quit()

    async def _turn(self) -> bool:
        """Wait until the relay may be called; return whether it still should be.

        A relay that has enough connections is left alone for long, but not once the last of them has ended: who
        waits to be one more beside others comes for nothing then, for another has called at once.
        """
        beside = bool(self._wires)
        until = max(self._not_before, self._full) if beside else self._not_before
        if (pause := until - self._loop.time()) <= 0:
            return True
        self._pausing += 1
        self._spare += beside
        try:
            await asyncio.sleep(pause)
        finally:
            self._pausing -= 1
            self._spare -= beside
        return bool(self._wires) or not beside

    def _fell(self, why: str, full: float = 0.0) -> None:
        """Note a failure; with no connection left the relay is away, and is tried again after a pause.

        *full* is how long it is left alone, where it refused one more connection beside others.
        """
        self._failures += 1
        pause = min(FIRST_PAUSE * 2 ** min(self._failures - 1, 12), LONGEST_PAUSE) * (0.5 + random.random())
        pause = max(pause, full)
        if full:
            self._full = self._loop.time() + pause
        else:
            self._not_before = self._loop.time() + pause
        log.warning("relay.trouble", relay=self.name, why=why, pause=round(pause, 1), lines=len(self._wires))
        if self._wires:
            return
        self._up = False
        self._let_go(why)
        if not self._ended:
            self._open_one()

    async def _watch(self) -> None:
        """End a connection whose relay has gone silent."""
        patience = self.relay.timeout.total_seconds()
        limits: dict[str, float] = {
            "dot": patience * DOT,
            "lone": patience * DOT,
            "quit": min(patience, GOODBYE),
        }
        while True:
            await asyncio.sleep(min(1.0, patience / 4))
            now = time.monotonic()
            for wire in tuple(self._wires):
                owed = wire.waits_for
                if owed and now - wire.since > limits.get(owed, patience):
                    wire.abort(f"no answer to {owed.upper()} in time", trouble=owed != "quit")

    # ------------------------------------------------------------ what a wire calls

    def take(self, wire: Wire) -> Message | None:
        if not self._ready:
            self._hungry.add(wire)
            return None
        self._hungry.discard(wire)
        message = self._ready.popleft()
        if len(self._ready) == self.relay.connections:
            self._room.set()  # not for each message: to wake a task costs more than to take ten
        return message

    def mark(self, message: Message, granted: Callable[[float], None]) -> None:
        """Ask for the mark of *message*, behind every outcome that was not told yet.

        The ledger writes in the order in which it is told. Were a mark to overtake the answer before it, a
        crash between the two would leave three rows of one connection without an answer instead of two.
        """
        self._asking.append((message, granted))
        if self.outcomes:
            self.news.set()
        else:
            self.ask()

    def ask(self) -> None:
        """Ask for the marks that waited for outcomes to be told."""
        while self._asking:
            self._ask(*self._asking.popleft())

    def _ask(self, message: Message, granted: Callable[[float], None]) -> None:
        future = asyncio.ensure_future(self._mark(message.delivery))

        def answered(done: asyncio.Future[float]) -> None:
            if done.cancelled():
                granted(0.0)
            elif (problem := done.exception()) is not None:
                granted(0.0)
                self._fail(problem if isinstance(problem, Exception) else RuntimeError(repr(problem)))
            else:
                granted(done.result())

        future.add_done_callback(answered)

    def done(self, message: Message, outcome: Outcome) -> None:
        self.outcomes.append((message.delivery, outcome))
        self.news.set()
        if isinstance(outcome, Accepted):
            self._failures = self._strikes = 0
            self._unknown = max(0.0, self._unknown - 0.1)
        elif isinstance(outcome, Throttled) and outcome.relay and outcome.code >= 500:
            self._strikes += 1
            if self._strikes >= STRIKES * max(1, len(self._wires)):
                self._fail(self._told(f"refuses us: {outcome.code} {outcome.reply}"))
        elif isinstance(outcome, Unknown):
            self._unknown += 1
            if self._unknown > 2 * self.relay.connections + STRIKES:
                self._fail(self._told(f"takes messages and drops the line without an answer: {outcome.why}"))

    def closed(self, wire: Wire, why: str, trouble: bool) -> None:
        self._wires.discard(wire)
        self._hungry.discard(wire)
        if "out of step" in why:
            self._stepping = True
        if trouble:
            self._fell(why)
        if self._ready:
            self._spread()
        self.news.set()

    def _told(self, what: str) -> RelayError:
        where = f"relays.{self.name} ({self.relay.host}:{self.relay.port})"
        return RelayError(what, where=where, do="Ask whoever runs the relay, then resume the edition.")
