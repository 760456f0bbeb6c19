"""What becomes of a row: every outcome, and the waits between two tries."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.delivery.settle import Claimed, Policy, settled, wait
from digest.model import DeliveryState, Recipient
from digest.outcomes import (
    Accepted,
    Deferred,
    Lost,
    Outcome,
    Refused,
    Rejected,
    Throttled,
    Undeliverable,
    Unknown,
)

NOW = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
POLICY = Policy()


def row(*, attempts: int = 0, losses: int = 0, hours: float = 6) -> Claimed:
    reader = Recipient(subscriber=7, address="r@example.net")
    return Claimed(
        id=1,
        recipient=reader,
        provider="example.net",
        deadline=NOW + timedelta(hours=hours),
        attempts=attempts,
        losses=losses,
    )


@pytest.mark.parametrize(
    ("outcome", "state", "suppress"),
    [
        (Accepted(250, "ok"), DeliveryState.SENT, False),
        (Deferred(451, "later"), DeliveryState.QUEUED, False),
        (Throttled(421, "slow"), DeliveryState.QUEUED, False),
        (Rejected(550, "5.1.1 nobody"), DeliveryState.FAILED, True),
        (Rejected(552, "5.2.2 full", dead=False), DeliveryState.FAILED, False),
        (Refused(550, "5.7.1 spam"), DeliveryState.REFUSED, False),
        (Lost("line"), DeliveryState.QUEUED, False),
        (Undeliverable("too big"), DeliveryState.UNDELIVERABLE, False),
        (Unknown("line"), DeliveryState.UNKNOWN, False),
    ],
)
def test_each_outcome_leads_to_its_state(outcome: Outcome, state: DeliveryState, suppress: bool) -> None:
    one = settled(row(), outcome, NOW, POLICY, chance=0.5)
    assert (one.state, one.suppress) == (state, suppress)


@pytest.mark.parametrize(
    ("outcome", "attempts", "answer"),
    [
        (Accepted(250, "ok"), 3, (250, "ok")),
        (Deferred(451, "later"), 3, (451, "later")),
        (Throttled(421, "slow"), 2, (421, "slow")),
        (Rejected(550, "5.1.1 nobody"), 3, (550, "5.1.1 nobody")),
        (Refused(550, "5.7.1 spam"), 3, (550, "5.7.1 spam")),
        (Undeliverable("too big", 552), 3, (552, "too big")),
        (Unknown("line"), 3, (0, "line")),
        (Lost("line"), 2, (0, "line")),
    ],
)
def test_each_answer_counts_one_try_and_keeps_words_relay_and_losses(
    outcome: Outcome, attempts: int, answer: tuple[int, str]
) -> None:
    one = settled(row(attempts=2, losses=1), outcome, NOW, POLICY, chance=0.5, relay="main")
    assert (one.delivery, one.attempts, (one.code, one.reply)) == (1, attempts, answer)
    assert (one.losses, one.relay) == (1, "main")


def test_a_row_that_waits_is_due_after_its_wait_and_one_that_was_lost_at_once() -> None:
    def due(outcome: Outcome, attempts: int) -> timedelta:
        found = settled(row(attempts=attempts), outcome, NOW, POLICY, chance=0.5).due
        assert found is not None
        return found - NOW

    minute = timedelta(minutes=1)
    assert [due(Deferred(451, ""), tries) for tries in (0, 1, 2)] == [minute, 2 * minute, 4 * minute]
    assert [due(Throttled(421, ""), tries) for tries in (0, 1, 2)] == [minute, minute, 2 * minute]
    assert due(Lost("line"), 3) == timedelta(0)


def test_a_try_at_the_very_deadline_is_too_late() -> None:
    hour = 1 / 60
    at = settled(row(hours=hour), Deferred(451, ""), NOW, POLICY, chance=0.5)
    before = settled(row(hours=hour * 1.001), Deferred(451, ""), NOW, POLICY, chance=0.5)
    assert (at.state, before.state) == (DeliveryState.EXPIRED, DeliveryState.QUEUED)


def test_a_deferred_row_pays_an_attempt_and_a_throttled_or_lost_one_does_not() -> None:
    assert settled(row(attempts=2), Deferred(451, ""), NOW, POLICY, chance=0.5).attempts == 3
    assert settled(row(attempts=2), Throttled(421, ""), NOW, POLICY, chance=0.5).attempts == 2
    assert settled(row(attempts=2), Lost(""), NOW, POLICY, chance=0.5).attempts == 2


def test_a_try_that_would_come_after_the_deadline_is_expired_at_once() -> None:
    one = settled(row(attempts=3, hours=0.1), Deferred(451, "4.2.2 full"), NOW, POLICY, chance=0.5)
    assert (one.state, one.reply) == (DeliveryState.EXPIRED, "4.2.2 full")


def test_waits_double_with_jitter_up_to_the_longest() -> None:
    assert [wait(tries, POLICY, 0.5) for tries in (0, 1, 2)] == [
        timedelta(minutes=minutes) for minutes in (1, 2, 4)
    ]
    assert wait(50, POLICY, 1.0) == POLICY.longest_wait == timedelta(minutes=30)
    assert wait(50, POLICY, 0.0) == timedelta(minutes=10)
    assert wait(1, POLICY, 0.0) == timedelta(minutes=1)
    assert wait(1, POLICY, 1.0) == timedelta(minutes=3)


def test_the_third_loss_inside_its_own_body_breaks_a_message_only_while_others_pass() -> None:
    inside = Lost("line", inside=True)
    assert settled(row(losses=2), inside, NOW, POLICY, chance=0).state is DeliveryState.BROKEN
    assert settled(row(losses=1), inside, NOW, POLICY, chance=0).state is DeliveryState.QUEUED
    assert settled(row(losses=2), inside, NOW, POLICY, chance=0, passing=False).state is DeliveryState.QUEUED
    assert settled(row(losses=2), Lost("line"), NOW, POLICY, chance=0).state is DeliveryState.QUEUED


def test_the_usual_patience_is_the_documented_one() -> None:
    """`docs/delivery.md`: an unknown row is sent anew after ten minutes, a wait is half an hour at most, three losses."""
    assert (POLICY.resend_after, POLICY.longest_wait) == (timedelta(minutes=10), timedelta(minutes=30))
    assert (POLICY.lease, POLICY.first_wait, POLICY.losses) == (timedelta(minutes=1), timedelta(minutes=1), 3)
