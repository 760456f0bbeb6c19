"""What every page of the desk shares: headers, templates, who asks, and which day is meant."""

import json
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from anyio import to_thread
from jinja2 import Environment
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from digest.app import App
from digest.errors import ConfigError, DigestError, EditionError
from digest.web.accounts import forms
from digest.web.views import variables

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
PAGE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
HTMX = json.dumps(
    {
        "includeIndicatorStyles": False,  # it would write a style element, which the policy forbids
        "allowEval": False,
        "allowScriptTags": False,
        "historyEnabled": False,
        "attributesToSettle": ["class"],  # "style" would be an inline style
        "scrollBehavior": "instant",
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "(409|422)", "swap": True},
            {"code": "...", "swap": False, "error": True},
        ],
    }
)


def app_of(request: Request) -> App:
    """Return the application behind *request*."""
    found: App = request.app.state.digest
    return found


def day_of(request: Request) -> tuple[str, date]:
    """Return which newsletter and day the address names; 404 where it names none."""
    name = request.path_params["newsletter"]
    try:
        day = date.fromisoformat(request.path_params["date"])
    except ValueError:
        raise HTTPException(404) from None
    if name not in app_of(request).config.newsletters:
        raise HTTPException(404)
    return name, day


def url_of(name: str, day: date) -> str:
    """Return the address of the day's page."""
    return f"/desk/{name}/{day}"


def page(
    request: Request, template: str, *views: "DataclassInstance", status: int = 200, **values: object
) -> HTMLResponse:
    """Return the page or fragment *template* for the user who asks; it sees the fields of *views* and *values*.

    Raises jinja2.UndefinedError for a name that none of them has, TypeError for one that two of them have.
    """
    templates: Environment = request.app.state.templates
    text = templates.get_template(template).render(
        user=request.state.user,
        token=forms.token(request),
        htmx=HTMX,
        site=app_of(request).config.site.name,
        here=request.url.path,
        **variables(views, values),
    )
    return HTMLResponse(text, status_code=status, headers=PAGE)


def back(url: str) -> Response:
    """Return the answer to a form that did what it should: load the page again."""
    return RedirectResponse(url, status_code=303, headers=PAGE)


def by_htmx(request: Request) -> bool:
    """Return whether a script of ours asks for a part of the page."""
    return "hx-request" in request.headers


async def fields(request: Request) -> FormData:
    """Return the fields of the form; a flood of them is refused."""
    return await request.form(max_files=0, max_fields=60)


def text(form: FormData, name: str) -> str:
    """Return one field, "" where it is not there."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def number(form: FormData, name: str) -> int:
    """Return a field as a number, 0 where it is none."""
    value = text(form, name).strip()
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0


async def loaded(request: Request, ask: Callable[[], T]) -> T | Response:
    """Return what *ask* returns, run in a thread; a fault that has words becomes a page that says them."""
    try:
        return await to_thread.run_sync(ask)
    except (EditionError, ConfigError, DigestError) as problem:
        name, day = request.path_params.get("newsletter", ""), request.path_params.get("date", "")
        return page(
            request,
            "desk/nothing.html",
            status=404,
            newsletter=name,
            date=day,
            problem=problem,
            title=titles_of(request).get(name, name),
        )


def titles_of(request: Request) -> dict[str, str]:
    """Return the titles of the newsletters by name."""
    return {name: newsletter.title for name, newsletter in app_of(request).config.newsletters.items()}
