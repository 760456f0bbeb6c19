"""What editors do by hand: one act a form, a story's own panel, a story added by its address, the history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.articles.seen import as_seen_by
from digest.editions.choices import active, picture
from digest.editions.edits import Acted
from digest.flows.edition import add_article, edit
from digest.flows.edition.today import Row, Today, titles_of, today
from digest.model import Choice, Role
from digest.model.choice import Approve, Hold, Pairing, ShowPicture, Undo
from digest.web.accounts.guard import require
from digest.web.desk import acts, context, labels, view_models
from digest.web.desk.context import app_of, by_htmx, day_of, fields, number, page, text, url_of
from digest.web.desk.day import DayView, day_view
from digest.web.desk.index import Clash, Outcome, answer


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """A story's own panel: what is in it, and the places, pictures and stories that its forms offer."""

    row: Row
    run: view_models.Run
    story: view_models.Story
    held: str  # until when, as a form's field has it
    ages: Mapping[int, str]  # by article
    offered: list[tuple[str, str, str]]
    chosen: str  # of the offered pictures
    siblings: list[tuple[int, str]]  # (id, title) of the stories that it can be merged with
    places: list[tuple[str, str, list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """An act in the history: *undone* is what took it back."""

    id: int
    at: str
    by: str
    words: str
    holds: bool
    undone: Choice | None
    undoable: bool


@dataclass(frozen=True, slots=True)
class History:
    """The *acts* of a day, the newest first, and the *titles* of the articles that they name."""

    day: DayView
    acts: list[HistoryRow]
    titles: Mapping[int, str]


@require("editor")
async def act(request: Request) -> Response:
    """Do what a button, a drag or a form says: `do` is "pin 12 3 from 5", "words 12", "undo", "undo 40" ..."""
    form = await fields(request)
    name, day = day_of(request)
    app, by = app_of(request), request.state.user.name
    verb, _, rest = text(form, "do").partition(" ")
    if verb in ("undo", "redo"):
        work = partial(edit.undo, app, name, day, by=by, choice=acts.number(rest), again=verb == "redo")
    else:
        wanted = acts.asked(form, verb, rest, app.now(), app.newsletter(name).schedule.tz)
        if not wanted:
            return await answer(request, Outcome(said="Nothing was changed."))
        if isinstance(wanted, str):
            return await _answered(request, Acted(False, wanted), form)
        work = partial(edit.act, app, name, day, wanted, by=by, seen=number(form, "seen"))
    done = await context.loaded(request, work)
    if isinstance(done, Response):
        return done
    return await _answered(request, done, form)


@require("editor")
async def added(request: Request) -> Response:
    """Add the story at an address."""
    form = await fields(request)
    name, day = day_of(request)
    done = await add_article.add_by_address(
        app_of(request),
        name,
        day,
        text(form, "url")[:2000],
        where=acts.spot(text(form, "where")),
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
    view = day_view(app, found)
    template = "desk/_story.html" if by_htmx(request) else "desk/story.html"
    return page(request, template, view, _story(app, found, row, view.runs))


@require("viewer")
async def history(request: Request) -> Response:
    """Who did what, the newest first; each act can be taken back."""
    name, day = day_of(request)
    app = app_of(request)
    found = await context.loaded(request, partial(_history, app, name, day))
    if isinstance(found, Response):
        return found
    return page(request, "desk/history.html", found.day, history=found.acts)


def _story(app: App, found: Today, row: Row, runs: tuple[view_models.Run, ...]) -> StoryView:
    run = next(one for one in runs if any(each.id == row.line.article for each in one.stories))
    drawn = next(each for each in run.stories if each.id == row.line.article)
    held = view_models.newest(row.choices, Hold)
    source = picture({row.line.article, *row.line.members}, row.choices)
    zone = found.newsletter.schedule.tz
    return StoryView(
        row=row,
        run=run,
        story=drawn,
        held=held.until.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if held and held.until else "",
        ages={one.id: labels.age(app.now(), one.published) for one in (row.article, *row.others)},
        offered=_offered(found, row),
        chosen="none" if source is None else str(source or ""),
        siblings=[(each.id, each.title) for one in runs for each in one.stories if each.id != drawn.id],
        places=_places(found),
    )


def _offered(found: Today, row: Row) -> list[tuple[str, str, str]]:
    """Return the pictures that a story can show: (value, our crop, whose); never a witness's."""
    own = [one for one in row.others if as_seen_by(found.newsletter, one).role is Role.OWN and one.picture]
    lead = row.article.picture
    return [
        ("", lead.square if lead else "", f"its own, {row.article.outlet}" if lead else "its own: none"),
        *((str(one.id), one.picture.square, f"{one.outlet}: {one.title}") for one in own if one.picture),
        ("none", "", "no picture"),
    ]


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


async def _answered(request: Request, done: Acted, form: FormData) -> Response:
    name, day = day_of(request)
    if done.done:
        return await answer(request) if by_htmx(request) else context.back(url_of(name, day))
    app = app_of(request)
    zone = app.config.newsletters[name].schedule.tz
    kept = {
        key: value for key, value in form.multi_items() if isinstance(value, str) and not key.startswith("_")
    }
    clash: tuple[Clash, ...] = ()
    if done.clash:
        found = await context.loaded(request, partial(_history, app, name, day))
        if isinstance(found, Response):
            return found
        titles, names = found.titles, found.day.names
        clash = tuple(
            Clash(one.by, labels.clock(one.at, zone), labels.act_in_words(one.act, titles, names, zone))
            for one in done.clash
        )
    outcome = Outcome(problem=done.words, clash=clash, form=kept)
    return await answer(request, outcome, status=409 if clash else 422)


def _history(app: App, name: str, day: date) -> History:
    found = today(app, name, day)
    zone: ZoneInfo = found.newsletter.schedule.tz
    titles = titles_of(app, {number for one in found.choices for number in _named(one)} - {0})
    names = view_models.titles(found.newsletter)
    holding = {one.id for one in active(found.choices)}
    undone = {one.act.choice: one for one in found.choices if isinstance(one.act, Undo)}
    rows = [
        HistoryRow(
            id=one.id,
            at=labels.clock(one.at, zone, app.now()),
            by=one.by,
            words=labels.act_in_words(one.act, titles, names, zone),
            holds=one.id in holding,
            undone=undone.get(one.id),
            undoable=one.id in holding and not isinstance(one.act, Approve),
        )
        for one in reversed(found.choices)
        if not isinstance(one.act, Undo)
    ]
    return History(day_view(app, found), rows, titles)


def _named(choice: Choice) -> set[int]:
    """Return the articles that *choice* names, 0 for none."""
    if isinstance(choice.act, Pairing):
        return {choice.article, choice.act.other}
    return (
        {choice.article, choice.act.source or 0} if isinstance(choice.act, ShowPicture) else {choice.article}
    )
