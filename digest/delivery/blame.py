"""Whose fault an SMTP answer is: the reader's address, ours, the relay's, or nobody's (RFC 5321, 3463, 5248).

The rule above all others: an address is never blamed for our fault. What an answer says is weighed in this order:
the answer that it quotes, limits of sending, our own names and rights, then the mailbox. An address is dead where
a code or plain words name it and nothing else in the answer points at us. The words are a table, `replies.RULES`.

Why: docs/design-notes.md, "A reply's words outweigh its code where they speak of us".
"""

import re
from typing import Literal

from digest.delivery.replies import Sign, signs
from digest.outcomes import Accepted, Deferred, Outcome, Refused, Rejected, Throttled, Undeliverable

Stage = Literal["connect", "auth", "mail", "rcpt", "data", "dot"]

DEAD = {"1.1", "1.2", "1.3", "1.6", "1.10"}  # RFC 3463 3.2, RFC 7505: the mailbox, its domain, its spelling
# RFC 3463: "other or undefined", which relays fill in where they know no better
UNDEFINED = {"0.0", "3.0", "5.0"}
# RFC 3463 3.2, RFC 5248: our address, our login
SENDER = frozenset(("1.7", "1.8", "7.8", "7.9", "7.11", "7.12", "7.14"))
SIZE = {"3.4", "2.3"}  # RFC 3463: too big for the system, for this mailbox
# RFC 3463 3.4 to 3.6 (the relay is busy, too many recipients); Google 4.7.28; Microsoft 5.1.90, 5.7.232 and 233
LIMIT = frozenset(("3.1", "3.2", "4.5", "5.3", "7.28", "1.90", "7.232", "7.233"))
AUTHENTICATION = {"5.7.515", *(f"5.7.{detail}" for detail in range(20, 31))}
LOGIN = (530, 534, 535, 538)  # RFC 4954
COMMANDS = (500, 501, 502, 503, 504, 555)  # about our commands (RFC 5321 4.2.2, 4.1.1.11)
DEEPEST = 5  # answers within answers that are followed

_ENHANCED = re.compile(r"\W*(?:[245]\d\d[ -]+)?\W*([245])\.(\d{1,3}\.\d{1,3})(?![\d.])")
_TRAILING = re.compile(r"\(#([245])\.(\d\.\d{1,3})\b")  # qmail: "sorry, no mailbox here (#5.1.1)"
_QUOTED = re.compile(  # an answer within an answer: what the next server said to the one that answers us
    r"(?:\bsaid|respon\w+|repl(?:y|ied)|returned|answer(?:ed)?|error|with|was)\b"
    r"[^.\d]{0,40}?[:\s'\"(\[]([45]\d\d)[ -]+(\S.*)",
    re.I | re.S,
)
_ADDRESS = re.compile(r"<?[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+>?")
_SERVER = re.compile(r"\b(?:host|server|by|mx|relay)\s*[=:]?\s*\W?$")
_SHARE = re.compile("connection|session", re.I)  # "too many mails in this session": the next may have more


def enhanced(text: str) -> str:
    """Return the enhanced status code that *text* begins with ("5.1.1"), or ""."""
    found = re.match(r"\W{0,2}([245]\.\d{1,3}\.\d{1,3})(?!\d)", text)
    return found[1] if found else ""


def classified(
    stage: Stage, code: int, text: str, ours: frozenset[str] = frozenset(), *, reader: str = "", deep: int = 0
) -> Outcome:
    """Return what the answer *code* *text* at *stage* says about a message with one recipient.

    *ours* are our own names: addresses and domains of sender and bounces, the account at the relay. An answer that
    names one of them is not about the reader, whose address *reader* is. *deep* counts the answers around this one.
    """
    if 200 <= code < 300 and stage not in ("connect", "auth", "mail"):
        return Accepted(code, text)
    words, named = _without_addresses(text, ours, reader)
    found = signs(words)
    if stage in ("connect", "auth", "mail"):
        return _of_mail(code, text, found)
    if 500 <= code < 600:
        return _permanent(stage, code, text, found, named, deep)
    return _transient(code, text, found)


def account_name(user: str) -> frozenset[str]:
    """Return the account at a relay as a name of ours; nothing where it is a plain word ("apikey", "user")."""
    return frozenset({user.lower()} if re.search(r"[@._\d-]", user) else ())


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


def _slower(text: str) -> bool:
    found = signs(_ADDRESS.sub("<>", text))
    return _limits(_status(text), found) and Sign.GREYLIST not in found


# ---------------------------------------------------------------------------- what an answer holds


