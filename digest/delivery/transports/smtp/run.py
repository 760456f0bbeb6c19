"""The connections of one `send` to a relay: opened as messages come, watched, and opened anew as they end."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Coroutine

import structlog

from digest.config.schema import Relay
from digest.delivery.transports import NOBODY, Mark
from digest.delivery.transports.smtp.calls import Calls
from digest.delivery.transports.smtp.commands import Offer
from digest.delivery.transports.smtp.exchange import Exchange
from digest.delivery.transports.smtp.faults import Faults
from digest.delivery.transports.smtp.opening import Away, connect, too_small
from digest.delivery.transports.smtp.wire import Cause, End, Wire
from digest.errors import RelayError
from digest.model import Message
from digest.outcomes import Accepted, Lost, Outcome

DOT = 10  # RFC 5321 4.5.3.2: the answer to the dot may take ten times as long as others
GOODBYE = 2.0

log = structlog.get_logger()


class Run:
    """The connections of one `send`, and the messages that wait for one."""

    def __init__(self, relay: Relay, name: str, mark: Mark, largest: int) -> None:
        self.relay = relay
        self.name = name
        self._largest = largest
        self.exchange = Exchange(mark, self._fail)
        self.mark = self.exchange.mark
        self.fatal: Exception | None = None
        self._calls = Calls()
        self._faults = Faults(relay.connections)
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

    # ------------------------------------------------------------ its life

    def start(self, messages: AsyncIterator[Message]) -> None:
        self._pumping = self._spawn(self._pump(messages))
        self._spawn(self._watch())
        self._open_one()

    async def stop(self) -> None:
        self._stopped = True
        for wire in tuple(self._wires):
            wire.abort("we stopped", Cause.ORDERLY)
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

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._reaped)
        return task

    def _reaped(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            self._fail(problem)

    def _fail(self, problem: BaseException) -> None:
        """Take no more messages. Where it is the relay that needs a person, the answers that are due still count."""
        told = problem if isinstance(problem, Exception) else RuntimeError(repr(problem))
        self.fatal = self.fatal or told
        if self._pumping is not None:
            self._pumping.cancel()
        self._ended = True
        self._let_go(str(told))
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
        self.exchange.news.set()

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
        self.exchange.tell(NOBODY, Lost(why))
        while self._ready:
            self.exchange.tell(self._ready.popleft().delivery, Lost(why))

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
            transport, offer = await connect(self.relay, self.name)
            if offer.size and self._largest > offer.size:
                transport.abort()
                raise too_small(self.relay, self.name, offer.size, self._largest)
        except Away as problem:
            self._opening -= 1
            self._fell(str(problem), full=bool(self._wires))
            return
        except RelayError as problem:
            self._opening -= 1
            self._fell(str(problem))
            if not self._wires:
                self._fail(problem)
            return
        self._opening -= 1
        if not self._up and self._calls.failures:
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
        if (pause := self._calls.pause(self._loop.time(), beside=beside)) <= 0:
            return True
        self._pausing += 1
        self._spare += beside
        try:
            await asyncio.sleep(pause)
        finally:
            self._pausing -= 1
            self._spare -= beside
        return bool(self._wires) or not beside

    def _fell(self, why: str, *, full: bool = False) -> None:
        """Note a failure; with no connection left the relay is away, and is tried again after a pause.

        *full* says that it refused one more connection beside others.
        """
        pause = self._calls.failed(self._loop.time(), full=full)
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
                    cause = Cause.ORDERLY if owed == "quit" else Cause.TROUBLE
                    wire.abort(f"no answer to {owed.upper()} in time", cause)

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

    def done(self, message: Message, outcome: Outcome) -> None:
        self.exchange.tell(message.delivery, outcome)
        if isinstance(outcome, Accepted):
            self._calls.succeeded()
        if why := self._faults.note(outcome, len(self._wires)):
            self._fail(self._relay_error(why))

    def closed(self, wire: Wire, end: End) -> None:
        self._wires.discard(wire)
        self._hungry.discard(wire)
        if end.cause is Cause.OUT_OF_STEP:
            self._stepping = True
        if end.trouble:
            self._fell(end.why)
        if self._ready:
            self._spread()
        self.exchange.news.set()

    def _relay_error(self, what: str) -> RelayError:
        where = f"relays.{self.name} ({self.relay.host}:{self.relay.port})"
        return RelayError(what, where=where, do="Ask whoever runs the relay, then resume the edition.")
