"""The web's connections: half-sent requests end, an address has its share, and a full house makes room."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import uvicorn

from digest.web.connections import Limits, Places, fitting, protocol
from tests.waiting import lag, until

pytestmark = pytest.mark.timed

QUICK = Limits(total=20, address=5, head=0.3, body=0.3, write=0.5)


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """Read the body, then answer; /big with more than any buffer holds."""
    while (await receive()).get("more_body"):
        pass
    body = b"x" * 30_000_000 if scope["path"] == "/big" else b"hello"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def web(limits: Limits) -> Iterator[tuple[int, Places]]:
    kind = protocol(limits)
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    server = uvicorn.Server(
        uvicorn.Config(hello, http=kind, lifespan="off", log_level="critical", timeout_keep_alive=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], kind.places
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)
        listener.close()


def opened(port: int, sent: bytes) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port), timeout=10)
    one.sendall(sent)
    return one


def answer(port: int, path: str = "/") -> bytes:
    with opened(port, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()) as one:
        return all_of(one)


def all_of(one: socket.socket) -> bytes:
    found = b""
    with suppress(ConnectionError):
        while part := one.recv(65536):
            found += part
    return found


def test_half_sent_requests_are_ended() -> None:
    with web(QUICK) as (port, places):
        halves = [
            opened(port, b""),
            opened(port, b"GET / HTT"),
            opened(port, b"GET / HTTP/1.1\r\nHost: x\r\nX-"),
            opened(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nname="),
            opened(
                port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHo"
            ),  # the second on the same line
        ]
        assert b"hello" in answer(port)
        for one in halves:
            all_of(one)  # until it is ended
            one.close()
        until(lambda: not places.open, "every connection closed")
        assert places.of == {}


def test_a_body_that_drips_is_given_up_though_it_never_rests() -> None:
    with web(QUICK) as (port, places):
        began = time.monotonic()
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
        with opened(port, head) as one, suppress(ConnectionError):
            while time.monotonic() - began < 5:
                one.sendall(b"x")
                lag(0.03)
        assert time.monotonic() - began < 4
        until(lambda: not places.open, "every connection closed")


def test_an_answer_that_nobody_reads_is_given_up() -> None:
    with web(QUICK) as (port, places):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", port))
        one.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: len(places.open) == 1, "the connection")
        until(lambda: not places.open, "every connection closed")
        one.close()


def test_a_slow_but_living_request_is_answered() -> None:
    with web(Limits(head=5, body=5)) as (port, _), opened(port, b"POST / HTTP/1.1\r\nHo") as one:
        for part in (b"st: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\n", b"a", b"b", b"c", b"d"):
            lag(0.05)
            one.sendall(part)
        assert b"hello" in all_of(one)


def test_a_full_house_makes_room_for_who_has_something_to_say() -> None:
    limits = Limits(total=20, head=60)
    with web(limits) as (port, places):
        idle = [opened(port, b"GET / HTTP/1.1\r\n") for _ in range(300)]
        assert b"hello" in answer(port)
        assert len(places.open) <= 20
        for one in idle:
            one.close()


class Peer:
    """As much of a connection as `Places` looks at."""

    def __init__(self, peer: str, *, waits: bool = True) -> None:
        self.peer, self.waits, self.ended = peer, waits, False

    def end(self) -> None:
        self.ended = True


def taken(places: Places, *peers: Peer) -> list[bool]:
    return [places.take(one) for one in peers]  # type: ignore[arg-type]


def test_an_address_has_its_share_and_a_proxy_has_none_of_it() -> None:
    places = Places(Limits(total=100, address=2, proxies=("10.0.0.1", "172.16.0.0/12", "2001:db8::/32")))
    assert taken(places, *(Peer("203.0.113.9") for _ in range(4))) == [True, True, False, False]
    assert all(taken(places, *(Peer("127.0.0.1") for _ in range(5)), *(Peer("10.0.0.1") for _ in range(5))))
    for proxy in (
        "172.17.0.1",
        "::ffff:172.17.0.1",
        "2001:db8::7",
    ):  # a container's gateway, a network of proxies
        assert all(taken(places, *(Peer(proxy) for _ in range(5))))
    assert taken(places, Peer("203.0.113.10")) == [True]
    first = next(iter(places.open))
    places.leave(first)
    places.leave(first)
    assert taken(places, Peer("203.0.113.9"), Peer("203.0.113.9")) == [True, False]


def test_where_the_site_is_read_over_tls_whoever_connects_is_a_proxy() -> None:
    places = Places(Limits(total=100, address=2, behind=True))
    assert all(taken(places, *(Peer("198.51.100.7") for _ in range(50))))


def test_who_is_being_answered_keeps_the_place() -> None:
    places = Places(Limits(total=2))
    busy, idle, new, late = Peer("::1", waits=False), Peer("::1"), Peer("::1", waits=False), Peer("::1")
    idle.end = lambda: places.leave(idle)  # type: ignore[method-assign,arg-type]
    assert taken(places, busy, idle, new, late) == [True, True, True, False]
    assert set(places.open) == {busy, new}


def test_few_files_mean_few_connections() -> None:
    assert fitting(Limits(), 220).total == 70
    assert fitting(Limits(), 65_536).total == 1000
    assert fitting(Limits(), 100).total == 20
