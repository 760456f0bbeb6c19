"""Amazon SES, whose events come by SNS, signed by Amazon: bounces, complaints, deliveries and delays.

Every AWS customer has SNS sign with the same certificate, so a signature shows no more than that Amazon sent it: the
topic, which is signed with the rest, shows that it is ours. The certificate and the confirmation are read from SNS in
the topic's own region and from nowhere else. SNS repeats a message for up to an hour with the time of its first
attempt, so it may be older here than other providers' may; a replay is known by its MessageId, which is signed, too.

Source: AWS, "Verifying the signatures of Amazon SNS messages", "Amazon SNS notification contents for Amazon SES".
"""

import base64
import binascii
import re
from datetime import datetime, timedelta
from urllib.parse import SplitResult, parse_qs, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from digest.config.feedback import Ses
from digest.delivery.feedback.providers import Batch, Event, Post, Refused
from digest.delivery.feedback.providers._reading import (
    Broken,
    Json,
    addresses,
    at,
    items,
    message_id,
    parsed,
    text,
)
from digest.delivery.feedback.providers._verdict import failed
from digest.model.feedback import FailedRecipient, FeedbackKind, FeedbackReport, Verdict

OLDEST = timedelta(minutes=75)  # SNS: up to 3,600 seconds of retries to an HTTPS endpoint
AHEAD = timedelta(minutes=15)
_NOTIFIED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {
    "Notification": _NOTIFIED,
    "SubscriptionConfirmation": _CONFIRMED,
    "UnsubscribeConfirmation": _CONFIRMED,
}
_PEM = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{8,64}\.pem")
_HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - SNS signs so

# The most that a subtype may mean, and what it means where the reader's server is not quoted.
_PERMANENT = {
    "Suppressed": (Verdict.SOFT, Verdict.SOFT),  # Amazon's lists: the server was not asked
    "OnAccountSuppressionList": (Verdict.SOFT, Verdict.SOFT),
    "UnsubscribedRecipient": (Verdict.SOFT, Verdict.SOFT),
    "EmailValidationSuppressed": (Verdict.SOFT, Verdict.SOFT),
}
_TRANSIENT = {
    "MessageTooLarge": (Verdict.OURS, Verdict.OURS),
    "ContentRejected": (Verdict.OURS, Verdict.OURS),
    "AttachmentRejected": (Verdict.OURS, Verdict.OURS),
}


def certificate(post: Post, settings: Ses) -> str:
    """Return where the certificate is; raise Refused where that is not SNS of our topic's region."""
    found = _ours(post, settings)
    url = text(found, "SigningCertURL") or text(found, "SigningCertUrl")
    parts = _of_sns(url, settings)
    if not _PEM.fullmatch(parts.path) or parts.query:
        raise Refused("the certificate's address is not that of an SNS certificate")
    return url


def verify(post: Post, settings: Ses, now: datetime) -> None:
    """Raise Refused where Amazon did not sign *post*, for another topic, or long ago."""
    found = _ours(post, settings)
    names = SIGNED[text(found, "Type")]
    _recent(text(found, "Timestamp"), now)
    algorithm = _HASHES.get(text(found, "SignatureVersion"))
    if algorithm is None:
        raise Refused("the signature is of an unknown version")
    values = [(name, at(found, name)) for name in names]
    signed = "".join(f"{name}\n{value}\n" for name, value in values if isinstance(value, str))
    try:
        made = x509.load_pem_x509_certificate(post.certificate)
        signature = base64.b64decode(text(found, "Signature", most=2_000), validate=True)
        key = made.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise Refused("the certificate holds no RSA key")
        key.verify(signature, signed.encode("utf-8", "surrogatepass"), padding.PKCS1v15(), algorithm)
    except (InvalidSignature, binascii.Error, ValueError):
        raise Refused("the signature is wrong") from None
    if not made.not_valid_before_utc <= now <= made.not_valid_after_utc:
        raise Refused("the certificate has expired")
    if text(found, "Type") == "SubscriptionConfirmation":
        asked = parse_qs(_of_sns(text(found, "SubscribeURL", most=2_000), settings).query)
        if asked.get("Action") != ["ConfirmSubscription"] or asked.get("TopicArn") != [settings.topic]:
            raise Refused("the address that confirms the subscription is about something else")


def confirmation(post: Post) -> str:
    """Return what is to be read to confirm the subscription, "" where *post* is about something else."""
    found = parsed(post.body)
    return (
        text(found, "SubscribeURL", most=2_000) if text(found, "Type") == "SubscriptionConfirmation" else ""
    )


def events(post: Post, ours: frozenset[str]) -> Batch:
    """Return what a notification says of one mail; nothing for a confirmation."""
    envelope = parsed(post.body)
    inner = at(envelope, "Message")
    if text(envelope, "Type") != "Notification" or not isinstance(inner, str) or "{" not in inner[:20]:
        return Batch()  # "Successfully validated SNS topic ..." is a sentence
    try:
        said = parsed(inner)
        report = _report(said, ours)
    except (Refused, Broken):
        return Batch(broken=1)
    if report is None:
        return Batch()
    return Batch((Event(report, text(envelope, "MessageId"), inner.encode("utf-8", "replace")),))


