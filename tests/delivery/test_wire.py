"""The protocol alone, against a transport whose kernel can be full and a clock that is set."""

import pytest

from digest.delivery.transports._commands import Offer
from digest.delivery.transports._wire import Wire
from digest.outcomes import Accepted, Deferred, Lost, Rejected, Undeliverable
from tests.fuzz.targets.wire import AT_ONCE, House, Line

OFFER = Offer(pipelining=True, eight_bit=True, utf8=True)
OPEN = b"250 ok\r\n250 ok\r\n354 go on\r\n"


@pytest.fixture
def house() -> House:
    return House(AT_ONCE, Line())


@pytest.fixture
def wire(house: House) -> Wire:
    made = Wire(house, OFFER, 5, house.clock)
    made.start(house.line)  # type: ignore[arg-type]
    house.answer(house.now + 60)
    return made


def said(wire: Wire, house: House, data: bytes) -> None:
    house.left_before = bytes(house.line.left)
    wire.data_received(data)


def test_an_answer_has_the_time_of_one_answer_in_however_many_lines_it_comes(
    wire: Wire, house: House
) -> None:
    for house.now in (30.0, 60.0, 90.0):
        said(wire, house, b"250-wait\r\n")
        assert wire.since < 30
    said(wire, house, b"250 ok\r\n")
    assert wire.since == 90


def test_a_refusal_counts_although_the_line_goes_down_behind_it(wire: Wire, house: House) -> None:
    said(wire, house, b"250 ok\r\n550 5.1.1 no such user\r\n")
    wire.connection_lost(None)
    assert house.outcomes == {1: Rejected(550, "5.1.1 no such user")}


def test_a_250_that_came_with_the_354_is_for_nothing(wire: Wire, house: House) -> None:
    said(wire, house, OPEN + b"250 taken\r\n")
    assert house.line.aborted
    wire.connection_lost(None)
    assert isinstance(house.outcomes[1], Lost)
    assert b"Subject: 1" not in house.line.left


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(b"250 taken\r\n", Lost), (b"552 5.3.4 too big\r\n", Undeliverable), (b"451 later\r\n", Deferred)],
)
def test_what_is_said_while_the_dot_is_still_ours_never_means_accepted(
    house: House, answer: bytes, kind: type
) -> None:
    house.ready.pop(0)  # the second is larger than what may wait behind a dot
    wire = Wire(house, OFFER, 5, house.clock)
    wire.start(house.line)  # type: ignore[arg-type]
    house.answer(house.now + 60)
    said(wire, house, b"250 ok\r\n250 ok\r\n")
    house.line.full = True
    said(wire, house, b"354 go on\r\n")
    said(wire, house, answer)
    assert house.line.aborted  # so that its dot never leaves
    wire.connection_lost(None)
    assert isinstance(house.outcomes[2], kind)


def test_the_words_of_an_answer_are_one_line_of_bounded_length(wire: Wire, house: House) -> None:
    said(wire, house, OPEN)
    said(wire, house, b"250-\x1b[2Ja\x00b\r\n" * 90 + b"250 " + b"c" * 30_000 + b"\r\n")
    outcome = house.outcomes[1]
    assert isinstance(outcome, Accepted)
    assert outcome.reply.isprintable()
    assert len(outcome.reply) <= 2_000
