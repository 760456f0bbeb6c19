"""The guard before every page of the desk: who asks, may they, and did they mean to.

    @guard.require("editor")
    async def drop(request: Request) -> Response: ...   # request.state.user.name, .role

A right comes from a session and from nothing else: no address, no host name, no header gives one. Until there is
a first user, every page of the desk is 404 for everybody; `accounts/setup.py` has the way in.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import TYPE_CHECKING
from urllib.parse import quote

from anyio import to_thread
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from digest.app import App
from digest.flows.newsroom import sessions
from digest.flows.newsroom.sessions import RANK, Role
from digest.web.accounts import cookies, forms
from digest.web.views import variables

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SAFE = frozenset({"GET", "HEAD"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # "no-referrer" would make the browser send Origin: null with our own forms
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class User:
    """Who asks; *session* is the id of the session."""

    name: str
    role: Role
    session: int

    def may(self, role: Role) -> bool:
        """Return whether this user has at least *role*."""
        return RANK[self.role] >= RANK[role]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known about a request: the *user*, None for a stranger; *binding* is what form tokens hold to.

    *nobody*: there is no user at all yet, so there is no way in to show to a stranger.
    """

    user: User | None
    binding: str = ""
    nobody: bool = False


def require(role: Role) -> Callable[[Endpoint], Endpoint]:
    """Return a decorator that lets an endpoint answer only to users with *role* or more."""

    def decorated(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def guarded(request: Request) -> Response:
            refused = await _refused(request, role)
            return refused if refused is not None else await endpoint(request)

        vars(guarded)["role"] = role  # for whoever lists the routes
        return guarded

    return decorated


async def _refused(request: Request, role: Role) -> Response | None:
    """Return the answer to who may not; None lets the request pass, with `request.state.user` set."""
    app: App = request.app.state.digest
    asked = await to_thread.run_sync(partial(who, app, request))
    safe = request.method in SAFE
    if asked.user is None:
        return _stranger(request, asked, safe)
    request.state.user, request.state.binding = asked.user, asked.binding
    if not asked.user.may(role):
        return page(request, "accounts/refused.html", status=403, why="role", role=role)
    if safe:
        return None
    if not forms.from_our_page(request) or not await forms.token_is_ours(request):
        return page(request, "accounts/refused.html", status=403, why="form", role=role)
    return None


def who(app: App, request: Request) -> Asked:
    """Return who makes *request*; notes that the session was used."""
    cookie = cookies.read(app, request, cookies.SESSION)
    key = cookies.hashed(cookie)
    session, nobody = sessions.who(app, key if cookie else "")
    if session is not None:
        return Asked(User(session.user, session.role, session.id), key)
    return Asked(None, nobody=nobody)


def page(
    request: Request, template: str, *views: "DataclassInstance", status: int = 200, **values: object
) -> HTMLResponse:
    """Return an HTML page for the user who asks; its template sees *views* and *values* as `variables` names them."""
    templates: Environment = request.app.state.templates
    app: App = request.app.state.digest
    user: User | None = getattr(request.state, "user", None)
    token = forms.token(request) if hasattr(request.state, "binding") else ""
    text = templates.get_template(template).render(
        user=user, token=token, site=app.config.site.name, here=request.url.path, **variables(views, values)
    )
    return HTMLResponse(text, status_code=status, headers=HEADERS)


def nothing(request: Request) -> HTMLResponse:
    """Return the page that says that there is none, whatever there is."""
    templates: Environment = request.app.state.templates
    text = templates.get_template("desk/elsewhere.html").render()
    return HTMLResponse(text, status_code=404, headers=HEADERS)


def _stranger(request: Request, asked: Asked, safe: bool) -> Response:
    if asked.nobody:
        return nothing(request)
    if not safe or "hx-request" in request.headers:  # what was typed stays on the page
        return page(request, "accounts/refused.html", status=403, why="signed out", role="viewer")
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?next={quote(back, safe='')}", status_code=303, headers=HEADERS)