def _ours(post: Post, settings: Ses) -> Json:
    if post.headers.get("x-amz-sns-rawdelivery", "").lower() == "true":
        raise Refused(
            "raw message delivery is on, so nothing is signed: switch it off in the SNS subscription"
        )
    found = parsed(post.body)
    if text(found, "Type") not in SIGNED:
        raise Refused("it is no SNS message")
    if at(found, "TopicArn") != settings.topic:
        raise Refused(f"it is of another topic: {text(found, 'TopicArn', most=300)}")
    return found


def _of_sns(url: str, settings: Ses) -> SplitResult:
    """Return *url* in parts; raise Refused where it is not https, or of another host than SNS in the topic's region."""
    end = "amazonaws.com.cn" if settings.region.startswith("cn-") else "amazonaws.com"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("it names no address of SNS") from None
    if parts.scheme != "https" or parts.netloc != f"sns.{settings.region}.{end}" or port or parts.fragment:
        raise Refused("it names an address that is not SNS of the topic's region")
    return parts


def _recent(stamp: str, now: datetime) -> None:
    try:
        sent = datetime.fromisoformat(stamp)
    except ValueError:
        raise Refused("it has no time") from None
    if sent.tzinfo is None or not now - OLDEST <= sent <= now + AHEAD:
        raise Refused(f"its time is {stamp}: too old, or ahead of our clock")


# ---------------------------------------------------------------------------- what it says


def _report(said: Json, ours: frozenset[str]) -> FeedbackReport | None:
    kind = text(said, "eventType") or text(said, "notificationType")
    mail = at(said, "mail")
    if not kind or not isinstance(mail, dict):
        raise Broken
    match kind:
        case "Bounce":
            return _bounced(said, mail, ours)
        case "Complaint":
            return _complained(said, mail)
        case "Delivery":
            return _about(mail, FeedbackKind.DELIVERED)
        case "DeliveryDelay":
            return _failed(at(said, "deliveryDelay"), mail, "delayedRecipients", (Verdict.DELAYED,) * 2, ours)
        case "Reject":  # Amazon would not send it: it found a virus
            to: list[Json] = [{"emailAddress": one} for one in items(mail, "destination")]
            return _failed({"to": to}, mail, "to", (Verdict.OURS,) * 2, ours)
        case "Subscription":
            return _about(mail, FeedbackKind.COMPLAINT, feedback_type="opt-out")
    return None  # sent, opened, clicked


def _bounced(said: Json, mail: Json, ours: frozenset[str]) -> FeedbackReport:
    bounce = at(said, "bounce")
    kind, subtype = text(bounce, "bounceType"), text(bounce, "bounceSubType")
    quoted = any(
        text(one, "diagnosticCode") or text(one, "status") for one in items(bounce, "bouncedRecipients")
    )
    if kind == "Transient" and subtype == "General" and not quoted:
        return _about(mail, FeedbackKind.AUTO_REPLY)  # an out-of-office mail is passed on like this
    if kind == "Permanent":
        means = _PERMANENT.get(subtype, (Verdict.DEAD, Verdict.DEAD))
    else:
        means = _TRANSIENT.get(subtype, (Verdict.SOFT, Verdict.SOFT))
    return _failed(bounce, mail, "bouncedRecipients", means, ours)


def _complained(said: Json, mail: Json) -> FeedbackReport:
    complaint = at(said, "complaint")
    if text(complaint, "complaintSubType") == "OnAccountSuppressionList":  # held back: nobody complained now
        means = (Verdict.SOFT, Verdict.SOFT)
        return _failed(complaint, mail, "complainedRecipients", means, frozenset())
    kind = text(complaint, "complaintFeedbackType", most=40) or "abuse"
    return _about(mail, FeedbackKind.COMPLAINT, feedback_type=kind, reporter=text(complaint, "userAgent"))


def _failed(
    failure: Json, mail: Json, key: str, means: tuple[Verdict, ...], ours: frozenset[str]
) -> FeedbackReport:
    recipients = tuple(
        failed(
            text(one, "emailAddress", most=320),
            diagnostic=text(one, "diagnosticCode"),
            status=text(one, "status", most=20),
            most=means[0],
            without=means[1],
            ours=ours,
        )
        for one in items(failure, key)[:50]
    )
    if not recipients:
        raise Broken
    reporter = text(failure, "reportingMTA").rpartition(";")[2].strip()
    return _about(mail, FeedbackKind.BOUNCE, recipients=recipients, reporter=reporter)


def _about(
    mail: Json,
    kind: FeedbackKind,
    *,
    recipients: tuple[FailedRecipient, ...] = (),
    feedback_type: str = "",
    reporter: str = "",
) -> FeedbackReport:
    """Return a report about *mail*: its `source` is our envelope address, its headers are those that we wrote."""
    ids = [text(one, "value") for one in items(mail, "headers") if text(one, "name").lower() == "message-id"]
    ids.append(text(mail, "commonHeaders", "messageId"))
    paths = (text(mail, "source", most=320), text(mail, "commonHeaders", "returnPath", most=320))
    to = tuple(text({"to": one}, "to", most=320) for one in items(mail, "destination")[:50])
    return FeedbackReport(
        kind=kind,
        recipients=recipients,
        addressed=addresses(*paths, *to),
        message_ids=tuple(dict.fromkeys(found for one in ids for found in message_id(one))),
        feedback_type=feedback_type,
        reporter=reporter,
    )
