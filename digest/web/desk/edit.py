"""The hand's pages: one act a form, a story's own panel, a story brought in by its address, the history."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.editions import sponsors
from digest.editions.choices import EDITION, standing, until
from digest.flows.edition import add_article, edit
from digest.flows.edition.build import as_seen_by
from digest.flows.edition.today import Row, Today, titles_of, today
from digest.model import Choice, Role
from digest.web.accounts.guard import require
from digest.web.desk import context, labels, view_models
from digest.web.desk.context import app_of, by_htmx, day_of, fields, number, page, text, url_of
from digest.web.desk.index import answer, seen

PLAIN = frozenset({"pin", "move", "drop", "merge", "split", "lead", "picture"})


@require("editor")
async def act(request: Request) -> Response:
    """Do what a button, a drag or a form says: `do` is "pin 12 3 from 5", "words 12", "undo", "undo 40" ..."""
    form = await fields(request)
    name, day = day_of(request)
    app, by = app_of(request), request.state.user.name
    verb, _, rest = text(form, "do").partition(" ")
    if verb in ("undo", "redo"):
        chosen = int(rest) if rest.isdecimal() else 0
        work = partial(edit.undo, app, name, day, by=by, choice=chosen, again=verb == "redo")
    else:
        wanted = _wanted(app, name, form, verb, rest, by)
        if not wanted:
            return await answer(request, said="Nothing was changed.")
        work = partial(edit.act, app, name, day, wanted, seen=number(form, "seen"))
    done = await context.loaded(request, work)
    if isinstance(done, Response):
        return done
    return await _answered(request, done, form)


@require("editor")
async def added(request: Request) -> Response:
    """Bring in the story at an address."""
    form = await fields(request)
    name, day = day_of(request)
    done = await add_article.bring(
        app_of(request),
        name,
        day,
        text(form, "url")[:2000],
        where=text(form, "where"),
        by=request.state.user.name,
        seen=number(form, "seen"),
    )
    return await _answered(request, done, form)


@require("viewer")
async def story(request: Request) -> Response:
    """One story, with all that can be done to it."""
    name, day = day_of(request)
    app = app_of(request)
    found = await context.loaded(request, partial(today, app, name, day))
    if isinstance(found, Response):
        return found
    row = next(
        (
            one
            for one in found.rows
            if request.path_params["article"] in (one.line.article, *one.line.members)
        ),
        None,
    )
    if row is None:
        problem = "This story is not in the draft any more. The history says who did what."
        return page(
            request,
            "desk/nothing.html",
            status=404,
            newsletter=name,
            date=day,
            problem=problem,
            title=found.newsletter.title,
        )
    values = seen(app, found)
    run = next(one for one in values["runs"] if any(each.id == row.line.article for each in one.stories))
    shown = next(each for each in run.stories if each.id == row.line.article)
    acts = {choice.act: choice for choice in row.choices}
    held = until(acts["embargo"].value) if "embargo" in acts else None
    zone = found.newsletter.schedule.tz
    template = "desk/_story.html" if by_htmx(request) else "desk/story.html"
    return page(
        request,
        template,
        **values,
        row=row,
        run=run,
        story=shown,
        held=held.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if held else "",
        ages={one.id: labels.age(app.now(), one.published) for one in (row.article, *row.others)},
        offered=_offered(found, row),
        chosen=acts["picture"].value if "picture" in acts else "",
        siblings=[
            (each.id, each.title) for one in values["runs"] for each in one.stories if each.id != shown.id
        ],
        places=_places(found),
    )


@require("viewer")
async def history(request: Request) -> Response:
    """Who did what, the newest first; each act can be taken back."""
    name, day = day_of(request)
    app = app_of(request)
    found = await context.loaded(request, partial(_history, app, name, day))
    return found if isinstance(found, Response) else page(request, "desk/history.html", **found)


def _wanted(app: App, name: str, form: FormData, verb: str, rest: str, by: str) -> list[Choice]:
    """Return the choices that the form asks for; what did not change is none."""
    head, _, value = rest.partition(" ")
    article = int(head) if head.isascii() and head.isdecimal() and len(head) < 19 else 0
    made = Choice("note", article, value, by, app.now())
    if verb in PLAIN:
        chosen = value or text(form, f"{verb}-value")
        if verb == "merge" and not chosen:
            return []
        return [replace(made, act=verb, value=chosen)]  # type: ignore[arg-type]
    if verb == "place":
        return [_placing(made, text(form, "where"))]
    if verb == "words":
        pairs = (("retitle", "title"), ("redek", "dek"))
        return [
            replace(made, act=act, value=text(form, field))  # type: ignore[arg-type]
            for act, field in pairs
            if text(form, field).split() != text(form, f"{field}-was").split()
        ]
    if verb == "embargo":
        return [
            replace(made, act="embargo", value=_utc(app, name, text(form, "until")) if value != "off" else "")
        ]
    if verb == "lines":
        said = [
            replace(made, article=0, act=act, value=text(form, act))
            for act in ("subject", "preheader", "note")
            if act in form and text(form, act).split() != text(form, f"{act}-was").split()
        ]
        return said + _sponsor(made, form)
    if verb == "automatic" and head in EDITION:
        return [replace(made, article=0, act=head, value="")]  # type: ignore[arg-type]
    return []


def _offered(found: Today, row: Row) -> list[tuple[str, str, str]]:
    """Return the pictures that a story can show: (value, our crop, whose); never a witness's."""
    own = [one for one in row.others if as_seen_by(found.newsletter, one).role is Role.OWN and one.picture]
    lead = row.article.picture
    return [
        ("", lead.square if lead else "", f"its own, {row.article.outlet}" if lead else "its own: none"),
        *((str(one.id), one.picture.square, f"{one.outlet}: {one.title}") for one in own if one.picture),
        ("none", "", "no picture"),
    ]


