"""The day's page: what goes out, when, to how many, who approved, what is wrong; the draft, the bench, the news."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.flows.edition import edit
from digest.flows.edition import front as flow
from digest.flows.edition.today import News, news, stamp, today
from digest.model import Edition, EditionState
from digest.web.accounts.guard import require
from digest.web.desk import context, labels
from digest.web.desk.cache import Remembered
from digest.web.desk.context import app_of, by_htmx, day_of, fields, page, text, url_of
from digest.web.desk.day import BarView, day_view, timing_of

WATCHED = timedelta(seconds=75)  # a desk that is open says so every 20 seconds
REMEMBERED = Remembered()


@dataclass(frozen=True, slots=True)
class Clash:
    """What somebody else did to the same story meanwhile: who, when, and what, in words."""

    by: str
    at: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the page says of the act before it: *said* of one that was done, *problem* of one that was not.

    *clash* is what others did meanwhile, *form* what the visitor had typed.
    """

    said: str = ""
    problem: str = ""
    clash: tuple[Clash, ...] = ()
    form: Mapping[str, str] = field(default_factory=dict)


NO_ACT = Outcome()


@dataclass(frozen=True, slots=True)
class NewsletterEditions:
    """A newsletter in the list at the side: its newest editions."""

    name: str
    title: str
    editions: list[Edition]


@require("viewer")
async def show(request: Request) -> Response:
    """The whole page, or only what is in its middle where a script asks."""
    return await answer(request)


@require("viewer")
async def watch(request: Request) -> Response:
    """What has come in since: a bar, asked for by an open page; an editor's open page keeps the draft still."""
    form = await fields(request)
    name, day = day_of(request)
    app = app_of(request)
    keep = request.state.user.may("editor")
    found = await context.loaded(request, partial(_watched, app, name, day, keep))
    if isinstance(found, Response):
        return Response(status_code=204)
    edition, last, fresh = found
    newsletter = app.newsletter(name)
    changed = text(form, "state") != edition.state
    bar = BarView(
        name=name,
        day=day,
        edition=edition,
        newsletter=newsletter,
        timing=await to_thread.run_sync(partial(timing_of, app, newsletter, day, edition)),
        since=labels.clock(edition.now, newsletter.schedule.tz, app.now()),
        fresh=fresh,
        others=last > context.number(form, "seen") or edition.revision != context.number(form, "revision"),
        changed=changed,
        oob=True,
    )
    answered = page(request, "desk/_bar.html", bar)
    if changed and text(form, "state") != EditionState.DRAFT:
        # nothing is typed there, and its parts must not contradict each other
        answered.headers["HX-Refresh"] = "true"
    return answered


@require("editor")
async def applied(request: Request) -> Response:
    """Build the draft anew with all the news there is."""
    name, day = day_of(request)
    made = await context.loaded(request, partial(edit.refresh, app_of(request), name, day))
    if isinstance(made, Response):
        return await refused(request, "The draft cannot be built again.")
    return await answer(request, Outcome(said="Built with everything that has come in."))


async def refused(request: Request, problem: str) -> Response:
    """Return the day's page with the *problem* that an act could not be done for (409)."""
    return await answer(request, Outcome(problem=problem), status=409)


async def answer(request: Request, outcome: Outcome = NO_ACT, *, status: int = 200) -> Response:
    """Return the day's page, or its middle where a script asks, with the *outcome* of the act before it."""
    name, day = day_of(request)
    app = app_of(request)
    found = await context.loaded(request, partial(today, app, name, day))
    if isinstance(found, Response):
        return found
    if not outcome.problem and not outcome.said and not by_htmx(request) and request.method == "POST":
        return context.back(url_of(name, day))
    view = day_view(app, found)
    if by_htmx(request):
        changed_mail = await _mail_seen(request) != found.kept.sha256
        return page(request, "desk/_day.html", view, outcome, status=status, changed_mail=changed_mail)
    days = await to_thread.run_sync(partial(_days, app))
    return page(
        request, "desk/day.html", view, outcome, status=status, days=days, view=preview_switches(request)
    )


def preview_switches(request: Request) -> dict[str, str]:
    """Return the preview's switches as the address has them: view, scheme, images, mask, dir."""
    query = request.query_params
    return {
        "view": query.get("view", "desktop")
        if query.get("view") in ("phone", "text", "source")
        else "desktop",
        "scheme": query.get("scheme", "") if query.get("scheme") in ("dark", "light") else "",
        "images": "off" if query.get("images") == "off" else "",
        "mask": query.get("mask", ""),
        "dir": "rtl" if query.get("dir") == "rtl" else "",
    }


async def _mail_seen(request: Request) -> str:
    """Return the SHA-256 of the mail that the open page shows, "" where it says none."""
    if request.method == "POST":
        return text(await fields(request), "sha")
    return request.query_params.get("sha", "")


def _watched(app: App, name: str, day: date, keep: bool) -> tuple[Edition, int, News | None]:
    edition, last, newest = stamp(app, name, day)
    now = app.now()
    if keep and edition.state is EditionState.DRAFT:
        flow.keep_open(app, edition.id, now + WATCHED)
    if edition.state not in (EditionState.DRAFT, EditionState.APPROVED):
        return edition, last, None
    depends = (edition.revision, edition.now, last, newest, int(now.timestamp()) // 120)
    fresh = REMEMBERED.of(("news", app.db.url, edition.id), depends, partial(news, app, name, day))
    return edition, last, fresh


def _days(app: App) -> list[NewsletterEditions]:
    return [
        NewsletterEditions(newsletter.name, newsletter.title, made)
        for newsletter, made in flow.latest_editions(app, 12)
    ]
