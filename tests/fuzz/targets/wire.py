"""The SMTP wire protocol: a relay's bytes as they arrive, cut anywhere, against `digest.delivery.transports.smtp.wire`.

The first two bytes of an input are the conditions, the rest is what the relay says. ESC, a byte that no text in
UTF-8 has, begins an event: the bytes so far arrive, then something happens (see `_happens`).
"""

import itertools
from collections import Counter
from collections.abc import Callable

from digest.delivery.transports.smtp.commands import Offer
from digest.delivery.transports.smtp.wire import UNSENT, End, Wire
from digest.model import Message
from digest.outcomes import Accepted, Lost, Outcome, Undeliverable, Unknown
from tests.fuzz.targets import Broken, Target

ESC = 0xF5
PIPELINING, AT_ONCE, EIGHT_BIT, UTF8, SMALL, FEW = 1, 2, 4, 8, 16, 32
LONGEST_WORDS = 4_000  # characters of an answer that may be kept


def _message(number: int) -> Message:
    body = b"A line of number %d.\r\n" % number * (3 if number % 2 else 200)
    return Message(
        delivery=number,
        sender=f"b+{number}@bounces.example.org",
        recipient=f"r{number}@example.net" if number != 4 else "ü@example.net",
        message_id=f"<{number}@example.org>",
        parts=(b"Subject: %d\r\n\r\n" % number, body),
        eight_bit=number == 3,
    )


class Line:
    """A transport as asyncio has it, whose kernel can be full: what was *written*, and what has *left*."""

    def __init__(self) -> None:
        self.left = bytearray()
        self.buffer = bytearray()
        self.full = self.paused = self.aborted = False
        self.protocol: Wire | None = None

    def get_extra_info(self, name: str) -> None:
        return None

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        assert high == low == UNSENT

    def set_protocol(self, protocol: Wire) -> None:
        self.protocol = protocol

    def get_write_buffer_size(self) -> int:
        return len(self.buffer)

    def write(self, data: bytes) -> None:
        if self.aborted:
            return
        self.buffer += data
        if not self.full:
            self.drain()
        elif len(self.buffer) > UNSENT and not self.paused:
            self.paused = True
            assert self.protocol
            self.protocol.pause_writing()

    def writelines(self, parts: tuple[bytes, ...]) -> None:
        self.write(b"".join(parts))

    def drain(self, keep: int = 0) -> None:
        going = len(self.buffer) - keep
        if going > 0:
            self.left += self.buffer[:going]
            del self.buffer[:going]
        if self.paused and len(self.buffer) <= UNSENT:
            self.paused = False
            assert self.protocol
            self.protocol.resume_writing()

    def abort(self) -> None:
        self.aborted = True
        self.buffer.clear()


