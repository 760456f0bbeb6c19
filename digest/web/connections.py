"""Connections of the web: how many there may be, and how long one may take to say what it wants.

uvicorn waits for ever for the rest of a request. Here a head that is not whole after `Limits.head` seconds, a body
after `Limits.body`, and an answer that nobody reads for `Limits.write` seconds end their connection. When all places
are taken, the connection that has been waiting longest without a whole request makes room for the newcomer.
"""

import asyncio
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import cast

import h11
import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from digest.hosts import address_of

log = structlog.get_logger()
SPARE = 150  # open files that the sender, the database and its pools need beside the web
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 10\r\n"
    b"Connection: close\r\nContent-Length: 34\r\n\r\nToo many connections at the moment"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Places for connections, of all and of one address; seconds for a request's head, its body, and a blocked answer.

    An address on this machine, or of one of the *proxies* that the configuration names (addresses or networks), speaks
    for many: only *total* holds for it. So it is with each, where the site is read over TLS (*behind*): we speak none,
    so whoever connects is a proxy.
    """

    total: int = 1000
    address: int = 60
    head: float = 15.0
    body: float = 60.0
    write: float = 60.0
    proxies: tuple[str, ...] = ()
    behind: bool = False


def fitting(limits: Limits, files: int) -> Limits:
    """Return *limits* with no more connections than *files* open files leave room for, 20 at least."""
    total = min(limits.total, max(20, files - SPARE))
    return replace(limits, total=total, address=min(limits.address, total))


class Places:
    """Which connections there are, oldest first, and how many of each address."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.open: dict[Connection, None] = {}
        self.of: dict[str, int] = {}
        self._full = False
        self._proxies = [ip_network(proxy, strict=False) for proxy in limits.proxies]

    def take(self, one: "Connection") -> bool:
        """Give *one* a place; False where there is none, not even by ending one that waits."""
        counted = self._counted(one.peer)
        if counted and self.of.get(one.peer, 0) >= self.limits.address:
            return False
        if len(self.open) >= self.limits.total and not self._make_room():
            return False
        self.open[one] = None
        if counted:
            self.of[one.peer] = self.of.get(one.peer, 0) + 1
        return True

    def leave(self, one: "Connection") -> None:
        """Take the place back; does nothing for a connection that has none."""
        if one not in self.open:
            return
        del self.open[one]
        if self._counted(one.peer) and (left := self.of[one.peer] - 1):
            self.of[one.peer] = left
        else:
            self.of.pop(one.peer, None)
        if self._full and len(self.open) < self.limits.total // 2:
            self._full = False

    def _make_room(self) -> bool:
        if not self._full:
            self._full = True  # once, until there is room again: an attack must not fill the log
            log.warning("web.full", connections=len(self.open), do="The longest waiting ones are closed.")
        waiting = next((one for one in self.open if one.waits), None)
        if waiting is not None:
            waiting.end()
        return waiting is not None

    def _counted(self, peer: str) -> bool:
        address = None if self.limits.behind else address_of(peer)
        if address is None or address.is_loopback:
            return False
        return not any(address in network for network in self._proxies)


class Connection(H11Protocol):
    """uvicorn's protocol with a place in `places` and a deadline for whatever the other side owes."""

    places: Places  # set by `protocol`

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.peer = ""
        self._owed: type[h11._util.Sentinel] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._blocked: asyncio.TimerHandle | None = None

    @property
    def waits(self) -> bool:
        """Whether no request is being answered on it."""
        return self.cycle is None or bool(self.cycle.response_complete)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        line = cast(asyncio.Transport, transport)  # uvloop's own class is no subclass of it
        super().connection_made(line)
        self.peer = self.client[0] if self.client else ""
        if self.places.take(self):
            self._watch()
        else:
            line.write(FULL)
            line.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.places.leave(self)
        self._expect(None, 0)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._blocked is None:
            self._blocked = self.loop.call_later(self.places.limits.write, self.end)

    def resume_writing(self) -> None:
        if self._blocked is not None:
            self._blocked.cancel()
            self._blocked = None
        super().resume_writing()

    def end(self) -> None:
        """End the connection now; what it was sending is lost."""
        self.places.leave(self)
        self.transport.abort()

    def _watch(self) -> None:
        """See that what the other side owes has a deadline: a head that began, or the rest of a body."""
        state = self.conn.their_state
        if self.transport.is_closing():
            self._expect(None, 0)
        elif state is h11.SEND_BODY:
            self._expect(state, self.places.limits.body)
        elif state is h11.IDLE and self.timeout_keep_alive_task is None:
            self._expect(state, self.places.limits.head)
        else:
            self._expect(None, 0)  # it is answered, or uvicorn's own timer waits for the next request

    def _expect(self, owed: type[h11._util.Sentinel] | None, seconds: float) -> None:
        if owed is self._owed:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        self._owed = owed
        self._deadline = self.loop.call_later(seconds, self.end) if owed is not None else None


def protocol(limits: Limits) -> type[Connection]:
    """Return the class that uvicorn takes as `http`: its connections share the places that *limits* gives."""
    return type("Connection", (Connection,), {"places": Places(limits)})
