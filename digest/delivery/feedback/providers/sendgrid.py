"""SendGrid: a list of events in each request, which is signed with ECDSA on P-256 over its time and its body.

Source: Twilio, "Event Webhook Reference" and "Getting started with the Event Webhook security features".
"""

import base64
import binascii
import re
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from digest.config.feedback import SendGrid
from digest.delivery.feedback.providers import Batch, Post, Refused
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
from digest.delivery.feedback.providers._times import recent
from digest.delivery.feedback.providers._verdict import bounce, failed
from digest.model.feedback import FailedRecipient, FeedbackKind, FeedbackReport, Verdict

OLDEST = timedelta(minutes=15)
SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"

# Why it was dropped: the address stands on a list of the account's, and the reader's server was not asked.
HELD_BACK = (
    "bounced address",
    "spam reporting address",
    "unsubscribed address",
    "invalid",
    "suppressed",
    "asm",
)
# bounce_classification, where no answer is quoted
_CLASSES = {
    "invalid address": Verdict.DEAD,
    "mailbox unavailable": Verdict.SOFT,
    "technical": Verdict.SOFT,
    "content": Verdict.OURS,
    "reputation": Verdict.OURS,
    "frequency or volume too high": Verdict.OURS,
}
_COMPLAINTS = {"spamreport": "abuse", "unsubscribe": "opt-out", "group_unsubscribe": "opt-out"}


def verify(post: Post, settings: SendGrid, now: datetime) -> None:
    """Raise Refused where *post* is not signed with the key that *settings* name, or was long ago."""
    stamp = post.headers.get(TIMESTAMP, "")
    try:
        signature = base64.b64decode(post.headers.get(SIGNATURE, ""), validate=True)
        key = load_der_public_key(_der(settings.public_key))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise Refused("the signature is none, or public_key is no key") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Refused("public_key is no key on P-256")
    try:
        key.verify(signature, stamp.encode("latin-1", "replace") + post.body, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Refused("the signature is wrong") from None
    recent(stamp, now, OLDEST)


def events(post: Post, ours: frozenset[str]) -> Batch:
    """Return what the events of *post* say."""

    def made(event: Json) -> tuple[FeedbackReport, str] | None:
        report = _report(event, ours)
        return (report, _id(event)) if report is not None else None

    return batch(parsed(post.body), made)


def _der(key: str) -> bytes:
    """Return *key*, as SendGrid shows it or in PEM, as bytes."""
    return base64.b64decode(re.sub(r"-----[A-Z ]+-----|\s", "", key), validate=True)


def _id(event: Json) -> str:
    number = text(event, "sg_event_id", most=200)
    if number:
        return number
    names = ("event", "email", "smtp-id", "sg_message_id", "timestamp", "status")
    return identity(*(text(event, name) for name in names))


def _report(event: Json, ours: frozenset[str]) -> FeedbackReport | None:
    kind = text(event, "event")
    address = text(event, "email", most=320)
    if not kind or not address:
        raise Broken
    ids = message_id(text(event, "smtp-id"))
    if kind in ("bounce", "blocked", "deferred", "dropped"):
        return bounce(_failed(event, kind, address, ours), addressed=addresses(address), message_ids=ids)
    if kind in _COMPLAINTS:
        found, feedback_type = FeedbackKind.COMPLAINT, _COMPLAINTS[kind]
    elif kind == "delivered":
        found, feedback_type = FeedbackKind.DELIVERED, ""
    else:
        return None  # processed, opened, clicked
    return FeedbackReport(
        kind=found, addressed=addresses(address), message_ids=ids, feedback_type=feedback_type
    )


def _failed(event: Json, kind: str, address: str, ours: frozenset[str]) -> FailedRecipient:
    reason, classified = text(event, "reason"), text(event, "bounce_classification").lower()
    if kind == "deferred":  # it goes on trying
        most = without = Verdict.DELAYED
        reason = text(event, "response") or reason
    elif kind == "dropped":
        held = reason.lower().startswith(HELD_BACK)
        most = without = Verdict.SOFT if held else Verdict.OURS
    elif kind == "blocked" or text(event, "type").lower() == "blocked":  # a bounce, and not for ever
        most, without = Verdict.SOFT, _CLASSES.get(classified, Verdict.OURS)
    else:
        most, without = Verdict.DEAD, _CLASSES.get(classified, Verdict.SOFT)
    return failed(
        address,
        diagnostic=reason,
        status=text(event, "status", most=20),
        most=most,
        without=without,
        ours=ours,
    )
