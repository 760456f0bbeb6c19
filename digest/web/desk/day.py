"""The day's page: what goes out, when, to how many, who approved, what is wrong; the draft, the bench, the news."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.editions import occurrences as calendar
from digest.editions.choices import EDITION, standing
from digest.flows import hand
from digest.flows.today import News, Today, news, stamp, today
from digest.model import EditionState
from digest.store import counts, editions, occurrences
from digest.web.accounts.guard import require
from digest.web.desk import room, sight, words
from digest.web.desk.room import app_of, by_htmx, day_of, fields, page, text, url_of

WATCHED = timedelta(seconds=75)  # a desk that is open says so every 20 seconds
REMEMBERED = room.Remembered()
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
    found = await room.loaded(request, partial(_watched, app_of(request), name, day, keep))
    if isinstance(found, Response):
        return Response(status_code=204)
    edition, last, fresh = found
    seen, revision = room.number(form, "seen"), room.number(form, "revision")
    now = app_of(request).now()
    newsletter = app_of(request).config.newsletters[name]
    return page(
        request,
        "desk/_bar.html",
        oob=True,
        name=name,
        day=day,
        edition=edition,
        fresh=fresh,
        others=last > seen or edition.revision != revision,
        changed=text(form, "state") != edition.state,
        since=words.clock(edition.now, newsletter.schedule.tz, now),
        wait=words.until_words(now, calendar.due(newsletter.schedule, day)),
    )


@require("editor")
async def applied(request: Request) -> Response:
    """Build the draft anew with all the news there is."""
    name, day = day_of(request)
    made = await room.loaded(request, partial(hand.refresh, app_of(request), name, day))
    if isinstance(made, Response):
        return await answer(request, problem="The draft cannot be built again.", status=409)
    return await answer(request, said="Built with everything that has come in.")


async def answer(
    request: Request, *, said: str = "", problem: str = "", status: int = 200, **more: Any
) -> Response:
    """Return the day's page, or its middle where a script asks; *problem* says what was not done."""
    name, day = day_of(request)
    app = app_of(request)
    found = await room.loaded(request, partial(today, app, name, day))
    if isinstance(found, Response):
        return found
    if not problem and not said and not by_htmx(request) and request.method == "POST":
        return room.back(url_of(name, day))
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
    runs = sight.runs(found, now)
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
        "names": sight.titles(found.newsletter),
        "legend": sorted(
            (number, words.SIGNALS.get(one, one)) for one, number in sight.colours(found).items()
        ),
        "draft": found.edition.state is EditionState.DRAFT,
        "last": found.last,
        "acts": len([one for one in standing(found.choices) if one.act != "approve"]),
        "due": found.due.astimezone(zone),
        "freeze": (found.due - schedule.freeze).astimezone(zone),
        "wait": words.until_words(now, found.due),
        "since": words.clock(found.edition.now, zone, now),
        "approvals": words.people(approvals),
        "missing": max(0, found.needed - len(set(approvals))),
        "approved": words.clock(found.edition.approved_at, zone, now) if found.edition.approved_at else "",
        "collectors": collectors(found),
        "red": red,
        "amber": amber,
        "fresh": None,
        "others": False,
        "changed": False,
        "oob": False,
        "plural": words.plural,
        "texts": {one.act: one for one in standing(found.choices) if one.act in EDITION},
    }


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
        sentence = f"In the last hour {len(read)} of {words.plural(len(found.sources), 'source')} were read: "
        sentence += words.plural(brought, "new article") if brought else "nothing new"
        sentence += f", most from {bringing[0].outlet}." if len(bringing) > 1 else "."
    return {"sentence": sentence, "trouble": [one for one in found.sources if one.trouble]}


def _watched(app: App, name: str, day: date, keep: bool) -> tuple[editions.Saved, int, News | None]:
    edition, last, newest = stamp(app, name, day)
    now = app.now()
    if keep and edition.state is EditionState.DRAFT:
        with app.db.write_if_free() as connection:  # the next look, in 20 seconds, says it as well
            if connection is not None:
                editions.watch(connection, edition.id, now + WATCHED)
    if edition.state not in (EditionState.DRAFT, EditionState.APPROVED):
        return edition, last, None
    depends = (edition.revision, edition.now, last, newest, int(now.timestamp()) // 120)
    fresh = REMEMBERED.of(("news", app.db.url, edition.id), depends, partial(news, app, name, day))
    return edition, last, fresh


def _days(app: App) -> list[dict[str, Any]]:
    with app.db.read() as connection:
        return [
            {"name": name, "title": newsletter.title, "editions": editions.latest(connection, name, 12)}
            for name, newsletter in app.config.newsletters.items()
        ]


def _front(app: App) -> dict[str, Any]:
    now = app.now()
    newsletters = []
    with app.db.read() as connection:
        for name, newsletter in app.config.newsletters.items():
            coming: datetime | None = next(iter(calendar.upcoming(newsletter.schedule, now, 1)), None)
            newsletters.append(
                {
                    "name": name,
                    "title": newsletter.title,
                    "zone": newsletter.schedule.zone,
                    "next": coming.astimezone(newsletter.schedule.tz) if coming else None,
                    "wait": words.until_words(now, coming) if coming else "",
                    "readers": counts.readers(connection, name),
                    "editions": editions.latest(connection, name, 10),
                    "days": {each.date: each for each in occurrences.latest(connection, name, 14)},
                }
            )
        known = [source for source in counts.sources(connection) if source.name in app.config.sources]
    return {"newsletters": newsletters, "sources": known, "now": now}
