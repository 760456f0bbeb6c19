"""Signing in and out. The page is for strangers; everything else of the desk is behind it."""

import ipaddress
import math
import re
import secrets

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from digest.app import App
from digest.flows.newsroom import sessions, setup
from digest.flows.newsroom import users as flow
from digest.model.account import MOST, NotSignedIn, Trier
from digest.web.accounts import cookies, forms, guard
from subscribers.api import Keys

DEVICE = "device"  # the cookie, and the purpose of its signature
YEAR = 365 * 24 * 3600
_PLAIN = re.compile(r"/[!-\[\]-~]*")  # a path and what follows it: printable ASCII without the backslash


async def form(request: Request) -> Response:
    """Show the form. It has a token as every form, bound to a cookie of its own: there is no session yet."""
    app: App = request.app.state.digest
    asked = await to_thread.run_sync(guard.who, app, request)
    if asked.nobody:
        return guard.nothing(request)
    if asked.user is not None:
        return RedirectResponse(inside(request.query_params.get("next", "")), 303, headers=guard.HEADERS)
    return _form(request, next=request.query_params.get("next", ""))


async def sign_in(request: Request) -> Response:
    """Take name and password; a session begins under a new cookie, whatever the browser held before."""
    app: App = request.app.state.digest
    if await to_thread.run_sync(setup.nobody, app):
        return guard.nothing(request)
    request.state.binding = cookies.read(app, request, cookies.VISIT)
    if (
        not forms.from_our_page(request)
        or not request.state.binding
        or not await forms.token_is_ours(request)
    ):
        return _form(request, status=403, why="form")
    fields = await request.form()
    name, password, back = (str(fields.get(key, "")) for key in ("name", "password", "next"))
    device = _device(app, request, name)
    old = cookies.read(app, request, cookies.SESSION)
    agent = request.headers.get("user-agent", "")[:200]
    trier = Trier(network(app, request), device, agent, network(app, request, wide=True))
    made = await flow.sign_in(app, name, password, trier, old_key=cookies.hashed(old) if old else "")
    if isinstance(made, NotSignedIn):
        status = {"wrong": 403, "early": 429, "busy": 503}[made.why]
        answer = _form(request, status=status, why=made.why, wait=made.wait, name=name[:40], next=back)
        if made.wait:
            answer.headers["Retry-After"] = str(made.wait)
        return answer
    answer = RedirectResponse(inside(back), status_code=303, headers=guard.HEADERS)
    cookies.give(app, answer, cookies.SESSION, made.cookie, math.ceil(MOST.total_seconds()))
    cookies.give(app, answer, DEVICE, _signed(app, made.user), YEAR)
    cookies.take(app, answer, cookies.VISIT)
    return answer


@guard.require("viewer")
async def sign_out(request: Request) -> Response:
    """End this session, here and in the database."""
    app: App = request.app.state.digest
    user: guard.User = request.state.user

    await to_thread.run_sync(sessions.sign_out, app, user.name, user.session)
    answer = RedirectResponse("/sign-in", status_code=303, headers=guard.HEADERS)
    cookies.take(app, answer, cookies.SESSION)
    return answer


def network(app: App, request: Request, *, wide: bool = False) -> str:
    """Return a keyed hash of the network that asks: an IPv4 address, or the /64 that an IPv6 customer has.

    With *wide* that of the /48 around it, "" for IPv4. "" where it cannot be known, since the peer may speak for
    everybody.
    """
    if request.state.shared:
        return ""
    try:
        host = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return ""
    if isinstance(host, ipaddress.IPv6Address) and host.ipv4_mapped:
        host = host.ipv4_mapped
    if wide and host.version == 4:
        return ""
    bits = 32 if host.version == 4 else 48 if wide else 64
    text = str(ipaddress.ip_network((host, bits), strict=False))
    return Keys(app.keys).hashes("network", text)[0].hex()[:32]


def _form(
    request: Request, *, status: int = 200, why: str = "", wait: int = 0, name: str = "", next: str = ""
) -> Response:
    app: App = request.app.state.digest
    visit = cookies.read(app, request, cookies.VISIT) or secrets.token_urlsafe(24)
    request.state.binding = visit
    answer = guard.page(
        request, "accounts/sign-in.html", status=status, why=why, wait=wait, name=name, next=next
    )
    cookies.give(app, answer, cookies.VISIT, visit, 24 * 3600)
    return answer


def inside(target: str) -> str:
    """Return *target* if it is a path of ours, else the front page: a sign-in leads nowhere else.

    Browsers read a backslash as a slash, leave out tabs and line ends, and resolve dots, so that `/\\host`,
    `/<tab>/host` and `/.//host` would name a host (WHATWG URL, 4.4): only plain ASCII, and no empty segment.
    """
    path = target.partition("?")[0].partition("#")[0]
    return target if _PLAIN.fullmatch(target) and "//" not in path else "/"


def _signed(app: App, name: str) -> str:
    """Return the cookie of a browser in which *name* signed in: failures there count apart from all others."""
    nonce = secrets.token_hex(8)
    return f"{nonce}{Keys(app.keys).sign(DEVICE, f'{nonce} {name}'.encode()).hex()}"


def _device(app: App, request: Request, name: str) -> str:
    """Return the number of the browser if *name* signed in here before, else ""."""
    cookie = cookies.read(app, request, DEVICE)
    nonce, mac = cookie[:16], cookie[16:]
    try:
        good = Keys(app.keys).verifies(DEVICE, f"{nonce} {name.strip()}".encode(), bytes.fromhex(mac))
    except ValueError:
        return ""
    return f"d{nonce}" if good else ""
