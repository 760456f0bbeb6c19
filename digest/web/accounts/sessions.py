"""The open sessions: your own, and for admins everybody's. Each can be ended; and your own password changed."""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digest import passwords
from digest.app import App
from digest.errors import UserError
from digest.flows.newsroom import sessions
from digest.flows.newsroom import users as flow
from digest.flows.newsroom.sessions import Session
from digest.model.account import Trier
from digest.web.accounts import guard
from digest.web.accounts.sign_in import network

PROGRAMS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
NAMES = {"Edg": "Edge", "OPR": "Opera"}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


@guard.require("viewer")
async def show(request: Request) -> Response:
    return await to_thread.run_sync(_page, request, "", 200)


@guard.require("viewer")
async def ended(request: Request) -> Response:
    """End one session, or all of one's own but this. A session of others' is an admin's to end."""
    app: App = request.app.state.digest
    user: guard.User = request.state.user
    wanted = str((await request.form()).get("session", ""))

    def end() -> bool:
        if wanted == "others":
            sessions.end_others(app, user.name, user.session)
            return True
        return sessions.end_one(app, wanted, by=user.name, role=user.role)

    if not await to_thread.run_sync(end):
        return await to_thread.run_sync(
            _page, request, "That session has ended already, or is not yours.", 404
        )
    return RedirectResponse("/sessions", status_code=303, headers=guard.HEADERS)


@guard.require("viewer")
async def password(request: Request) -> Response:
    """Change one's own password; the old one is asked for, and all other sessions end."""
    app: App = request.app.state.digest
    user: guard.User = request.state.user
    fields = await request.form()
    old, new, again = (str(fields.get(key, "")) for key in ("old", "new", "again"))
    if new != again:
        return await to_thread.run_sync(_page, request, "The two new passwords differ.", 400)
    tried = await flow.sign_in_check(app, user.name, old, Trier(network(app, request), f"s{user.session}"))
    if tried:
        return await to_thread.run_sync(_page, request, tried, 403)
    try:
        await to_thread.run_sync(
            lambda: flow.set_password(app, user.name, new, by=user.name, keep=user.session)
        )
    except UserError as problem:
        return await to_thread.run_sync(_page, request, str(problem), 400)
    return await to_thread.run_sync(
        _page, request, "Your password is changed; your other sessions have ended.", 200
    )


def _page(request: Request, said: str, status: int) -> Response:
    app: App = request.app.state.digest
    user: guard.User = request.state.user
    found = sessions.open_sessions(app, "" if user.role == "admin" else user.name)
    mine = [_line(one, user) for one in found if one.user == user.name]
    others = [_line(one, user) for one in found if one.user != user.name]
    return guard.page(
        request,
        "accounts/sessions.html",
        status=status,
        said=said,
        mine=mine,
        others=others,
        rule=passwords.RULE,
    )


def _line(one: Session, user: guard.User) -> dict[str, object]:
    return {
        "id": one.id,
        "user": one.user,
        "role": one.role,
        "browser": browser(one.agent),
        "since": one.created_at,
        "seen": one.last_seen,
        "this": one.id == user.session,
    }


def browser(agent: str) -> str:
    """Return what a User-Agent line says, in two words: "Firefox, Linux"."""
    program = next((NAMES.get(name, name) for name in PROGRAMS if f"{name}/" in agent), "")
    system = next((SYSTEMS[name] for name in SYSTEMS if name in agent), "")
    return ", ".join(part for part in (program, system) if part) or "another program"
