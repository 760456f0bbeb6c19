"""A web server on loopback for tests: each path has a function that answers it, and every request is kept."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    method: str = "GET"


@dataclass
class Site:
    """What the server answers: path -> (status, headers, body) or a function that writes to the handler."""

    port: int = 0
    pages: dict[str, Any] = field(default_factory=dict)
    posts: dict[str, Any] = field(
        default_factory=dict
    )  # path -> a function that reads the request, gives the status
    asked: list[Asked] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, path: str, body: bytes | str, *, status: int = 200, **headers: str) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.pages[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, data)

    def hang(self, path: str, write: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.pages[path] = write


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        site = self.site
        with site.lock:
            site.asked.append(
                Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, self.command)
            )
            site.busy += 1
            site.busiest = max(site.busiest, site.busy)
        try:
            self._answer(site.pages.get(self.path) or site.pages.get("*") or (404, {}, b""))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with site.lock:
                site.busy -= 1

    def do_HEAD(self) -> None:
        """As GET, without the body; a path that begins with /nohead is of a server that does not know it."""
        if self.path.startswith("/nohead"):
            self.site.asked.append(Asked(self.path, {}, "HEAD"))
            self.send_response_only(405)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.do_GET()

    def do_POST(self) -> None:
        self.site.asked.append(
            Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, "POST")
        )
        self.send_response_only(self.site.posts[self.path](self))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, page: Any) -> None:
        if callable(page):
            self.close_connection = True
            page(self)
            return
        status, headers, body = page
        known = self.headers.get("If-None-Match")
        if known and known == headers.get("ETag"):
            status, body = 304, b""
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def site() -> Iterator[Site]:
    """Give a server that answers as told; it is gone at the end."""
    made = Site()
    handler = type("Handler", (_Handler,), {"site": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def chunked(handler: BaseHTTPRequestHandler, **headers: str) -> Callable[[bytes], None]:
    """Begin an answer of unknown length and return the function that writes a part of it."""
    handler.send_response(200)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()

    def write(part: bytes) -> None:
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        handler.wfile.flush()

    return write


def rss(*items: tuple[str, str], title: str = "Herald", extra: str = "", date: str = "") -> str:
    """Return an RSS feed with *items* (title, link)."""
    dated = f"<pubDate>{date}</pubDate>" if date else ""
    told = "".join(
        f"<item><title>{name}</title><link>{link}</link><guid>{link}</guid>{dated}"
        f"<description>What is to be said about {name}.</description></item>"
        for name, link in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{extra}{told}</channel></rss>'
