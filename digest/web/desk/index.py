"""The day's page: what goes out, when, to how many, who approved, what is wrong; the draft, the bench, the news."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.config.schema import Newsletter
from digest.editions import occurrences as calendar
from digest.editions.choices import active
from digest.editions.outlook import OPEN, Outlook, outlook
from digest.flows.edition import edit
from digest.flows.edition import front as flow
from digest.flows.edition.today import News, Today, news, stamp, today
from digest.model import Edition, EditionState, OccurrenceState
from digest.model.choice import Approve, Line
from digest.web.accounts.guard import require
from digest.web.desk import context, labels, view_models
from digest.web.desk.cache import Remembered
from digest.web.desk.context import app_of, by_htmx, day_of, fields, page, text, url_of

WATCHED = timedelta(seconds=75)  # a desk that is open says so every 20 seconds
REMEMBERED = Remembered()
DONE, WAITING = OccurrenceState.DONE, OccurrenceState.WAITING
LEVELS = {"stop": "red", "red": "red", "warn": "amber", "amber": "amber"}


@require("viewer")
async def front(request: Request) -> Response:
    """The newsletters, what is next for each, and the sources."""
    found = await to_thread.run_sync(partial(_front, app_of(request)))
    return page(request, "desk/front.html", **found)


@require("viewer")
async def shown(request: Request) -> Response:
    """The whole page, or only what is in its middle where a script asks."""
    return await answer(request)


@require("viewer")
async def watch(request: Request) -> Response:
    """What has come in since: a bar, asked for by an open page; an editor's open page keeps the draft still."""
    form = await fields(request)
    name, day = day_of(request)
    keep = request.state.user.may("editor")
    found = await context.loaded(request, partial(_watched, app_of(request), name, day, keep))
    if isinstance(found, Response):
        return Response(status_code=204)
    edition, last, fresh = found
    seen, revision = context.number(form, "seen"), context.number(form, "revision")
    now = app_of(request).now()
    newsletter = app_of(request).config.newsletters[name]
    changed = text(form, "state") != edition.state
    clock = await to_thread.run_sync(partial(clocked, app_of(request), name, day, edition))
    shown = page(
        request,
        "desk/_bar.html",
        oob=True,
        name=name,
        day=day,
        edition=edition,
        fresh=fresh,
        others=last > seen or edition.revision != revision,
        changed=changed,
        since=labels.clock(edition.now, newsletter.schedule.tz, now),
        **clock,
    )
    if changed and text(form, "state") != EditionState.DRAFT:
        # nothing is typed there, and its parts must not contradict each other
        shown.headers["HX-Refresh"] = "true"
    return shown


@require("editor")
async def applied(request: Request) -> Response:
    """Build the draft anew with all the news there is."""
    name, day = day_of(request)
    made = await context.loaded(request, partial(edit.refresh, app_of(request), name, day))
    if isinstance(made, Response):
        return await answer(request, problem="The draft cannot be built again.", status=409)
    return await answer(request, said="Built with everything that has come in.")


async def answer(
    request: Request, *, said: str = "", problem: str = "", status: int = 200, **more: Any
) -> Response:
    """Return the day's page, or its middle where a script asks; *problem* says what was not done."""
    name, day = day_of(request)
    app = app_of(request)
    found = await context.loaded(request, partial(today, app, name, day))
    if isinstance(found, Response):
        return found
    if not problem and not said and not by_htmx(request) and request.method == "POST":
        return context.back(url_of(name, day))
    old = (
        text(await fields(request), "sha")
        if request.method == "POST"
        else request.query_params.get("sha", "")
    )
    values = seen(app, found) | {
        "said": said,
        "problem": problem,
        "clash": (),
        "form": {},
        "changed_mail": old != found.kept.sha256,
    }
    template = "desk/_day.html" if by_htmx(request) else "desk/day.html"
    if not by_htmx(request):
        values["days"] = await to_thread.run_sync(partial(_days, app))
        values["view"] = view_of(request)
    return page(request, template, status=status, **(values | more))


def view_of(request: Request) -> dict[str, Any]:
    """Return the preview's switches as the address has them."""
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


def seen(app: App, found: Today) -> dict[str, Any]:
    """Return what the day's templates print."""
    now, schedule = app.now(), found.newsletter.schedule
    zone = schedule.tz
    approvals = [one.by for one in found.approvals]
    runs = view_models.runs(found, now)
    red = [one for one in found.findings if LEVELS.get(one.level) == "red"]
    amber = [one for one in found.findings if LEVELS.get(one.level) == "amber"]
    return {
        "today": found,
        "edition": found.edition,
        "newsletter": found.newsletter,
        "name": found.name,
        "day": found.edition.date,
        "kept": found.kept,
        "runs": runs,
        "names": view_models.titles(found.newsletter),
        "legend": sorted(
            (number, labels.SIGNALS.get(one, one)) for one, number in view_models.colours(found).items()
        ),
        "draft": found.edition.state is EditionState.DRAFT,
        "last": found.last,
        "acts": len([one for one in active(found.choices) if not isinstance(one.act, Approve)]),
        "due": found.due.astimezone(zone),
        "freeze": (found.due - schedule.freeze).astimezone(zone),
        **hour(found.outlook(now), found.newsletter, now),
        "reach": found.reach,
        "unrun": [one for one in found.findings if one.unrun],
        "since": labels.clock(found.edition.now, zone, now),
        "approvals": labels.people(approvals),
        "missing": max(0, found.needed - len(set(approvals))),
        "approved": labels.clock(found.edition.approved_at, zone, now) if found.edition.approved_at else "",
        "collectors": collectors(found),
        "red": red,
        "amber": amber,
        "fresh": None,
        "others": False,
        "changed": False,
        "oob": False,
        "plural": labels.plural,
        "texts": {one.act.kind: one for one in active(found.choices) if isinstance(one.act, Line)},
    }


