"""The protocol alone, against a transport whose kernel can be full and a clock that is set."""

from typing import Any

import pytest

from digest.delivery.transports.smtp.commands import Offer
from digest.delivery.transports.smtp.wire import End, Wire
from digest.outcomes import Accepted, Deferred, Lost, Rejected, Throttled, Undeliverable, Unknown
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
@pytest.mark.parametrize("number", [1, 2])
def test_what_is_said_while_the_dot_is_still_ours_never_means_accepted(
    house: House, answer: bytes, kind: type, number: int
) -> None:
    del house.ready[: number - 1]  # the second is larger than what may wait behind a dot
    wire = Wire(house, OFFER, 5, house.clock)
    wire.start(house.line)  # type: ignore[arg-type]
    house.answer(house.now + 60)
    said(wire, house, b"250 ok\r\n250 ok\r\n")
    house.line.full = True
    said(wire, house, b"354 go on\r\n")
    said(wire, house, answer)
    assert house.line.aborted  # so that its dot never leaves
    wire.connection_lost(None)
    if number == 1 and kind is Lost:
        kind = Unknown  # we do not know how much of a small one is out
    assert isinstance(house.outcomes[number], kind)


def test_the_words_of_an_answer_are_one_line_of_bounded_length(wire: Wire, house: House) -> None:
    said(wire, house, OPEN)
    said(wire, house, b"250-\x1b[2Ja\x00b\r\n" * 90 + b"250 " + b"c" * 30_000 + b"\r\n")
    outcome = house.outcomes[1]
    assert isinstance(outcome, Accepted)
    assert outcome.reply.isprintable()
    assert len(outcome.reply) <= 2_000


# ---------------------------------------------------------------------------- the order of what is written


class Written:
    """What was written since the last look, by line; bodies are left out."""

    def __init__(self, house: House) -> None:
        self.line = house.line
        self.seen = 0

    @property
    def new(self) -> list[bytes]:
        lines = bytes(self.line.left[self.seen :]).split(b"\r\n")
        self.seen = len(self.line.left)
        return [line[:4] for line in lines if line[:4] in (b"MAIL", b"RCPT", b"DATA", b".", b"RSET", b"QUIT")]


@pytest.fixture
def written(house: House) -> Written:
    return Written(house)


def stepping(house: House, ready: int = 5) -> Wire:
    """A connection to a relay without PIPELINING."""
    del house.ready[ready:]
    wire = Wire(house, Offer(eight_bit=True, utf8=True), 9, house.clock)
    wire.start(house.line)  # type: ignore[arg-type]
    house.answer(house.now + 60)
    return wire


def test_the_next_ones_commands_ride_on_the_body_before_it(
    wire: Wire, house: House, written: Written
) -> None:
    assert written.new == [b"MAIL", b"RCPT", b"DATA"]
    said(wire, house, OPEN)
    assert written.new == [b".", b"MAIL", b"RCPT", b"DATA"]
    assert wire.waits_for == "dot"


def test_without_pipelining_each_command_waits_for_the_answer_to_the_one_before(
    house: House, written: Written
) -> None:
    wire = stepping(house)
    steps = [(b"MAIL", b"250 ok"), (b"RCPT", b"250 ok"), (b"DATA", b"354 go on"), (b".", b"250 taken")]
    for command, answer in steps * 2:
        assert written.new == [command]
        said(wire, house, answer + b"\r\n")
        house.answer(house.now + 60)
    assert list(house.outcomes) == [1, 2]


def test_behind_a_refusal_the_next_begins_with_a_reset_also_where_a_mark_is_refused_meanwhile(
    house: House, written: Written
) -> None:
    wire = stepping(house)
    assert written.new == [b"MAIL"]
    said(wire, house, b"250 ok\r\n")
    said(wire, house, b"550 5.1.1 no such user\r\n")
    assert house.outcomes == {1: Rejected(550, "5.1.1 no such user")}
    assert written.new == [b"RCPT"]
    house.answer(0.0)  # the second's mark
    assert written.new == []
    house.answer(house.now + 60)
    assert written.new == [b"RSET"]
    said(wire, house, b"250 ok\r\n")
    assert written.new == [b"MAIL"]


def test_a_refused_mark_alone_needs_no_reset(house: House, written: Written) -> None:
    wire = Wire(house, OFFER, 5, house.clock)
    wire.start(house.line)  # type: ignore[arg-type]
    house.answer(0.0)
    house.answer(house.now + 60)
    assert written.new == [b"MAIL", b"RCPT", b"DATA"]


