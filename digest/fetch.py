"""The one guarded HTTP client: everything that is read from the network comes through here.

What comes back is hostile until proven otherwise, so each exchange has a cap on its bytes on the wire, on
its bytes unpacked and on its whole time (a timeout for each read would never end a server that drips), and
every hop of a redirect is checked again on the address that it resolves to. One request at a time goes to
a host; different hosts are read side by side.
"""

import asyncio
import ipaddress
import socket
import ssl
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import anyio
import httpcore2
import httpx2

from digest import __version__
from digest.errors import BlockedAddress, FetchError

HOPS = 5
PERMANENT = frozenset({301, 308})
REDIRECTS = PERMANENT | {302, 303, 307}
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# What `is_global` lets through although an IPv4 address from inside can hide in it, or nobody owns it.
_TUNNELS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "fec0::/10",
        "192.88.99.0/24",
    )
)
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


def networks(listed: Iterable[str]) -> tuple[Network, ...]:
    """Return *listed* ("10.0.0.0/8", "127.0.0.1") as networks; raise FetchError for what is none."""
    try:
        return tuple(ipaddress.ip_network(text, strict=False) for text in listed)
    except ValueError as problem:
        advice = "Write networks such as 10.1.0.0/16."
        raise FetchError(str(problem), where="fetch.allow_private", do=advice) from None


def permitted(address: Address, allowed: Iterable[Network]) -> bool:
    """Say whether we may connect to *address*: a public one, or one in a network that the config allows."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in network for network in allowed if network.version == address.version):
        return True
    if any(address in network for network in _TUNNELS if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast


class _Guard(httpcore2.AnyIOBackend):
    """Connects to the very address that was checked, so a name cannot change its mind in between."""

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        super().__init__()
        self._allowed = allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
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
            if not permitted(ipaddress.ip_address(text), self._allowed):
                advice = "List its network in fetch.allow_private if that is meant."
                raise BlockedAddress(f"leads to the private address {text}", where=host, do=advice)
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
    """httpx2 over a pool whose connections go through the guard; proxies in the environment do not count."""

    def __init__(self, allowed: tuple[Network, ...], connections: int) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=_tls(),
            max_connections=connections + 8,
            max_keepalive_connections=connections,
            keepalive_expiry=15.0,
            network_backend=_Guard(allowed),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        answer = await self._pool.handle_async_request(
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
        await self._pool.aclose()


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
    ) -> Answer:
        """Return the answer for *url* whatever its status; raise FetchError when there is none we can take.

        *most* caps the bytes, packed and unpacked alike; *seconds* the whole exchange with its redirects,
        not the time spent waiting for the host to be free. Zero means as configured.
        """
        left, most = seconds or self._seconds, most or self._most
        loop, here, moved, permanent = asyncio.get_running_loop(), url, "", True
        for _hop in range(HOPS + 1):
            host = _host(here)
            async with self._hosts.setdefault(host, asyncio.Lock()), self._slots:
                began = loop.time()
                answer = await self._twice(method, here, headers or {}, most, left)
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
        """Return the answer to *body*, posted to *url*; no redirect is followed: nobody else was meant."""
        async with self._hosts.setdefault(_host(url), asyncio.Lock()), self._slots:
            return await self._once("POST", url, headers, self._most, seconds or self._seconds, body)

    async def _twice(
        self, method: str, url: str, headers: Mapping[str, str], most: int, seconds: float
    ) -> Answer:
        """Return the answer to a GET or HEAD, asked once more where a connection closed before it answered.

        A server may close an idle connection just as we ask on it. Asking again is safe, as nothing is
        changed by a GET (RFC 9110, 9.2.2); a POST is never repeated.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            return await self._once(method, url, headers, most, seconds)
        except _ClosedEarly:
            return await self._once(method, url, headers, most, seconds - (loop.time() - began))

    async def _once(
        self, method: str, url: str, headers: Mapping[str, str], most: int, seconds: float, body: bytes = b""
    ) -> Answer:
        begun = False
        try:
            async with asyncio.timeout(max(seconds, 0.01)):
                async with self._client.stream(
                    method, url, headers=dict(headers), content=body or None
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
    *, agent: str, seconds: float, most: int, side_by_side: int = 8, allow_private: Iterable[str] = ()
) -> AsyncIterator[Fetcher]:
    """Give a Fetcher whose connections are closed at the end."""
    transport = _Transport(networks(allow_private), side_by_side)
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


async def _body(answer: httpx2.Response, url: str, most: int) -> bytes:
    """Return the body unpacked; raise FetchError as soon as it passes *most*, packed or not."""
    said = answer.headers.get("content-length", "")
    if said.isdigit() and int(said) > most:
        raise _too_large(url, most)
    packing = answer.headers.get("content-encoding", "").strip().lower()
    unpacked = _Unpacked(packing, url, most)
    wire = 0
    async for chunk in answer.aiter_raw():
        wire += len(chunk)
        if wire > most:
            raise _too_large(url, most)
        unpacked.feed(chunk)
    return unpacked.finished()


def _too_large(url: str, most: int) -> FetchError:
    advice = "Raise fetch.max_bytes if it is right."
    return FetchError(f"the answer is larger than {most:,} bytes", where=url, do=advice)


class _Unpacked:
    """Collects chunks, unpacking gzip and deflate without ever holding more than the cap."""

    def __init__(self, packing: str, url: str, most: int) -> None:
        if packing not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise FetchError(f"the answer is packed as {packing!r}, which was not asked for", where=url)
        self._url, self._most = url, most
        self._parts: list[bytes] = []
        self._size = 0
        self._packed = packing not in {"", "identity"}
        self._stream = zlib.decompressobj(47)  # gzip or zlib, told apart by their heads
        self._begun = False

    def feed(self, chunk: bytes) -> None:
        if chunk and not self._begun:
            self._begin(chunk)
        if not self._packed:
            self._keep(chunk)
            return
        while chunk:
            if self._stream.eof:  # the next member of the same file, or padding
                if chunk[:1] != b"\x1f":
                    return
                self._stream = zlib.decompressobj(47)
            try:
                self._keep(self._stream.decompress(chunk, self._most - self._size + 1))
            except zlib.error as problem:
                raise FetchError(f"the packed answer is damaged: {problem}", where=self._url) from None
            chunk = self._stream.unused_data or self._stream.unconsumed_tail

    def _begin(self, chunk: bytes) -> None:
        """Look at the first bytes: some servers send raw deflate, and some say gzip and send plain text."""
        self._begun = True
        if not self._packed:
            return
        if chunk[:1] in {b"<", b"{", b"[", b"\xef"} or chunk[:1].isspace():
            self._packed = False
        elif chunk[:1] != b"\x1f" and not (len(chunk) > 1 and (chunk[0] * 256 + chunk[1]) % 31 == 0):
            self._stream = zlib.decompressobj(-15)

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._most:
            raise _too_large(self._url, self._most)
        self._parts.append(data)

    def finished(self) -> bytes:
        if self._packed and self._begun and not self._stream.eof:
            raise FetchError("the packed answer ends in the middle", where=self._url)
        return b"".join(self._parts)
