"""Postmark, which signs nothing: it brings a username and a password, or a header, that the webhook was set up with.

It puts its own Message-ID and return path on each mail, so what names our mail is in the bounce's content, which the
webhook can be told to include; else the address is all that there is.

Source: Postmark, "Webhooks overview", "Bounce webhook", "Bounce types".
"""

from datetime import datetime

from digest.config.feedback import Shared
from digest.delivery.feedback.providers import Batch, Post, _secret
from digest.delivery.feedback.providers._reading import (
    Broken,
    Json,
    addresses,
    at,
    batch,
    identity,
    in_mail,
    parsed,
    text,
)
from digest.delivery.feedback.providers._verdict import bounce, failed
from digest.model.feedback import FeedbackKind, FeedbackReport, Verdict

# The most that a type may mean, and what it means where the reader's server is not quoted.
TYPES = {
    "HardBounce": (Verdict.DEAD, Verdict.DEAD),
    "BadEmailAddress": (Verdict.DEAD, Verdict.DEAD),
    "SoftBounce": (Verdict.SOFT, Verdict.SOFT),
    "DnsError": (Verdict.SOFT, Verdict.SOFT),
    "Unknown": (Verdict.SOFT, Verdict.SOFT),
    "Transient": (Verdict.DELAYED, Verdict.DELAYED),
    "ManuallyDeactivated": (Verdict.SOFT, Verdict.SOFT),  # held back by Postmark: the server was not asked
    "InactiveRecipient": (Verdict.SOFT, Verdict.SOFT),  # the same
    "Blocked": (Verdict.SOFT, Verdict.OURS),
    "SpamNotification": (Verdict.OURS, Verdict.OURS),
    "VirusNotification": (Verdict.OURS, Verdict.OURS),
    "DMARCPolicy": (Verdict.OURS, Verdict.OURS),
    "SMTPApiError": (Verdict.OURS, Verdict.OURS),
}
REPLIES = ("AutoResponder", "AddressChange", "ChallengeVerification", "Subscribe", "Unconfirmed")
LEFT = ("Unsubscribe",)


def verify(post: Post, settings: Shared, now: datetime) -> None:
    """Raise Refused where *post* does not bring the secret that *settings* name."""
    _secret.verify(post, settings)


def events(post: Post, ours: frozenset[str]) -> Batch:
    """Return what the event of *post* says."""

    def made(event: Json) -> tuple[FeedbackReport, str] | None:
        report = _report(event, ours)
        return (report, _id(event)) if report is not None else None

    return batch(parsed(post.body), made)


def _id(event: Json) -> str:
    number, kind = text(event, "ID", most=40), text(event, "RecordType")
    if number and number != "0":
        return f"{kind} {number}"
    names = ("MessageID", "Recipient", "Email", "DeliveredAt", "ChangedAt", "BouncedAt", "Type")
    return f"{kind} {identity(*(text(event, name) for name in names))}"


def _report(event: Json, ours: frozenset[str]) -> FeedbackReport | None:
    record, kind = text(event, "RecordType"), text(event, "Type")
    address = text(event, "Email", most=320) or text(event, "Recipient", most=320)
    if not (record or kind) or not address:
        raise Broken
    tokens, ids = in_mail(at(event, "Content"))
    known = addresses(*tokens, *_metadata(event), address)
    if record == "SpamComplaint" or kind == "SpamComplaint":
        return _about(FeedbackKind.COMPLAINT, known, ids, "abuse")
    if record == "SubscriptionChange":
        return _changed(event, known, ids)
    if record == "Delivery":
        return _about(FeedbackKind.DELIVERED, known, ids)
    if kind in REPLIES:
        return _about(FeedbackKind.AUTO_REPLY, known, ids)
    if kind in LEFT:
        return _about(FeedbackKind.COMPLAINT, known, ids, "opt-out")
    if kind not in TYPES:
        return None  # opened, clicked, or about mail to Postmark itself
    most, without = TYPES[kind]
    said = text(event, "Details") or text(event, "Description")
    if kind == "SMTPApiError" and "inactive" in said.lower():
        most = without = Verdict.SOFT
    recipient = failed(address, diagnostic=said, most=most, without=without, ours=ours)
    return bounce(recipient, addressed=known, message_ids=ids)


def _changed(event: Json, known: tuple[str, ...], ids: tuple[str, ...]) -> FeedbackReport | None:
    """Return that a reader left by Postmark's own link; bounces and complaints that suppress come as themselves."""
    left = (
        at(event, "SuppressSending") is True
        and text(event, "Origin") == "Recipient"
        and text(event, "SuppressionReason") == "ManualSuppression"
    )
    return _about(FeedbackKind.COMPLAINT, known, ids, "opt-out") if left else None


def _metadata(event: Json) -> list[str]:
    found = at(event, "Metadata")
    return [text(found, key) for key in list(found)[:20]] if isinstance(found, dict) else []


def _about(
    kind: FeedbackKind, known: tuple[str, ...], ids: tuple[str, ...], feedback_type: str = ""
) -> FeedbackReport:
    return FeedbackReport(kind=kind, addressed=known, message_ids=ids, feedback_type=feedback_type)