@pytest.mark.parametrize(("offer", "pipelining"), [(OFFER, True), (Offer(), False)])
def test_a_refused_recipient_is_told_and_its_354_gets_a_dot_that_belongs_to_nobody(
    house: House, offer: Offer, pipelining: bool, written: Written
) -> None:
    wire = Wire(house, offer, 5, house.clock)
    wire.start(house.line)  # type: ignore[arg-type]
    house.answer(house.now + 60)
    said(wire, house, b"250 ok\r\n550 5.1.1 no such user\r\n")
    assert (house.outcomes == {}) is pipelining  # for the answer to DATA is due
    if pipelining:
        assert wire.waits_for == "data"
        assert written.new == [b"MAIL", b"RCPT", b"DATA"]
        said(wire, house, b"354 go on\r\n")
        assert written.new == [b"."]
        assert wire.waits_for == "lone"
        said(wire, house, b"554 5.5.1 no valid recipients\r\n")
    assert house.outcomes == {1: Rejected(550, "5.1.1 no such user")}


@pytest.mark.parametrize("answer", [b"200 taken", b"250 taken", b"251 forwarded"])
def test_every_answer_of_success_to_a_dot_is_one(wire: Wire, house: House, answer: bytes) -> None:
    said(wire, house, OPEN)
    said(wire, house, answer + b"\r\n")
    assert isinstance(house.outcomes[1], Accepted)


# ---------------------------------------------------------------------------- TLS, rest and end


class Sealed(Line):
    """TLS is in it; notes in how many pieces a body was written."""

    sealed = True

    def __init__(self) -> None:
        super().__init__()
        self.pieces = 0

    def get_extra_info(self, name: str) -> Any:
        return object() if self.sealed and name == "sslcontext" else None

    def writelines(self, parts: tuple[bytes, ...]) -> None:
        self.pieces = len(parts)
        super().writelines(parts)


class Plain(Sealed):
    sealed = False


@pytest.mark.parametrize("kind", [Sealed, Plain])
def test_a_body_is_one_piece_under_tls_and_is_not_copied_without(kind: type[Sealed]) -> None:
    line = kind()
    house = House(AT_ONCE, line)
    wire = Wire(house, OFFER, 5, house.clock)
    wire.start(line)  # type: ignore[arg-type]
    house.answer(house.now + 60)
    said(wire, house, OPEN)
    assert line.pieces == (1 if kind is Sealed else 3)  # the head, the body, and the dot with what follows


def test_a_connection_that_rests_or_is_down_is_owed_nothing(house: House) -> None:
    wire = stepping(house, ready=1)
    assert wire.waits_for == "mail"
    for answer in (b"250 ok", b"250 ok", b"354 go on", b"250 taken"):
        said(wire, house, answer + b"\r\n")
    assert wire.waits_for == ""
    wire.quit()
    assert wire.waits_for == "quit"
    wire.connection_lost(None)
    assert wire.waits_for == ""


class Judging(House):
    """Notes whether the end of the connection was trouble."""

    trouble: bool | None = None

    def closed(self, wire: Wire, end: End) -> None:
        super().closed(wire, end)
        self.trouble = end.trouble


@pytest.mark.parametrize(
    ("before", "trouble"),
    [
        (b"", True),  # it never took one
        (OPEN, True),  # the dot was out
        (OPEN + b"|250 taken\r\n", False),  # it took some, and owes us nothing
        (OPEN + b"|250 taken\r\n|" + OPEN, True),
        (b"550 5.7.1 no\r\n", False),  # it has spoken
    ],
)
def test_the_end_of_a_line_is_trouble_where_a_dot_was_out_or_nothing_was_ever_taken(
    before: bytes, trouble: bool
) -> None:
    house = Judging(AT_ONCE, Line())
    wire = Wire(house, OFFER, 5, house.clock)
    wire.start(house.line)  # type: ignore[arg-type]
    for data in before.split(b"|"):
        house.answer(house.now + 60)
        said(wire, house, data)
    house.answer(house.now + 60)
    wire.connection_lost(None)
    assert house.trouble is trouble


@pytest.mark.parametrize(("code", "trouble"), [(421, False), (451, True), (422, True)])
def test_a_relay_that_closes_a_resting_line_says_421_and_nothing_else_is_in_order(
    code: int, trouble: bool
) -> None:
    house = Judging(AT_ONCE, Line())
    wire = stepping(house, ready=1)
    for answer in (b"250 ok", b"250 ok", b"354 go on", b"250 taken"):
        said(wire, house, answer + b"\r\n")
    said(wire, house, b"%d 4.4.2 idle for too long\r\n" % code)
    assert house.line.aborted
    wire.connection_lost(None)
    assert house.trouble is trouble


