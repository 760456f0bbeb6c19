"""The one guarded HTTP client: everything that is read from the network comes through here.

What comes back is hostile until proven otherwise, so each exchange has a cap on its bytes on the wire, on
its bytes unpacked and on its whole time (a timeout for each read would never end a server that drips), and
every hop of a redirect is checked again on the address that it resolves to. One request at a time goes to
a host; different hosts are read side by side.

Private addresses, and ports other than 80 and 443, are read only where the caller names "host:port" for this
very request, and only by its first hop: a redirect leads to public addresses on the usual ports, or it stays
at that host and port.

Why: docs/design-notes.md, "A private address is allowed to one source, by host and port".
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Literal
from urllib.parse import urljoin, urlsplit

import anyio
import httpcore2
import httpx2

from digest import __version__, endpoint
from digest.errors import BlockedAddress, BlockedPort, DeniedAddress, FetchError
from digest.unpacked import Unpacked, too_large

HOPS = 5
_INSIDE = "digest.inside"  # the request's extension that lets it connect to a private address
PERMANENT = frozenset({301, 308})
REDIRECTS = PERMANENT | {302, 303, 307}

_NETWORK_FAULTS = (
    httpx2.HTTPError,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
)
_CLOSED = (httpcore2.RemoteProtocolError, httpcore2.ReadError, httpcore2.WriteError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said in the end. *headers* have lower-case names; *body* is unpacked.

    *url* is where the answer came from; *moved_to* is as far as permanent redirects alone led ("" when the
    first hop was none), so it is what may be remembered.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False, default=b"")
    moved_to: str = ""


def user_agent(contact: str) -> str:
    """Return who we say we are: name, version and where to find a person."""
    return f"newsroom-digest/{__version__} (+{contact})" if contact else f"newsroom-digest/{__version__}"


class _Guard(httpcore2.AnyIOBackend):
    """Connects to the very address that was checked, so a name cannot change its mind in between.

    With *inside*, private addresses count as well: only for what a setting names. What is *denied* never does.
    """

    def __init__(self, denied: tuple[endpoint.Network, ...], *, inside: bool) -> None:
        super().__init__()
        self._denied = denied
        self._inside = inside

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        refused: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in await self._checked(host, port):
            try:
                return await super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as problem:
                refused = problem
        raise refused

    async def _checked(self, host: str, port: int) -> list[str]:
        """Return the addresses of *host*; if a single one is forbidden, none may be used."""
        try:
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as problem:
            raise httpcore2.ConnectError(f"the name {host} does not resolve") from problem
        addresses = list(dict.fromkeys(str(entry[4][0]).split("%")[0] for entry in found))
        for text in addresses:
            address = ipaddress.ip_address(text)
            if endpoint.within(address, self._denied):
                raise DeniedAddress(f"leads to {text}, which fetch.deny excludes", where=host)
            if not self._inside and not endpoint.public(address):
                raise BlockedAddress(f"leads to the private address {text}", where=host)
        if not self._inside and port not in endpoint.USUAL:  # a network's own services listen at the others
            raise BlockedPort(f"has the unusual port {port}", where=host)
        return addresses


@cache
def _tls() -> ssl.SSLContext:
    """Return how certificates are checked: reading the system's takes long enough to do it once."""
    return httpx2.create_ssl_context(trust_env=False)


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, parts: AsyncIterable[bytes]) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._parts:
            yield part

    async def aclose(self) -> None:
        close = getattr(self._parts, "aclose", None)
        if close:
            await close()


