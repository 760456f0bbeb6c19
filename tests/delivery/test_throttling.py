"""Whose word a throttling answer is, and the paces of providers."""

from collections import deque

import pytest

from digest.delivery.blame import Stage, classified
from digest.delivery.pace import CALM
from digest.delivery.throttling import FEW, Lanes, answered, of_whom
from digest.outcomes import Accepted, Deferred, Refused, Rejected, Throttled
from tests.delivery.relay import messages


@pytest.mark.parametrize(
    ("stage", "code", "text", "relay"),
    [
        ("mail", 451, "4.7.28 unusual rate of mail, rate limited", True),
        ("mail", 454, "4.7.0 Throttling failure: Maximum sending rate exceeded.", True),
        ("rcpt", 450, "4.7.1 rate limit exceeded for this destination", False),
        ("dot", 451, "4.7.28 mail from you is temporarily rate limited", False),
        ("dot", 421, "4.7.0 too many messages, slow down", False),
        ("dot", 454, "4.7.0 Throttling failure: Daily message quota exceeded.", True),
        ("rcpt", 452, "4.3.1 Insufficient system storage, too many messages queued", True),
        ("rcpt", 450, "4.7.1 your account may send 100 messages per hour, rate limit reached", True),
        ("rcpt", 451, "4.7.1 hourly sending limit reached, try later", True),
        ("dot", 421, "4.7.0 Too many messages in this session", True),
        ("dot", 421, "4.3.2 too many connections", True),
        ("rcpt", 432, "4.3.2 Concurrent connections limit exceeded", True),
        ("rcpt", 432, "4.7.28 slow down, too much mail", True),
        ("dot", 550, "5.4.5 Daily sending quota exceeded.", True),
        ("dot", 451, "4.4.5 mail system congestion, too much mail", True),
    ],
)
def test_what_names_no_reader_or_our_account_is_the_relays(
    stage: Stage, code: int, text: str, relay: bool
) -> None:
    outcome = of_whom(stage, classified(stage, code, text))
    assert isinstance(outcome, Throttled), outcome
    assert outcome.relay is relay


def test_what_is_no_throttling_stays_as_it_is() -> None:
    assert of_whom("dot", Accepted(250, "ok")) == Accepted(250, "ok")


def test_a_lane_has_half_of_what_was_taken_opens_slowly_and_is_gone_when_it_is_open() -> None:
    lanes = Lanes(0.0)
    lanes.accepted["big"] = 4000
    lanes.slow("big", 100.0, 10.0)
    assert lanes.rate("big") == 20
    lanes.slow("big", 101.0, 10.0)  # the same burst of complaints
    assert lanes.rate("big") == 20
    lanes.slow("big", 101.0 + CALM, 10.0)
    assert lanes.rate("big") == 10
    assert "big" in lanes
    assert "other" not in lanes
    assert not lanes.take("big", 111.0)
    assert lanes.take("big", 111.15)
    parked = {"big": deque([1]), "small": deque([2])}
    assert 0 < (lanes.wait(parked, 111.15) or 0) <= 0.1
    assert lanes.wait({"big": deque()}, 111.15) is None
    later = 111.0 + CALM
    for _ in range(1000):
        later += 1.0
        if "big" in lanes:
            assert lanes.take("big", later), "a second has room for one"
    assert not lanes


def test_rows_of_a_lane_are_claimed_when_it_is_their_time_and_no_more_than_may_wait() -> None:
    lanes = Lanes(0.0)
    lanes.slow("big", 10.0, 10.0)
    assert lanes.room("big") == 10
    assert lanes.hungry(10.0, but={"big"}) == ""
    assert lanes.hungry(10.0, but=()) == "big"
    assert lanes.hungry(11.9, but=()) == ""
    assert lanes.hungry(12.1, but=()) == "big"
    lanes.found("big", 3, 12.1)
    assert lanes.hungry(12.0 + FEW, but=()) == ""
    assert lanes.hungry(12.2 + FEW, but=()) == "big"


def test_a_lane_that_gave_as_many_rows_as_were_asked_for_is_asked_again_as_soon() -> None:
    lanes = Lanes(0.0)
    lanes.slow("big", 10.0, 10.0)
    assert lanes.hungry(10.0, but=()) == "big"
    lanes.found("big", lanes.room("big"), 10.0)
    lanes.found("gone", 0, 10.0)
    assert lanes.hungry(12.1, but=()) == "big"
    assert "gone" not in lanes


def test_how_many_of_a_providers_mails_may_wait_and_how_often_it_is_asked_for_more() -> None:
    def slow(rate: float) -> Lanes:
        lanes = Lanes(0.0)
        lanes.slow("big", 100.0, 2 * rate)
        assert lanes.rate("big") == rate
        return lanes

    assert [slow(rate).room("big") for rate in (0.1, 0.5, 1.0, 10.0, 24.0, 25.0, 26.0, 90.0)] == [
        1,
        1,
        2,
        20,
        48,
        50,
        50,
        50,
    ]
    lanes = slow(10.0)
    assert lanes.hungry(99.9, ()) == ""
    assert lanes.hungry(100.0, ()) == "big"
    assert [lanes.hungry(at, ()) for at in (101.9, 102.0)] == ["", "big"]
    lanes.found("big", 19, 102.0)
    assert [lanes.hungry(at, ()) for at in (106.9, 107.0)] == ["", "big"]
    lanes = slow(1.0)
    lanes.hungry(100.0, ())
    lanes.found("big", 1, 100.0)
    assert [lanes.hungry(at, ()) for at in (104.9, 105.0)] == ["", "big"]
    fast = slow(90.0)
    assert fast.hungry(100.0, ()) == "big"
    fast.found("big", 49, 100.0)
    assert [fast.hungry(at, ()) for at in (104.9, 105.0)] == ["", "big"]


def test_what_a_provider_took_is_measured_over_a_second_at_least() -> None:
    lanes = Lanes(100.0)
    lanes.accepted["big"] = 300
    lanes.slow("big", 100.5, 10.0)
    assert lanes.rate("big") == 150
    assert (lanes.rate("small"), bool(Lanes(0.0)), lanes.names) == (0.0, False, {"big"})
    assert lanes.wait({"small": [1]}, 100.5) is None


def test_who_the_account_belongs_to_is_named_in_an_answer_and_a_success_needs_no_reading() -> None:
    message = messages(1)[0]
    assert answered(message, "dot", 250, "blocked for spam") == Accepted(250, "blocked for spam")
    assert isinstance(answered(message, "dot", 300, "no"), Deferred)
    said = "5.1.1 <bounces.example.org>: user unknown"
    assert isinstance(answered(message, "rcpt", 550, said), Refused)
    assert isinstance(answered(message, "rcpt", 550, "5.1.1 user unknown"), Rejected)
    assert isinstance(answered(message, "rcpt", 550, "5.1.1 user unknown (me-7)"), Rejected)
    assert isinstance(answered(message, "rcpt", 550, "5.1.1 user unknown (me-7)", "me-7"), Refused)
