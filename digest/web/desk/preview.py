"""The preview: the very bytes that go out, in a frame that can do nothing; their source; a test mail."""

import re
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes, policy
from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from digest.app import App
from digest.errors import DigestError
from digest.flows.edition import preview
from digest.flows.edition.today import today
from digest.flows.sending import outbox
from digest.look.schemes import as_if
from digest.messages import personal_links
from digest.model import DeliveryState, Edition, StoredVariant
from digest.web.accounts.guard import require
from digest.web.desk import context, labels
from digest.web.desk.context import PAGE, app_of, day_of, fields, page, text
from digest.web.desk.day import day_view
from digest.web.desk.index import preview_switches
from subscribers.api import InvalidAddress, parse_address

# The digest's HTML comes from outside: no script, no form, no plug-in, whatever it holds.
SANDBOX = (
    "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src {images}; "
    "frame-ancestors 'self'"
)
_SIDES = re.compile(r"""(\b(?:dir|align)="|\b(?:direction|text-align)\s*:\s*)(ltr|left|right)\b""")
_OTHER = {"ltr": "rtl", "left": "right", "right": "left"}
MOST = 5  # addresses for one test


@dataclass(frozen=True, slots=True)
class Mail:
    """The edition, what is kept of it, and its source where it is asked for."""

    edition: Edition
    kept: StoredVariant
    source: bytes = b""


@require("viewer")
async def pane(request: Request) -> Response:
    """The preview with its switches."""
    name, day = day_of(request)
    app = app_of(request)
    found = await context.loaded(request, partial(today, app, name, day))
    if isinstance(found, Response):
        return found
    template = "desk/_preview.html" if context.by_htmx(request) else "desk/preview.html"
    return page(request, template, day_view(app, found), view=preview_switches(request))


@require("viewer")
async def html(request: Request) -> Response:
    """The HTML part as a reader gets it, but that its links open nothing."""
    found = await _mail(request)
    if isinstance(found, Response):
        return found
    values = personal_links.slot_values(app_of(request).links, found.edition, personal_links.NOBODY)
    images = "'none'" if request.query_params.get("images") == "off" else "*"
    headers = PAGE | {"Content-Security-Policy": SANDBOX.format(images=images)}
    mail = personal_links.page(found.kept, values, _mask(request))
    if request.query_params.get("dir") == "rtl":
        mail = mirrored(mail)
    return HTMLResponse(as_if(mail, request.query_params.get("scheme", "")), headers=headers)


def mirrored(html: str) -> str:
    """Return *html* laid out from right to left: for the eye only, never what is sent."""
    return _SIDES.sub(lambda found: found[1] + _OTHER[found[2]], html)


@require("viewer")
async def plain(request: Request) -> Response:
    """The text part."""
    found = await _mail(request)
    if isinstance(found, Response):
        return found
    values = personal_links.slot_values(app_of(request).links, found.edition, personal_links.NOBODY)
    body = personal_links.plain(found.kept, values, _mask(request))
    return Response(body, headers=_sandboxed(), media_type="text/plain; charset=utf-8")


@require("viewer")
async def source(request: Request) -> Response:
    """The whole message as it goes over the wire, to the newsletter's own address."""
    found = await _mail(request, whole=True)
    if isinstance(found, Response):
        return found
    return Response(found.source, headers=_sandboxed(), media_type="text/plain; charset=utf-8")


@require("viewer")
async def headers(request: Request) -> Response:
    """The headers, decoded, and then as they are on the wire."""
    found = await _mail(request, whole=True)
    if isinstance(found, Response):
        return found
    read = message_from_bytes(found.source, policy=policy.default)
    wire = found.source.split(b"\r\n\r\n", 1)[0].decode("utf-8", "replace")
    newsletter = app_of(request).config.newsletters[found.edition.newsletter]
    return page(
        request,
        "desk/headers.html",
        edition=found.edition,
        newsletter=newsletter,
        kept=found.kept,
        headers=[(key, str(value)) for key, value in read.items()],
        wire=wire,
        size=len(found.source),
        name=found.edition.newsletter,
        day=found.edition.date,
    )


@require("editor")
async def test(request: Request) -> Response:
    """Send the edition as it is now to a few addresses."""
    form = await fields(request)
    name, day = day_of(request)
    app = app_of(request)
    wanted = list(dict.fromkeys(text(form, "to").replace(",", " ").replace(";", " ").split()))
    if not wanted or len(wanted) > MOST:
        return _tested(request, False, f"Write one to {MOST} addresses.")
    for address in wanted:
        read = parse_address(address)
        if isinstance(read, InvalidAddress):
            return _tested(request, False, f"{address}: {read.why}")
    found = await context.loaded(request, partial(app.edition, name, day))
    if isinstance(found, Response):
        return found
    try:
        states = await outbox.test(app, found.id, wanted, by=request.state.user.name)
    except DigestError as problem:
        return _tested(request, False, f"The test did not go out: {problem}")
    said = [f"{address}: {_outcome(*state)}" for address, state in states.items()]
    good = all(state[0] is DeliveryState.SENT for state in states.values())
    return _tested(request, good, " · ".join(said))


def _tested(request: Request, good: bool, said: str) -> Response:
    name, day = day_of(request)
    template = "desk/_tested.html" if context.by_htmx(request) else "desk/tested.html"
    title = app_of(request).config.newsletters[name].title
    return page(
        request, template, status=200 if good else 422, good=good, said=said, name=name, day=day, title=title
    )


def _outcome(state: DeliveryState, reply: str) -> str:
    if state is DeliveryState.SENT:
        return "the mail server has accepted the test"
    if state is DeliveryState.QUEUED:
        return "the mail server does not answer; we try again for an hour"
    if state in (DeliveryState.SENDING, DeliveryState.HANDED):
        return "it is on its way; the mail server has not answered yet"
    return f"{labels.STATES.get(state, state)}: {labels.answer(0, reply)}"


def _sandboxed() -> dict[str, str]:
    return PAGE | {"Content-Security-Policy": SANDBOX.format(images="'none'")}


def _mask(request: Request) -> frozenset[str] | None:
    """Return the sections that are shown, None for all: "top" is none but the top stories."""
    mask = request.query_params.get("mask", "")
    return frozenset(mask.split(",")) if mask else None


async def _mail(request: Request, *, whole: bool = False) -> Mail | Response:
    name, day = day_of(request)
    return await context.loaded(request, partial(_kept, app_of(request), name, day, whole))


def _kept(app: App, name: str, day: date, whole: bool) -> Mail:
    edition = app.edition(name, day)
    return Mail(edition, preview.variant_of(app, edition), preview.message(app, edition) if whole else b"")