def test_a_message_that_the_relay_cannot_carry_is_told_and_the_next_goes(house: House) -> None:
    wire = Wire(house, Offer(pipelining=True, size=100, eight_bit=True, utf8=True), 5, house.clock)
    del house.ready[0]
    wire.start(house.line)  # type: ignore[arg-type]
    assert list(house.outcomes) == [2]
    assert isinstance(house.outcomes[2], Undeliverable)
    house.answer(house.now + 60)
    assert house.granted == {3}


def judged() -> tuple[Judging, Wire]:
    house = Judging(AT_ONCE, Line())
    wire = Wire(house, OFFER, 5, house.clock)
    wire.start(house.line)  # type: ignore[arg-type]
    house.answer(house.now + 60)
    return house, wire


def test_a_mark_that_is_refused_behind_its_354_cuts_the_line_and_that_is_no_trouble() -> None:
    house, wire = judged()
    said(wire, house, OPEN)
    said(wire, house, b"250 taken\r\n" + OPEN)
    assert not house.line.aborted
    house.answer(0.0)  # the second's
    assert house.line.aborted  # a lone dot would mail nothing to a reader
    wire.connection_lost(None)
    assert list(house.outcomes) == [1]
    assert house.trouble is False


def test_a_mark_that_has_become_too_old_sends_nothing_and_that_is_not_the_relays_trouble() -> None:
    house, wire = judged()
    house.now += 61
    said(wire, house, OPEN)
    assert house.line.aborted
    assert b"Subject: 1" not in house.line.left
    wire.connection_lost(None)
    assert isinstance(house.outcomes[1], Lost)
    assert house.trouble is False


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [(b"421 4.3.2 closing", False), (b"250 taken|421 4.3.2 closing", False), (b"??", True)],
)
def test_whether_the_end_of_a_line_that_we_cut_is_trouble_is_told_by_its_cause(
    answer: bytes, trouble: bool
) -> None:
    house, wire = judged()
    said(wire, house, OPEN)
    for line in answer.split(b"|"):
        house.answer(house.now + 60)
        said(wire, house, line + b"\r\n")
    assert house.line.aborted
    wire.connection_lost(None)
    assert house.trouble is trouble


# ---------------------------------------------------------------------------- bounds


@pytest.mark.parametrize(
    ("data", "aborted"),
    [
        (b"x", False),
        (b"2" * 32_768, False),
        (b"2" * 32_769, True),  # a line without an end
        (b"250-ok\r\n" * 101, False),
        (b"250-ok\r\n" * 102, True),  # an answer without an end
        (b"25 ok\r\n", True),
        (b"abc ok\r\n", True),
        (b"250_ok\r\n", True),
        (b"\r\n", True),
    ],
)
def test_what_is_no_answer_ends_the_line(wire: Wire, house: House, data: bytes, aborted: bool) -> None:
    said(wire, house, data)
    assert house.line.aborted is aborted


@pytest.mark.parametrize(
    ("before", "answer", "aborted"),
    [
        (b"", b"200 ok", False),
        (b"", b"299 ok", False),
        (b"", b"250", False),
        (b"", b"199 ok", True),
        (b"", b"300 ok", True),
        (b"", b"354 ok", True),
        (b"", b"399 ok", True),
        (b"", b"400 no", False),
        (b"", b"599 no", False),
        (b"250 ok\r\n", b"250 ok", False),
        (b"250 ok\r\n", b"354 ok", True),
        (b"250 ok\r\n250 ok\r\n", b"250 ok", True),
        (b"250 ok\r\n250 ok\r\n", b"355 ok", True),
        (b"250 ok\r\n250 ok\r\n", b"399 ok", True),
        (b"250 ok\r\n250 ok\r\n", b"400 no", False),
        (OPEN + b"|", b"199 taken", True),
        (OPEN + b"|", b"200 taken", False),
        (OPEN + b"|", b"299 taken", False),
        (OPEN + b"|", b"300 taken", True),
        (OPEN + b"|", b"399 taken", True),
        (OPEN + b"|", b"400 no", False),
        (OPEN + b"|", b"599 no", False),
        (OPEN + b"|", b"600 no", True),
    ],
)
def test_an_answer_that_its_command_cannot_have_ends_the_line(
    wire: Wire, house: House, before: bytes, answer: bytes, aborted: bool
) -> None:
    for data in (before or b"").split(b"|"):
        if data:
            said(wire, house, data)
    said(wire, house, answer + b"\r\n")
    assert house.line.aborted is aborted


