"""What follows from a report: (report, what is known of the mail it is about, the rules, now) -> Consequences.

Pure; the table and the argument are in `docs/feedback.md`. Only a report whose token is ours says anything about a
reader: who may have forged it gives *known* as None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from digest.config.feedback import Feedback
from digest.delivery.blame import AUTHENTICATION, enhanced
from digest.delivery.halts import LEAST, ProviderAnswers
from digest.delivery.replies import Sign, signs
from digest.model import DeliveryState
from digest.model.feedback import FailedRecipient, FeedbackKind, FeedbackReport, Verdict

NO_COMPLAINTS = frozenset({"not-spam", "auth-failure", "virus"})  # RFC 6430, RFC 6591, RFC 5965 7.3
OPT_OUTS = frozenset(
    {"opt-out", "opt-out-list"}
)  # draft-shafranovich-feedback-report 5: they leave, and no more
MILDEST = (Verdict.DELAYED, Verdict.OURS, Verdict.SOFT, Verdict.DEAD)
ADDRESSED = timedelta(minutes=10)  # a mail was addressed so long before its answer was written down, at most
WENT_OUT = frozenset({DeliveryState.HANDED, DeliveryState.SENT, DeliveryState.UNKNOWN})


class Effect(StrEnum):
    """What a report led to, in one word."""

    SUPPRESSED = "suppressed"  # the address is dead, or failed too often: it is not written to any more
    COUNTED = "counted"  # a soft bounce: one more for its reader
    REFUSED = "refused"  # about us: no reader is touched
    DELAYED = "delayed"  # the relay still tries
    COMPLAINED = "complained"  # the subscription is ended and the address suppressed
    UNSUBSCRIBED = "unsubscribed"  # a mail to a List-Unsubscribe address
    SUMMARY = "summary"  # a DMARC or TLS report about one of our domains
    PROBE = "probe"  # the bounce that `digest doctor` sent to itself
    STALE = "stale"  # ours, but it says nothing of the address as it is now
    IGNORED = "ignored"  # an automatic reply, a delivery notice, ordinary mail
    QUARANTINED = "quarantined"  # it holds no token of ours: it has no effect
    REPEATED = "repeated"  # the same mail was taken before


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many soft bounces within which time end in a suppression, and when a mail counts as delivered."""

    most: int = 5
    window: timedelta = timedelta(days=30)
    grace: timedelta = timedelta(days=5)  # Postfix tries for so long, and only then reports
    oldest: timedelta = timedelta(days=60)  # older reports are about an address as it was

    @classmethod
    def of(cls, settings: Feedback) -> "Limits":
        """Return what the configuration allows."""
        return cls(most=settings.soft_limit, window=settings.soft_window, grace=settings.delivered_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """The delivery that a token named. *believed* says whether its provider is believed about addresses.

    *proved* is when the reader last showed that the address works, or a person lifted a suppression; *moved* is when
    it became the present one.
    """

    delivery: int
    subscriber: int  # below 0 for a seed
    address: str  # the reader's, as it is now; "" where there is no such reader
    sent: datetime
    state: DeliveryState
    proved: datetime | None = None
    moved: datetime | None = None
    believed: bool = True


@dataclass(frozen=True, slots=True)
class Earlier:
    """One of a reader's mails: when it was sent, whether it bounced softly, and whether it was accepted."""

    sent: datetime
    soft: bool
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What is to be written. *state* is where the delivery goes, None where it stays."""

    effect: Effect
    verdict: Verdict | None = None
    state: DeliveryState | None = None
    suppress: str = ""  # the reason: bounce, complaint
    end: bool = False  # the subscription to this newsletter ends
    soft: bool = False  # one more soft bounce of this reader
    recipient: FailedRecipient | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a mail. *delivery* is the one that it is about, 0 where none of ours is named."""

    kind: FeedbackKind
    effect: Effect
    delivery: int = 0
    why: str = ""
    before: Effect | None = None  # of a repeated one: its effect when it was taken first

    @property
    def understood(self) -> bool:
        """Whether it was for us: an intake may put it away. What is ordinary mail, or forged, is left to people."""
        automatic = self.kind in (FeedbackKind.AUTO_REPLY, FeedbackKind.DELIVERED)
        effect = self.before or self.effect
        unknown = (Effect.QUARANTINED, Effect.REPEATED)  # repeated in this moment: by another process
        return effect not in unknown and (effect is not Effect.IGNORED or automatic)


def decided(
    report: FeedbackReport, known: Mailed | None, mails: Sequence[Earlier], limits: Limits, now: datetime
) -> Consequences:
    """Return what follows from *report* about the delivery *known*; *mails* are that reader's others."""
    if report.kind is FeedbackKind.COMPLAINT and report.feedback_type.lower() in NO_COMPLAINTS:
        return Consequences(effect=Effect.IGNORED, why=f"a report of the type {report.feedback_type.lower()}")
    if report.kind not in (FeedbackKind.COMPLAINT, FeedbackKind.BOUNCE):
        return Consequences(effect=Effect.IGNORED, why=str(report.kind))
    if known is None:
        return Consequences(effect=Effect.QUARANTINED, why="no token of ours is in it")
    if report.kind is FeedbackKind.COMPLAINT and report.feedback_type.lower() in OPT_OUTS:
        reader = known.subscriber > 0 and bool(known.address)
        return Consequences(effect=Effect.UNSUBSCRIBED, end=reader, why="by the provider's own link")
    if report.kind is FeedbackKind.COMPLAINT:
        return _complaint(known)
    recipient = about(report, known.address)
    if recipient is None:
        return Consequences(effect=Effect.IGNORED, why="it names no recipient")
    return _bounce(recipient, known, mails, limits, now)


def about(report: FeedbackReport, address: str) -> FailedRecipient | None:
    """Return what *report* says of the mail to *address*: what it says of others has no effect.

    Where none of its recipients is *address* (an alias was expanded), the mildest holds: the mail may have reached
    one of the others.
    """
    own = [one for one in report.recipients if one.address and one.address.lower() == address.lower()]
    found = own or list(report.recipients)
    return min(found, key=lambda one: MILDEST.index(one.verdict)) if found else None


def soft_count(mails: Sequence[Earlier], limits: Limits, now: datetime) -> int:
    """Return a reader's soft bounces: one more for each, one less for each mail that was delivered after it.

    Delivered is a mail that was accepted and has not come back within the grace. The mails are gone through in the
    order in which they were sent, not in that of the reports.
    """
    count = 0
    for one in sorted(mails, key=lambda mail: mail.sent):
        if one.sent < now - limits.window:
            continue
        if one.soft:
            count += 1
        elif one.accepted and one.sent <= now - limits.grace:
            count = max(count - 1, 0)
    return count


def of_mailbox(code: int, reply: str) -> bool:
    """Return whether a "later" was about the reader's mailbox, full or closed (RFC 3463 3.3), and not about us."""
    if not 400 <= code < 500:
        return False
    return bool(signs(reply) & {Sign.FULL, Sign.CLOSED}) or enhanced(reply).startswith("4.2.")


def mistrusted(provider: ProviderAnswers) -> bool:
    """Return whether what a provider says of addresses is not believed: it takes fewer than half of our mails."""
    return provider.answers >= LEAST and 2 * provider.accepted < provider.answers


def likely_cause(status: str, words: str) -> str:
    """Return what most likely makes them refuse us, and what to do about it."""
    found = signs(words)
    if status in AUTHENTICATION or status.startswith(("4.7.2", "5.7.26")):
        return "SPF, DKIM or DMARC do not hold for our mail: digest doctor says which, and what to publish."
    if Sign.LIMIT in found:
        return "We send too much or too fast for them: lower the pace (digest pace) for some days."
    if Sign.SENDER in found:
        return "Our sender or bounce address, or our account, is not accepted: does its domain have an MX and SPF?"
    if Sign.SIZE in found:
        return "The mail is too big for them: digest check names its size."
    if Sign.DEFECT in found:
        return "Something in the mail's form or content is not accepted there: send a test to an address of theirs."
    if Sign.BLOCK in found:
        return "Our server's address, our domain or a link in the mail is blocked: ask the list that the answer names."
    return "They do not want this mail: look at our reputation with them, and at what changed since the last edition."


def _complaint(known: Mailed) -> Consequences:
    state = (
        DeliveryState.COMPLAINED if known.state in WENT_OUT or known.state is DeliveryState.BOUNCED else None
    )
    reader = known.subscriber > 0 and bool(known.address)
    return Consequences(
        effect=Effect.COMPLAINED, state=state, suppress="complaint" if reader else "", end=reader
    )


def _bounce(
    recipient: FailedRecipient, known: Mailed, mails: Sequence[Earlier], limits: Limits, now: datetime
) -> Consequences:
    verdict, out = recipient.verdict, known.state in WENT_OUT
    if verdict is Verdict.DELAYED:
        return Consequences(effect=Effect.DELAYED, verdict=verdict, recipient=recipient)
    if verdict is Verdict.OURS or not known.believed:
        state = DeliveryState.REFUSED if out else None
        why = "" if verdict is Verdict.OURS else "fewer than half of our mails are accepted there"
        return Consequences(
            effect=Effect.REFUSED, verdict=Verdict.OURS, state=state, recipient=recipient, why=why
        )
    state = DeliveryState.BOUNCED if out else None
    if why := _stale(known, limits, now):
        return Consequences(effect=Effect.STALE, verdict=verdict, state=state, recipient=recipient, why=why)
    if verdict is Verdict.DEAD:
        return Consequences(
            effect=Effect.SUPPRESSED, verdict=verdict, state=state, suppress="bounce", recipient=recipient
        )
    return _soft(recipient, known, mails, limits, now)


def _soft(
    recipient: FailedRecipient, known: Mailed, mails: Sequence[Earlier], limits: Limits, now: datetime
) -> Consequences:
    count = soft_count([*mails, Earlier(known.sent, soft=True, accepted=False)], limits, now)
    over = count >= limits.most
    return Consequences(
        effect=Effect.SUPPRESSED if over else Effect.COUNTED,
        verdict=Verdict.SOFT,
        state=DeliveryState.BOUNCED if known.state in WENT_OUT else None,
        suppress="bounce" if over else "",
        soft=True,
        recipient=recipient,
        why=f"{count} of {limits.most} within {limits.window.days} days",
    )


def _stale(known: Mailed, limits: Limits, now: datetime) -> str:
    """Return why a bounce says nothing of the address as it is now; "" where it does."""
    if known.subscriber <= 0 or not known.address:
        return "it went to no reader"
    if known.sent < now - limits.oldest:
        return f"the mail was sent more than {limits.oldest.days} days ago"
    if known.moved is not None and known.moved > known.sent - ADDRESSED:
        return "the reader has another address since"
    if known.proved is not None and known.proved > known.sent:
        return "the address was confirmed, or let in again, since the mail was sent"
    return ""
