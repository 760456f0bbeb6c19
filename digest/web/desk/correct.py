"""Wrong edition out: stop it and mend it, then tell exactly those who got the wrong one."""

from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from digest.errors import EditionError
from digest.flows.edition import correct
from digest.flows.edition.today import today
from digest.web.accounts.guard import require
from digest.web.desk import context
from digest.web.desk.context import app_of, day_of, fields, page, text, url_of
from digest.web.desk.day import day_view


@require("editor")
async def asked(request: Request) -> Response:
    """Who got which revision, and what can be done about it."""
    return await _page(request)


@require("editor")
async def stopped(request: Request) -> Response:
    """Stop the sending at once and make the edition a draft again."""
    form = await fields(request)
    name, day = day_of(request)
    by, why = request.state.user.name, text(form, "why")[:500]
    work = partial(correct.stopped, app_of(request), name, day, by=by, why=why)
    try:
        await to_thread.run_sync(work)
    except EditionError as fault:
        return await _page(request, problem=str(fault), status=409)
    return context.back(url_of(name, day))


@require("editor")
async def sent(request: Request) -> Response:
    """Send the correction mail."""
    form = await fields(request)
    name, day = day_of(request)
    words, subject = text(form, "words"), text(form, "subject")
    work = partial(
        correct.send_correction,
        app_of(request),
        name,
        day,
        by=request.state.user.name,
        words=words,
        subject=subject,
    )
    try:
        await to_thread.run_sync(work)
    except EditionError as fault:
        return await _page(request, problem=str(fault), status=409, words=words, subject=subject)
    return context.back(f"{url_of(name, day)}/correct")


async def _page(
    request: Request, *, problem: str = "", status: int = 200, words: str = "", subject: str = ""
) -> Response:
    name, day = day_of(request)
    app = app_of(request)
    found = await context.loaded(request, partial(today, app, name, day))
    if isinstance(found, Response):
        return found
    can_stop = found.edition.state in correct.ON_ITS_WAY
    return page(
        request,
        "desk/correct.html",
        day_view(app, found),
        status=status,
        problem=problem,
        can_stop=can_stop,
        words=words,
        wanted=subject,
    )