class House:
    """The owner of the wire: feeds it, plays the ledger, and notes what it is told."""

    def __init__(self, conditions: int, line: Line) -> None:
        self.line = line
        self.at_once = bool(conditions & AT_ONCE)
        self.ready = [_message(number) for number in range(1, 6)]
        self.taken: dict[int, Message] = {}
        self.asking: list[tuple[Message, Callable[[float], None]]] = []
        self.granted: set[int] = set()
        self.refused: set[int] = set()
        self.outcomes: dict[int, Outcome] = {}
        self.left_before = b""  # what had left us when the bytes at hand arrived
        self.closes = 0
        self.over = False
        self.now = 1.0

    def clock(self) -> float:
        return self.now

    def take(self, wire: Wire) -> Message | None:
        if not self.ready:
            return None
        message = self.ready.pop(0)
        self.taken[message.delivery] = message
        return message

    def mark(self, message: Message, granted: Callable[[float], None]) -> None:
        self.asking.append((message, granted))

    def answer(self, until: float) -> None:
        if self.asking:
            message, granted = self.asking.pop(0)
            (self.granted if until else self.refused).add(message.delivery)
            granted(until)

    def done(self, message: Message, outcome: Outcome) -> None:
        number = message.delivery
        if number in self.outcomes:
            raise Broken(f"a second outcome for one message: {self.outcomes[number]}, {outcome}")
        if number in self.refused:
            raise Broken(f"an outcome for a message whose mark was refused: {outcome}")
        self.outcomes[number] = outcome
        whole = message.content + b".\r\n"
        if isinstance(outcome, Accepted) and whole not in self.left_before:
            raise Broken("accepted by an answer that came before the dot had left")
        if isinstance(outcome, Lost) and whole in self.line.left:
            raise Broken("lost, though its dot has left: it may be mailed twice")
        if isinstance(outcome, Unknown) and number not in self.granted:
            raise Broken("unknown, though it was never marked")
        words = getattr(outcome, "reply", "") or getattr(outcome, "why", "")
        if len(words) > LONGEST_WORDS or not words.isprintable():
            raise Broken(f"the relay's words are not fit to be kept: {words[:80]!r}")

    def closed(self, wire: Wire, end: End) -> None:
        self.closes += 1

    def check(self) -> None:
        """What holds at every moment: two marked messages without an outcome at most, and no body before its mark."""
        open_ones = self.granted - self.outcomes.keys()
        if len(open_ones) > 2:
            raise Broken(f"marked and without an outcome: {sorted(open_ones)}")
        for message in self.taken.values():
            if message.delivery not in self.granted and message.content in self.line.left:
                raise Broken("a body left before its mark was granted")


def one(data: bytes) -> None:
    """Play one input to its end, then let the relay be silent until the watchdog ends the line."""
    conditions, most = (data[0], data[1]) if len(data) > 1 else (3, 5)
    line = Line()
    house = House(conditions, line)
    if conditions & FEW:
        del house.ready[2:]
    offer = Offer(
        pipelining=bool(conditions & PIPELINING),
        size=1_000 if conditions & SMALL else None,
        eight_bit=bool(conditions & EIGHT_BIT),
        utf8=bool(conditions & UTF8),
    )
    wire = Wire(house, offer, 1 + most % 6, house.clock)
    wire.start(line)  # type: ignore[arg-type]
    _turn(wire, line, house)
    for number, part in enumerate(data[2:].split(bytes([ESC]))):
        _happens(part[:1] if number else b"", wire, line, house)
        _turn(wire, line, house)
        _arrives(part[1:] if number else part, wire, line, house)
        _turn(wire, line, house)
    _silence(wire, line, house)
    _settled(house)


def _arrives(data: bytes, wire: Wire, line: Line, house: House) -> None:
    if data and not line.aborted and not wire.ended:
        house.left_before = bytes(line.left)
        wire.data_received(data)
        house.check()


def _turn(wire: Wire, line: Line, house: House) -> None:
    """What the loop's next turns bring: the end of an aborted line, marks."""
    for _ in itertools.repeat(None, 20):
        if line.aborted and not wire.ended:
            wire.connection_lost(None)
        if not (house.at_once and house.asking):
            break
        house.answer(house.now + 60)
    house.check()


