"""The people of the newsroom, for admins: added, given a role, a password, kept out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from anyio import to_thread
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digest import passwords
from digest.app import App
from digest.errors import UserError
from digest.flows.newsroom import users as flow
from digest.flows.newsroom.sessions import RANK, Role
from digest.web.accounts import confirm_password, guard


@dataclass(frozen=True, slots=True)
class NewUser:
    """What was typed into the form for a new user."""

    name: str = ""
    role: str = "editor"


@dataclass(frozen=True, slots=True)
class PeopleView:
    """What the page prints: the users, the words on what was done, and the *rule* for passwords."""

    said: str
    people: Sequence[flow.Account]
    roles: tuple[str, ...]
    typed: NewUser
    rule: str


@guard.require("admin")
async def show(request: Request) -> Response:
    return await to_thread.run_sync(_page, request, "", 200, None)


@guard.require("admin")
async def added(request: Request) -> Response:
    return await _done(
        request,
        lambda app, user, fields: flow.add(
            app, _text(fields, "name"), _text(fields, "password"), _role(fields), by=user.name
        ),
    )


@guard.require("admin")
async def role(request: Request) -> Response:
    return await _done(
        request,
        lambda app, user, fields: flow.set_role(app, _text(fields, "name"), _role(fields), by=user.name),
    )


@guard.require("admin")
async def password(request: Request) -> Response:
    return await _done(
        request,
        lambda app, user, fields: flow.set_password(
            app,
            _text(fields, "name"),
            _text(fields, "password"),
            by=user.name,
            keep=user.session if user.name == _text(fields, "name") else 0,
        ),
    )


@guard.require("admin")
async def disabled(request: Request) -> Response:
    return await _done(
        request,
        lambda app, user, fields: flow.disable(
            app, _text(fields, "name"), by=user.name, again=_text(fields, "again") == "yes"
        ),
    )


async def _done(request: Request, act: Callable[[App, guard.User, FormData], None]) -> Response:
    """Do *act* and show the list again; what was refused is said above it, and what was typed stays."""
    fields = await request.form()
    if await to_thread.run_sync(_makes_an_admin, request, fields):
        asks = await confirm_password.asked(request)
        if asks is not None:
            return asks
    try:
        await to_thread.run_sync(partial(act, request.app.state.digest, request.state.user, fields))
    except UserError as problem:
        return await to_thread.run_sync(_page, request, str(problem), 400, fields)
    return RedirectResponse("/people", status_code=303, headers=guard.HEADERS)


def _makes_an_admin(request: Request, fields: FormData) -> bool:
    """Return whether the act would give somebody the rights of an admin: by the role, or an admin's password."""
    if "role" in fields:
        return fields.get("role") == "admin"
    if "password" not in fields:
        return False
    app: App = request.app.state.digest
    return flow.role_of(app, _text(fields, "name")) == "admin"


def _page(request: Request, said: str, status: int, fields: FormData | None) -> Response:
    app: App = request.app.state.digest
    found = flow.everybody(app)
    typed = NewUser(_text(fields, "name"), _text(fields, "role")) if fields else NewUser()
    view = PeopleView(said=said, people=found, roles=tuple(RANK), typed=typed, rule=passwords.RULE)
    return guard.page(request, "accounts/people.html", view, status=status)


def _text(fields: FormData, key: str) -> str:
    return str(fields.get(key, ""))


def _role(fields: FormData) -> Role:
    for known in RANK:
        if known == fields.get("role"):
            return known
    raise UserError("there is no such role", do=f"There are {', '.join(RANK)}.")
