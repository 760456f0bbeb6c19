import asyncio
import gzip
import ipaddress
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest

from digest.endpoint import networks, public
from digest.errors import BlockedAddress, BlockedPort, FetchError
from digest.fetch import Answer, fetcher, user_agent
from tests.loopback import Site, chunked, site
from tests.waiting import lag


@pytest.fixture
def server() -> Iterator[Site]:
    with site() as made:
        yield made


def get(
    url: str,
    *,
    allow: tuple[str, ...] | None = None,
    seconds: float = 5,
    most: int = 1_000_000,
    deny: tuple[str, ...] = (),
    **more: Any,
) -> Answer:
    async def run() -> Answer:
        async with fetcher(
            agent=user_agent("https://news.example"), seconds=seconds, most=most, deny=deny
        ) as http:
            inside = [url.split("/")[2]] if allow is None and url.count("/") > 2 else allow or ()
            return await http.get(url, inside=inside, **more)

    return asyncio.run(run())


def test_we_say_who_we_are_and_where_to_find_us(server: Site) -> None:
    server.put("/", "hello")
    assert get(server.url + "/").body == b"hello"
    agent = server.asked[0].headers["user-agent"]
    assert agent.startswith("newsroom-digest/")
    assert "(+https://news.example)" in agent
    assert server.asked[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1",
        "ff02::1", "fec0::1", "2001::1", "192.88.99.1", "255.255.255.255", "::ffff:0:10.0.0.1", "::ffff:0:8.8.8.8",
        "64:ff9b:1::a00:1", "5f00::1", "3fff::1", "3fff:fff:ffff::1", "100::1", "2001:db8::1", "2606:4700::5efe:a00:1",
        "2606:4700::200:5efe:a00:1", "168.63.129.16", "::ffff:168.63.129.16", "fd00:ec2::254", "192.0.0.192",
    ],
)  # fmt: skip
def test_no_address_from_inside_is_public(address: str) -> None:
    assert not public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "168.63.129.17"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert public(ipaddress.ip_address(address))


def test_a_network_that_is_denied_is_not_public_and_its_neighbours_are() -> None:
    denied = networks(["2620:0:ccc:64::/96", "203.0.114.0/24"])
    assert not public(ipaddress.ip_address("2620:0:ccc:64::a00:1"), denied)
    assert not public(ipaddress.ip_address("::ffff:203.0.114.9"), denied)
    assert public(ipaddress.ip_address("2620:0:ccc:65::a00:1"), denied)


def test_what_is_denied_is_not_read_even_where_a_source_names_it(server: Site) -> None:
    server.put("/", "secret")
    with pytest.raises(BlockedAddress, match=r"127\.0\.0\.1, which fetch\.deny excludes"):
        get(server.url + "/", deny=("127.0.0.0/8",))
    assert server.asked == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_names_and_spellings_of_loopback_are_refused(server: Site, host: str) -> None:
    server.put("/", "secret")
    with pytest.raises(FetchError) as fault:
        get(f"http://{host}:{server.port}/", allow=())
    assert isinstance(fault.value, BlockedAddress) or "resolve" in fault.value.what
    assert server.asked == []


def test_a_redirect_to_a_private_address_is_refused(server: Site) -> None:
    server.put("/", "", status=302, Location="http://169.254.169.254/latest/meta-data/")
    with pytest.raises(BlockedAddress, match="No redirect may lead there"):
        get(server.url + "/")


def test_what_a_source_may_read_is_open_to_its_first_hop_only(server: Site) -> None:
    """Both servers are named, so each may be read itself: but one may not send us to the other."""
    with site() as inner:
        inner.put("/admin", "secret")
        named = (f"127.0.0.1:{server.port}", f"127.0.0.1:{inner.port}")
        assert get(f"{inner.url}/admin", allow=named).body == b"secret"
        inner.asked.clear()
        for target in (f"{inner.url}/admin", f"http://localhost:{inner.port}/admin", "http://127.0.0.1/"):
            server.put("/feed", "", status=302, Location=target)
            with pytest.raises(BlockedAddress, match="No redirect may lead there"):
                get(f"{server.url}/feed", allow=named)
        assert inner.asked == []


