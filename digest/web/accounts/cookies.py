"""The desk's cookies: what they are called, how they are set, and what the database keeps of them."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from digest.app import App

SESSION, VISIT = "session", "visit"


def name_of(app: App, kind: str) -> str:
    """Return the cookie's name; over HTTPS with the prefix that binds it to this very host (RFC 6265bis, 4.1.3)."""
    return f"__Host-{kind}" if secure(app) else kind


def secure(app: App) -> bool:
    """Return whether the site is read over HTTPS."""
    return app.config.site.url.startswith("https://")


def read(app: App, request: Request, kind: str) -> str:
    """Return the cookie's value, "" where there is none."""
    return request.cookies.get(name_of(app, kind), "")


def give(app: App, response: Response, kind: str, value: str, seconds: int | None = None) -> None:
    """Set a cookie that no script can read and no other site's form can send along."""
    response.set_cookie(
        name_of(app, kind),
        value,
        max_age=seconds,
        path="/",
        secure=secure(app),
        httponly=True,
        samesite="lax",
    )


def take(app: App, response: Response, kind: str) -> None:
    """Take a cookie away."""
    response.delete_cookie(name_of(app, kind), path="/", secure=secure(app), httponly=True, samesite="lax")


def hashed(value: str) -> str:
    """Return the SHA-256 of a cookie, in hex: what the database knows it by."""
    return hashlib.sha256(value.encode()).hexdigest()
