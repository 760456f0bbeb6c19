"""What is known of a relay without a line to it: when it may be called, and when it needs a person."""

import asyncio

import pytest

from digest.delivery.transports.smtp.calls import Calls
from digest.delivery.transports.smtp.exchange import Exchange
from digest.delivery.transports.smtp.faults import Faults
from digest.model import Message
from digest.outcomes import Accepted, Deferred, Outcome, Refused, Rejected, Throttled, Unknown
from tests.delivery.relay import messages

OK = Accepted(250, "2.0.0 ok")
NOT_US = Throttled(550, "5.7.1 not you")


@pytest.fixture
def chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pause is as long as it says: its chance is even."""
    monkeypatch.setattr("random.random", lambda: 0.5)


def test_pauses_double_up_to_a_minute_and_begin_anew_after_a_mail(chance: None) -> None:
    calls = Calls()
    assert [calls.failed(0.0) for _ in range(10)] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    for _ in range(2000):
        assert calls.failed(0.0) == 60
    assert (calls.failures, calls.pause(0.0, beside=False)) == (2010, 60)
    calls.succeeded()
    assert calls.failures == 0
    assert calls.failed(100.0) == 0.5
    assert (calls.pause(100.0, beside=False), calls.pause(100.5, beside=True)) == (0.5, 0.0)


@pytest.mark.parametrize(("drawn", "pause"), [(0.0, 0.25), (0.5, 0.5), (1.0, 0.75)])
def test_a_pause_is_half_to_one_and_a_half_of_its_length(
    drawn: float, pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.random", lambda: drawn)
    assert Calls().failed(0.0) == pause


def test_a_relay_that_has_enough_of_us_is_left_for_long_beside_others_alone(chance: None) -> None:
    calls = Calls()
    assert calls.pause(0.0, beside=False) == calls.pause(0.0, beside=True) == 0.0
    assert calls.failed(10.0, full=True) == 30.0
    assert calls.pause(10.0, beside=True) == 30.0
    assert calls.pause(10.0, beside=False) == -10.0
    for _ in range(6):
        calls.failed(10.0)
    assert calls.failed(10.0, full=True) == 60.0, "where that is longer already"
    assert (calls.pause(10.0, beside=True), calls.pause(10.0, beside=False)) == (60.0, 32.0)


def strikes(faults: Faults, lines: int, *outcomes: Outcome) -> list[bool]:
    return [bool(faults.note(one, lines)) for one in outcomes]


def test_three_refusals_of_our_mail_in_a_row_on_each_connection_need_a_person() -> None:
    assert strikes(Faults(4), 1, NOT_US, NOT_US, NOT_US) == [False, False, True]
    assert strikes(Faults(4), 0, NOT_US, NOT_US, NOT_US) == [False, False, True]
    assert strikes(Faults(4), 2, *[NOT_US] * 6) == [*[False] * 5, True]
    assert strikes(Faults(4), 1, NOT_US, NOT_US, OK, NOT_US, NOT_US) == [False] * 5
    assert strikes(Faults(4), 1, NOT_US, NOT_US, Deferred(451, "later"), NOT_US) == [
        False,
        False,
        False,
        True,
    ]
    faults = Faults(4)
    strikes(faults, 1, NOT_US, NOT_US)
    assert faults.note(NOT_US, 1) == "refuses us: 550 5.7.1 not you"


@pytest.mark.parametrize(
    "outcome",
    [
        Throttled(499, "later"),
        Throttled(421, "later"),
        Throttled(550, "theirs", relay=False),
        Refused(550, "5.7.1 no"),
        Rejected(550, "5.1.1 no"),
        Deferred(550, "later"),
    ],
)
def test_what_is_said_of_a_reader_or_for_now_needs_nobody(outcome: Outcome) -> None:
    assert strikes(Faults(1), 1, *[outcome] * 50) == [False] * 50


def test_a_refusal_at_five_hundred_is_for_good() -> None:
    assert strikes(Faults(1), 1, *[Throttled(500, "no")] * 3) == [False, False, True]


def test_as_many_mails_may_be_lost_as_two_for_each_connection_and_three() -> None:
    lost = Unknown("reset")
    assert strikes(Faults(2), 1, *[lost] * 8) == [*[False] * 7, True]
    assert strikes(Faults(1), 9, *[lost] * 6) == [*[False] * 5, True]
    faults = Faults(1)
    strikes(faults, 1, *[lost] * 5)
    assert strikes(faults, 1, *[OK] * 11, lost) == [False] * 12, "what is accepted makes up for it"
    assert faults.note(lost, 1) == "takes messages and drops the line without an answer: reset"
    assert strikes(faults, 1, *[OK] * 9, lost) == [*[False] * 9, True]
    fresh = Faults(1)
    assert strikes(fresh, 1, *[OK] * 50, *[lost] * 6) == [*[False] * 55, True], "nothing is saved up"


def test_a_mark_is_asked_for_behind_the_outcomes_that_were_not_told_yet() -> None:
    asked: list[int] = []
    granted: list[tuple[int, float]] = []
    failed: list[BaseException] = []

    async def mark(delivery: int) -> float:
        asked.append(delivery)
        if delivery == 3:
            raise OSError("the ledger is gone")
        if delivery == 4:
            raise asyncio.CancelledError
        return float(delivery)

    async def scenario() -> None:
        exchange = Exchange(mark, failed.append)  # type: ignore[arg-type]
        one, two, three, four = messages(4)

        def take(message: Message) -> None:
            exchange.mark(message, lambda until: granted.append((message.delivery, until)))

        async def turns() -> None:
            for _ in range(5):
                await asyncio.sleep(0)

        take(one)
        await turns()
        assert (asked, granted, exchange.news.is_set()) == ([1], [(1, 1.0)], False)
        exchange.tell(1, OK)
        assert exchange.news.is_set()
        exchange.news.clear()
        take(two)
        take(three)
        await turns()
        assert asked == [1]
        assert exchange.news.is_set(), "whoever tells the outcomes is asked to"
        assert list(exchange.outcomes) == [(1, OK)]
        exchange.outcomes.clear()
        exchange.ask()
        take(four)
        await turns()
        assert asked == [1, 2, 3, 4]
        assert granted[1:] == [(2, 2.0), (3, 0.0), (4, 0.0)]
        assert [str(one) for one in failed] == ["the ledger is gone"]

    asyncio.run(scenario())
