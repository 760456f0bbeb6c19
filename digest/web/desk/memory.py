"""What the readers read: the sections and words that were learnt, a switch for each, and a way to forget it all."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.config.schema import Newsletter
from digest.flows.memory import learnt
from digest.web.accounts.guard import require
from digest.web.desk import context
from digest.web.desk.context import app_of, back, fields, page, text

KINDS = {"section": "Sections", "word": "Words"}


@dataclass(frozen=True, slots=True)
class LearntRow:
    """A section or a word that was learnt: its name, its label, its worth, and whether it is switched on."""

    name: str
    label: str
    worth: str
    less: bool  # kept less than others
    on: bool


@dataclass(frozen=True, slots=True)
class MemoryGroup:
    """The rows of one kind, most worth first."""

    kind: str
    title: str
    rows: Sequence[LearntRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryView:
    """What the page prints of a newsletter's memory."""

    newsletter: Newsletter
    name: str
    known: learnt.Known
    said: str
    groups: Sequence[MemoryGroup]
    learnt_at: str


@require("viewer")
async def show(request: Request) -> Response:
    """What was learnt, and from what."""
    name = _name(request)
    found = await context.loaded(request, partial(_view, app_of(request), name))
    return found if isinstance(found, Response) else page(request, "desk/memory.html", found)


@require("editor")
async def changed(request: Request) -> Response:
    """Switch a row, or the whole; or forget it all."""
    name, form = _name(request), await fields(request)
    act, kind, what = text(form, "do"), text(form, "kind"), text(form, "name")
    app, by = app_of(request), request.state.user.name

    def done() -> bool:
        if act == "forget":
            learnt.forget(app, name)
        elif act in ("on", "off"):
            learnt.switch(app, name, kind, what, on=act == "on", by=by)
        return True

    found = await context.loaded(request, done)
    return found if isinstance(found, Response) else back(request.url.path)


def _name(request: Request) -> str:
    name: str = request.path_params["newsletter"]
    if name not in app_of(request).config.newsletters:
        raise HTTPException(404)
    return name


def _view(app: App, name: str) -> MemoryView:
    known = learnt.known(app, name)
    newsletter = app.newsletter(name)
    titles = {rule.name: rule.title for rule in newsletter.sections}
    rows = list(learnt.rows_of(known.memory)) if known.memory else []
    rows.sort(key=lambda row: -row[2])
    groups = [
        MemoryGroup(
            kind,
            title,
            [
                LearntRow(what, titles.get(what, what), f"{worth:+.2f}", worth < 0, on)
                for one, what, worth, on in rows
                if one == kind
            ],
        )
        for kind, title in KINDS.items()
    ]
    at = known.at.astimezone(newsletter.schedule.tz) if known.at else None
    return MemoryView(
        newsletter=newsletter,
        name=name,
        known=known,
        said=learnt.said(known),
        groups=groups if rows else [],
        learnt_at=f"{at:%-d %B %Y, %H:%M}" if at else "",
    )
