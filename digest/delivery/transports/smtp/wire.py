"""One SMTP connection in its steady state: groups of commands and bodies in one write (RFC 5321, 2920).

    MAIL RCPT DATA | body . MAIL RCPT DATA | body . MAIL RCPT DATA | body . QUIT
                   ^ 354                   ^ 250 250 250 354

aiosmtplib opens the connection, upgrades it and logs in; then this protocol takes its transport over. The body
of a message and the next one's commands are a single write where the relay offers PIPELINING; else each command
waits for its answer. Two rules make a crash countable: a body leaves only after its mark was granted, and behind
an unanswered dot at most one other message is marked.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from digest.delivery.blame import Stage, closes_for_speed
from digest.delivery.throttling import answered
from digest.delivery.transports.smtp.commands import LONGEST_WORDS, Command, Offer, envelope, unfit, words
from digest.delivery.transports.smtp.steps import STEPS, WITHDRAWN, Act, Event, OutOfTurnError, Step
from digest.model import Message
from digest.outcomes import Accepted, Deferred, Lost, Outcome, Unknown

LONGEST_REPLY = 32_768
LONGEST_LINE = 512  # of which the words are kept (RFC 5321 4.5.3.1.5)
UNSENT = 2_048  # more than any group of commands: what is left in our buffer above this holds a dot
CLOSING = 421
_CODES = {b"%d " % code: code for code in (220, 221, 250, 354)}  # what a single line says nearly always
_TAKE, _SEND = STEPS[Event.TAKE], STEPS[Event.SEND]
_GRANT, _REVOKE = STEPS[Event.GRANT], STEPS[Event.REVOKE]
_GO, _DENY, _SETTLE = STEPS[Event.GO], STEPS[Event.DENY], STEPS[Event.SETTLE]
_FINE = {"mail": 250, "rcpt": 250, "data": 354, "rset": 250}  # and where nobody reads its words


class Cause(StrEnum):
    ORDERLY = "orderly"  # no fault of the relay
    TROUBLE = "trouble"  # it broke the rules, went silent, or took nothing
    OUT_OF_STEP = (
        "out of step"  # it answers what was not asked: its next connection gets one command at a time
    )


@dataclass(frozen=True, slots=True)
class End:
    """Why a connection ended."""

    why: str
    cause: Cause

    @property
    def trouble(self) -> bool:
        return self.cause is not Cause.ORDERLY


class Owner(Protocol):
    """What a wire needs of the transport around it."""

    def take(self, wire: "Wire") -> Message | None:
        """Return the next message for *wire*; where none is ready, it will be woken when one is."""
        ...

    def mark(self, message: Message, granted: Callable[[float], None]) -> None:
        """Ask for the mark; *granted* is called with its end, or with 0.0."""
        ...

    def done(self, message: Message, outcome: Outcome) -> None:
        """Take note of what became of a message."""
        ...

    @property
    def over(self) -> bool:
        """Whether no message will come any more."""
        ...

    def closed(self, wire: "Wire", end: End) -> None:
        """Take note of the end."""
        ...


class Wire(asyncio.Protocol):
    """The protocol that takes over an open connection."""

    def __init__(self, owner: Owner, offer: Offer, most: int, clock: Callable[[], float]) -> None:
        self.owner = owner
        self.account = ""  # our user name at the relay
        self.offer = offer
        self.clock = clock
        self.left = most  # messages until this connection is closed by us
        self.accepted = 0
        self.since = clock()  # when something last happened, for the watchdog
        self.sent: Message | None = None  # its dot is out, its answer is not in
        self.ahead: Message | None = None  # its commands are under way, or its mark is
        self.step = Step.RESTING  # of *ahead*
        self._until = 0.0  # until when the granted mark of *ahead* holds
        self._answer: tuple[Stage, int, str] | None = None  # the relay's refusal of *ahead*
        self._commands: deque[Command] = deque()  # not written yet
        self._expected: deque[str] = deque()  # answers that are due, in order
        self._partial = b""
        self._unread = 0  # lines that came with the one at hand and were not looked at yet
        self._behind = 0  # bytes of ours that follow the last dot
        self._lines: list[bytes] = []
        self._paused = False  # by the transport: its buffer is full
        self._end: End | None = None  # from the moment that we cut the line
        self.ended = False  # the line is down

    # ------------------------------------------------------------ from outside

    def start(self, transport: asyncio.Transport) -> None:
        """Take over *transport* and send the first message."""
        self.transport = transport
        self._sealed = transport.get_extra_info("sslcontext") is not None
        self._slack = UNSENT if self._sealed else 0  # what TLS adds is counted, too
        self._lags = type(transport).__module__.startswith("uvloop") and not self._sealed
        transport.set_write_buffer_limits(high=UNSENT, low=UNSENT)
        transport.set_protocol(self)
        self.wake()

    def wake(self) -> None:
        """Send the next message, if the connection is idle and there is one."""
        if self._rests:
            self._begin(riding=False)

    def quit(self) -> None:
        """Say good-bye, if the connection is idle."""
        if self._rests:
            self._write("quit", b"QUIT\r\n")

    @property
    def _rests(self) -> bool:
        busy = self.ahead or self.sent or self._expected
        return not (busy or self._end or self.ended)

    @property
    def waits_for(self) -> str:
        """What the relay owes us an answer to, or ""."""
        return self._expected[0] if self._expected and not self.ended else ""

    def abort(self, why: str, cause: Cause = Cause.TROUBLE) -> None:
        """Drop the connection; what had no answer is settled when it is down."""
        self._end = self._end or End(why, cause)
        self.transport.abort()

    # ------------------------------------------------------------ writing

    def _begin(self, *, riding: bool) -> bytes:
        """Start on the next message; return the commands that ride on the body before it, b"" where none do."""
        while self.left > 0 and (message := self.owner.take(self)) is not None:
            if (wrong := unfit(message, self.offer)) is not None:
                self.owner.done(message, wrong)
                continue
            self.left -= 1
            self.ahead, self._answer = message, None
            self._commands.extend(envelope(message, self.offer))
            if self.step is Step.SOILED:
                self._commands.appendleft(("rset", b"RSET\r\n"))
            self.step, _ = _TAKE[self.step]
            group = self._group() if riding else b""
            self.owner.mark(message, lambda until: self._marked(message, until))
            return group
        return b""

    def _group(self) -> bytes:
        """Take the commands that may go out together; all of them with PIPELINING, else one."""
        count = len(self._commands) if self.offer.pipelining else min(1, len(self._commands))
        parts = [self._commands.popleft() for _ in range(count)]
        self._expected.extend(kind for kind, _ in parts)
        self.step, _ = _SEND[self.step]
        return b"".join(line for _, line in parts)

    def _write(self, kind: str, data: bytes) -> None:
        self._expected.append(kind)
        self.since = self.clock()
        self.transport.write(data)

    def _flush(self) -> None:
        if self._commands:
            self.since = self.clock()
            self.transport.write(self._group())

    def _marked(self, message: Message, until: float) -> None:
        if self.ahead is not message or self.ended or self._end:
            return  # the line is gone, and the ledger was told so after it was asked
        self._until = until
        self.step, act = _GRANT[self.step] if until else _REVOKE[self.step]
        if act is Act.NOTHING:
            return
        if act is Act.BODY:
            self._body(message)
        elif act is Act.FLUSH:
            self._flush()
        elif act is Act.CUT:
            self._drop()
        else:
            self.ahead = None
            self._commands.clear()
            self.left += 1
            self._next()

    def _drop(self) -> None:
        self.ahead = None
        self.abort("a message was taken back behind DATA", Cause.ORDERLY)

    def _body(self, message: Message) -> None:
        """Write the body, its dot, and the commands of the next message."""
        if self._unread or self._partial:  # it answers what it has not got: its next 250 would be for nothing
            self.abort("the relay is out of step: it goes on behind its 354", Cause.OUT_OF_STEP)
            return
        if self.clock() > self._until:
            self.abort("the mark was too old when the relay was ready", Cause.ORDERLY)
            return
        self.sent, self.ahead = message, None
        self._expected.append("dot")
        self.since = self.clock()
        riders = self._begin(riding=True) if self.offer.pipelining else b""
        self._behind = len(riders)
        self.transport.writelines(self._ready(message, b".\r\n" + riders))

    def _ready(self, message: Message, tail: bytes) -> tuple[bytes, ...]:
        """Return what to write: the parts as they are, for the kernel gathers them; TLS wants them in one piece."""
        return (message.content + tail,) if self._sealed else (*message.parts, tail)

    # ------------------------------------------------------------ reading

    def data_received(self, data: bytes) -> None:
        if self._partial:
            data = self._partial + data
        lines = data.split(b"\n")
        self._partial = lines.pop()
        self._unread = len(lines)
        for line in lines:
            if self.ended or self._end:
                return
            self._unread -= 1
            if (code := _CODES.get(line[:4])) and not self._lines:
                self._answered(code, line[4:])
            else:
                self._line(line.rstrip(b"\r"))
        if len(self._partial) > LONGEST_REPLY:
            self.abort("the relay sent a line without an end")

    def _line(self, line: bytes) -> None:
        code = line[:3]
        if not (code.isdigit() and line[3:4] in (b"", b" ", b"-")) or len(self._lines) > 100:
            self.abort(f"the relay sent what is no answer: {line[:80]!r}")
            return
        self._lines.append(line[4 : LONGEST_LINE + 4])
        if line[3:4] == b"-":
            return
        text = b" ".join(self._lines)
        self._lines.clear()
        self._answered(int(code), text)

    def _answered(self, code: int, raw: bytes) -> None:
        self.since = self.clock()  # not before: a relay that sends drop by drop is given up like a silent one
        kind = self._expected[0] if self._expected else ""
        if code == _FINE.get(kind) and self._answer is None:
            del self._expected[0]
            if kind == "data":
                self._data(code, "")
            else:
                self._flush()
            if not self._expected and not self._end:
                self._idle()
            return
        text = words(raw[:LONGEST_WORDS].decode("utf-8", "replace"))
        if not self._expected:
            self.abort(f"the relay said {code} {text}", Cause.ORDERLY if code == CLOSING else Cause.TROUBLE)
            return
        kind = self._expected.popleft()
        if kind == "dot":
            self._dot(code, text)
        elif code == CLOSING and kind != "quit":
            self._closing(kind, code, text)
        elif kind == "data":
            self._data(code, text)
        elif kind == "quit":
            self.abort("", Cause.ORDERLY)
        elif kind == "rset":
            self._stepped(code, 250 <= code < 260, "mail", text)
        elif kind != "lone":
            self._stepped(code, 200 <= code < 300, "mail" if kind == "mail" else "rcpt", text)
        if not self._expected and not self._end:
            self._idle()

    def _stepped(self, code: int, good: bool, stage: Stage, text: str) -> None:
        if good:
            self._flush()
        elif code < 400:
            self.abort(f"the relay answered out of step: {code} {text}", Cause.OUT_OF_STEP)
        else:
            self._commands.clear()
            self._denied(stage, code, text)

    def _denied(self, stage: Stage, code: int, text: str) -> None:
        self.step, _ = _DENY[self.step]
        self._answer = self._answer or (stage, code, text)

    def _data(self, code: int, text: str) -> None:
        if code >= 400:
            self._denied("data", code, text)
            return
        if code != 354:
            self.abort(f"the relay answered out of step: {code} {text}", Cause.OUT_OF_STEP)
            return
        self.step, act = _GO[self.step]
        message = self.ahead
        if act is Act.BODY and message is not None:
            self._body(message)
        elif act is Act.LONE_DOT:
            self._write("lone", b".\r\n")
        elif act is Act.CUT:
            self._drop()

    def _dot(self, code: int, text: str) -> None:
        if not 200 <= code < 600 or 300 <= code < 400:
            self.abort(f"the relay answered a message with {code} {text}")
            return
        early = self._kept or self.transport.get_write_buffer_size() > max(self._behind, self._slack)
        if early and code < 300:
            self.abort("the relay is out of step: it takes a message that it has not got", Cause.OUT_OF_STEP)
            return
        message, self.sent = self.sent, None
        if message is None:
            raise OutOfTurnError("an answer to a dot that nobody sent")
        outcome = answered(message, "dot", code, text, self.account)
        self.accepted += isinstance(outcome, Accepted)
        self.owner.done(message, outcome)
        if code == CLOSING:
            self.abort(f"the relay closes: {text}", Cause.ORDERLY)
        elif early:
            self.abort("the relay refused a message before its end", Cause.ORDERLY)
        elif isinstance(outcome, Deferred) and code >= 500:
            self.abort(f"the relay is out of step: {code} {text}", Cause.OUT_OF_STEP)

    def _closing(self, kind: str, code: int, text: str) -> None:
        """A 421 to a command: the relay goes away, which after some messages is no failure."""
        message = self.ahead
        told = not self.accepted or closes_for_speed(text)
        if message is not None and kind in ("mail", "rcpt", "data") and told and self._answer is None:
            self._denied("mail" if kind == "mail" else "rcpt", code, text)
        self.abort(f"the relay closes: {code} {text}", Cause.ORDERLY if self.accepted else Cause.TROUBLE)

    def _idle(self) -> None:
        """No answer is due. Settle a refused message, go on with the next, or end."""
        message = self.ahead
        if message is not None and self._answer is not None:
            self.ahead = None
            outcome = answered(message, *self._answer, self.account)
            self.step, act = _SETTLE[self.step]
            if act is Act.TELL:
                self.owner.done(message, outcome)
            if isinstance(outcome, Deferred) and outcome.code >= 500:
                self.abort(f"the relay is out of step: {outcome.code} {outcome.reply}", Cause.OUT_OF_STEP)
                return
        if self.ahead is None:
            self._next()

    def _next(self) -> None:
        self._begin(riding=False)
        if self.left <= 0 or self.owner.over:
            self.quit()

    # ------------------------------------------------------------ the end

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self.since = self.clock()

    @property
    def _kept(self) -> bool:
        """Whether our buffer holds more than what follows the dot: then the dot has not left.

        That is what "paused" says; but uvloop says "resume" only when all is written, so there we look.
        """
        return self._paused and not (self._lags and self.transport.get_write_buffer_size() <= UNSENT)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        lost = f"the line was lost: {exc}" if exc else "the relay closed the connection"
        why = (self._end and self._end.why) or lost
        sent, ahead = self.sent, self.ahead
        self.sent = self.ahead = None
        if sent is not None:
            self.owner.done(sent, Lost(why, inside=True) if self._kept else Unknown(why))
        told = (
            ahead is not None and self._answer is not None
        )  # a refusal that came counts, whatever came behind it
        if ahead is not None and self.step not in WITHDRAWN:
            outcome = answered(ahead, *self._answer, self.account) if self._answer else Lost(why)
            self.owner.done(ahead, outcome)
        fruitless = ahead is not None and not told and not self.accepted
        fault = Cause.TROUBLE if sent is not None or fruitless else Cause.ORDERLY
        self.owner.closed(self, End(why, self._end.cause if self._end else fault))
