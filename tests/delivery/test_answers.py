"""What a run makes of each answer: what it writes, whom it slows down or leaves, and when it stops; without a line."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from digest.delivery.answers import SLOWEST_GUESS, Asides
from digest.delivery.route import DENIED
from digest.errors import RelayError
from digest.model import DeliveryState, Message
from digest.outcomes import Accepted, Deferred, Lost, Refused, Rejected, Throttled, Undeliverable
from tests.delivery.alone import Case, Written
from tests.delivery.rows import Rows, compose

OK = Accepted(250, "2.0.0 ok")
NO = Refused(550, "5.7.1 no")
SLOW = Throttled(421, "4.7.0 too many", relay=False)
QUEUED = DeliveryState.QUEUED


def played(scenario: Callable[[], Any]) -> None:
    """Let *scenario* go on in a loop, then what it asked for; a callback that raises fails the test."""
    faults: list[dict[str, Any]] = []

    async def all_of_it() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: faults.append(context))
        scenario()
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(all_of_it())
    assert faults == []


def test_what_the_ledger_cannot_do_fails_the_run_only_where_it_is_vital() -> None:
    made: list[Asides] = []

    def fail(connection: Any) -> None:
        raise OSError("the disk is full")

    def scenario() -> None:
        for work, vital in [(fail, ""), (fail, "too many refuse us"), (lambda connection: None, "too many")]:
            made.append(Asides(Written(Rows([]))))
            made[-1].ask(work, vital=vital)

    played(scenario)
    assert [one.failed.what if one.failed else "" for one in made] == [
        "",
        "too many refuse us",
        "",
    ]
    assert [one._calls for one in made] == [set(), set(), set()], "a run of a million keeps none that is over"


def test_an_accepted_mail_is_written_counted_and_ends_a_run_of_complaints() -> None:
    def scenario() -> None:
        case = Case("a.example")
        case.main.denied, case.main.complaints = 3, {"b.example"}
        case.settle(OK, 1, 2)
        assert [(one.delivery, one.state, one.code, one.reply, one.relay) for one in case.ledger.settled] == [
            (number, DeliveryState.SENT, 250, "2.0.0 ok", "main") for number in (1, 2)
        ]
        assert (case.main.accepted, case.main.denied, case.main.complaints) == (2, 0, set())
        assert case.answers.lanes.accepted == {"a.example": 2}
        assert case.answers.counts == {DeliveryState.SENT: 2}
        assert set(case.answers.rows) == set(range(3, 101))
        case.settle(OK, 1)  # it is not ours any more
        assert len(case.ledger.settled) == case.main.accepted == 2

    played(scenario)


def test_a_line_that_is_lost_is_the_relays_and_its_row_goes_back() -> None:
    def scenario() -> None:
        case = Case("a.example")
        case.settle(Lost("reset"), 1)
        assert (case.main.fell, case.main.why) == (True, "reset")
        assert case.states() == [(1, QUEUED)]
        assert case.answers.counts == {}
        case.main.fell = False
        case.settle(Lost("away"), 500)  # not ours: the line is away all the same
        assert (case.main.fell, case.main.why, len(case.states())) == (True, "away", 1)

    played(scenario)


def test_a_mail_that_loses_the_line_counts_against_itself_only_where_others_passed_since() -> None:
    def scenario() -> None:
        case, inside = Case("a.example"), Lost("reset", inside=True)
        row = case.answers.rows[1]

        def lost() -> int:
            case.answers.rows[1] = row
            case.settle(inside, 1)
            return case.ledger.settled[-1].losses

        assert [lost(), lost()] == [1, 0]  # nothing passed between the two: it may be the relay
        case.settle(OK, 2)
        assert [lost(), lost()] == [1, 0]
        case.answers.rows[1] = row
        case.settle(OK, 1)
        case.main.accepted = 1  # as many as at its last loss, which is forgotten
        assert lost() == 1

    played(scenario)


def test_rows_that_no_relay_has_seen_go_back_and_cost_nothing() -> None:
    def scenario() -> None:
        case = Case("a.example")
        case.answers.back(case.main, 1, "its provider is halted")
        case.answers.back(case.main, 999, "not ours")
        (one,) = case.ledger.settled
        assert (one.delivery, one.state, one.reply, one.attempts, one.relay) == (
            1,
            QUEUED,
            "its provider is halted",
            0,
            "main",
        )
        assert not case.answers.empty.is_set()

    played(scenario)


def test_all_that_waits_for_a_relay_is_given_back_wherever_it_waits() -> None:
    async def made(*messages: Message) -> deque[Message]:
        return deque(messages)

    async def broken() -> deque[Message]:
        raise OSError("its mail was not made")

    async def all_of_it() -> None:
        case = Case("a.example")
        mails = [one for one in compose(list(case.answers.rows.values())[:9]) if isinstance(one, Message)]
        case.main.batch.extend(mails[:2])
        case.main.parked |= {"a.example": deque(mails[2:4]), "b.example": deque(mails[4:5])}
        case.main.claimed.extend([case.answers.rows[6], case.answers.rows[7]])
        done, bad = asyncio.ensure_future(made(mails[7])), asyncio.ensure_future(broken())
        open_ = asyncio.get_running_loop().create_future()
        await asyncio.wait([done, bad])
        case.main.upcoming.extend([done, bad, open_])  # type: ignore[list-item]
        case.answers.give_back(case.main, "the relay is away")
        assert sorted(number for number, _ in case.states()) == [1, 2, 3, 4, 5, 6, 7, 8]
        assert {one.reply for one in case.ledger.settled} == {"the relay is away"}
        assert list(case.main.upcoming) == [open_]
        open_.cancel()
        case.answers.give_back(case.main, "again")
        assert len(case.states()) == 8

    asyncio.run(all_of_it())


def test_it_is_known_when_nothing_is_held_any_more() -> None:
    def scenario() -> None:
        for last in ("settled", "given back", "refused", "undecided"):
            case = Case("a.example")
            case.answers.rows = {one: case.answers.rows[one] for one in (1, 2)}
            for number in (1, 2):
                assert not case.answers.empty.is_set()
                match last:
                    case "settled":
                        case.settle(OK, number)
                    case "given back":
                        case.answers.back(case.main, number, "")
                    case "refused":
                        case.ledger.refused(number)
                    case "undecided":
                        case.ledger.undecided(number)
            assert case.answers.empty.is_set()
            assert case.answers.rows == {}

    played(scenario)


def test_a_row_whose_mark_was_refused_is_written_elsewhere_and_an_undecided_one_is_asked_for_again() -> None:
    def scenario() -> None:
        case = Case("a.example")
        case.ledger.refused(1)
        assert (case.states(), 1 in case.answers.rows) == ([], False)
        case.ledger.undecided(2)
        case.ledger.undecided(999)
        assert [(one.delivery, one.state, one.reply) for one in case.ledger.settled] == [
            (2, QUEUED, "the ledger could not say")
        ]

    played(scenario)


def test_a_provider_that_asks_for_less_gets_half_of_what_it_took_and_the_relay_goes_on() -> None:
    def scenario() -> None:
        case = Case("a.example", "b.example")
        case.settle(OK, *range(1, 81))
        case.at += 2
        case.settle(SLOW, 81)
        assert case.answers.lanes.rate("a.example") == 20.0
        case.settle(SLOW, 101)  # who took nothing yet gets half of the least guess
        assert case.answers.lanes.rate("b.example") == SLOWEST_GUESS / 2 == 5.0
        assert case.main.complaints == {"a.example", "b.example"}
        assert (case.main.denied, case.main.pace.rate) == (0, 0.0)

    played(scenario)


def test_a_provider_that_has_troubles_of_its_own_gets_no_pace() -> None:
    def scenario() -> None:
        case = Case("a.example")
        case.settle(Throttled(451, "4.3.0 busy", relay=False), 1)
        assert not case.answers.lanes
        assert case.main.complaints == {"a.example"}

    played(scenario)


def test_where_three_providers_in_a_row_ask_for_less_it_is_the_relay() -> None:
    def scenario() -> None:
        case = Case("a.example", "b.example", "c.example")
        case.settle(SLOW, 1, 101)
        assert case.main.denied == 0
        case.settle(SLOW, 201)
        assert (case.main.denied, case.main.why) == (1, "421 4.7.0 too many")
        assert case.main.pace.rate == SLOWEST_GUESS / 2
        single = Case("", "x.example")
        single.settle(SLOW, 1)  # a single mail's provider is the domain of its address
        assert single.main.complaints == {"example.net"}
        assert not single.answers.lanes

    played(scenario)


def test_a_relay_that_throttles_is_slowed_and_twenty_times_in_a_row_it_is_left() -> None:
    def scenario() -> None:
        case = Case("a.example")
        waiting = [
            one for one in compose(list(case.answers.rows.values())[50:52]) if isinstance(one, Message)
        ]
        case.main.batch.extend(waiting)
        busy = Throttled(451, "4.3.0 busy")
        case.settle(busy, *range(1, DENIED))
        assert (case.main.denied, case.main.pace.rate, len(case.main.batch)) == (19, 0.0, 2)
        case.settle(busy, DENIED)
        assert case.main.down
        assert len(case.main.batch) == 0
        assert case.states()[-3][0] == 51
        case = Case("a.example")
        case.main.accepted = 600
        case.at += 10
        case.settle(Throttled(421, "4.7.0 slow down"), 1)
        assert (case.main.pace.rate, case.main.complaints) == (30.0, set())

    played(scenario)


@pytest.mark.parametrize(
    ("accepted", "seconds", "measured"), [(0, 0.0, 10.0), (30, 0.5, 30.0), (30, 2.0, 15.0), (5, 0.0, 10.0)]
)
def test_what_a_relay_takes_is_measured_over_a_second_at_least(
    accepted: int, seconds: float, measured: float
) -> None:
    def scenario() -> None:
        case = Case("a.example")
        case.main.accepted = accepted
        case.at += seconds
        assert case.answers.measured(case.main) == measured

    played(scenario)


def test_an_answer_that_is_final_is_counted_by_its_state() -> None:
    def scenario() -> None:
        case = Case("a.example")
        case.settle(OK, 1, 2)
        case.settle(Rejected(550, "5.1.1 nobody"), 3)
        case.settle(Undeliverable("too big"), 4)
        case.settle(Deferred(451, "later"), 5)
        assert case.answers.counts == {
            DeliveryState.SENT: 2,
            DeliveryState.FAILED: 1,
            DeliveryState.UNDELIVERABLE: 1,
        }

    played(scenario)


def test_a_provider_that_refuses_is_left_out_and_the_others_get_their_mail() -> None:
    case: list[Case] = []

    def scenario() -> None:
        case.append(Case("a.example", "b.example"))
        for number in range(1, 21):
            case[0].settle(OK, 100 + number)
            case[0].settle(NO, number)

    played(scenario)
    (one,) = case
    assert list(one.queue.left_out) == ["a.example"]
    assert one.queue.left_out["a.example"].endswith("the last: 550 5.7.1 no")
    assert (one.ledger.closed, one.queue.stopped, one.main.failed) == (False, "", None)


def test_where_everybody_refuses_the_edition_is_halted_once_and_no_mark_is_granted() -> None:
    case: list[Case] = []

    def scenario() -> None:
        case.append(Case("a.example", "b.example"))
        for number in range(1, 13):
            case[0].settle(NO, number, 100 + number)

    played(scenario)
    (one,) = case
    assert one.ledger.closed
    assert one.queue.stopped == "0 of the last 20 mails were accepted; the last: 550 5.7.1 no"
    assert one.main.failed is None
    assert one.answers.asides.failed is None


def test_of_two_relays_the_one_that_all_refuse_is_left_and_the_other_goes_on() -> None:
    case: list[Case] = []

    def scenario() -> None:
        case.append(Case("a.example", "b.example", names=("main", "second")))
        for number in range(1, 12):
            case[0].settle(OK, 30 + number, 130 + number, route=1)
            case[0].settle(NO, number, 100 + number)

    played(scenario)
    (one,) = case
    assert list(one.queue.left_out) == ["relay main"]
    assert isinstance(one.main.failed, RelayError)
    assert one.main.failed.where == "relays.main"
    assert one.main.why == "0 of the last 20 mails were accepted; the last: 550 5.7.1 no"
    assert (one.ledger.closed, one.routes[1].failed) == (False, None)
