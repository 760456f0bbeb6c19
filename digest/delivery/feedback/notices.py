"""Amazon SES's notices by mail (an SNS topic with a mailbox as its subscriber): JSON in the text.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

import json
import re
from collections.abc import Mapping

from digest.delivery.feedback.addresses import cleaned
from digest.delivery.feedback.complaints import named
from digest.delivery.feedback.letter import Letter
from digest.delivery.feedback.verdicts import Evidence, judged, status_in
from digest.model.feedback import FailedRecipient, FeedbackKind

Reading = tuple[FeedbackKind, list[FailedRecipient], str]
MOST = 200
_FOLDED = re.compile(r"!?\r?\n ")  # a relay's cut of a long line


def read(letter: Letter) -> Reading | None:
    """Return what the notice in *letter* says, and put the mail it is about into *letter*; None for any other mail."""
    mail = letter.mail
    if mail.children or not mail.kind.startswith("text/plain"):
        return None
    text = mail.text.lstrip()
    if not text.startswith("{"):
        return None
    notice = _object(text)
    if isinstance(inner := notice.get("Message"), str):
        notice = _object(inner)
    event = str(notice.get("notificationType") or notice.get("eventType") or "")
    if event not in ("Bounce", "Complaint", "Delivery", "DeliveryDelay", "Reject"):
        return None
    _remember(letter, notice)
    if event == "Complaint":
        complaint = _mapping(notice.get("complaint"))
        return _complaint(str(complaint.get("complaintFeedbackType") or "abuse"))
    if event in ("Bounce", "DeliveryDelay"):
        return FeedbackKind.BOUNCE, _recipients(notice, event), ""
    return (FeedbackKind.DELIVERED if event == "Delivery" else FeedbackKind.OTHER), [], ""


def _complaint(kind: str) -> Reading:
    event = named(kind)
    return (FeedbackKind.OTHER if event == "not-spam" else FeedbackKind.COMPLAINT), [], event


def _object(text: str) -> Mapping[str, object]:
    for tried in (text, _FOLDED.sub("", text), text.replace("\n", "")):
        try:
            found, _ = json.JSONDecoder(strict=False).raw_decode(tried)
        except (ValueError, RecursionError):
            continue
        return _mapping(found)
    return {}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _rows(value: object) -> list[Mapping[str, object]]:
    return [_mapping(row) for row in value[:MOST]] if isinstance(value, list) else []


def _recipients(notice: Mapping[str, object], event: str) -> list[FailedRecipient]:
    bounce = _mapping(notice.get("bounce") or notice.get("deliveryDelay"))
    rows = _rows(bounce.get("bouncedRecipients") or bounce.get("delayedRecipients"))
    action = "delayed" if event == "DeliveryDelay" else "failed"
    kind = str(bounce.get("bounceType") or "")
    return [
        judged(cleaned(str(row.get("emailAddress") or "")), _evidence(row, action, kind))
        for row in rows or [{}]
    ]  # one that names nobody is a bounce still: whose, its token says


def _evidence(row: Mapping[str, object], action: str, kind: str) -> Evidence:
    status = status_in(str(row.get("status") or "")[:40]) or ("4.0.0" if kind == "Transient" else "5.0.0")
    return Evidence(action, status, str(row.get("diagnosticCode") or "")[:2_000])


def _remember(letter: Letter, notice: Mapping[str, object]) -> None:
    """Put the headers of the mail that the notice is about where those of a returned mail are."""
    mail = _mapping(notice.get("mail"))
    headers: dict[str, list[str]] = {}
    if isinstance(source := mail.get("source"), str):
        headers["return-path"] = [source[:300]]
    for row in _rows(mail.get("headers")):
        headers.setdefault(str(row.get("name"))[:80].lower(), []).append(str(row.get("value"))[:2_000])
    letter.returned.insert(0, headers)