def test_no_redirect_goes_on_over_a_connection_that_another_request_opened(server: Site) -> None:
    """A kept connection to an inner host is no way around the guard."""
    with site() as inner:
        inner.put("/feed", "mine")
        inner.put("/admin", "secret")
        server.put("/feed", "", status=302, Location=f"{inner.url}/admin")

        async def run() -> None:
            async with fetcher(agent="x", seconds=5, most=1000) as http:
                await http.get(f"{inner.url}/feed", inside=[f"127.0.0.1:{inner.port}"])
                with pytest.raises(BlockedAddress):
                    await http.get(f"{server.url}/feed", inside=[f"127.0.0.1:{server.port}"])
                with pytest.raises(BlockedAddress):
                    await http.get(f"{inner.url}/feed")

        asyncio.run(run())
        assert [one.path for one in inner.asked] == ["/feed"]


def test_a_redirect_that_stays_at_a_named_host_and_port_goes_on(server: Site) -> None:
    server.put("/feed", "", status=301, Location="/feed/")
    server.put("/feed/", "here")
    assert get(f"{server.url}/feed").body == b"here"


def test_another_port_of_a_named_host_stays_closed(server: Site) -> None:
    with pytest.raises(BlockedAddress, match=rf'allow_private = \["127\.0\.0\.1:{server.port}"\]'):
        get(server.url + "/", allow=("127.0.0.1:1", "127.0.0.1:80", "localhost:" + str(server.port)))
    assert server.asked == []


@pytest.mark.parametrize(
    "url", ["http://93.184.216.34:8080/", "https://93.184.216.34:22/", "http://[2606:4700::1111]:6379/"]
)
def test_a_public_host_is_read_at_the_usual_ports_only(url: str) -> None:
    with pytest.raises(BlockedPort, match="unusual port"):
        get(url, allow=(), seconds=1)


def test_a_redirect_to_another_scheme_is_refused(server: Site) -> None:
    server.put("/", "", status=302, Location="file:///etc/passwd")
    with pytest.raises(FetchError, match="only http"):
        get(server.url + "/")


def test_a_redirect_loop_ends(server: Site) -> None:
    server.put("/", "", status=302, Location="/")
    with pytest.raises(FetchError, match="redirects go on after 5 hops"):
        get(server.url + "/")
    assert len(server.asked) == 6


def test_only_what_permanent_redirects_alone_lead_to_may_be_remembered(server: Site) -> None:
    server.put("/a", "", status=301, Location="/b")
    server.put("/b", "", status=308, Location="/c")
    server.put("/c", "", status=302, Location="/d")
    server.put("/d", "", status=301, Location="/e")
    server.put("/e", "here")
    answer = get(server.url + "/a")
    assert (answer.url, answer.moved_to) == (server.url + "/e", server.url + "/c")
    assert get(server.url + "/c").moved_to == ""


def test_a_body_over_the_cap_is_given_up_at_once_by_its_declared_length(server: Site) -> None:
    server.put("/", b"x" * 2000)
    with pytest.raises(FetchError, match=r"larger than 1,000 bytes.*max_bytes"):
        get(server.url + "/", most=1000)


def test_two_hundred_megabytes_are_never_taken_in(server: Site) -> None:
    sent = 0

    def pour(handler: Any) -> None:
        nonlocal sent
        write = chunked(handler)
        for _ in range(200):
            write(b"<item>" * 170_000)
            sent += 1

    server.hang("/", pour)
    with pytest.raises(FetchError, match="larger than"):
        get(server.url + "/", most=2_000_000)
    assert sent < 60


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(bytes(1_000_000)) for _ in range(megabytes)), packer.flush()])


def test_a_gzip_bomb_is_stopped_at_the_cap(server: Site) -> None:
    packed = bomb(200)
    assert len(packed) < 1_000_000
    server.put("/", packed, Content_Encoding="gzip")
    with pytest.raises(FetchError, match="larger than"):
        get(server.url + "/")


gzipped = partial(gzip.compress, mtime=0)  # the same bytes, hence the same name of the test, in each run


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzipped(b"<rss/>")),
        ("x-gzip", gzipped(b"<rss/>")),
        ("deflate", zlib.compress(b"<rss/>")),
        ("deflate", zlib.compress(b"<rss/>")[2:-4]),
        ("gzip", gzipped(b"<rs") + gzipped(b"s/>")),
        ("gzip", gzipped(b"<rss/>") + bytes(64)),
        ("gzip", b"<rss/>"),
        ("identity", b"<rss/>"),
    ],
)
def test_every_way_of_packing_is_unpacked(server: Site, encoding: str, packed: bytes) -> None:
    server.put("/", packed, Content_Encoding=encoding)
    assert get(server.url + "/").body == b"<rss/>"