def hour(found: Outlook, newsletter: Newsletter, now: datetime) -> dict[str, Any]:
    """Return how an edition stands to its hour as the head, the bar and the tab's title print it."""
    zone = newsletter.schedule.tz
    deadline = labels.clock(found.deadline, zone, now)
    left = labels.until_words(now, found.deadline).removeprefix("in ")
    late = labels.until_words(now, found.due).removesuffix(" ago")
    said = {
        "late": f"late by {late}; {left} to the deadline, {deadline}",
        "missed": f"missed: its deadline was {deadline}",
        "by hand": "only by hand: no hour is set for it",
        "starting": "now",
    }.get(found.kind, labels.until_words(now, found.due))
    tab = {"late": f"LATE, {left} left · ", "missed": "MISSED · "}.get(found.kind, "")
    return {"outlook": found, "wait": said, "tab": tab, "left": left, "deadline": deadline}


def clocked(app: App, name: str, day: date, edition: Edition) -> dict[str, Any]:
    """Return the same for an open page that asks only for the time."""
    newsletter = app.config.newsletters[name]
    at = flow.day_hours(app, newsletter, day)
    found = outlook(
        edition.state,
        at.occurrence.state if at.occurrence else None,
        begun=edition.started_at is not None,
        scheduled=calendar.is_day(newsletter.schedule, day),
        due=at.due,
        deadline=at.deadline,
        now=app.now(),
    )
    return hour(found, newsletter, app.now()) | {"newsletter": newsletter}


def collectors(found: Today) -> dict[str, Any]:
    """Return what the sources did in the last hour, in a sentence, and the ones in trouble."""
    read = [one for one in found.sources if one.read]
    brought = sum(one.brought for one in found.sources)
    bringing = sorted((one for one in found.sources if one.brought), key=lambda one: -one.brought)
    if not found.sources:
        sentence = "Nothing was collected yet."
    elif not read:
        sentence = "No source was read in the last hour."
    else:
        sentence = (
            f"In the last hour {len(read)} of {labels.plural(len(found.sources), 'source')} were read: "
        )
        sentence += labels.plural(brought, "new article") if brought else "nothing new"
        sentence += f", most from {bringing[0].outlet}." if len(bringing) > 1 else "."
    return {"sentence": sentence, "trouble": [one for one in found.sources if one.trouble]}


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


def _days(app: App) -> list[dict[str, Any]]:
    return [
        {"name": newsletter.name, "title": newsletter.title, "editions": made}
        for newsletter, made in flow.latest_editions(app, 12)
    ]


def _front(app: App) -> dict[str, Any]:
    now = app.now()
    found, known = flow.front(app, rows=14, made=10)
    letters = [_letter(one, now) for one in found]
    late = [
        letter["title"] for letter in letters if any(one["outlook"].kind == "late" for one in letter["days"])
    ]
    tab = f"LATE: {', '.join(late)} · " if late else ""
    return {"newsletters": letters, "sources": known, "now": now, "tab": tab}


def _letter(letter: flow.NewsletterDays, now: datetime) -> dict[str, Any]:
    """Return what the front says of a newsletter: its days, the newest first, and which one comes next."""
    newsletter, rows, made = letter.newsletter, letter.occurrences, letter.editions
    schedule = newsletter.schedule
    told = (
        day
        for day, row in rows.items()
        if row.state is not DONE and (row.state is not WAITING or row.due <= now)
    )
    shown = sorted({*made, *told}, reverse=True)
    days = []
    for day in shown:
        edition, row = made.get(day), rows.get(day)
        due = row.due if row else calendar.due(schedule, day)
        found = outlook(
            edition.state if edition else None,
            row.state if row else None,
            begun=edition is not None and edition.started_at is not None,
            scheduled=calendar.is_day(schedule, day),
            due=due,
            deadline=row.deadline if row else due + schedule.freshness,
            now=now,
        )
        days.append(hour(found, newsletter, now) | {"date": day, "edition": edition, "row": row})
    coming = next(
        (
            due
            for due in calendar.upcoming(schedule, now, 8)
            if _comes(made, rows, due.astimezone(schedule.tz).date())
        ),
        None,
    )
    return {
        "name": newsletter.name,
        "title": newsletter.title,
        "zone": schedule.zone,
        "next": coming.astimezone(schedule.tz) if coming else None,
        "wait": labels.until_words(now, coming) if coming else "",
        "readers": letter.readers,
        "days": days,
    }


def _comes(made: Mapping[date, Edition], rows: Mapping[date, calendar.Occurrence], day: date) -> bool:
    """Return whether *day*'s edition is still to go out: not sent already, cancelled, or settled otherwise."""
    edition, row = made.get(day), rows.get(day)
    gone = edition is not None and (edition.started_at is not None or edition.state is EditionState.CANCELLED)
    return not gone and (row is None or row.state in OPEN)