def _without_addresses(text: str, ours: frozenset[str], reader: str) -> tuple[str, bool]:
    """Return *text* without its addresses, whose letters mean nothing, and whether one of *ours* is named in it."""
    rest = re.sub(rf"<?{re.escape(reader)}>?", "<>", text, flags=re.I) if reader else text
    shared = reader.rpartition("@")[2].lower()  # who reads at our own domain is named with it
    names = (name.lower() for name in ours if name and name.lower() != shared)
    return _ADDRESS.sub("<>", rest), any(_names(rest.lower(), name) for name in names)


def _names(text: str, name: str) -> bool:
    """Return whether *text* holds *name* as a whole word; a domain right after "host" or "by" is a server's."""
    for found in re.finditer(rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w)", text):
        if not _SERVER.search(text[: found.start()]):
            return True
    return False


def _status(text: str) -> str:
    """Return subject and detail of the enhanced code ("1.1"); "" for one that says success."""
    found = _ENHANCED.match(text) or _TRAILING.search(text)
    return found[2] if found is not None and found[1] != "2" else ""


def _plain(code: int, text: str) -> bool:
    """Return whether the enhanced code of *text* is of the same class as *code* (RFC 3463 2)."""
    found = _ENHANCED.match(text) or _TRAILING.search(text)
    return found is not None and found[1] == str(code // 100)


def _with_words(outcome: Outcome, code: int, text: str) -> Outcome:
    """Return *outcome* of a quoted answer with the words of the whole one; a "later" in it stays one."""
    match outcome:
        case Undeliverable():
            return Undeliverable(text, code)
        case Rejected(dead=dead):
            return Rejected(code, text, dead)
        case Deferred(inner, _) | Throttled(inner, _):
            return type(outcome)(inner, text)
        case _:
            return Refused(code, text)


def _limits(status: str, found: frozenset[Sign]) -> bool:
    """Return whether it says that we send too much or too fast. What one reader gets from others is not ours."""
    if Sign.BUSY in found or (Sign.FULL in found and status == "2.2" and Sign.LIMIT not in found):
        return False
    return status in LIMIT or (Sign.LIMIT in found and Sign.SIZE not in found)


# ---------------------------------------------------------------------------- what follows from it


def _of_mail(code: int, text: str, found: frozenset[Sign]) -> Outcome:
    """An answer to MAIL and before it is about us or the relay, save where it names the message's own size."""
    status = _status(text)
    big = status in SIZE or (code == 552 and (Sign.SIZE in found or not found))
    return Undeliverable(text, code) if big and not _limits(status, found) else Throttled(code, text)


def _transient(code: int, text: str, found: frozenset[Sign]) -> Outcome:
    if Sign.GREYLIST in found:
        return Deferred(code, text)  # RFC 6647: by sender and recipient, whatever the pace
    slow = code == 421 or _limits(_status(text), found)
    return Throttled(code, text) if slow else Deferred(code, text)


def _permanent(stage: Stage, code: int, text: str, found: frozenset[Sign], named: bool, deep: int) -> Outcome:
    if (quoted := _QUOTED.search(text)) is not None and not named and deep < DEEPEST:
        return _with_words(classified(stage, int(quoted[1]), quoted[2], deep=deep + 1), code, text)
    status = _status(text)
    if _limits(status, found):
        return Throttled(code, text)
    if named or Sign.SENDER in found or status in SENDER or code in LOGIN:
        return Refused(code, text)
    if (status in SIZE and Sign.BLOCK not in found) or (Sign.SIZE in found and Sign.FULL not in found):
        return Undeliverable(text, code)
    if found & {Sign.BUSY, Sign.FULL, Sign.CLOSED}:
        return Rejected(code, text, dead=False)
    return _of_address(stage, code, text, status, found)


def _of_address(stage: Stage, code: int, text: str, status: str, found: frozenset[Sign]) -> Outcome:
    """Weigh what may be about the address against what may be about us, where neither is plain."""
    against = bool(found & {Sign.BLOCK, Sign.DEFECT})
    about = bool(found & {Sign.NOBODY, Sign.DOUBTFUL})
    if status in DEAD and _plain(code, text) and (Sign.NOBODY in found or Sign.BLOCK not in found):
        return Rejected(code, text)
    subject = status.partition(".")[0]
    if subject in {"6", "7"}:
        unknown = Sign.NOBODY in found and not against
        return Rejected(code, text, dead=False) if unknown else Refused(code, text)
    if against:
        return Refused(code, text)
    if (not status or status in UNDEFINED) and Sign.NOBODY in found and code in (550, 551, 553):
        return Rejected(code, text)
    if Sign.NOWHERE in found and (not status or status in UNDEFINED or subject in {"1", "4"}):
        return Rejected(code, text)
    if subject == "5" or code in COMMANDS:
        return Rejected(code, text, dead=False) if about else Deferred(code, text)
    if subject in {"1", "2", "4"} or about or code == 552 or stage == "rcpt":
        return Rejected(code, text, dead=False)
    return Refused(code, text)
