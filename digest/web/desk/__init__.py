"""The editors' pages: the draft with its reasons beside the mail as it would go out. They change nothing yet."""

from datetime import date, datetime
from functools import partial

from anyio import to_thread
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from digest.app import App
from digest.editions import occurrences as calendar
from digest.errors import EditionError
from digest.flows import letters, show
from digest.store import counts, editions, occurrences
from digest.store.editions import BENCH, Line
from digest.web.guard import is_local

PAGE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
MAIL = {
    **PAGE,
    # The digest's HTML comes from outside: no script, no form, no plug-in, whatever it holds.
    "Content-Security-Policy": "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src *; "
    "frame-ancestors 'self'",
}


def routes(app: App, templates: Environment) -> list[Route]:
    """Return the desk's routes; each answers only to this machine."""

    async def front(request: Request) -> Response:
        if not is_local(request):
            return elsewhere(templates)
        return await to_thread.run_sync(partial(_front, app, templates))

    async def day(request: Request) -> Response:
        if not is_local(request):
            return elsewhere(templates)
        name, text = request.path_params["newsletter"], request.path_params["date"]
        return await to_thread.run_sync(partial(_day, app, templates, name, text))

    async def mail(request: Request) -> Response:
        if not is_local(request):
            return elsewhere(templates)
        name, text = request.path_params["newsletter"], request.path_params["date"]
        as_text = request.path_params["kind"] == "text"
        return await to_thread.run_sync(partial(_mail, app, name, text, as_text))

    return [
        Route("/", front),
        Route("/desk/{newsletter}/{date}", day),
        Route("/desk/{newsletter}/{date}/{kind:str}", mail),
    ]


def elsewhere(templates: Environment) -> Response:
    """Return the page for those who may not see the desk: it does not say what there is."""
    text = templates.get_template("desk/elsewhere.html").render()
    return HTMLResponse(text, status_code=404, headers=PAGE)


def _front(app: App, templates: Environment) -> Response:
    now = app.now()
    newsletters = []
    with app.db.read() as connection:
        for name, newsletter in app.config.newsletters.items():
            coming = next(iter(calendar.upcoming(newsletter.schedule, now, 1)), None)
            newsletters.append(
                {
                    "name": name,
                    "title": newsletter.title,
                    "zone": newsletter.schedule.zone,
                    "next": coming.astimezone(newsletter.schedule.tz) if coming else None,
                    "wait": until(now, coming) if coming else "",
                    "readers": counts.readers(connection, name),
                    "editions": editions.latest(connection, name, 10),
                    "days": {each.date: each for each in occurrences.latest(connection, name, 14)},
                }
            )
        sources = counts.sources(connection)
    text = templates.get_template("desk/front.html").render(newsletters=newsletters, sources=sources, now=now)
    return HTMLResponse(text, headers=PAGE)


def _day(app: App, templates: Environment, name: str, text: str) -> Response:
    try:
        shown = show.show(app, name, date.fromisoformat(text))
        kept = show.variant_of(app, shown.edition)
    except (EditionError, ValueError) as problem:
        page = templates.get_template("desk/nothing.html").render(newsletter=name, date=text, problem=problem)
        return HTMLResponse(page, status_code=404, headers=PAGE)
    newsletter = app.config.newsletters[name]
    with app.db.read() as connection:
        ledger = counts.deliveries(connection, shown.edition.id)
        readers = counts.readers(connection, name)
        occurrence = occurrences.get(connection, name, shown.edition.date)
    due = calendar.due(newsletter.schedule, shown.edition.date)
    page = templates.get_template("desk/day.html").render(
        edition=shown.edition,
        newsletter=newsletter,
        name=name,
        placed=_sections(newsletter_titles(app, name), shown.stories),
        bench=[line for line in shown.stories if line.section == BENCH],
        most=max((line.score for line in shown.stories), default=1.0) or 1.0,
        kept=kept,
        ledger=ledger,
        readers=readers,
        occurrence=occurrence,
        due=due.astimezone(newsletter.schedule.tz),
        wait=until(app.now(), due),
        signals=sorted({reason.signal for line in shown.stories for reason in line.reasons}),
    )
    return HTMLResponse(page, headers=PAGE)


def newsletter_titles(app: App, name: str) -> dict[str, str]:
    """Return the titles of the sections of newsletter *name*, with those that every edition has."""
    rules = app.config.newsletters[name].sections
    return {"top": "Top stories", **{rule.name: rule.title for rule in rules}, "brief": "In brief"}


def _sections(titles: dict[str, str], lines: tuple[Line, ...]) -> list[tuple[str, list[Line]]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        if line.section != BENCH:
            found.setdefault(titles.get(line.section, line.section), []).append(line)
    return list(found.items())


def _mail(app: App, name: str, text: str, as_text: bool) -> Response:
    try:
        edition = show.show(app, name, date.fromisoformat(text)).edition
        kept = show.variant_of(app, edition)
    except (EditionError, ValueError) as problem:
        return HTMLResponse(str(problem), status_code=404, headers=MAIL, media_type="text/plain")
    values = letters.slot_values(letters.links_of(app), edition, letters.NOBODY)
    if as_text:
        plain = letters.plain(kept, values, None)
        return Response(plain, headers=MAIL, media_type="text/plain; charset=utf-8")
    return HTMLResponse(letters.page(kept, values, None), headers=MAIL)


def until(now: datetime, then: datetime) -> str:
    """Return the time from *now* to *then* in words: "in 3 h 12 min", "5 min ago"."""
    minutes = int((then - now).total_seconds() // 60)
    ago, minutes = minutes < 0, abs(minutes)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [f"{days} d"] * bool(days) + [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * (not days)
    words = " ".join(parts)
    return f"{words} ago" if ago else f"in {words}"
