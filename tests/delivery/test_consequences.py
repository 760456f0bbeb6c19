"""What follows from a report, as a table: whatever it says, nobody is touched without a token of ours."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.consequences import (
    Earlier,
    Effect,
    Limits,
    Mailed,
    decided,
    likely_cause,
    of_mailbox,
    soft_count,
)
from digest.model import DeliveryState
from digest.model.feedback import FailedRecipient, FeedbackKind, FeedbackReport, Verdict

NOW = datetime(2026, 3, 6, tzinfo=UTC)
RECIPIENTS = st.builds(
    FailedRecipient,
    address=st.sampled_from([None, "a@example.net", "b@example.net"]),
    verdict=st.sampled_from(Verdict),
)
REPORTS = st.builds(
    FeedbackReport,
    kind=st.sampled_from(FeedbackKind),
    recipients=st.lists(RECIPIENTS, max_size=3).map(tuple),
    feedback_type=st.sampled_from(["", "abuse", "not-spam", "Auth-Failure", "opt-out"]),
)
MAILED = st.builds(
    Mailed,
    delivery=st.just(1),
    subscriber=st.sampled_from([-1, 7]),
    address=st.sampled_from(["", "a@example.net"]),
    sent=st.sampled_from([NOW, NOW - timedelta(days=61)]),
    state=st.sampled_from(DeliveryState),
    proved=st.sampled_from([None, NOW - timedelta(days=1)]),
    moved=st.none(),
    believed=st.booleans(),
)
EARLIER = st.builds(
    Earlier,
    sent=st.integers(0, 40).map(lambda days: NOW - timedelta(days=days)),
    soft=st.booleans(),
    accepted=st.booleans(),
)


@given(REPORTS)
def test_without_a_token_nothing_is_written(report: FeedbackReport) -> None:
    what = decided(report, None, (), Limits(), NOW)
    assert (what.state, what.suppress, what.end, what.soft) == (None, "", False, False)
    assert what.effect in (Effect.QUARANTINED, Effect.IGNORED)


@given(REPORTS, MAILED, st.lists(EARLIER, max_size=8))
def test_a_reader_is_touched_by_a_dead_address_too_many_soft_ones_or_a_complaint_only(
    report: FeedbackReport, known: Mailed, mails: list[Earlier]
) -> None:
    what = decided(report, known, mails, Limits(), NOW)
    if what.suppress:
        assert known.subscriber > 0
        assert known.address
    if what.suppress == "bounce":
        assert known.believed
        assert known.sent >= NOW - Limits().oldest
        assert what.verdict in (Verdict.DEAD, Verdict.SOFT)
    assert what.end == (what.suppress == "complaint")
    if report.kind not in (FeedbackKind.BOUNCE, FeedbackKind.COMPLAINT):
        assert what.effect is Effect.IGNORED
    went_out = (DeliveryState.HANDED, DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.BOUNCED)
    assert what.state is None or known.state in went_out


@given(st.lists(EARLIER, max_size=12))
def test_soft_bounces_count_the_same_in_whatever_order_they_are_heard_of(mails: list[Earlier]) -> None:
    count = soft_count(mails, Limits(), NOW)
    assert 0 <= count <= sum(mail.soft for mail in mails)
    if len({mail.sent for mail in mails}) == len(mails):
        assert count == soft_count(mails[::-1], Limits(), NOW)


@pytest.mark.parametrize(
    ("code", "reply", "mailbox"),
    [(452, "4.2.2 mailbox full", True), (450, "4.2.1 account disabled", True), (451, "4.7.1 greylisted", False),
     (552, "5.2.2 mailbox full", False), (0, "", False)],
)  # fmt: skip
def test_a_later_about_the_mailbox_is_told_from_one_about_us(code: int, reply: str, mailbox: bool) -> None:
    assert of_mailbox(code, reply) is mailbox


def test_the_likely_cause_is_said() -> None:
    assert "SPF" in likely_cause("5.7.26", "unauthenticated")
    assert "blocked" in likely_cause("5.7.1", "your IP is listed on a block list")
    assert likely_cause("", "")


def bounce(verdict: Verdict) -> FeedbackReport:
    return FeedbackReport(
        kind=FeedbackKind.BOUNCE, recipients=(FailedRecipient(address=None, verdict=verdict),)
    )


@pytest.mark.parametrize(("before", "effect"), [(3, Effect.COUNTED), (4, Effect.SUPPRESSED)])
def test_the_fifth_soft_bounce_within_a_month_suppresses_and_the_fourth_does_not(
    before: int, effect: Effect
) -> None:
    mails = [Earlier(NOW - timedelta(days=day), soft=True, accepted=False) for day in range(before, 0, -1)]
    known = Mailed(delivery=1, subscriber=7, address="a@example.net", sent=NOW, state=DeliveryState.SENT)
    what = decided(bounce(Verdict.SOFT), known, mails, Limits(), NOW)
    assert what.effect is effect
    assert (what.suppress == "bounce") is (effect is Effect.SUPPRESSED)
    assert what.why == f"{before + 1} of 5 within 30 days"


@pytest.mark.parametrize(
    ("days", "moved", "why"),
    [(61, None, "the mail was sent more than 60 days ago"), (5, NOW, "the reader has another address since")],
)
def test_an_old_report_and_one_about_an_earlier_address_touch_no_reader_and_say_why(
    days: int, moved: datetime | None, why: str
) -> None:
    sent = NOW - timedelta(days=days)
    known = Mailed(
        delivery=1, subscriber=7, address="a@example.net", sent=sent, state=DeliveryState.SENT, moved=moved
    )
    what = decided(bounce(Verdict.DEAD), known, (), Limits(), NOW)
    assert (what.suppress, what.why) == ("", why)
