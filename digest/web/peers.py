"""Who is asking: the browser behind the proxies that `web.proxies` names, or a peer that may speak for the whole web.

`X-Forwarded-For` is believed from a named proxy and from nobody else: from anybody else it is what the client
says of itself. Where a proxy stands in front that is not named, or that names nobody, all readers come from one
address, and limits by network would shut them out together. Such a request is marked: `request.state.shared` says
why, and limits fall back to what needs no network: the address that is typed, its domain, the account, a total.

Why: docs/design-notes.md, "No forwarded header is believed unless its proxy is named".
"""

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_network

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from digest.hosts import address_of, is_loopback, name_of

FORWARDED = frozenset(
    {b"x-forwarded-for", b"forwarded", b"x-real-ip"}
)  # what proxies say whom they speak for by

Tell = Callable[[str, str], Awaitable[bool]]


class Peers:
    """ASGI: put the browser's address into the scope, and mark what comes from a peer that may be everybody.

    *tell* is called with why and the peer, at the first form that is sent so, until it returns True.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        proxies: Sequence[str],
        site_url: str,
        tell: Tell | None = None,
    ) -> None:
        self._app, self._tell = app, tell
        self._named = ProxyHeadersMiddleware(self._behind, trusted_hosts=list(proxies))  # type: ignore[arg-type]
        self._networks = [ip_network(proxy) for proxy in proxies]
        self._tls = site_url.startswith("https://")  # we speak none, so somebody in front of us does
        self._local = is_loopback(name_of(site_url))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host, port = scope.get("client") or ("", 0)
        if self._trusts(host):
            scope["client"] = (str(address_of(host)), port)  # ::ffff:127.0.0.1 is 127.0.0.1
            await self._named(scope, receive, send)  # type: ignore[arg-type]
            return
        peer = address_of(host)
        forwarded = any(name in FORWARDED for name, _ in scope["headers"])
        through = self._tls or (peer is not None and peer.is_loopback and not self._local)
        await self._on(
            "a proxy that web.proxies does not name" if forwarded or through else "", scope, receive, send
        )

    async def _behind(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on with whom the proxy names; where that is nobody, or a proxy again, it is the peer of all."""
        host, port = scope["client"]
        client = address_of(host)
        if client is None or self._trusts(host):
            await self._on("a proxy that does not say for whom it asks", scope, receive, send)
        else:
            scope["client"] = (str(client), port)
            await self._on("", scope, receive, send)

    def _trusts(self, host: str) -> bool:
        address = address_of(host)
        return address is not None and any(address in network for network in self._networks)

    async def _on(self, shared: str, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["shared"] = shared
        if shared and self._tell and scope["method"] == "POST":
            tell, self._tell = self._tell, None
            if not await tell(shared, scope["client"][0] if scope.get("client") else ""):
                self._tell = tell  # the next one says it
        await self._app(scope, receive, send)
