"""The guards of the web, each asked on its own: origins, form tokens, cookies, the edge and its peers."""

import base64
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import anyio
import pytest
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from digest.store.accounts.tables import sessions
from digest.store.accounts.users import Role
from digest.store.engine import Database
from digest.web.accounts import cookies, forms
from digest.web.accounts.guard import User
from digest.web.edge import Edge, Site
from digest.web.peers import Peers
from tests.web.site import Site as Whole

HTTPS, HTTP = "https://news.example.org", "http://news.example.org"
OWN = [("Host", "news.example.org")]


def app_of(url: str, keys: tuple[bytes, ...] = (b"k" * 40,)) -> Any:
    return SimpleNamespace(config=SimpleNamespace(site=SimpleNamespace(url=url)), keys=keys)


def request(
    url: str, headers: list[tuple[str, str]], *, binding: str = "one", body: bytes = b"",
    keys: tuple[bytes, ...] = (b"k" * 40,),
) -> Request:  # fmt: skip
    """A request to the site at *url* in the session *binding*."""

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    application = SimpleNamespace(state=SimpleNamespace(digest=app_of(url, keys)))
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": raw,
        "app": application,
    }
    made = Request(scope, receive)
    made.state.binding = binding
    return made


# ------------------------------------------------------------------------------------------- origins


@pytest.mark.parametrize(
    ("site", "good"),
    [("same-origin", True), ("none", True), ("same-site", False), ("cross-site", False), ("", False),
     ("SAME-ORIGIN", False), ("same-origin, none", False)],
)  # fmt: skip
def test_what_the_browser_says_of_the_site_counts_before_the_origin(site: str, good: bool) -> None:
    for origin in (HTTPS, "https://evil.example"):
        asked = request(HTTPS, [*OWN, ("Sec-Fetch-Site", site), ("Origin", origin)])
        assert forms.from_our_page(asked) is good


@pytest.mark.parametrize(
    ("url", "host", "origin", "good"),
    [
        (HTTPS, "news.example.org", "https://news.example.org", True),
        (HTTPS, "news.example.org", "https://NEWS.example.org:443", True),
        (HTTPS, "news.example.org", "https://news.example.org:80", False),
        (HTTPS, "news.example.org", "http://news.example.org", False),
        (HTTPS, "news.example.org", "http://news.example.org:443", False),
        (HTTPS, "old.example.org", "https://old.example.org", True),
        (HTTPS, "old.example.org", "http://old.example.org", False),
        (HTTPS, "old.example.org", "https://news.example.org", True),
        (HTTPS, "127.0.0.1:8000", "http://127.0.0.1:8000", True),  # on the machine itself
        (HTTPS, "127.0.0.1:8000", "http://127.0.0.1:8001", False),
        (HTTPS, "[::1]:8000", "http://[::1]:8000", True),
        (HTTP, "news.example.org", "http://news.example.org", True),
        (HTTP, "news.example.org", "http://news.example.org:80", True),
        (HTTP, "news.example.org", "http://news.example.org:81", False),
        (HTTP, "news.example.org:8080", "http://news.example.org:8080", True),
        (HTTP, "old.example.org", "http://old.example.org", True),
        (HTTP, "news.example.org", "https://news.example.org", True),
        (HTTP, "news.example.org", "http://evil.example", False),
        (
            HTTPS,
            "news.example.org",
            "https://x@news.example.org",
            True,
        ),  # no browser writes it, and it is the same place
        (HTTPS, "news.example.org", "https://news.example.org@evil.example", False),
        (HTTPS, "news.example.org", "", False),
        (HTTPS, "news.example.org", "null", False),
        (HTTPS, "news.example.org", "https://", False),
        (HTTPS, "", "https://", False),
        (HTTPS, "", "", False),
        (HTTPS, "news.example.org:x", "https://news.example.org:x", False),
        (HTTPS, "news.example.org:99999", "https://news.example.org:99999", False),
        (HTTPS, "[", "https://[", False),
    ],
)
def test_without_that_the_origin_must_be_ours(url: str, host: str, origin: str, good: bool) -> None:
    assert forms.from_our_page(request(url, [("Host", host), ("Origin", origin)])) is good


def test_a_request_that_says_nothing_of_where_it_comes_from_is_refused() -> None:
    assert forms.from_our_page(request(HTTPS, OWN)) is False


# ------------------------------------------------------------------------------------------- form tokens


FORM = ("Content-Type", "application/x-www-form-urlencoded")


def ours(asked: Request) -> bool:
    async def answer() -> bool:
        try:
            return await forms.token_is_ours(asked)
        finally:
            await asked.close()

    return anyio.run(answer)


