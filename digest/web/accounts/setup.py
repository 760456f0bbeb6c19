"""The page behind the setup link: it makes the first admin, and signs them in."""

import math
from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digest import passwords
from digest.app import App
from digest.errors import UserError
from digest.flows.newsroom import setup as flow
from digest.flows.newsroom.setup import Offer
from digest.model.account import MOST, Trier
from digest.web.accounts import cookies, forms, guard, sign_in


async def form(request: Request) -> Response:
    """Show the form, or for the demo one button; nothing changes by looking. Whoever is in already goes on."""
    offer = await _offer(request)
    if offer:
        return _page(request, offer)
    asked = await to_thread.run_sync(guard.who, request.app.state.digest, request)
    if asked.user is None:
        return _over(request)
    return RedirectResponse("/", status_code=303, headers=guard.HEADERS)


async def done(request: Request) -> Response:
    """Make the first admin: the link is used up, and the browser is signed in.

    The link itself is the form's secret, so it needs no token; another site's page is refused all the same.
    """
    app: App = request.app.state.digest
    offer = await _offer(request)
    if offer is None:
        return _over(request)
    if not forms.from_our_page(request):
        return _page(
            request, offer, status=403, said="That did not come from this page. Please try once more."
        )
    fields = await request.form()
    name, password = (str(fields.get(key, "")) for key in ("name", "password"))
    if not offer.ready and password != str(fields.get("again", password)):
        return _page(request, offer, status=400, said="The two passwords differ.", name=name)
    agent = request.headers.get("user-agent", "")[:200]
    trier = Trier(sign_in.network(app, request), agent=agent)
    try:
        made = await flow.accepted(app, request.path_params["token"], name, password, trier)
    except UserError as problem:
        return _page(request, offer, status=400, said=str(problem), name=name)
    if made is None:
        return _over(request)
    begin = await to_thread.run_sync(flow.landing, app, offer) if made.cookie else "/sign-in"
    answer = RedirectResponse(begin, status_code=303, headers=guard.HEADERS)
    if made.cookie:
        cookies.give(app, answer, cookies.SESSION, made.cookie, math.ceil(MOST.total_seconds()))
    return answer


async def _offer(request: Request) -> Offer | None:
    app: App = request.app.state.digest
    return await to_thread.run_sync(partial(flow.offered, app, request.path_params["token"]))


def _over(request: Request) -> Response:
    """Return the page for a link that opens nothing: not ours, used, too old, or not needed any more."""
    return guard.page(request, "accounts/setup.html", status=404, over=True)


def _page(request: Request, offer: Offer, *, status: int = 200, said: str = "", name: str = "") -> Response:
    return guard.page(
        request,
        "accounts/setup.html",
        status=status,
        over=False,
        said=said,
        name=name,
        ready=offer.ready,
        shortest=passwords.SHORTEST,
        rule=passwords.RULE,
    )
