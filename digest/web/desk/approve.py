"""Check, approve what was seen, take it back, start, pause, resume and cancel: each says what came of it."""

from collections.abc import Callable
from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.editions.choices import acts
from digest.editions.difference import Difference
from digest.errors import DigestError, EditionError
from digest.flows.edition import approve, preflight
from digest.flows.edition.approve import held_until
from digest.flows.edition.today import Today, changes, today
from digest.flows.sending import send
from digest.model import Edition, EditionState
from digest.model.choice import Approve
from digest.web.accounts import confirm_password
from digest.web.accounts.guard import require
from digest.web.desk import context
from digest.web.desk.context import app_of, day_of, fields, number, page, url_of
from digest.web.desk.day import day_view
from digest.web.desk.index import refused

LEVELS = {"stop": ("red", "Stops it"), "warn": ("amber", "Look"), "ok": ("green", "Fine")}
GOING = (EditionState.SENDING, EditionState.PAUSED, EditionState.HALTED)


@require("editor")
async def asked(request: Request) -> Response:
    """What is about to be approved: the five answers, the checks, and what changed since somebody approved."""
    return await _confirm(request)


@require("editor")
async def approved(request: Request) -> Response:
    """Approve the revision that the page showed, and no other."""
    form = await fields(request)
    name, day = day_of(request)
    app, by = app_of(request), request.state.user.name
    found = await context.loaded(request, partial(app.edition, name, day))
    if isinstance(found, Response):
        return found
    revision = number(form, "revision")
    if revision != found.revision:
        problem = f"The edition changed meanwhile: it is revision {found.revision} now. Nothing was approved."
        return await _confirm(request, problem=problem, since=revision, status=409)
    reason = context.text(form, "override").strip()
    if reason and not request.state.user.may("admin"):
        problem = "Only an admin can approve against the checks. Nothing was approved."
        return await _confirm(request, problem=problem, status=403)
    if reason and (asks := await confirm_password.asked(request)) is not None:
        return asks
    try:
        done = await context.loaded(request, partial(_frozen, app, found, by, reason))
    except EditionError as fault:
        return await _confirm(request, problem=str(fault), since=revision, status=409)
    if isinstance(done, Response):
        return await _confirm(
            request, problem="It changed a moment ago. Look at it again.", since=revision, status=409
        )
    if done.refused:
        return await _confirm(request, problem="The checks do not let it pass.", status=422)
    return context.back(url_of(name, day))


def _frozen(app: App, edition: Edition, by: str, override: str) -> approve.Approval:
    return approve.freeze(app, edition, by, override=override)


@require("editor")
async def checked(request: Request) -> Response:
    """Run the preflight: links, sources and the sender's domain are asked anew, then the list is shown."""
    name, day = day_of(request)
    try:
        await preflight.run_checks(app_of(request), name, day)
    except DigestError as fault:
        return await _confirm(request, problem=str(fault), status=409)
    return context.back(f"{url_of(name, day)}/approve#checks")


@require("editor")
async def withdrawn(request: Request) -> Response:
    """Make an approved edition a draft again."""
    name, day = day_of(request)
    app, by = app_of(request), request.state.user.name

    def work() -> bool:
        return approve.withdraw(app, app.edition(name, day), by)

    return await _did(request, work, "It is not approved, or it is on its way already.")


@require("editor")
async def sending(request: Request) -> Response:
    """Ask before an edition goes now: to how many readers, and how early."""
    return await _sure(request)


@require("editor")
async def started(request: Request) -> Response:
    """Let an approved edition go now, before its hour or after it: the revision that the page showed, and no other."""
    name, day = day_of(request)
    app = app_of(request)
    form = await fields(request)
    found = await context.loaded(request, partial(today, app, name, day))
    if isinstance(found, Response):
        return found
    early, by = await to_thread.run_sync(_embargoed, found, app), request.state.user.name
    if early:
        return await refused(request, early)
    if found.edition.state is not EditionState.APPROVED:
        return await refused(request, "Only an approved edition can be sent.")
    if number(form, "revision") != found.edition.revision:
        return await _sure(request, problem="Look at what goes out, then say so once more.", status=409)
    if not (found.reach.waiting if found.edition.started_at else found.readers):
        return await _sure(request, problem="Nobody would get it: there are no readers.", status=409)

    def work() -> bool:
        return send.begin_now(app, found.edition.id, by=by)

    return await _did(request, work, "Only an approved edition can be sent.")


async def _sure(request: Request, *, problem: str = "", status: int = 200) -> Response:
    name, day = day_of(request)
    found = await context.loaded(request, partial(today, app_of(request), name, day))
    if isinstance(found, Response):
        return found
    view = day_view(app_of(request), found)
    return page(request, "desk/send.html", view, status=status, problem=problem)


def _embargoed(found: Today, app: App) -> str:
    """Return which placed story is held until later than now, in words."""
    early = held_until(app, found.edition, found.newsletter)
    return early and f"{early}."


@require("editor")
async def paused(request: Request) -> Response:
    """Stop the sending."""
    return await _moved(request, send.pause, "It is not being sent.")


@require("editor")
async def resumed(request: Request) -> Response:
    """Let it go on."""
    return await _moved(request, send.resume, "It is not paused.")


@require("editor")
async def ending(request: Request) -> Response:
    """Ask once more before an edition is cancelled: it cannot be taken back."""
    name, day = day_of(request)
    found = await context.loaded(request, partial(today, app_of(request), name, day))
    if isinstance(found, Response):
        return found
    return page(request, "desk/cancel.html", day_view(app_of(request), found))


@require("editor")
async def cancelled(request: Request) -> Response:
    """End the edition for good."""
    return await _moved(request, send.cancel, "There is nothing to cancel.")


async def _moved(request: Request, act: Callable[..., bool], otherwise: str) -> Response:
    name, day = day_of(request)
    app = app_of(request)
    by = request.state.user.name
    return await _did(request, lambda: act(app, app.edition(name, day).id, by=by), otherwise)


async def _did(request: Request, work: Callable[[], bool], otherwise: str) -> Response:
    name, day = day_of(request)
    done = await context.loaded(request, work)
    if isinstance(done, Response):
        return done
    if not done:
        return await refused(request, otherwise)
    return context.back(url_of(name, day))


async def _confirm(request: Request, *, problem: str = "", since: int = 0, status: int = 200) -> Response:
    name, day = day_of(request)
    app = app_of(request)
    found = await context.loaded(request, partial(today, app, name, day))
    if isinstance(found, Response):
        return found
    before = since or max((act.revision for _, act in acts(found.choices, Approve)), default=0)
    differences: tuple[Difference, ...] | Response = ()
    if before and before != found.edition.revision:
        differences = await context.loaded(request, partial(changes, app, found.edition, before))
        if isinstance(differences, Response):
            differences = ()
    checks = await context.loaded(request, partial(preflight.findings, app, name, day))
    if isinstance(checks, Response):
        return checks
    return page(
        request,
        "desk/approve.html",
        day_view(app, found),
        status=status,
        problem=problem,
        checks=checks,
        level=LEVELS,
        differences=differences,
        before=before,
        titles={row.line.article: row.line.title for row in found.rows},
        mine=request.state.user.name in [one.by for one in found.approvals],
    )