def test_a_token_is_good_in_its_own_session_in_the_header_or_in_the_form() -> None:
    token = forms.token(request(HTTPS, OWN))
    assert len(base64.urlsafe_b64decode(token + "==")) == 16
    field = urlencode({"_token": token}).encode()
    assert ours(request(HTTPS, [("X-Form-Token", token)])) is True
    assert ours(request(HTTPS, [FORM], body=field)) is True
    assert ours(request(HTTPS, [("Content-Type", f"{FORM[1]}; charset=utf-8")], body=field)) is True
    assert ours(request(HTTPS, [("X-Form-Token", token), FORM], body=b"_token=wrong")) is True
    for binding in ("two", "", "on"):
        assert ours(request(HTTPS, [("X-Form-Token", token)], binding=binding)) is False
        assert ours(request(HTTPS, [FORM], body=field, binding=binding)) is False


def test_a_token_outlives_a_new_key_as_long_as_the_old_one_is_kept() -> None:
    token = forms.token(request(HTTPS, OWN, keys=(b"old" * 16,)))
    assert ours(request(HTTPS, [("X-Form-Token", token)], keys=(b"new" * 16, b"old" * 16))) is True
    assert ours(request(HTTPS, [("X-Form-Token", token)], keys=(b"new" * 16,))) is False


def test_what_is_no_token_opens_nothing() -> None:
    token = forms.token(request(HTTPS, OWN))
    for wrong in ("", "x", token[:-1], token[:-2] + "AA", "\xe9" * 22, "=", "A" * 22):
        assert ours(request(HTTPS, [("X-Form-Token", wrong)])) is False, wrong
    assert ours(request(HTTPS, [FORM], body=b"")) is False
    assert ours(request(HTTPS, [("Content-Type", "application/json")], body=b'{"_token": "x"}')) is False
    file = (
        b'--b\r\nContent-Disposition: form-data; name="_token"; filename="t"\r\n\r\n'
        + token.encode()
        + b"\r\n--b--\r\n"
    )
    assert ours(request(HTTPS, [("Content-Type", "multipart/form-data; boundary=b")], body=file)) is False


# ------------------------------------------------------------------------------------------- cookies and roles


def test_a_cookie_is_bound_to_the_host_over_https_and_taken_away_as_it_was_set() -> None:
    given, taken = Response(), Response()
    cookies.give(app_of(HTTPS), given, cookies.SESSION, "v", 60)
    cookies.take(app_of(HTTPS), taken, cookies.SESSION)
    for answer in (given, taken):
        said = answer.headers["set-cookie"].lower()
        assert said.startswith("__host-session=")
        for part in ("path=/", "secure", "httponly", "samesite=lax"):
            assert part in said.split("; ")
    assert "max-age=60" in given.headers["set-cookie"].lower()
    assert "max-age=0" in taken.headers["set-cookie"].lower()
    plain = Response()
    cookies.give(app_of(HTTP), plain, cookies.VISIT, "v")
    assert plain.headers["set-cookie"].lower().split("; ") == [
        "visit=v",
        "httponly",
        "path=/",
        "samesite=lax",
    ]


def test_a_cookie_is_read_by_the_name_it_was_given() -> None:
    for url, name in ((HTTPS, "__Host-session"), (HTTP, "session")):
        app = app_of(url)
        assert cookies.read(app, request(url, [("Cookie", f"{name}=v")]), cookies.SESSION) == "v"
        assert cookies.read(app, request(url, [("Cookie", "other=v")]), cookies.SESSION) == ""
    assert cookies.read(app_of(HTTPS), request(HTTPS, [("Cookie", "session=v")]), cookies.SESSION) == ""


def test_a_role_may_what_the_lower_ones_may() -> None:
    roles: tuple[Role, ...] = ("viewer", "editor", "admin")
    may = [[User("x", role, 1).may(asked) for asked in roles] for role in roles]
    assert may == [[True, False, False], [True, True, False], [True, True, True]]


def test_a_stranger_sees_nothing_until_there_is_a_user_and_is_then_led_to_the_sign_in(
    sqlite: Database, tmp_path: Path
) -> None:
    site = Whole(sqlite, tmp_path)
    web = site.browser().client
    assert web.get("/people").status_code == 404
    site.user("ada", "admin")
    led = web.get("/people?after=3")
    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?next=%2Fpeople%3Fafter%3D3")
    assert led.headers["cache-control"] == "no-store"
    part = web.get("/people", headers={"HX-Request": "true"})
    assert part.status_code == 403, "what was typed stays on the page"
    assert web.post("/people/add").status_code == 403


def test_a_session_is_noted_as_used_every_five_minutes(sqlite: Database, tmp_path: Path) -> None:
    site = Whole(sqlite, tmp_path)
    site.user("ada", "admin")
    web = site.signed_in("ada").client

    def seen() -> int:
        with sqlite.read() as connection:
            last = connection.execute(select(sessions.c.last_seen)).scalar_one()
        return round((last - began).total_seconds())

    began = site.clock.at
    found = []
    for seconds in (299, 300, 599, 900):
        site.clock.at = began + timedelta(seconds=seconds)
        assert web.get("/people").status_code == 200
        found.append(seen())
    assert found == [0, 300, 300, 900]


