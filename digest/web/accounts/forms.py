"""Form tokens and origins: an unsafe request must come from a page of ours, shown in the same session."""

import base64
import binascii
from urllib.parse import urlsplit

from starlette.requests import Request

from digest.app import App
from subscribers.links import Keys

FIELD, HEADER = "_token", "x-form-token"
PURPOSE = "desk form"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def token(request: Request) -> str:
    """Return the token for the hidden field `_token` (or the header X-Form-Token), good in this session only."""
    mac = _keys(request).sign(PURPOSE, _binding(request))
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


async def token_is_ours(request: Request) -> bool:
    """Return whether the request carries this session's token.

    Reading the form here leaves it readable for the endpoint: the request keeps what it parsed.
    """
    given = request.headers.get(HEADER, "")
    if not given and request.headers.get("content-type", "").partition(";")[0].strip().lower() in FORMS:
        field = (await request.form()).get(FIELD, "")
        given = field if isinstance(field, str) else ""
    try:
        mac = base64.urlsafe_b64decode(given.encode("ascii") + b"=" * (-len(given) % 4))
    except (UnicodeEncodeError, binascii.Error):
        return False
    return _keys(request).verifies(PURPOSE, _binding(request), mac)


def from_our_page(request: Request) -> bool:
    """Return whether the browser says that a page of this site made the request.

    `Sec-Fetch-Site` cannot be set by a script (Fetch Metadata); browsers leave it out over plain HTTP, and
    then `Origin` must name this host. A request with neither is refused.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    try:
        origin = urlsplit(request.headers.get("origin", "")).netloc.lower()
    except ValueError:
        return False
    app: App = request.app.state.digest
    ours = {request.headers.get("host", "").lower(), urlsplit(app.config.site.url).netloc.lower()}
    return bool(origin) and origin in ours


def _binding(request: Request) -> bytes:
    binding: str = request.state.binding
    return binding.encode()


def _keys(request: Request) -> Keys:
    app: App = request.app.state.digest
    return Keys(app.keys)
