"""The first admin: made by a link that `digest init` and `digest serve` print while there is no user.

No right comes from an address: behind a proxy on the same machine the whole web has ours. The link is a token
signed by the site's keys, so only who can read them can make one. It is good for an hour, and for one admin:
whoever is there already, or was made since, makes it void. Nothing is stored for it.

Why: docs/design-notes.md, "No right comes from an address".
"""

import base64
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from anyio import to_thread
from sqlalchemy import Connection

from digest.app import App
from digest.errors import UserError
from digest.flows.newsroom import users as flow
from digest.hosts import LOOPBACK, is_loopback, name_of
from digest.model import EditionState
from digest.model.account import SignedIn, Trier
from digest.store import editions
from digest.store.accounts import audit, users

LASTS = timedelta(hours=1)
SETUP, DEMO = "setup", "setup of the demo"  # the purposes of the tokens
DEMO_USER = "demo"
HERE = frozenset({LOOPBACK, "localhost", "0.0.0.0", "::"})  # noqa: S104  # listening so, this machine has the pages
BY = "setup link"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a good link offers: to make the first admin, or with *ready* the demo's own, whose name is known."""

    ready: str = ""


def nobody(app: App) -> bool:
    """Return whether there is no user yet."""
    with app.db.read() as connection:
        return not users.exist(connection)


def path_of(app: App, purpose: str = SETUP) -> str:
    """Return the path of a new link."""
    made = int(app.now().timestamp()).to_bytes(5, "big")
    return f"/setup/{app.links.token(purpose, made + secrets.token_bytes(8))}"


def addresses(app: App) -> Iterator[str]:
    """Yield where a new link can be opened: at the site's address and, where that is another, on this machine."""
    path, web = path_of(app), app.config.web
    yield app.config.site.url + path
    if not is_loopback(name_of(app.config.site.url)) and web.host in HERE:
        yield f"http://{LOOPBACK}:{web.port}{path}"


def offered(app: App, token: str) -> Offer | None:
    """Return what the link with *token* offers now; None where it is not ours, too old, used or void."""
    for purpose, ready in ((SETUP, ""), (DEMO, DEMO_USER)):
        payload = app.links.read(purpose, token)
        if payload is None or len(payload) != 13:
            continue
        at = datetime.fromtimestamp(int.from_bytes(payload[:5], "big"), UTC)
        with app.db.read() as connection:
            good = timedelta(0) <= app.now() - at <= LASTS and _free(connection, at)
        return Offer(ready) if good else None
    return None


async def accepted(app: App, token: str, name: str, password: str, trier: Trier) -> SignedIn | None:
    """Make the first admin and sign them in; None where the link is not good any more.

    Raises UserError for a name or password that will not do; the link stays good then.
    """
    offer = await to_thread.run_sync(partial(offered, app, token))
    if offer is None:
        return None
    if offer.ready:
        name, password = offer.ready, demo_password(app)
    try:
        await to_thread.run_sync(lambda: flow.add(app, name, password, "admin", by=BY, first=True))
    except UserError:
        if await to_thread.run_sync(partial(offered, app, token)) is None:  # somebody was faster
            return None
        raise
    made = await flow.sign_in(app, name, password, trier)
    return made if isinstance(made, SignedIn) else SignedIn(name.strip(), "")


def landing(app: App, offer: Offer) -> str:
    """Return the path of the page to begin with: the demo's draft, else the front page."""
    with app.db.read() as connection:
        found = editions.in_state(connection, EditionState.DRAFT) if offer.ready else []
    return f"/desk/{found[0].newsletter}/{found[0].date}" if found else "/"


def demo_password(app: App) -> str:
    """Return the password of the demo's admin: it follows from the demo's keys, which are new at each run."""
    return base64.b32encode(app.links.keys.sign(DEMO, b"password")).decode().lower()[:20]


def _free(connection: Connection, since: datetime) -> bool:
    """Return whether there is no user, and none was made since the link was: a removed one does not revive it."""
    return not users.exist(connection) and not audit.happened(connection, "add user", since)