# ------------------------------------------------------------------------------------------- the edge


def edge_of(url: str = HTTPS, **more: Any) -> TestClient:
    async def inner(scope: Any, receive: Any, send: Any) -> None:
        headers = {"Content-Security-Policy": "own"} if scope["path"] == "/own" else {}
        await PlainTextResponse("in", headers=headers)(scope, receive, send)

    return TestClient(Edge(inner, site_url=url, **more), base_url=url)


def test_headers_that_an_answer_lacks_are_added_and_its_own_are_kept() -> None:
    plain, own = edge_of().get("/"), edge_of().get("/own")
    assert plain.headers["strict-transport-security"] == "max-age=31536000"  # a year
    assert plain.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in plain.headers["content-security-policy"]
    assert own.headers["content-security-policy"] == "own"
    assert "strict-transport-security" not in edge_of(HTTP).get("/").headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 421), ("GET", "/health", 200), ("GET", "/health/", 421), ("POST", "/u/x", 200), ("GET", "/u/x", 421),
     ("POST", "/u/x/undo", 421), ("POST", "/", 421), ("POST", "/v/u/x", 421)],
)  # fmt: skip
def test_under_a_foreign_name_only_a_monitor_and_a_mailbox_provider_are_answered(
    method: str, path: str, status: int
) -> None:
    web = edge_of()
    assert web.request(method, path, headers={"Host": "evil.example"}).status_code == status
    assert web.request(method, path).status_code == 200


@pytest.mark.parametrize(
    ("hosts", "status"),
    [([b"news.example.org"], 200), ([b"OLD.example.org:8000"], 200), ([b"localhost"], 200), ([], 421), ([b""], 421),
     ([b"news.example.org", b"news.example.org"], 421), ([b"news.example.org", b"evil.example"], 421)],
)  # fmt: skip
def test_one_host_is_named_and_it_is_ours(hosts: list[bytes], status: int) -> None:
    told: list[Any] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("")(scope, receive, send)

    async def send(message: Any) -> None:
        told.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "client": None,
             "headers": [(b"host", host) for host in hosts]}  # fmt: skip
    anyio.run(Edge(inner, site_url=HTTPS, hosts=["old.example.org"]), scope, receive, send)
    assert told[0]["status"] == status


def test_a_site_without_a_host_of_its_own_is_nobodys() -> None:
    """Where no name can be made of site.url, a request without a name must not pass as one for it."""
    assert edge_of("http://[::1]:8000").get("/", headers={"Host": ""}).status_code == 421


def test_what_is_no_request_passes_the_edge_and_the_peers() -> None:
    seen: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    for wrapped in (Edge(inner, site_url=HTTPS), Peers(inner, proxies=(), site_url=HTTPS)):
        anyio.run(wrapped, {"type": "lifespan", "state": {}}, None, None)
    assert seen == ["lifespan", "lifespan"]


def test_a_site_answers_with_and_without_its_edge() -> None:
    site = Site()
    assert TestClient(site).get("/").status_code == 404
    site.edge = Edge(site.inner, site_url=HTTPS)
    assert TestClient(site, base_url="http://evil.example").get("/").status_code == 421
    assert TestClient(site, base_url=HTTPS).get("/").status_code == 404


# ------------------------------------------------------------------------------------------- who asks


def test_it_is_told_once_at_a_form_until_somebody_heard_it() -> None:
    told: list[tuple[str, str]] = []
    heard = [False, True]

    async def tell(why: str, peer: str) -> bool:
        told.append((why, peer))
        return heard[len(told) - 1]

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("")(scope, receive, send)

    peers = Peers(inner, proxies=["192.0.2.1"], site_url=HTTPS, tell=tell)
    web, proxy = TestClient(peers, client=("192.0.2.9", 5000)), TestClient(peers, client=("192.0.2.1", 5000))
    web.get("/")
    proxy.post("/", headers={"X-Forwarded-For": "198.51.100.7"})
    assert told == [], "neither a look nor a reader behind a named proxy"
    for _ in range(3):
        web.post("/")
    assert told == [("a proxy that web.proxies does not name", "192.0.2.9")] * 2


@pytest.mark.parametrize("proxies", [(), ("192.0.2.1", "2001:db8::/48")])
def test_a_peer_without_an_address_is_told_of_as_well(proxies: tuple[str, ...]) -> None:
    """A proxy that calls by a socket of the file system has none, and is none of those that are named."""
    told: list[str] = []

    async def tell(why: str, peer: str) -> bool:
        told.append(peer)
        return True

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        assert scope["state"]["shared"]
        await PlainTextResponse("")(scope, receive, send)

    async def nothing(*_: Any) -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/", "client": None, "headers": []}
    anyio.run(Peers(inner, proxies=proxies, site_url=HTTPS, tell=tell), scope, nothing, nothing)
    assert told == [""]