def _sponsor(made: Choice, form: FormData) -> list[Choice]:
    """Return the choice of an advertisement where any of its three fields was changed."""
    fields = [f"sponsor-{part}" for part in sponsors.PARTS]
    if all(text(form, field).split() == text(form, f"{field}-was").split() for field in fields):
        return []
    return [
        replace(
            made, article=0, act="sponsor", value=sponsors.written(*(text(form, field) for field in fields))
        )
    ]


def _placing(made: Choice, where: str) -> Choice:
    """Return the choice of a place in words: "top 3 from 5", "city 1", "bench"."""
    if where == "bench":
        return replace(made, act="drop", value="")
    section, _, rest = where.partition(" ")
    if section == "top" and rest:
        return replace(made, act="pin", value=rest)
    return replace(made, act="move", value=where)


def _utc(app: App, name: str, local: str) -> str:
    """Return a browser's local date and time in the newsletter's zone as a time with a zone; else as it was."""
    zone = app.config.newsletters[name].schedule.tz
    try:
        if len(local) == 5:
            moment = datetime.combine(app.now().astimezone(zone).date(), time.fromisoformat(local), zone)
        else:
            moment = datetime.fromisoformat(local).replace(tzinfo=zone)
    except ValueError:
        return local or "?"
    return moment.astimezone(UTC).isoformat()


def _places(found: Today) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return for each section the places that a story can be put to: (value, words)."""
    groups = []
    for name, title in view_models.titles(found.newsletter).items():
        if name == "bench":
            continue
        there = [row for row in found.rows if row.line.section == name]
        places = [
            (f"{name} {at}", f"{title}, place {at}: before “{row.line.title[:60]}”")
            for at, row in enumerate(there, 1)
        ]
        groups.append((name, title, [*places, (f"{name} {len(there) + 1}", f"{title}, at the end")]))
    return groups


async def _answered(request: Request, done: edit.Acted, form: FormData) -> Response:
    name, day = day_of(request)
    if done.done:
        return await answer(request) if by_htmx(request) else context.back(url_of(name, day))
    app = app_of(request)
    zone = app.config.newsletters[name].schedule.tz
    kept = {
        key: value for key, value in form.multi_items() if isinstance(value, str) and not key.startswith("_")
    }
    clash = []
    if done.clash:
        found = await context.loaded(request, partial(_history, app, name, day))
        if isinstance(found, Response):
            return found
        clash = [
            {
                "by": one.by,
                "at": labels.clock(one.at, zone),
                "words": labels.told(one, found["titles"], found["names"], zone),
            }
            for one in done.clash
        ]
    return await answer(
        request, problem=done.words, status=409 if done.clash else 422, clash=clash, form=kept
    )


def _history(app: App, name: str, day: date) -> dict[str, Any]:
    found = today(app, name, day)
    zone: ZoneInfo = found.newsletter.schedule.tz
    ids = {one.article for one in found.choices} | {
        int(one.value) for one in found.choices if one.value.isdecimal()
    }
    titles = titles_of(app, ids - {0})
    names = view_models.titles(found.newsletter)
    holding = {one.id for one in standing(found.choices)}
    undone = {one.undoes: one for one in found.choices if one.act == "undo"}
    rows = [
        {
            "id": one.id,
            "at": labels.clock(one.at, zone, app.now()),
            "by": one.by,
            "words": labels.told(one, titles, names, zone),
            "holds": one.id in holding,
            "undone": undone.get(one.id),
            "undoable": one.id in holding and one.act != "approve",
        }
        for one in reversed(found.choices)
        if one.act != "undo"
    ]
    return seen(app, found) | {"history": rows, "titles": titles}
