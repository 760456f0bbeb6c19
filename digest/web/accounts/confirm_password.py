"""The password asked for again before what cannot be taken back, where the last sign-in is long ago.

    if (asks := await again.asked(request)) is not None:
        return asks

The page carries every field of the form that was sent, and sends them anew together with the password: nothing that
was typed is lost. A browser left open, or a stolen cookie, is not enough to export the list of readers.
"""

from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.flows.newsroom import sessions
from digest.flows.newsroom import users as flow
from digest.model.account import Trier
from digest.web.accounts import forms, guard
from digest.web.accounts.sign_in import network

PASSWORD, NAME = "_password", "_user"  # the fields of the page; the second is for password managers


async def asked(request: Request) -> Response | None:
    """Return the page that asks for the password; None when it was given lately, or with this request."""
    app: App = request.app.state.digest
    user: guard.User = request.state.user
    session = await to_thread.run_sync(partial(sessions.signed_in, app, request.state.binding))
    if session is None:  # it ended a moment ago
        return guard.page(request, "accounts/refused.html", status=403, why="signed out", role="viewer")
    if app.now() - session.proved_at < flow.AGAIN:
        return None
    given = str((await request.form()).get(PASSWORD, ""))
    if not given:
        return await _page(request, "")
    trier = Trier(network(app, request), f"s{user.session}")
    problem = await flow.sign_in_check(app, user.name, given, trier)
    if problem:
        return await _page(request, problem)
    await to_thread.run_sync(partial(flow.confirm, app, user.session))
    return None


async def _page(request: Request, said: str) -> Response:
    fields = [
        (key, value)
        for key, value in (await request.form()).multi_items()
        if isinstance(value, str) and key not in (forms.FIELD, PASSWORD, NAME)
    ]
    return guard.page(request, "accounts/again.html", status=403, said=said, fields=fields, field=PASSWORD)
