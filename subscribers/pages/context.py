"""What every page shares: templates, headers, reading a form within bounds, and threads for the database."""

import hashlib
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from anyio import to_thread
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Message

from subscribers import links
from subscribers.address import mask_address
from subscribers.pages.settings import NewsletterInfo, PageSettings
from subscribers.pages.translations import (
    accepted_language,
    choose_language,
    direction,
    long_date,
    translator,
)
from subscribers.pages.writer import Writer
from subscribers.store.renames import current_names_by_mark

MOST_BYTES = 64_000
JOINERS = "\u200c\u200d"  # letters of Persian and Indic names need them
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
T = TypeVar("T")
Form = dict[str, list[str]]
Endpoint = Callable[[Request], Awaitable[Response]]


class PageError(Exception):
    """A page to show instead: *status*, which words of `message.html`, and the reader's *language* if known."""

    def __init__(
        self, status: int, kind: str, newsletter: NewsletterInfo | None = None, *, language: str = ""
    ) -> None:
        super().__init__(kind)
        self.status, self.kind, self.newsletter, self.language = status, kind, newsletter, language


@dataclass(frozen=True, slots=True)
class Context:
    """The settings, with what was loaded from files."""

    settings: PageSettings
    templates: Environment
    plain: Environment  # for text: nothing is escaped
    writer: Writer
    stylesheets: Mapping[str, str]  # the stylesheet with each newsletter's accent; "" has the shipped one

    def render(
        self,
        template: str,
        newsletter: NewsletterInfo | None = None,
        *,
        language: str = "",
        status: int = 200,
        **values: object,
    ) -> HTMLResponse:
        """Return the page *template*, in the reader's *language* or the newsletter's."""
        own = newsletter or (self.settings.newsletters[0] if self.settings.newsletters else None)
        spoken = choose_language(language, own.language if own else "")
        text = self.templates.get_template(f"web/readers/{template}.html").render(
            _=translator(spoken),
            language=spoken,
            direction=direction(spoken),
            site_name=self.settings.site_name,
            newsletter=newsletter,
            sheet=self.stylesheet_url(own),
            masked=mask_address,
            day=lambda moment: long_date(moment.astimezone(ZoneInfo(own.zone if own else "UTC")), spoken),
            **values,
        )
        return HTMLResponse(text, status_code=status, headers=HEADERS)

    def stylesheet_url(self, newsletter: NewsletterInfo | None) -> str:
        """Return the stylesheet's address; a new content has a new one, so it can be cached for long."""
        name = newsletter.name if newsletter else ""
        version = hashlib.sha256(self.stylesheets[name].encode()).hexdigest()[:10]
        return f"/readers/{name or '-'}.css?v={version}"

    def newsletter_by_mark(self, mark: bytes) -> NewsletterInfo | None:
        """Return the newsletter that a link's mark names, where it is still in the configuration."""
        return next((each for each in self.settings.newsletters if has_mark(each.name, mark)), None)

    def current_target(self, target: links.LinkTarget) -> links.LinkTarget:
        """Return *target* about the newsletter as it is called now; in a thread, where it may ask the database."""
        if self.newsletter_by_mark(target.mark):
            return target
        with self.settings.read() as connection:
            new = current_names_by_mark(connection).get(target.mark)
        return replace(target, mark=links.newsletter_mark(new)) if new else target

    def network_hash(self, request: Request) -> str:
        """Return a keyed hash of the network that a request comes from, as limits and consents hold it.

        "" where it is not known: `request.state.shared`, which who mounts the pages may set, says that the peer may
        be a proxy that speaks for everybody.
        """
        return "" if self.is_shared(request) else self.peer_hash(request)

    def is_shared(self, request: Request) -> bool:
        """Return whether the peer of a request may speak for everybody."""
        return bool(getattr(request.state, "shared", ""))

    def peer_hash(self, request: Request) -> str:
        """Return the keyed hash of the peer's network, whomever it speaks for."""
        net = _network(request.client.host if request.client else "")
        return self.settings.links.keys.hashes("network", net)[0].hex()[:32] if net else ""

    def with_error_pages(self, endpoint: Callable[["Context", Request], Awaitable[Response]]) -> Endpoint:
        """Return *endpoint* such that whatever goes wrong becomes a page that says what to do."""

        async def answer(request: Request) -> Response:
            asked = accepted_language(request.headers.get("accept-language", ""))
            try:
                return await endpoint(self, request)
            except PageError as wrong:
                language = wrong.language or ("" if wrong.newsletter else asked)
                return self.render(
                    "message", wrong.newsletter, language=language, status=wrong.status, kind=wrong.kind
                )
            except OperationalError:
                busy = self.render("message", language=asked, status=503, kind="busy")
                busy.headers["Retry-After"] = "60"
                return busy

        return answer


@lru_cache(maxsize=4096)
def _network(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def make_context(settings: PageSettings) -> Context:
    """Return the context for *settings*, its files read."""
    sheet = (settings.templates / "web" / "readers.css").read_text(encoding="utf-8")
    sheets = {"": sheet} | {
        each.name: sheet.replace("#0B5FA5", each.accent).replace("#7CB8EE", each.accent_dark)
        for each in settings.newsletters
    }
    return Context(
        settings,
        _environment(settings, escaped=True),
        _environment(settings, escaped=False),
        Writer(settings.write),
        sheets,
    )


def _environment(settings: PageSettings, *, escaped: bool) -> Environment:
    return Environment(  # escaping is decided by us, never guessed from a file's name
        loader=FileSystemLoader(settings.templates),
        autoescape=escaped,  # noqa: S701 (off for text mails only)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def has_mark(newsletter: str, mark: bytes) -> bool:
    """Return whether *mark* names *newsletter*."""
    return links.newsletter_mark(newsletter) == mark


async def read_body(request: Request) -> bytes:
    """Return the request's body, or refuse one that no form of ours makes."""
    found = bytearray()
    try:
        async for chunk in request.stream():
            found += chunk
            if len(found) > MOST_BYTES:
                raise PageError(413, "large")
    except ClientDisconnect:
        raise PageError(400, "form") from None
    return bytes(found)


async def read_form(request: Request) -> Form:
    """Return the fields of a form, urlencoded or multipart; files are refused."""
    data = await read_body(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            return await _multipart(request, data)
        return parse_qs(data.decode(), keep_blank_values=True, max_num_fields=100, errors="strict")
    except (ValueError, MultiPartException, HTTPException):
        raise PageError(400, "form") from None


async def _multipart(request: Request, data: bytes) -> Form:
    async def receive() -> Message:
        return {"type": "http.request", "body": data, "more_body": False}

    fields: Form = {}
    async with Request(request.scope, receive).form(max_files=0, max_fields=100) as parsed:
        for name, value in parsed.multi_items():
            if isinstance(value, str):
                fields.setdefault(name, []).append(value)
    return fields


def first_value(fields: Form, name: str) -> str:
    """Return the first value of a field in one line, without control characters; "" where it is absent."""
    text = (fields.get(name) or [""])[0]
    return " ".join("".join(mark if mark.isprintable() or mark in JOINERS else " " for mark in text).split())[
        :1000
    ]


async def run_in_thread(function: Callable[[], T]) -> T:
    """Return what *function* returns, run where it may wait for the database."""
    return await to_thread.run_sync(function)
