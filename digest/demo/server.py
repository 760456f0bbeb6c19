"""The sample newsroom on loopback HTTP: feeds with validators, article pages, and pictures drawn on demand."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from hashlib import sha256

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest.demo import feeds
from digest.demo.newsroom import Outlet, Piece, outlets
from digest.demo.pictures import picture
from digest.runtime.web_server import WebServer


@dataclass(frozen=True, slots=True)
class Newsroom:
    """The outlets and the address of each one's site, by its name; *forms* are pasted into their front pages."""

    outlets: tuple[Outlet, ...]
    bases: dict[str, str]
    forms: dict[str, str] = field(default_factory=dict)

    def feed(self, outlet: str, name: str) -> str:
        """Return the address of a feed."""
        found = next(one for one in self.outlets if one.name == outlet)
        return self.bases[outlet] + next(feed.path for feed in found.feeds if feed.name == name)


class _Studio:
    """Draws an outlet's pictures in a thread; who asks for one will want the others, so it draws ahead."""

    def __init__(self, paper: Outlet) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="demo-pictures")
        self._wanted = [(piece.scene, piece.slug) for piece in paper.pieces if piece.scene]
        self._jobs: dict[tuple[str, str], Future[bytes]] = {}

    def order(self, piece: Piece) -> Future[bytes]:
        """Return the picture of *piece*, which is drawn before all that nobody has asked for yet."""
        first = (piece.scene, piece.slug)
        for key in (first, *self._wanted):
            if key not in self._jobs:
                self._jobs[key] = self._pool.submit(picture, *key)
        return self._jobs[first]

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


@asynccontextmanager
async def serve(now: datetime, port: int = 0) -> AsyncIterator[Newsroom]:
    """Give the newsroom as it stands at *now*, served until the end of the block.

    With *port* 0 every outlet has a free port; otherwise they take *port* and those after it. Each outlet
    has a loopback address of its own where the system has more than one, since a polite reader asks one
    host only one thing at a time.
    """
    papers = outlets(now)
    doors = [_door(index, port + index if port else 0) for index in range(len(papers))]
    bases = {
        paper.name: "http://{}:{}".format(*door.getsockname())
        for paper, door in zip(papers, doors, strict=True)
    }
    studios = [_Studio(paper) for paper in papers]
    newsroom = Newsroom(papers, bases)
    sites = [_site(paper, newsroom, now, studio) for paper, studio in zip(papers, studios, strict=True)]
    servers = [_server(site) for site in sites]
    tasks = [
        asyncio.create_task(server.serve(sockets=[door])) for server, door in zip(servers, doors, strict=True)
    ]
    try:
        while not all(server.started for server in servers):
            for task in tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.005)
        yield newsroom
    finally:
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks, return_exceptions=True)
        for studio in studios:
            await asyncio.to_thread(studio.close)
        for door in doors:
            door.close()


def _door(index: int, port: int) -> socket.socket:
    """Return a bound socket on 127.0.0.2, .3, ... or, where only one loopback address is up, on 127.0.0.1."""
    for host in (f"127.0.0.{index + 2}", "127.0.0.1"):
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            door.bind((host, port))
            return door
        door.close()
    raise OSError(f"port {port} on loopback is taken; give another one")


def _server(site: Starlette) -> uvicorn.Server:
    settings = uvicorn.Config(
        site,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    return WebServer(settings)


def _site(paper: Outlet, newsroom: Newsroom, now: datetime, studio: _Studio) -> Starlette:
    """Return one outlet's site."""
    base, html = newsroom.bases[paper.name], "text/html; charset=utf-8"

    async def front(request: Request) -> Response:
        return Response(feeds.front(paper, base, newsroom.forms.get(paper.name, "")), media_type=html)

    routes = [Route("/", front), Route("/thanks", _fixed(feeds.thanks(paper, base), html, now))]
    routes += [
        Route(feed.path, _fixed(feeds.document(paper, feed, base, now), feeds.TYPES[feed.format], now))
        for feed in paper.feeds
    ]
    for piece in paper.pieces:
        changed = piece.modified or piece.written
        routes.append(Route(piece.path, _fixed(feeds.page(paper, piece, base), html, changed)))
        if piece.scene:
            routes.append(Route(feeds.picture_path(piece), partial(_picture, studio, piece)))
    routes.append(Route("/robots.txt", _robots))
    return Starlette(routes=routes)


async def _robots(request: Request) -> Response:
    return PlainTextResponse("User-agent: *\nAllow: /\n")


def _fixed(body: bytes, kind: str, changed: datetime) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that serves *body*, and 304 to whoever has it already."""
    validators = {
        "ETag": f'"{sha256(body).hexdigest()[:20]}"',
        "Last-Modified": format_datetime(changed, usegmt=True),
        "Cache-Control": "max-age=60",
    }

    async def endpoint(request: Request) -> Response:
        if _unchanged(request, validators):
            return Response(status_code=304, headers=validators)
        return Response(body, media_type=kind, headers=validators)

    return endpoint


def _unchanged(request: Request, validators: dict[str, str]) -> bool:
    """Say whether the asker has this very version (RFC 9110: If-None-Match goes before If-Modified-Since)."""
    known = request.headers.get("if-none-match")
    if known is not None:
        return validators["ETag"] in {tag.strip().removeprefix("W/") for tag in known.split(",")}
    return request.headers.get("if-modified-since") == validators["Last-Modified"]


async def _picture(studio: _Studio, piece: Piece, request: Request) -> Response:
    body = await asyncio.wrap_future(studio.order(piece))
    return Response(body, media_type="image/jpeg", headers={"Cache-Control": "max-age=86400"})
