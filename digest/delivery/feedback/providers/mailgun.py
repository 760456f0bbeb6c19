"""Mailgun: its signature is over a time and a random token, and not over what they come with.

So a token is good for one event: it is the event's replay id, and what comes with it again does nothing.

Source: Mailgun, "Webhooks: securing webhooks" and "Event structure".
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from digest.config.feedback import Mailgun
from digest.delivery.feedback.providers import Batch, Post, Refused
from digest.delivery.feedback.providers._reading import (
    Broken,
    Json,
    addresses,
    at,
    batch,
    message_id,
    number,
    parsed,
    text,
)
from digest.delivery.feedback.providers._times import recent
from digest.delivery.feedback.providers._verdict import bounce, failed
from digest.model.feedback import FeedbackKind, FeedbackReport, Verdict

OLDEST = timedelta(minutes=15)
HELD_BACK = (
    605,
    606,
    607,
)  # it bounced before, it left before, it complained before: the server was not asked


def verify(post: Post, settings: Mailgun, now: datetime) -> None:
    """Raise Refused where the account's key did not sign the time and the token of *post*, or long ago."""
    signature = at(parsed(post.body), "signature")
    stamp, token = text(signature, "timestamp", most=20), text(signature, "token", most=100)
    signing_key = settings.signing_key.get_secret_value()
    if not stamp or not token or not signing_key:
        raise Refused("it has no signature")
    made = hmac.new(signing_key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    given = text(signature, "signature", most=200).lower()
    if not hmac.compare_digest(made.encode(), given.encode()):
        raise Refused("the signature is wrong")
    recent(stamp, now, OLDEST)


def events(post: Post, ours: frozenset[str]) -> Batch:
    """Return what the one event of *post* says."""
    found = parsed(post.body)

    def made(event: Json) -> tuple[FeedbackReport, str] | None:
        report = _report(event, ours)
        return (report, text(found, "signature", "token", most=100)) if report is not None else None

    return batch(at(found, "event-data") or {}, made)


def _report(event: Json, ours: frozenset[str]) -> FeedbackReport | None:
    ids = message_id(text(event, "message", "headers", "message-id"))
    paths = addresses(text(event, "envelope", "sender", most=320), text(event, "recipient", most=320))
    match text(event, "event"):
        case "":
            raise Broken
        case "failed" | "rejected":
            return _failed(event, ids, paths, ours)
        case "complained":
            kind, feedback_type = FeedbackKind.COMPLAINT, "abuse"
        case "unsubscribed":  # by Mailgun's own link, where the domain adds one
            kind, feedback_type = FeedbackKind.COMPLAINT, "opt-out"
        case "delivered":
            kind, feedback_type = FeedbackKind.DELIVERED, ""
        case _:
            return None  # accepted, opened, clicked
    return FeedbackReport(kind=kind, addressed=paths, message_ids=ids, feedback_type=feedback_type)


def _failed(
    event: Json, ids: tuple[str, ...], paths: tuple[str, ...], ours: frozenset[str]
) -> FeedbackReport:
    code, reason = number(event, "delivery-status", "code"), text(event, "reason").lower()
    most, without = Verdict.DEAD, Verdict.SOFT  # "permanent" without the server's answer: it was given up
    if text(event, "event") == "rejected":
        most = without = Verdict.OURS  # Mailgun will not send it
    elif text(event, "severity").lower() != "permanent":
        most = without = Verdict.DELAYED  # it goes on trying
    elif code in HELD_BACK or reason.startswith("suppress-") or reason == "old":
        most = Verdict.SOFT
    said = text(event, "delivery-status", "message") or text(event, "delivery-status", "description")
    status = text(event, "delivery-status", "enhanced-code", most=20)
    recipient = failed(
        text(event, "recipient", most=320),
        diagnostic=said or text(event, "reject", "reason"),
        status=status,
        code=code,
        most=most,
        without=without,
        ours=ours,
    )
    return bounce(
        recipient, addressed=paths, message_ids=ids, reporter=text(event, "delivery-status", "mx-host")
    )