def _happens(event: bytes, wire: Wire, line: Line, house: House) -> None:
    match event:
        case b"g":
            house.answer(house.now + 60)
        case b"n":
            house.answer(0.0)
        case b"f":
            line.full = not line.aborted
        case b"r" if not wire.ended and not line.aborted:
            line.full = False
            line.drain()
        case b"h" if not wire.ended and not line.aborted:
            line.drain(keep=len(line.buffer) // 2)
        case b"t":
            house.now += 100
        case b"o":
            house.over = True
            house.ready.clear()
            wire.quit()
        case b"w":
            wire.wake()
        case b"e" if not wire.ended and not line.aborted:
            wire.connection_lost(None)
            line.aborted = True
        case b"x" if not wire.ended and not line.aborted:
            wire.connection_lost(ConnectionResetError(104, "Connection reset by peer"))
            line.aborted = True
        case b"a" if not wire.ended:
            wire.abort("no answer in time")


def _silence(wire: Wire, line: Line, house: House) -> None:
    """The relay says nothing more: the watchdog ends what waits for it, then we stop."""
    house.at_once = True
    _turn(wire, line, house)
    if not wire.ended:
        house.now += 10_000
        wire.abort(f"no answer to {wire.waits_for.upper()} in time" if wire.waits_for else "we stopped")
    _turn(wire, line, house)


def _settled(house: House) -> None:
    if house.closes != 1:
        raise Broken(f"the end was told {house.closes} times")
    for number in house.taken.keys() - house.refused - house.outcomes.keys():
        raise Broken(f"taken and without an outcome: {number}")
    for number, outcome in house.outcomes.items():
        if number not in house.granted and isinstance(outcome, Accepted | Unknown):
            raise Broken(f"{outcome} without a mark")
    if Counter(map(type, house.outcomes.values()))[Undeliverable] > 5:
        raise Broken("more outcomes than messages")


def _talk(*parts: bytes, conditions: int = PIPELINING | AT_ONCE | EIGHT_BIT | UTF8) -> bytes:
    return bytes([conditions, 5]) + b"".join(parts)


_CUT = bytes([ESC]) + b"c"
_OPEN = b"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 go on\r\n" + _CUT
_TAKEN = b"250 2.0.0 Ok: queued as 1\r\n"
_SEEDS = (
    _talk(_OPEN, *(_TAKEN + _OPEN,) * 4, _TAKEN + _CUT, b"221 bye\r\n"),
    _talk(_OPEN, _TAKEN, _CUT, b"250 ok\r\n", _CUT, b"550 5.1.1 no such user\r\n554 no valid recipients\r\n", _OPEN),
    _talk(b"250 ok\r\n550-5.1.1 nobody\r\n550 5.1.1 here\r\n354 go on\r\n", _CUT, b"554 nothing\r\n", _OPEN),
    _talk(_OPEN, b"451 4.7.1 later\r\n", _OPEN, b"421 4.3.2 closing\r\n"),
    _talk(b"452 4.5.3 too many\r\n503 no\r\n503 no\r\n", _CUT, b"250 reset\r\n" + _OPEN + _TAKEN),
    _talk(*(b"250 ok\r\n" + _CUT, b"250 ok\r\n" + _CUT, b"354 go\r\n" + _CUT, _TAKEN + _CUT) * 3, conditions=AT_ONCE | 12),
    _talk(b"\xf5g250 ok\r\n250 ok\r\n354 go\r\n\xf5g250 ok\r\n250 ok\r\n250 ok\r\n\xf5n354 go\r\n", conditions=PIPELINING | 12),
    _talk(b"250 ok\r\n250 ok\r\n\xf5n250 ok\r\n\xf5f354 go\r\n\xf5h\xf5e", conditions=PIPELINING | AT_ONCE | SMALL),
    _talk(_OPEN, _TAKEN, b"250 ok\r\n250 ok\r\n\xf5f354 go\r\n\xf5h552 5.3.4 too big\r\n\xf5r\xf5x"),
    _talk(b"421 4.7.0 too many errors\r\n", conditions=AT_ONCE | FEW),
    _talk(_OPEN, b"\xf5t", _TAKEN, b"\xf5o221 bye\r\n", conditions=PIPELINING | AT_ONCE | FEW),
)  # fmt: skip
_CODES = (
    220,
    221,
    250,
    251,
    252,
    334,
    354,
    421,
    450,
    451,
    452,
    500,
    503,
    530,
    550,
    552,
    554,
    0,
    199,
    600,
    999,
)
_TOKENS = (
    *(b"%d word\r\n" % code for code in _CODES),
    *(b"%d-word\r\n" % code for code in _CODES),
    *(bytes([ESC, event]) for event in b"cgnfrhtowexa"),
    b"550 5.1.1 no such user\r\n", b"550 host said: 550 ", b"said 550 ", b"5.7.1 ", b"4.7.0 rate ", b"r2@example.net ",
    b"<", b"@", b"daily ", b"250", b"25", b"-", b"250\r\n", b"\r\n", b"\xc3", b"\x00", b"a" * 500,
)  # fmt: skip
TARGET = Target("wire", one, _SEEDS, _TOKENS, most=200_000)
