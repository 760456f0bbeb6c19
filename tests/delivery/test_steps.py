"""The steps of a message on a connection: every pair of step and event, in the table and on a connection itself."""

from itertools import product

import pytest

from digest.delivery.transports.smtp.commands import Offer
from digest.delivery.transports.smtp.steps import (
    STEPS,
    WITHDRAWN,
    Act,
    Event,
    OutOfTurnError,
    Step,
)
from digest.delivery.transports.smtp.wire import Cause, End, Wire
from digest.outcomes import Lost
from tests.fuzz.targets.wire import House, Line

PAIRS = [(step, event) for step, event in product(Step, Event)]
OURS = {  # what has been granted or said by each step; a body needs both
    Step.GRANTED: "mark",
    Step.AWAITED: "go",
}
EMPTY = (Step.RESTING, Step.SOILED)


@pytest.mark.parametrize(("step", "event"), PAIRS)
def test_every_pair_leads_on_as_the_promises_allow_or_cannot_be(step: Step, event: Event) -> None:
    if step not in STEPS[event]:
        with pytest.raises(OutOfTurnError, match=f"{event} while a message is {step}"):
            STEPS[event][step]
        return
    to, act = STEPS[event][step]
    if act is Act.BODY:  # only with the mark and the go-ahead
        assert (OURS.get(step), event) in {("mark", Event.GO), ("go", Event.GRANT)}
    if step in WITHDRAWN:  # what was taken back stays so, until its connection is rid of it
        assert to in {*WITHDRAWN, *EMPTY}
        assert act in {Act.NOTHING, Act.CUT, Act.LONE_DOT, Act.FORGET}
    assert (step in EMPTY) <= (event is Event.TAKE)  # nothing happens to a message that is not there
    assert (event is Event.TAKE) <= (step in EMPTY)  # nor is there a second one
    if step in {Step.DENIED, Step.DENIED_REVOKED} and to in EMPTY:
        assert to is Step.SOILED  # the relay still has a transaction open


def test_every_step_is_come_to_and_left() -> None:
    after = {move.to for moves in STEPS.values() for move in moves.values()}
    before = {step for moves in STEPS.values() for step in moves}
    assert after == before == set(Step)


# ---------------------------------------------------------------------------- a connection goes by the table

BY_STEP = {  # how a connection that sends one command at a time comes to the step: G and R are marks
    Step.TAKEN: "",
    Step.TAKEN_SOILED: "G 250 550",  # the first is refused, and the second waits for its mark
    Step.GRANTED: "G",
    Step.DENIED: "",
}
TOGETHER = {  # the second message, whose commands came with the first one's body, or its own first answers
    Step.RESTING: "none",
    Step.SOILED: "one G 550 250 503",
    Step.ASKED: "G 250 250 354",
    Step.AWAITED: "G 250 250 354 250 250 250 354",
    Step.REVOKED: "G 250 250 354 R",
    Step.DENIED: "G 250 250 354 250 550",
    Step.DENIED_REVOKED: "G 250 250 354 250 550 R",
}
ANSWERS = {Event.GO: "354", Event.DENY: "550", Event.GRANT: "G", Event.REVOKE: "R"}


def played(word: str, wire: Wire, house: House) -> None:
    if word in "GR":
        house.answer(house.now + 60 if word == "G" else 0.0)
    else:
        house.left_before = bytes(house.line.left)
        wire.data_received(f"{word} words\r\n".encode())


def at(step: Step) -> tuple[House, Wire]:
    """Return a connection that is at *step*."""
    together = step in TOGETHER
    house = House(0, Line())
    words = (TOGETHER if together else BY_STEP)[step].split()
    if words[:1] in (["none"], ["one"]):
        del house.ready[0 if words.pop(0) == "none" else 1 :]
    wire = Wire(house, Offer(pipelining=together, eight_bit=True, utf8=True), 9, house.clock)
    wire.start(house.line)  # type: ignore[arg-type]
    for word in words:
        played(word, wire, house)
    assert wire.step is step
    assert not house.line.aborted
    return house, wire


@pytest.mark.parametrize(("step", "event"), [pair for pair in PAIRS if pair[1] in ANSWERS])
def test_a_connection_at_each_step_does_at_each_event_what_the_table_says(step: Step, event: Event) -> None:
    house, wire = at(step)
    asked, before, due = bool(house.asking), len(house.line.left), wire.waits_for
    bodies = sum(message.content in house.line.left for message in house.taken.values())
    if event in {Event.GRANT, Event.REVOKE} and not asked:
        return  # there is nobody whom the ledger could answer
    while wire.waits_for in {"dot", "rset", "mail", "rcpt"} and event is Event.GO:
        played("250", wire, house)
    played(ANSWERS[event], wire, house)
    now = sum(message.content in house.line.left for message in house.taken.values())
    if step not in STEPS[event]:
        assert house.line.aborted or not due  # it cannot come: the relay says what nobody asked
        return
    act = STEPS[event][step].act
    assert (now > bodies) is (act is Act.BODY)
    assert house.line.aborted is (act is Act.CUT)
    if act is Act.FLUSH:
        assert len(house.line.left) > before
    if act is Act.LONE_DOT:
        assert house.line.left.endswith(b"\r\n.\r\n")


def test_a_line_that_is_lost_tells_what_becomes_of_each_step() -> None:
    for step in Step:
        house, wire = at(step)
        ahead, told = wire.ahead, dict(house.outcomes)
        wire.connection_lost(None)
        if ahead is None or step in WITHDRAWN:
            assert {number for number in house.outcomes if number not in told} <= {1}
        elif step is Step.DENIED:
            assert not isinstance(house.outcomes[ahead.delivery], Lost)
        else:
            assert isinstance(house.outcomes[ahead.delivery], Lost)
        assert house.closes == 1


def test_the_relays_words_do_not_decide_how_its_next_connection_goes() -> None:
    """A relay that says "out of step" in an orderly good-bye is not out of step."""
    ends: list[End] = []

    class Noting(House):
        def closed(self, wire: Wire, end: End) -> None:
            ends.append(end)

    for words, cause in (
        (b"421 4.3.2 out of step, closing", Cause.TROUBLE),
        (b"354 go on", Cause.OUT_OF_STEP),
    ):
        house = Noting(0, Line())
        wire = Wire(house, Offer(), 9, house.clock)
        wire.start(house.line)  # type: ignore[arg-type]
        house.answer(house.now + 60)
        wire.data_received(words + b"\r\n")
        wire.connection_lost(None)
        assert ends.pop().cause is cause