@pytest.mark.parametrize(
    ("encoding", "packed", "words"),
    [
        ("br", b"\x0b\x02\x80", "not asked for"),
        ("gzip", gzipped(bytes(range(256)) * 50)[:-20], "ends in the middle"),
        ("gzip", gzipped(b"x" * 10)[:10] + b"\xff\xff\xff\xff", "damaged"),
    ],
)
def test_what_cannot_be_unpacked_is_said(server: Site, encoding: str, packed: bytes, words: str) -> None:
    server.put("/", packed, Content_Encoding=encoding)
    with pytest.raises(FetchError, match=words):
        get(server.url + "/")


def test_a_server_that_drips_is_cut_off_by_the_whole_time(server: Site) -> None:
    def drip(handler: Any) -> None:
        write = chunked(handler)
        for _ in range(100):
            write(b"x")
            lag(0.1)

    server.hang("/", drip)
    began = time.monotonic()
    with pytest.raises(FetchError, match=r"no complete answer within 0\.6 s"):
        get(server.url + "/", seconds=0.6)
    assert time.monotonic() - began < 3


def test_a_server_that_is_away_is_said(server: Site) -> None:
    with pytest.raises(FetchError, match="connection failed"):
        get("http://127.0.0.1:9/")


def test_a_name_that_is_none_is_said() -> None:
    with pytest.raises(FetchError, match="resolve"):
        get("http://no-such-host.invalid/")


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "/etc/passwd", "http://", "http://[::1", "javascript:alert(1)"]
)
def test_only_web_addresses_are_read(url: str) -> None:
    with pytest.raises(FetchError):
        get(url)


def test_a_host_is_asked_one_thing_at_a_time(server: Site) -> None:
    def slow(handler: Any) -> None:
        lag(0.05)
        chunked(handler)(b"x")
        handler.wfile.write(b"0\r\n\r\n")

    server.hang("*", slow)

    async def run() -> None:
        async with fetcher(agent="x", seconds=5, most=1000) as http:
            inside = [f"127.0.0.1:{server.port}"]
            await asyncio.gather(*(http.get(f"{server.url}/{number}", inside=inside) for number in range(5)))

    asyncio.run(run())
    assert len(server.asked) == 5
    assert server.busiest == 1


def closing(*answers: bytes) -> tuple[int, list[bytes], threading.Thread]:
    """Return the port of a server that gives each connection one of *answers*, then closes it; b"" says nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve() -> None:
        with listener:
            for answer in answers:
                line, _ = listener.accept()
                with line:
                    heard.append(line.recv(4096))
                    line.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return listener.getsockname()[1], heard, thread


def test_a_connection_closed_before_its_answer_is_asked_once_more() -> None:
    port, heard, thread = closing(b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    assert get(f"http://127.0.0.1:{port}/").body == b"hi"
    thread.join(5)
    assert len(heard) == 2


def test_a_server_that_always_closes_is_asked_twice_and_no_more() -> None:
    port, heard, thread = closing(b"", b"")
    with pytest.raises(FetchError, match="the connection failed"):
        get(f"http://127.0.0.1:{port}/")
    thread.join(5)
    assert len(heard) == 2


def test_an_answer_cut_in_its_midst_is_not_asked_for_again() -> None:
    port, heard, thread = closing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi")
    with pytest.raises(FetchError):
        get(f"http://127.0.0.1:{port}/")
    thread.join(5)
    assert len(heard) == 1


def test_a_post_is_never_repeated() -> None:
    port, heard, thread = closing(b"")

    async def run() -> None:
        async with fetcher(agent="x", seconds=5, most=1000) as http:
            await http.post(f"http://127.0.0.1:{port}/", b"{}", headers={})

    with pytest.raises(FetchError, match="the connection failed"):
        asyncio.run(run())
    thread.join(5)
    assert len(heard) == 1


def test_other_hosts_are_asked_side_by_side() -> None:
    def slow(handler: Any) -> None:
        lag(0.4)
        handler.send_response(200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with site() as one:
        one.hang("*", slow)

        async def run() -> None:
            async with fetcher(agent="x", seconds=5, most=1000) as http:
                # One server under two names is two hosts to us.
                urls = (f"{one.url}/a", f"http://localhost:{one.port}/b")
                await asyncio.gather(*(http.get(url, inside=[urlsplit(url).netloc]) for url in urls))

        asyncio.run(run())
        assert one.busiest == 2


def test_a_proxy_in_the_environment_is_not_used(server: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.put("/", "direct")
    assert get(server.url + "/").body == b"direct"


def test_a_fault_status_is_an_answer_and_its_body_is_left_alone(server: Site) -> None:
    server.put("/", b"x" * 5000, status=404, Retry_After="7")
    answer = get(server.url + "/", most=1000)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (404, b"", "7")