@pytest.mark.parametrize(
    ("answer", "aborted"), [(b"249 no", True), (b"250 ok", False), (b"259 ok", False), (b"260 ok", True)]
)
def test_an_answer_to_a_reset_is_of_its_own_kind(house: House, answer: bytes, aborted: bool) -> None:
    wire = stepping(house)
    said(wire, house, b"550 5.1.1 no\r\n")
    house.answer(house.now + 60)
    assert wire.waits_for == "rset"
    said(wire, house, answer + b"\r\n")
    assert house.line.aborted is aborted


@pytest.mark.parametrize(("late", "sent"), [(0.0, True), (0.1, False)])
def test_a_mark_holds_to_its_last_moment(wire: Wire, house: House, late: float, sent: bool) -> None:
    house.now += 60 + late
    said(wire, house, OPEN)
    assert (b"Subject: 1" in house.line.left) is sent


@pytest.mark.parametrize("most", [1, 2, 3])
def test_after_so_many_messages_it_says_good_bye(house: House, written: Written, most: int) -> None:
    wire = Wire(house, OFFER, most, house.clock)
    wire.start(house.line)  # type: ignore[arg-type]
    house.answer(house.now + 60)
    for _ in range(most):
        said(wire, house, OPEN)
        house.answer(house.now + 60)
        said(wire, house, b"250 taken\r\n")
    assert (list(house.outcomes), wire.waits_for) == (list(range(1, most + 1)), "quit")
    assert written.new.count(b"MAIL") == most
    said(wire, house, b"221 bye\r\n")
    assert house.line.aborted
    wire.connection_lost(None)
    assert house.closes == 1


def test_a_line_of_an_answer_is_kept_up_to_what_a_line_may_have(wire: Wire, house: House) -> None:
    said(wire, house, b"550 5.1.1 " + b"x" * 600 + b"\r\n")
    said(wire, house, b"550 no\r\n554 no\r\n")
    outcome = house.outcomes[1]
    assert isinstance(outcome, Rejected | Throttled)
    assert outcome.reply == ("5.1.1 " + "x" * 600)[:512]


@pytest.mark.parametrize(
    ("answers", "end"),
    [
        (OPEN + b"|250 taken\r\n|421 4.4.2 idle\r\n", False),  # it took one: it may go
        (b"421 4.3.2 busy\r\n", True),
        (b"250 ok\r\n421 4.3.2 busy\r\n", True),
    ],
)
def test_a_relay_that_closes_before_it_took_anything_is_in_trouble(answers: bytes, end: bool) -> None:
    house, wire = judged()
    for data in answers.split(b"|"):
        said(wire, house, data)
        house.answer(house.now + 60)
    assert house.line.aborted
    wire.connection_lost(None)
    assert house.trouble is end
    if end:
        assert house.outcomes == {1: Throttled(421, "4.3.2 busy", relay=house.outcomes[1].relay)}  # type: ignore[union-attr]


def test_a_relay_that_closes_for_our_speed_after_some_mails_is_heard() -> None:
    for words, heard in [("4.7.0 too many messages, slow down", True), ("4.3.2 going down", False)]:
        house, wire = judged()
        said(wire, house, OPEN)
        house.answer(house.now + 60)
        said(wire, house, b"250 taken\r\n421 " + words.encode() + b"\r\n")
        wire.connection_lost(None)
        assert isinstance(house.outcomes[2], Throttled if heard else Lost), words


def test_what_becomes_of_a_mail_whose_line_is_lost_says_why() -> None:
    for fault, why in [
        (OSError("reset"), "the line was lost: reset"),
        (None, "the relay closed the connection"),
    ]:
        house, wire = judged()
        said(wire, house, OPEN)
        house.answer(house.now + 60)
        wire.connection_lost(fault)
        assert house.outcomes == {1: Unknown(why), 2: Lost(why)}
        assert (wire.ended, wire.sent, wire.ahead) == (True, None, None)


@pytest.mark.parametrize(
    "answers", [OPEN + b"|503 5.5.1 nested MAIL\r\n", b"250 ok\r\n503 5.5.1 no MAIL\r\n503 5.5.1 no RCPT\r\n"]
)
def test_a_relay_that_calls_a_right_command_wrong_is_out_of_step(
    wire: Wire, house: House, answers: bytes
) -> None:
    for data in answers.split(b"|"):
        assert not house.line.aborted
        said(wire, house, data)
    assert house.line.aborted
    assert isinstance(house.outcomes[1], Deferred)


def test_the_watchdog_counts_from_what_was_written_or_read_last(wire: Wire, house: House) -> None:
    house.now = 5.0
    said(wire, house, OPEN)
    assert wire.since == 5.0
    house.now = 8.0
    said(wire, house, b"250 taken\r\n")
    assert wire.since == 8.0
    wire.pause_writing()
    house.now = 9.0
    wire.resume_writing()
    assert wire.since == 9.0
