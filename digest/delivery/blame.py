"""Whose fault an SMTP answer is: the reader's address, ours, the relay's, or nobody's (RFC 5321, 3463, 5248).

The rule above all others: an address is never blamed for our fault. So only codes that name the mailbox make
an address dead, and a text decides only where there is no enhanced code.
"""

import re
from typing import Literal

from digest.outcomes import Accepted, Deferred, Outcome, Refused, Rejected, Throttled, Undeliverable

Stage = Literal["mail", "rcpt", "data", "dot"]

DEAD = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}
OURS = {"5.1.7", "5.1.8", "5.3.4"}  # our sender address, our size
AUTHENTICATION = {"5.7.515", *(f"5.7.{detail}" for detail in range(20, 31))}

_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?!\d)")
_SLOWER = re.compile(
    r"throttl|rate.?limit|too (?:many|fast|much)|slow down"
    r"|(?:sending|daily|hourly|message|maximum)\W.{0,24}(?:quota|limit)"
    r"|quota exceeded for|try again later.{0,40}(?:volume|rate)|connections? limit",
    re.I,
)
_SHARE = re.compile("connection|session", re.I)  # "too many mails in this session": the next may have more
_MAILBOX = re.compile(r"mailbox|recipient|user|account|storage", re.I)
_BLOCKED = re.compile(
    r"block|black.?list|deny.?list|spam|bulk|polic|reputation|rbl|dnsbl|spf|dkim|dmarc|authenticat|banned"
    r"|reject(?:ed)? (?:due|for)|https?://|not (?:permitted|allowed|authori[sz]ed)|access denied|relay",
    re.I,
)
_NOBODY = re.compile(
    r"(?:user|recipient|mailbox|address|account)\b.{0,40}"
    r"(?:unknown|not (?:found|exist|known|here)|does ?n.t exist|invalid|no longer)"
    r"|(?:unknown|invalid|no such|non.?existent) (?:user|recipient|mailbox|address|local|account|person)|no mailbox",
    re.I,
)


def enhanced(text: str) -> str:
    """Return the enhanced status code that *text* begins with ("5.1.1"), or ""."""
    found = _ENHANCED.match(text)
    return found[1] if found else ""


def classified(stage: Stage, code: int, text: str) -> Outcome:
    """Return what the answer *code* *text* at *stage* says about a message with one recipient."""
    if stage == "mail":
        return _of_mail(code, text)
    if 200 <= code < 300:
        return Accepted(code, text)
    if 500 <= code < 600:
        return _permanent(stage, code, text)
    if code == 421 or (400 <= code < 500 and _slower(text)):
        return Throttled(code, text)
    return Deferred(code, text)


def names_authentication(outcome: Outcome) -> bool:
    """Return whether they refuse us because SPF, DKIM or DMARC did not hold: three in a row halt a provider."""
    return isinstance(outcome, Refused) and enhanced(outcome.reply) in AUTHENTICATION


def asks_to_slow_down(outcome: Throttled) -> bool:
    """Return whether the relay says that we are too fast, and not only that it has troubles of its own."""
    status = enhanced(outcome.reply)
    return _slower(outcome.reply) or (outcome.code in (421, 450, 451, 452, 454) and status.startswith("4.7."))


def closes_for_speed(text: str) -> bool:
    """Return whether a 421 with *text* closes a line because we are too fast, not because the line had its share."""
    status = enhanced(text)
    if _SHARE.search(text) or status.startswith("4.3."):
        return False
    return status.startswith("4.7.") or _slower(text)


def _of_mail(code: int, text: str) -> Outcome:
    """An answer to MAIL is about us or the relay, save where it names the message's own size."""
    if code == 552 or enhanced(text) in {"5.3.4", "5.2.3"}:
        return Undeliverable(text, code)
    return Throttled(code, text)


def _slower(text: str) -> bool:
    status = enhanced(text)
    if status[2:] == "2.2":
        return False  # the reader's own mailbox is full
    if status[2:] in {"3.1", "3.2", "4.5", "7.28"}:
        return True
    return bool(_SLOWER.search(text)) and "greylist" not in text.lower() and "graylist" not in text.lower()


def _permanent(stage: Stage, code: int, text: str) -> Outcome:
    status = enhanced(text)
    if not status:
        return _by_text(stage, code, text)
    if status in DEAD:
        return Rejected(code, text)
    if status in OURS:
        return Refused(code, text)
    subject = status.split(".")[1]
    if subject == "5" or code in (500, 501, 502, 503, 504):
        return Deferred(code, text)  # about our commands: it says nothing about the reader
    if subject != "2" and _slower(text):
        return Throttled(code, text)
    if subject in {"6", "7"} or (subject in {"0", "3"} and (stage != "rcpt" or _BLOCKED.search(text))):
        return Refused(code, text)
    return Rejected(code, text, dead=False)


def _by_text(stage: Stage, code: int, text: str) -> Outcome:
    if code in (500, 501, 502, 503, 504):
        return Deferred(code, text)
    if code == 552:
        return Rejected(code, text, dead=False)
    if _SLOWER.search(text) and not _MAILBOX.search(text):
        return Throttled(code, text)
    if _BLOCKED.search(text):
        return Refused(code, text)
    if _NOBODY.search(text) and code in (550, 551, 553):
        return Rejected(code, text)
    return Rejected(code, text, dead=False) if stage == "rcpt" else Refused(code, text)
