"""The readers' list for admins: search, add, suppress, export."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import IO

from anyio import to_thread
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from digest.app import App
from digest.errors import DigestError
from digest.flows.readers import lists, readers
from digest.web.accounts import confirm_password, guard

CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class NewReader:
    """What was typed into the form for a new reader."""

    address: str
    name: str
    source: str
    newsletter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadersView:
    """What the page of the readers prints: what was *found*, the words on what was done, and what was typed."""

    said: str
    found: lists.Page
    search: str
    newsletter: str
    first: bool  # page of the list
    newsletters: Mapping[str, str]
    again: str  # the address that may be written to again
    why: str
    complained: bool
    typed: NewReader


def routes() -> list[Route]:
    """Return the routes of the readers' list."""
    return [
        Route("/readers", show),
        Route("/readers/add", added, methods=["POST"]),
        Route("/readers/suppress", suppressed, methods=["POST"]),
        Route("/readers/lift", lifted, methods=["POST"]),
        Route("/readers/export", exported, methods=["POST"]),
    ]


@guard.require("admin")
async def show(request: Request) -> Response:
    return await to_thread.run_sync(_page, request, "", 200, None)


@guard.require("admin")
async def added(request: Request) -> Response:
    app: App = request.app.state.digest
    fields = await request.form()
    newsletter, address, source, name = (
        _line(fields, key) for key in ("newsletter", "address", "source", "name")
    )
    if newsletter not in app.config.newsletters or not source:
        said = "Say which newsletter, and where the reader agreed to it."
        return await to_thread.run_sync(_page, request, said, 400, fields)

    def add() -> Response:
        try:
            done = readers.add(app, newsletter, address, source=source, name=name, by=request.state.user.name)
        except DigestError as problem:
            return _page(request, f"{problem}", 400, fields)
        return _page(request, f"{done.words}.", 200 if done.done else 409, None if done.done else fields)

    return await to_thread.run_sync(add)


@guard.require("admin")
async def suppressed(request: Request) -> Response:
    app: App = request.app.state.digest
    fields = await request.form()

    def suppress() -> Response:
        try:
            words = readers.suppress(app, _line(fields, "address"), by=request.state.user.name)
        except DigestError as problem:
            return _page(request, f"{problem}", 400, fields)
        return _page(request, f"{words}.", 200, None)

    return await to_thread.run_sync(suppress)


@guard.require("admin")
async def lifted(request: Request) -> Response:
    """Let a suppressed address be written to again; the reason is kept."""
    app: App = request.app.state.digest
    fields = await request.form()
    address, why, asked = _line(fields, "address"), _line(fields, "why"), fields.get("asked") == "yes"

    def lift() -> Response:
        try:
            done = readers.lift(app, address, why=why, by=request.state.user.name, asked=asked)
        except DigestError as problem:
            return _page(request, f"{problem}", 400, fields)
        status = 200 if done.done else 409
        return _page(request, f"{done.words}.", status, None if done.done else fields, done.asks)

    return await to_thread.run_sync(lift)


@guard.require("admin")
async def exported(request: Request) -> Response:
    """Hand the list out as a file. It is a POST, for it is an act that the audit names."""
    app: App = request.app.state.digest
    if (asks := await confirm_password.asked(request)) is not None:
        return asks
    name = _line(await request.form(), "newsletter")
    newsletter = name if name in app.config.newsletters else ""
    file = await to_thread.run_sync(lambda: lists.export(app, newsletter, by=request.state.user.name))
    headers = {
        **guard.HEADERS,
        "Content-Disposition": f'attachment; filename="{newsletter or "readers"}.csv"',
    }
    return StreamingResponse(_parts(file), media_type="text/csv; charset=utf-8", headers=headers)


async def _parts(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while part := await to_thread.run_sync(file.read, CHUNK):
            yield part


def _page(
    request: Request, said: str, status: int, typed: FormData | None, complained: bool = False
) -> Response:
    app: App = request.app.state.digest
    asked = request.query_params
    prefix, newsletter = asked.get("search", "")[:254], asked.get("newsletter", "")
    after = asked.get("after", "")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    found = lists.page(app, prefix=prefix, newsletter=newsletter, after=number)
    lifting = typed is not None and "why" in typed
    adding = typed if not lifting else None
    view = ReadersView(
        said=said,
        found=found,
        search=prefix,
        newsletter=newsletter,
        first=number == 0,
        newsletters={key: each.title for key, each in app.config.newsletters.items()},
        again=_again(found, typed),
        why=_line(typed, "why") if typed and lifting else "",
        complained=complained,
        typed=NewReader(
            *(_line(adding, key) if adding else "" for key in ("address", "name", "source", "newsletter"))
        ),
    )
    return guard.page(request, "people/readers.html", view, status=status)


def _again(found: lists.Page, typed: FormData | None) -> str:
    """Return the address that is to be written to again: as it was typed, or the only one that was found."""
    if typed and "why" in typed:
        return _line(typed, "address")
    only = found.lines[0] if len(found.lines) == 1 else None
    return only.address if only and only.suppressed else ""


def _line(fields: FormData, key: str) -> str:
    return " ".join(str(fields.get(key, "")).split())[:300]
