"""Form tokens and origins: an unsafe request must come from a page of ours, shown in the same session."""

import base64
import binascii
from urllib.parse import urlsplit

from starlette.requests import Request

from digest.app import App
from digest.hosts import canonical, is_loopback
from subscribers.api import Keys

FIELD, HEADER = "_token", "x-form-token"
PURPOSE = "desk form"


def token(request: Request) -> str:
    """Return the token for the hidden field `_token` (or the header X-Form-Token), good in this session only."""
    mac = _keys(request).sign(PURPOSE, _binding(request))
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


async def token_is_ours(request: Request) -> bool:
    """Return whether the request carries this session's token.

    Reading the form here leaves it readable for the endpoint: the request keeps what it parsed.
    """
    given = request.headers.get(HEADER, "")
    if not given:  # what is no form has no fields
        field = (await request.form()).get(FIELD, "")
        given = field if isinstance(field, str) else ""
    try:
        mac = base64.urlsafe_b64decode(given.encode("ascii") + b"==")  # 16 bytes: 22 letters and two signs
    except (UnicodeEncodeError, binascii.Error):
        return False
    return _keys(request).verifies(PURPOSE, _binding(request), mac)


def from_our_page(request: Request) -> bool:
    """Return whether the browser says that a page of this site made the request.

    `Sec-Fetch-Site` cannot be set by a script (Fetch Metadata). "same-site" is refused like "cross-site": the paper's
    other pages, and whoever can put a script there, are not the desk. Browsers leave it out over plain HTTP, and
    then `Origin` must be ours. A request with neither is refused.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    app: App = request.app.state.digest
    origin, ours = _place(request.headers.get("origin", "").lower()), app.config.site.url.lower()
    host = request.headers.get("host", "").lower()  # of a name that the edge knows as ours
    only_tls = ours.startswith("https://") and not is_loopback(canonical(host))
    names = [ours, f"https://{host}", *(() if only_tls else (f"http://{host}",))]
    return origin is not None and origin in [_place(name) for name in names]


def _place(url: str) -> tuple[str, str] | None:
    """Return scheme and host, the port where it is not the usual one (RFC 6454, 6.2); None where there is no host."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = canonical(parts.netloc.rpartition("@")[2])
    if not host:
        return None
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{host}]" if ":" in host else host
    return (parts.scheme, host if port in (None, usual) else f"{host}:{port}")


def _binding(request: Request) -> bytes:
    binding: str = request.state.binding
    return binding.encode()


def _keys(request: Request) -> Keys:
    app: App = request.app.state.digest
    return Keys(app.keys)
