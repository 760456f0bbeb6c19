"""What came back about a reader: the list on the reader's page, and one mail as text."""

from dataclasses import dataclass
from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.flows.feedback import shown
from digest.web.accounts.guard import require
from digest.web.desk.context import app_of, page

WORDS = {
    "suppressed": "not written to any more",
    "counted": "counted",
    "refused": "about us: nobody was touched",
    "delayed": "the mail server still tries",
    "complained": "complained: out, and not written to any more",
    "unsubscribed": "left by mail",
    "stale": "too old to say anything of the address as it is now",
    "ignored": "nothing to do",
}
VERDICTS = {
    "dead": "the address is dead",
    "soft": "the mailbox was full or closed",
    "ours": "they refused us",
    "delayed": "delayed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedMail:
    """A mail that came back: what it reports, what came of it, and the other side's own *words*."""

    id: int
    at: str
    what: str
    effect: str
    why: str
    words: str


def lines(app: App, subscriber: int) -> list[ReturnedMail]:
    """Return what came back about a reader, as the page shows it."""
    return [_line(one) for one in shown.of_reader(app, subscriber)]


@require("editor")
async def mail(request: Request) -> Response:
    """One mail that came back, as text."""
    found = await to_thread.run_sync(partial(shown.mail, app_of(request), request.path_params["report"]))
    if found is None:
        return page(request, "desk/returned.html", status=404, one=None, text="")
    one, text = found
    return page(request, "desk/returned.html", one=_line(one), reader=one.subscriber, text=text)


def _line(one: shown.Report) -> ReturnedMail:
    said = VERDICTS.get(one.verdict) or {"complaint": "a complaint", "other": "a mail"}.get(
        one.kind, one.kind
    )
    return ReturnedMail(
        id=one.id,
        at=f"{one.at:%-d %b %Y}",
        what=said,
        effect=WORDS.get(one.effect, one.effect),
        why=one.why,
        words=f"{one.code or ''} {one.words}".strip(),
    )
