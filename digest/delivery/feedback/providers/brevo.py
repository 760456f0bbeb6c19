"""Brevo, which signs nothing: it brings a bearer token, or a username and a password, that the webhook was set up with.

It gives an event no id, so one is made of what the event says; a batched webhook sends a list.

Source: Brevo, "Transactional webhooks", "Batched webhooks", "Secure webhook calls".
"""

import re
from datetime import datetime

from digest.config.feedback import Shared
from digest.delivery.feedback.providers import Batch, Post, _secret
from digest.delivery.feedback.providers._reading import (
    Broken,
    Json,
    addresses,
    batch,
    identity,
    message_id,
    parsed,
    text,
)
from digest.delivery.feedback.providers._verdict import bounce, failed
from digest.model.feedback import FeedbackKind, FeedbackReport, Verdict

# The most that an event may mean, and what it means where the reader's server is not quoted.
BOUNCES = {
    "hard_bounce": (Verdict.DEAD, Verdict.DEAD),
    "invalid_email": (Verdict.DEAD, Verdict.DEAD),
    "soft_bounce": (Verdict.SOFT, Verdict.SOFT),
    "deferred": (Verdict.DELAYED, Verdict.DELAYED),
    "blocked": (Verdict.SOFT, Verdict.SOFT),  # on Brevo's list: the server was not asked
    "error": (Verdict.OURS, Verdict.OURS),
}
COMPLAINTS = {"spam": "abuse", "complaint": "abuse", "unsubscribed": "opt-out", "unsubscribe": "opt-out"}


def verify(post: Post, settings: Shared, now: datetime) -> None:
    """Raise Refused where *post* does not bring the secret that *settings* name."""
    _secret.verify(post, settings)


def events(post: Post, ours: frozenset[str]) -> Batch:
    """Return what the events of *post* say."""

    def made(event: Json) -> tuple[FeedbackReport, str] | None:
        report = _report(event, ours)
        return (report, _id(event)) if report is not None else None

    return batch(parsed(post.body), made)


def _id(event: Json) -> str:
    names = ("event", "email", "message-id", "ts_epoch", "ts_event", "ts", "date", "reason")
    return identity(*(text(event, name) for name in names))


def _report(event: Json, ours: frozenset[str]) -> FeedbackReport | None:
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text(event, "event")).lower()
    address = text(event, "email", most=320)
    if not kind or not address:
        raise Broken
    ids = message_id(text(event, "message-id"))
    known = addresses(text(event, "X-Mailin-custom", most=320), address)
    if kind in BOUNCES:
        most, without = BOUNCES[kind]
        said = text(event, "reason")
        recipient = failed(address, diagnostic=said, most=most, without=without, ours=ours)
        return bounce(recipient, addressed=known, message_ids=ids)
    if kind in COMPLAINTS:
        found, feedback_type = FeedbackKind.COMPLAINT, COMPLAINTS[kind]
    elif kind == "delivered":
        found, feedback_type = FeedbackKind.DELIVERED, ""
    else:
        return None  # requested, opened, clicked
    return FeedbackReport(kind=found, addressed=known, message_ids=ids, feedback_type=feedback_type)
