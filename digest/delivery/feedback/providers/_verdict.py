"""What a failed mail means for its reader, of the quoted answer and of the provider's own class. Pure."""

import re

from digest.delivery.blame import asks_to_slow_down, classified
from digest.model.feedback import FailedRecipient, FeedbackKind, FeedbackReport, Verdict
from digest.outcomes import Accepted, Deferred, Outcome, Rejected, Throttled

MILDEST = (Verdict.DELAYED, Verdict.OURS, Verdict.SOFT, Verdict.DEAD)
_REPLY = re.compile(r"(?:^|[\s;:(\[,])([245]\d\d)(?:[ -]+(?=\S)|$)(.*)", re.S)
_STATUS = re.compile(r"([245])\.\d{1,3}\.\d{1,3}(?![\d.])")


def failed(
    address: str,
    *,
    diagnostic: str,
    most: Verdict,
    without: Verdict,
    status: str = "",
    code: int = 0,
    ours: frozenset[str] = frozenset(),
) -> FailedRecipient:
    """Return the failure of the mail to *address*: what the *diagnostic* says, at *most* as harsh as the provider.

    *without* is the verdict where neither a code nor a *status* says anything.
    """
    code, words = reply(diagnostic, status, code)
    verdict = without
    if code >= 400:
        verdict = _of(classified("rcpt", code, words, ours, reader=address), without)
    verdict = min(verdict, most, key=MILDEST.index)
    found = _STATUS.match(words)
    return FailedRecipient(
        address=address or None,
        verdict=verdict,
        status=found[0] if found else "",
        code=code or None,
        diagnostic=diagnostic,
    )


def bounce(
    recipient: FailedRecipient,
    *,
    addressed: tuple[str, ...] = (),
    message_ids: tuple[str, ...] = (),
    reporter: str = "",
) -> FeedbackReport:
    """Return the report of a bounce of one recipient."""
    return FeedbackReport(
        kind=FeedbackKind.BOUNCE,
        recipients=(recipient,),
        addressed=addressed,
        message_ids=message_ids,
        reporter=reporter,
    )


def reply(diagnostic: str, status: str = "", code: int = 0) -> tuple[int, str]:
    """Return the SMTP code and the text after it, which begins with the enhanced *status* where there is one.

    The code is 0 where nothing says one; "smtp; 550 5.1.1 No such user" (RFC 3464 2.3.6) is read as well as an
    answer inside a sentence of the provider's.
    """
    status = found[0] if (found := _STATUS.match(status.strip())) else ""
    if quoted := _REPLY.search(diagnostic):
        code, words = int(quoted[1]), quoted[2].strip()
    else:
        words = diagnostic
        code = code if 400 <= code < 600 else 0
    own = _STATUS.search(words[:40])
    if not code and (said := status or (own[0] if own else "")):
        code = {"4": 450, "5": 550}.get(said[0], 0)
    if own is None and status and status[0] == str(code // 100):
        words = f"{status} {words}"
    return code, words


def _of(outcome: Outcome, without: Verdict) -> Verdict:
    match outcome:
        case Accepted():
            return without
        case Rejected(dead=dead):
            return Verdict.DEAD if dead else Verdict.SOFT
        case Deferred():
            return Verdict.SOFT
        case Throttled():  # a relay in trouble is no fault of ours, once it is given up
            return Verdict.OURS if asks_to_slow_down(outcome) or outcome.code >= 500 else Verdict.SOFT
        case _:
            return Verdict.OURS
