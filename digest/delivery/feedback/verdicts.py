"""What a report's words say of one recipient, by the same rules as an answer on the wire: `delivery.blame`.

A report has less to go by than an answer: often a status that the reporting server guessed, or words without a code.
Where the two differ the softer one holds: a reader lost by mistake is the worst fault.
"""

import re
from dataclasses import dataclass, replace

from digest.delivery.blame import DEAD, Stage, classified
from digest.delivery.feedback.phrases import any_in_lower
from digest.delivery.replies import Sign, signs
from digest.model.feedback import FailedRecipient, Verdict
from digest.outcomes import Outcome, Refused, Rejected, Throttled

LONGEST = 900  # characters of a diagnostic that are kept and judged

_TYPE = re.compile(r"^\s*(?:smtp|x-[\w-]+|x400|unix|dns|ldap|lmtp|esmtp|local)\s*;\s*", re.I)
_REPLY = re.compile(r"(?<![\w.:@/#=-])([245]\d\d)(?:[ -]+|(?=:)|(?=$))")
_SEVERAL = re.compile(r"(?<![\w.])([245]\d\d)-((?:[245]\.\d{1,3}\.\d{1,3})?)")  # an answer of several lines
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]|-\d)")
_CODED = re.compile(
    r"\bERROR_CODE ?: ?(\d{3})\b|\bsmtp (?:error )?code[ :=]{1,3}(\d{3})\b|\berror ?[:=(]? ?#?([45]\d\d)\b",
    re.I,
)
_LABEL = re.compile(r",? ?\bERROR_CODE ?: ?")
_GUESSED = re.compile(r"[245]\.(?:0\.\d+|[35]\.0|1\.0|4\.0|6\.0|7\.0)")  # says no more than the class
_AFTER_DATA = any_in_lower(
    r"(?:SMTP command|STEP:)\W{1,3}DATA|end of data|after (?:I sent the message|DATA|sending)",
    r"\bDATA command|final DATA|final dot",
    r"message body|>>> ?\.|\((?:DATA|EOM)\)|\(state 1[5-8]\)",
)
# an answer to the content: no recipient is at hand
_NO_ADDRESS = re.compile(r"\b55\d ?(?:<>)? ?: ?user unknown", re.I)
_AT_MAIL = any_in_lower(
    r"(?:after|reply to|command:?|>>>) (?:pipelined |end of )?(?:MAIL|HELO|EHLO)\b",
    r"initial (?:connection|greeting)|sender was rejected|my name was rejected|did not like our MAIL",
    r"does not like (?:the )?sender",
)
_AT_RCPT = any_in_lower(
    r"(?:after|reply to|command:?|>>>|our) (?:pipelined )?RCPT\b|does not like recipient|SMTP:RCPT|\(RCPT",
    r"\(state 1[34]\)",  # Google's own
)
_OF_THE_MAILBOX = any_in_lower(
    # as Postfix and Sendmail begin an answer to RCPT
    r"\b55\d[ -]+(?:5\.\d\.\d )?(?:<[^<>\s]+@[^<>\s]+>(?::|\.\.\.)|[^<>\s]+@[^<>\s]+\.\.\. )",
    r"\b(?:ofr|lpn|ouk)\w*[_-]416\b",  # Orange and La Poste: no such mailbox
)
_NO_DOMAIN = any_in_lower(r"\bnxdomain\b", r"\bnull ?mx\b", r"\bdoes ?n['’]t receive (?:e-?)?mail\b")
_EXPIRED = any_in_lower(
    r"timeout exceeded|timed? ?out|too long|retry time|queue (?:time|life)|expired|not responding",
    r"gave up|giving up after|could not be delivered for",
    r"connection (?:refused|reset|lost|dropped|closed)|no route to host|network (?:is )?unreachable",
    r"try again|temporar|unable to connect|host not reachable|lost connection|unreachable for",
    r"not accept our requests to connect",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a report holds of one recipient; every field may be empty."""

    action: str = ""  # failed, delayed, ... (RFC 3464 2.3.3)
    status: str = ""
    diagnostic: str = ""
    words: str = ""  # of the person's part: the section about this recipient
    delayed: bool = False  # the report as a whole says that the server still tries


def judged(address: str | None, evidence: Evidence) -> FailedRecipient:
    """Return *address* with what follows for its reader, its codes, and the other side's words in one line."""
    diagnostic = one_line(_TYPE.sub("", evidence.diagnostic))
    words = one_line(evidence.words)
    says = (
        diagnostic
        if is_answer(diagnostic) or not words
        else words
        if is_answer(words)
        else diagnostic or words
    )
    context = f"{words} {diagnostic}".lower()
    status = (
        ""
        if evidence.action == "failed" and _NO_DOMAIN.search(says.lower()) and evidence.status == "4.0.0"
        else evidence.status
    )
    evidence = replace(evidence, status=status)  # Google's 4.0.0 for what the DNS knows for certain
    code, text = _answer(says)
    own = _STATUS.match(text.lstrip("(#<[ '\"")) or (_STATUS.search(text) if code is None else None)
    status = own[0] if own else evidence.status
    outcome = _outcome(_stage(context), code, text, evidence.status, says, bool(own))
    verdict = _verdict(outcome)
    if evidence.action == "delayed" or (evidence.delayed and evidence.action != "failed"):
        verdict = Verdict.DELAYED
    elif verdict is Verdict.DEAD and _doubtful(context, evidence, own[0] if own else evidence.status, code):
        verdict = Verdict.SOFT
    return FailedRecipient(
        address=address, verdict=verdict, status=status, code=code, diagnostic=(diagnostic or words)[:LONGEST]
    )


def one_line(text: str) -> str:
    """Return *text* in one line, an answer of several lines without the codes that begin each."""
    line = " ".join(text[: LONGEST * 3].split())
    if found := _SEVERAL.search(line):
        rest = line[found.end() :]
        for again in ("-", " "):
            rest = rest.replace(f" {found[1]}{again}{found[2]}", "")
        line = f"{line[: found.start()]}{found[1]} {found[2]}{rest}"
    line = line[: LONGEST * 2]
    return line if line.isprintable() else "".join(letter if letter.isprintable() else " " for letter in line)


def status_in(text: str) -> str:
    """Return the first enhanced status code in *text* that is no success; "" without one."""
    return next((found[0] for found in _STATUS.finditer(text) if found[1] != "2"), "")


def is_answer(text: str) -> bool:
    """Return whether *text* holds an answer, or words that are known to mean something."""
    return bool(text) and (_REPLY.search(text) is not None or bool(signs(text)))


def _answer(text: str) -> tuple[int | None, str]:
    """Return the SMTP reply in *text* as its code and the words after it; (None, *text*) without one."""
    found = _REPLY.search(text)
    if found is not None:
        rest = text[found.end() :].lstrip(": ")
        before = text[: found.start()]
        says_before = len(before) > 8 and not signs(rest) and Sign.NOBODY in signs(before)
        return (None, before) if says_before else (int(found[1]), rest)
    if coded := _CODED.search(text):
        return int(coded[1] or coded[2] or coded[3]), _LABEL.sub(" ", text[coded.end() :]).lstrip(":, ")
    return None, text


def _stage(text: str) -> Stage:
    if _AT_MAIL.search(text):
        return "mail"
    return "dot" if _AFTER_DATA.search(text) and not _AT_RCPT.search(text) else "rcpt"


def _outcome(stage: Stage, code: int | None, text: str, status: str, says: str, own: bool) -> Outcome:
    """Return what `classified` says of the answer; the report's status helps where the answer has none of its own."""
    telling = status if status and not _GUESSED.fullmatch(status) else ""
    if not own and telling and (code is None or telling[0] == str(code)[0]):
        text = f"{telling} {text}"
    if code is None or not 400 <= code < 600:
        code = 450 if (telling or status).startswith("4") else 550
        if not own and not telling and _EXPIRED.search(says.lower()):
            code = 450
    return classified(stage, code, text)


def _verdict(outcome: Outcome) -> Verdict:
    match outcome:
        case Rejected(dead=True):
            return Verdict.DEAD
        case Refused() | Throttled():
            return Verdict.OURS
        case _:
            return Verdict.SOFT


def _doubtful(context: str, evidence: Evidence, status: str, code: int | None) -> bool:
    """Return whether "no such user" is not to be believed.

    Filters of carriers and gateways answer so to what they take for spam, once they have read it. A server that
    answers RCPT, a status that names the mailbox, and a server's own words about its own mailboxes are believed.
    """
    if evidence.status.startswith("4.") or _stage(context) == "dot" or _NO_ADDRESS.search(context):
        return True
    if status[2:] in DEAD or code is None or _AT_RCPT.search(context) or _OF_THE_MAILBOX.search(context):
        return False
    return Sign.NOWHERE not in signs(context)
