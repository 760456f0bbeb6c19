"""Who may open what: until a first user exists, the editors' pages answer on this machine only."""

import ipaddress

from starlette.requests import Request

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def is_local(request: Request) -> bool:
    """Return whether *request* comes from this machine and asks for it by a local name.

    The name is checked too, or a page elsewhere could point its own name at 127.0.0.1 and read along; and
    a proxy that adds `X-Forwarded-For` speaks for somebody else.
    """
    if request.client is None or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    host = request.headers.get("host", "")
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    try:
        return ipaddress.ip_address(request.client.host).is_loopback and name in LOCAL_NAMES
    except ValueError:
        return False
