"""What follows from a report, as a table: whatever it says, nobody is touched without a token of ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.consequences import (
    Consequences,
    Earlier,
    Effect,
    Limits,
    Mailed,
    Receipt,
    about,
    decided,
    likely_cause,
    mistrusted,
    of_mailbox,
    soft_count,
)
from digest.delivery.halts import ProviderAnswers
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
    if what.effect is Effect.UNSUBSCRIBED:  # by the provider's link: they leave, and no more
        assert (what.suppress, what.end) == ("", known.subscriber > 0 and bool(known.address))
    else:
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
     (552, "5.2.2 mailbox full", False), (0, "", False), (450, "mailbox full", True), (450, "account disabled", True),
     (450, "4.2.9 no", True), (400, "4.2.9 no", True), (399, "4.2.9 no", False), (499, "4.2.9 no", True),
     (500, "4.2.9 no", False)],
)  # fmt: skip
def test_a_later_about_the_mailbox_is_told_from_one_about_us(code: int, reply: str, mailbox: bool) -> None:
    assert of_mailbox(code, reply) is mailbox


@pytest.mark.parametrize(
    ("status", "words", "said"),
    [
        ("5.7.26", "unauthenticated", "SPF, DKIM or DMARC"),
        ("5.7.515", "no", "SPF, DKIM or DMARC"),
        ("4.7.26", "no", "SPF, DKIM or DMARC"),
        ("5.7.20", "no", "SPF, DKIM or DMARC"),
        ("", "rate limit exceeded", "too fast"),
        ("", "Sender address rejected: Domain not found", "Our sender or bounce address"),
        ("5.3.4", "message size exceeds fixed limit", "too big"),
        ("5.6.0", "malformed header", "form or content"),
        ("5.7.1", "your IP is listed on a block list", "blocked"),
        ("", "", "look at our reputation"),
    ],
)
def test_the_likely_cause_is_said(status: str, words: str, said: str) -> None:
    assert said in likely_cause(status, words)


READER = Mailed(delivery=1, subscriber=7, address="a@example.net", sent=NOW, state=DeliveryState.SENT)
SEED, GONE = replace(READER, subscriber=-1), replace(READER, address="")
MOMENT = timedelta(microseconds=1)
WENT_OUT = (DeliveryState.HANDED, DeliveryState.SENT, DeliveryState.UNKNOWN)


def bounce(verdict: Verdict) -> FeedbackReport:
    return FeedbackReport(
        kind=FeedbackKind.BOUNCE, recipients=(FailedRecipient(address=None, verdict=verdict),)
    )


def complaint(kind: str) -> FeedbackReport:
    return FeedbackReport(kind=FeedbackKind.COMPLAINT, feedback_type=kind)


def after(report: FeedbackReport, known: Mailed = READER) -> Consequences:
    return decided(report, known, (), Limits(), NOW)


@pytest.mark.parametrize("kind", ["not-spam", "Auth-Failure", "virus"])
def test_a_report_that_is_no_complaint_has_no_effect_and_says_what_it_is(kind: str) -> None:
    assert after(complaint(kind)) == Consequences(
        effect=Effect.IGNORED, why=f"a report of the type {kind.lower()}"
    )


@pytest.mark.parametrize("kind", ["opt-out", "Opt-Out-List"])
def test_who_leaves_by_the_providers_link_is_unsubscribed_and_not_suppressed(kind: str) -> None:
    ended = Consequences(effect=Effect.UNSUBSCRIBED, end=True, why="by the provider's own link")
    assert after(complaint(kind)) == ended
    assert after(complaint(kind), SEED) == after(complaint(kind), GONE) == replace(ended, end=False)


@pytest.mark.parametrize("kind", ["abuse", "fraud", "", "other"])
def test_a_complaint_ends_the_subscription_and_suppresses_the_address(kind: str) -> None:
    ended = Consequences(
        effect=Effect.COMPLAINED, state=DeliveryState.COMPLAINED, suppress="complaint", end=True
    )
    assert after(complaint(kind)) == ended
    assert (
        after(complaint(kind), SEED) == after(complaint(kind), GONE) == replace(ended, suppress="", end=False)
    )


@pytest.mark.parametrize("state", DeliveryState)
def test_a_report_changes_the_state_of_a_mail_that_went_out_alone(state: DeliveryState) -> None:
    known, out = replace(READER, state=state), state in WENT_OUT
    complained = DeliveryState.COMPLAINED if out or state is DeliveryState.BOUNCED else None
    assert after(complaint("abuse"), known).state is complained
    for verdict in (Verdict.SOFT, Verdict.DEAD):
        assert after(bounce(verdict), known).state is (DeliveryState.BOUNCED if out else None)
    assert after(bounce(Verdict.OURS), known).state is (DeliveryState.REFUSED if out else None)
    assert after(bounce(Verdict.DELAYED), known).state is None


def test_a_bounce_says_what_it_leads_to_and_why() -> None:
    def said(verdict: Verdict, known: Mailed = READER) -> tuple[Effect, Verdict | None, str, str]:
        what = after(bounce(verdict), known)
        assert what.recipient == FailedRecipient(address=None, verdict=verdict)
        assert what.soft is (what.effect is Effect.COUNTED)
        return what.effect, what.verdict, what.suppress, what.why

    assert said(Verdict.DELAYED) == (Effect.DELAYED, Verdict.DELAYED, "", "")
    assert said(Verdict.OURS) == (Effect.REFUSED, Verdict.OURS, "", "")
    assert said(Verdict.DEAD) == (Effect.SUPPRESSED, Verdict.DEAD, "bounce", "")
    assert said(Verdict.SOFT) == (Effect.COUNTED, Verdict.SOFT, "", "1 of 5 within 30 days")
    doubtful = (Effect.REFUSED, Verdict.OURS, "", "fewer than half of our mails are accepted there")
    assert said(Verdict.DEAD, replace(READER, believed=False)) == doubtful
    for known in (SEED, GONE, replace(READER, subscriber=0)):
        assert said(Verdict.DEAD, known) == (Effect.STALE, Verdict.DEAD, "", "it went to no reader")


def test_a_bounce_that_names_nobody_and_what_is_neither_bounce_nor_complaint_have_no_effect() -> None:
    nobody = Consequences(effect=Effect.IGNORED, why="it names no recipient")
    assert after(FeedbackReport(kind=FeedbackKind.BOUNCE)) == nobody
    for kind in (FeedbackKind.AUTO_REPLY, FeedbackKind.DELIVERED, FeedbackKind.OTHER):
        assert after(replace(bounce(Verdict.DEAD), kind=kind)) == Consequences(
            effect=Effect.IGNORED, why=kind.value
        )
    stranger = decided(bounce(Verdict.DEAD), None, (), Limits(), NOW)
    assert stranger == Consequences(effect=Effect.QUARANTINED, why="no token of ours is in it")


def test_of_a_report_about_several_what_names_the_reader_holds_else_the_mildest() -> None:
    def failed(address: str | None, verdict: Verdict) -> FailedRecipient:
        return FailedRecipient(address=address, verdict=verdict)

    def chosen(*some: FailedRecipient) -> FailedRecipient | None:
        return about(FeedbackReport(kind=FeedbackKind.BOUNCE, recipients=some), "A@example.net")

    mine, others = failed("a@Example.net", Verdict.DEAD), failed("b@example.net", Verdict.DELAYED)
    unnamed = failed(None, Verdict.SOFT)
    assert chosen(mine, others, unnamed) is chosen(others, mine) is mine
    assert chosen(failed("b@example.net", Verdict.DEAD), unnamed) is unnamed
    order = [failed(None, one) for one in (Verdict.DELAYED, Verdict.OURS, Verdict.SOFT, Verdict.DEAD)]
    for mildest in range(4):
        assert chosen(*reversed(order[mildest:])) is order[mildest]
    assert chosen() is None


@pytest.mark.parametrize(
    ("known", "stale"),
    [
        (replace(READER, sent=NOW - timedelta(days=60)), False),
        (replace(READER, sent=NOW - timedelta(days=60) - MOMENT), True),
        (replace(READER, moved=NOW - timedelta(minutes=10)), False),
        (replace(READER, moved=NOW - timedelta(minutes=10) + MOMENT), True),
        (replace(READER, proved=NOW), False),
        (replace(READER, proved=NOW + MOMENT), True),
        (replace(READER, proved=NOW - timedelta(days=1), moved=NOW - timedelta(days=1)), False),
        (replace(READER, subscriber=1), False),
    ],
)
def test_from_when_on_a_bounce_says_nothing_of_the_address_as_it_is_now(known: Mailed, stale: bool) -> None:
    assert after(bounce(Verdict.DEAD), known).effect is (Effect.STALE if stale else Effect.SUPPRESSED)


def test_soft_bounces_of_a_month_count_and_a_mail_that_did_not_come_back_in_five_days_takes_one_off() -> None:
    def count(*mails: tuple[timedelta, str]) -> int:
        some = [Earlier(NOW - ago, soft=said == "soft", accepted=said != "open") for ago, said in mails]
        return soft_count(some, Limits(), NOW)

    days, month, grace = timedelta(days=1), timedelta(days=30), timedelta(days=5)
    assert count((month, "soft"), (month + MOMENT, "soft")) == 1
    assert count((6 * days, "soft"), (grace, "good")) == 0
    assert count((6 * days, "soft"), (grace - MOMENT, "good")) == 1
    assert count((8 * days, "soft"), (6 * days, "open")) == 1
    assert count((8 * days, "soft"), (7 * days, "soft"), (6 * days, "good"), (3 * days, "soft")) == 2
    assert count((8 * days, "good"), (7 * days, "soft")) == 1  # what was delivered before takes nothing off
    assert count((40 * days, "good"), (39 * days, "soft"), (7 * days, "soft"), (6 * days, "soft")) == 2


@pytest.mark.parametrize(
    ("answers", "accepted", "doubtful"), [(20, 9, True), (19, 0, False), (20, 10, False), (400, 199, True)]
)
def test_a_provider_that_takes_fewer_than_half_of_twenty_is_not_believed(
    answers: int, accepted: int, doubtful: bool
) -> None:
    assert mistrusted(ProviderAnswers(answers=answers, accepted=accepted)) is doubtful


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


@pytest.mark.parametrize(
    ("kind", "effect", "before", "understood"),
    [
        (FeedbackKind.BOUNCE, Effect.SUPPRESSED, None, True),
        (FeedbackKind.BOUNCE, Effect.QUARANTINED, None, False),
        (FeedbackKind.COMPLAINT, Effect.QUARANTINED, None, False),
        (FeedbackKind.AUTO_REPLY, Effect.QUARANTINED, None, False),
        (FeedbackKind.OTHER, Effect.IGNORED, None, False),
        (FeedbackKind.BOUNCE, Effect.IGNORED, None, False),
        (FeedbackKind.AUTO_REPLY, Effect.IGNORED, None, True),
        (FeedbackKind.DELIVERED, Effect.IGNORED, None, True),
        (FeedbackKind.BOUNCE, Effect.REPEATED, None, False),
        (FeedbackKind.BOUNCE, Effect.REPEATED, Effect.COUNTED, True),
        (FeedbackKind.BOUNCE, Effect.REPEATED, Effect.QUARANTINED, False),
    ],
)
def test_what_an_intake_may_put_away(
    kind: FeedbackKind, effect: Effect, before: Effect | None, understood: bool
) -> None:
    """Ordinary mail, and what proves nothing, stays where a person sees it."""
    assert Receipt(kind=kind, effect=effect, before=before).understood is understood
