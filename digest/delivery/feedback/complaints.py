"""Complaints of readers as providers pass them on: RFC 5965 (ARF), and those who never used it."""

import re

from digest.delivery.feedback.letter import Letter
from digest.model.feedback import FeedbackKind

_INLINE = re.compile(r"^[ \t>]{0,8}Feedback-Type[ \t]*:[ \t]*([\w-]{1,40})", re.M | re.I)
_MICROSOFT = re.compile(
    r"^complaint about message from\b", re.I
)  # Junk Mail Reporting Program, before it used ARF
_ABUSE = re.compile(
    r"^this is an? (?:e-?mail |automated |user )?(?:abuse|spam|junk(?: mail)?) (?:report|complaint)"
    r" (?:for|about|regarding|from)\b",
    re.I | re.M,
)
_OPT_OUT = re.compile(r"\bApple Mail sent this e-?mail to unsubscribe from the message\b", re.I)
_OUR_WAY_OUT = re.compile(
    r"u\+[a-z2-7]{16,60}@", re.I
)  # subscribers/mailto.py reads these: it is the reader's own word


def kind(letter: Letter) -> FeedbackKind | None:
    """Return COMPLAINT where a reader complained or wants out, OTHER for "this is no spam", None for any other mail."""
    kind = feedback_type(letter)
    if not kind:
        return None
    return FeedbackKind.OTHER if kind == "not-spam" else FeedbackKind.COMPLAINT


def feedback_type(letter: Letter) -> str:
    """Return the type (RFC 5965 7.3) in lower case, "abuse" where a complaint names none; "" for no complaint."""
    mail = letter.mail
    if letter.feedback is not None:
        return named(letter.feedback.get("feedback-type", [""])[0])
    if (
        mail.kind == "multipart/report"
        and mail.parameters.get("report-type", "").lower() == "feedback-report"
    ):
        inline = _INLINE.search(letter.words)
        return named(inline[1]) if inline else "abuse"
    if letter.returned and (inline := _INLINE.search(letter.words)):
        return named(inline[1])
    if letter.returned and (_MICROSOFT.match(mail.words("subject")) or _ABUSE.search(letter.words[:2_000])):
        return "abuse"
    if _OPT_OUT.search(letter.words[:500]) and not _OUR_WAY_OUT.search(mail.first("to")):
        return "opt-out"
    return ""


def named(text: str) -> str:
    """Return the type in *text*; what is empty or broken counts as abuse, as what providers send nearly always is."""
    found = re.match(r"[\s\"']*([A-Za-z][\w-]{0,39})", text)
    return found[1].lower().replace("_", "-") if found else "abuse"
