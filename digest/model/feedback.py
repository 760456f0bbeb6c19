"""What comes back to our addresses after a mail was sent: bounces, complaints, automatic replies, ways out by mail."""

from dataclasses import dataclass
from enum import StrEnum

PROBE = "probe"  # the purpose of a token that `digest doctor` sends to itself


class FeedbackKind(StrEnum):
    """What a mail that came back to us is."""

    BOUNCE = "bounce"  # at least one recipient did not get it, or not yet
    COMPLAINT = "complaint"  # a reader said that it is spam (RFC 5965)
    AUTO_REPLY = "auto-reply"  # out of office, challenge-response, "has left the company"
    DELIVERED = "delivered"  # delivered, relayed, expanded: nobody has to do anything (RFC 3464 2.3.3)
    OTHER = "other"  # ordinary mail, or a report about something else


class Verdict(StrEnum):
    """What follows for the reader whose mail failed."""

    DEAD = "dead"  # the address does not exist: it is suppressed at once
    SOFT = "soft"  # full, disabled, a rule of one reader's server: it is counted
    OURS = "ours"  # about the sender, the content, the server: no reader is touched
    DELAYED = "delayed"  # the relay is still trying: nothing is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRecipient:
    """One recipient of a bounce. *address* is None where the report does not say it."""

    address: str | None
    verdict: Verdict
    status: str = ""  # the enhanced status code (RFC 3463), "5.1.1"
    code: int | None = None  # the SMTP reply code, 550
    diagnostic: str = ""  # what the other side said, one line


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackReport:
    """What one mail says that came back to us; nothing in it is proved until a token of ours was read.

    *addressed* are the addresses that may hold a token of ours, the most reliable first: the envelope's recipient,
    then those in the report and in the mail that it returns. *message_ids* are those of the returned mail, without
    angle brackets.
    """

    kind: FeedbackKind
    recipients: tuple[FailedRecipient, ...] = ()
    addressed: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    feedback_type: str = ""  # of a complaint: abuse, fraud, not-spam, opt-out ... (RFC 5965 7.3)
    reporter: str = ""  # the server or service that reports
