"""What every request passes first: which host it asks for, who asks, and the headers that every answer has.

Why: docs/design-notes.md, "A foreign Host gets 421".
"""

import re
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.hosts import canonical, is_loopback, name_of
from digest.web.peers import Peers, Tell

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
YEAR = 365 * 24 * 3600
ONE_CLICK = re.compile(r"/u/[^/]+")
MISDIRECTED = (
    "This server does not answer for the host that was asked for.\n\n"
    "If it should: in the configuration, site.url is its address, and web.hosts names others. A proxy in front must\n"
    "pass the name on that the browser asked for (nginx: proxy_set_header Host $host).\n"
)


class Edge:
    """ASGI: refuse a foreign host (421), find the peer, and add the headers that an answer lacks.

    A link or a redirect is never made of a Host header, but a page under a name that is not ours can be read by
    scripts of whoever owns that name (DNS rebinding). Names of this machine are ours; so is every name for a monitor
    that asks for the health, and for a mailbox provider that takes the wish of a reader back to the host that an old
    mail names (RFC 8058).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        site_url: str,
        hosts: Sequence[str] = (),
        proxies: Sequence[str] = (),
        tell: Tell | None = None,
    ) -> None:
        self._app = Peers(app, proxies=proxies, site_url=site_url, tell=tell)
        self._names = frozenset({name_of(site_url), *(canonical(host) for host in hosts)})
        self._headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": NOTHING}
        if site_url.startswith("https://"):
            self._headers["Strict-Transport-Security"] = f"max-age={YEAR}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        if self._ours(scope):
            await self._app(scope, receive, sent)
        else:
            await PlainTextResponse(MISDIRECTED, status_code=421)(scope, receive, sent)

    def _ours(self, scope: Scope) -> bool:
        path = scope["path"]
        if path == "/health" or (scope["method"] == "POST" and ONE_CLICK.fullmatch(path)):
            return True
        named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        host = canonical(named[0]) if len(named) == 1 else ""
        return bool(host) and (host in self._names or is_loopback(host))


class Site(Starlette):
    """The application behind its edge, so that its own faults pass it, too."""

    edge: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.edge is None:
            await super().__call__(scope, receive, send)
        else:
            await self.edge(scope, receive, send)

    async def inner(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer without the edge, which calls this."""
        await super().__call__(scope, receive, send)