class _Transport(httpx2.AsyncBaseTransport):
    """httpx2 over pools whose connections go through the guard; proxies in the environment do not count.

    What may be private has a pool of its own, or a redirect could go on over a connection that was allowed
    to another request.
    """

    def __init__(self, denied: tuple[endpoint.Network, ...], connections: int) -> None:
        self._pools = {
            inside: httpcore2.AsyncConnectionPool(
                ssl_context=_tls(),
                max_connections=connections + 8,
                max_keepalive_connections=connections,
                keepalive_expiry=15.0,
                network_backend=_Guard(denied, inside=inside),
            )
            for inside in (False, True)
        }

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        answer = await self._pools[bool(request.extensions.get(_INSIDE))].handle_async_request(
            httpcore2.Request(
                request.method,
                target,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        assert isinstance(answer.stream, AsyncIterable)
        return httpx2.Response(
            answer.status,
            headers=answer.headers,
            stream=_Stream(answer.stream),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()


class _ClosedEarly(FetchError):
    """The connection was closed before a byte of the answer came."""


class Fetcher:
    """Reads one address at a time from each host, within caps. Use as `async with fetcher(...) as http`."""

    def __init__(self, client: httpx2.AsyncClient, *, seconds: float, most: int, side_by_side: int) -> None:
        self._client = client
        self._seconds = seconds
        self._most = most
        self._slots = asyncio.Semaphore(side_by_side)
        self._hosts: dict[str, asyncio.Lock] = {}

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        most: int = 0,
        seconds: float = 0.0,
        method: Literal["GET", "HEAD"] = "GET",
        inside: Collection[str] = (),
    ) -> Answer:
        """Return the answer for *url* whatever its status; raise FetchError when there is none we can take.

        *most* caps the bytes, packed and unpacked alike; *seconds* the whole exchange with its redirects,
        not the time spent waiting for the host to be free. Zero means as configured. *inside* lists the
        "host:port" that *url* itself may name although it is private or has an unusual port.
        """
        left, most = seconds or self._seconds, most or self._most
        loop, here, moved, permanent = asyncio.get_running_loop(), url, "", True
        allowed = {_endpoint(url)} & set(inside)
        for hop in range(HOPS + 1):
            host, there = _host(here), _endpoint(here)
            allowed &= {there}  # once a redirect has left, it cannot lead back inside
            async with self._hosts.setdefault(host, asyncio.Lock()), self._slots:
                began = loop.time()
                try:
                    answer = await self._twice(method, here, headers or {}, most, left, bool(allowed))
                except BlockedAddress as fault:
                    raise _advised(fault, there, hop) from None
                left -= loop.time() - began
            target = answer.headers.get("location", "") if answer.status in REDIRECTS else ""
            if not target:
                return Answer(answer.status, here, answer.headers, answer.body, moved)
            permanent = permanent and answer.status in PERMANENT
            here = urljoin(here, target)
            moved = here if permanent else moved
        raise FetchError(f"redirects go on after {HOPS} hops", where=url, do="Configure the final address.")

    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str], seconds: float = 0.0
    ) -> Answer:
        """Return the answer to *body*, posted to *url*, which is a setting's own and may be private.

        No redirect is followed: nobody else was meant.
        """
        async with self._hosts.setdefault(_host(url), asyncio.Lock()), self._slots:
            seconds = seconds or self._seconds
            return await self._once("POST", url, headers, self._most, seconds, inside=True, body=body)

    async def _twice(
        self, method: str, url: str, headers: Mapping[str, str], most: int, seconds: float, inside: bool
    ) -> Answer:
        """Return the answer to a GET or HEAD, asked once more where a connection closed before it answered.

        A server may close an idle connection just as we ask on it. Asking again is safe, as nothing is
        changed by a GET (RFC 9110, 9.2.2); a POST is never repeated.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            return await self._once(method, url, headers, most, seconds, inside=inside)
        except _ClosedEarly:
            left = seconds - (loop.time() - began)
            return await self._once(method, url, headers, most, left, inside=inside)

    async def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        most: int,
        seconds: float,
        *,
        inside: bool,
        body: bytes = b"",
    ) -> Answer:
        begun = False
        try:
            async with asyncio.timeout(max(seconds, 0.01)):
                async with self._client.stream(
                    method, url, headers=dict(headers), content=body or None, extensions={_INSIDE: inside}
                ) as answer:
                    begun = True
                    received = {name.lower(): value for name, value in answer.headers.items()}
                    if answer.status_code >= 300 or method == "HEAD":  # nothing in such a body is of use
                        return Answer(answer.status_code, url, received)
                    return Answer(answer.status_code, url, received, await _body(answer, url, most))
        except TimeoutError:
            raise FetchError(f"no complete answer within {self._seconds:g} s", where=url) from None
        except (httpx2.TimeoutException, httpcore2.TimeoutException):
            raise FetchError("the server does not answer in time", where=url) from None
        except httpx2.InvalidURL as problem:
            raise FetchError(f"is no address: {problem}", where=url) from None
        except _NETWORK_FAULTS as problem:
            early = isinstance(problem, _CLOSED) and not begun
            raise (_ClosedEarly if early else FetchError)(
                f"the connection failed: {problem or type(problem).__name__}", where=url
            ) from problem


@asynccontextmanager
async def fetcher(
    *, agent: str, seconds: float, most: int, side_by_side: int = 8, deny: Iterable[str] = ()
) -> AsyncIterator[Fetcher]:
    """Give a Fetcher whose connections are closed at the end; it never reads from the networks in *deny*."""
    transport = _Transport(endpoint.networks(deny), side_by_side)
    standing = {"User-Agent": agent, "Accept-Encoding": "gzip, deflate", "Accept": "*/*"}
    timeout = httpx2.Timeout(seconds)
    async with httpx2.AsyncClient(
        transport=transport, headers=standing, timeout=timeout, trust_env=False, follow_redirects=False
    ) as client:
        yield Fetcher(client, seconds=seconds, most=most, side_by_side=side_by_side)


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, scheme = parts.hostname, parts.scheme
    except ValueError as problem:
        raise FetchError(f"is no address: {problem}", where=url) from None
    if scheme not in {"http", "https"} or not host:
        raise FetchError("only http:// and https:// addresses are read", where=url)
    return host


def _endpoint(url: str) -> str:
    _host(url)
    try:
        return endpoint.of_url(url)
    except ValueError as problem:
        raise FetchError(f"is no address: {problem}", where=url) from None


def _advised(fault: BlockedAddress, there: str, hop: int) -> BlockedAddress:
    """Return *fault* with what to do about it; nothing helps against what `fetch.deny` excludes."""
    if isinstance(fault, DeniedAddress):
        return fault
    if hop:
        fault.do = (
            "No redirect may lead there; where that is meant, set the final address as the source's url."
        )
    else:
        fault.do = f'If that is meant, set allow_private = ["{there}"] in its [sources] table.'
    return fault


async def _body(answer: httpx2.Response, url: str, most: int) -> bytes:
    """Return the body unpacked; raise FetchError as soon as it passes *most*, packed or not."""
    said = answer.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and (len(said) > 18 or int(said) > most):
        raise too_large(url, most)
    packing = answer.headers.get("content-encoding", "").strip().lower()
    unpacked = Unpacked(packing, url, most)
    wire = 0
    async for chunk in answer.aiter_raw():
        wire += len(chunk)
        if wire > most:
            raise too_large(url, most)
        unpacked.feed(chunk)
    return unpacked.finished()
