"""What every request passes first: hosts that are ours, peers that are believed, headers on every answer, and origins."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from digest.store.engine import Database
from digest.web.edge import Edge
from digest.web.peers import Peers
from tests.web.site import PASSWORD, SAME, Site, all_routes, config, token_in

URL = "https://news.example.org"
OPEN_FORM = {"email": "ann@example.net"}


@pytest.fixture
def site(sqlite: Database, tmp_path: Path) -> Site:
    made = Site(
        sqlite, tmp_path, site={"url": URL}, web={"hosts": ["old.example.org"]},
        alarms={"mail": ["ops@example.org"]}, readers={"network_limit": 3},
    )  # fmt: skip
    made.user("ada", "admin")
    return made


def client(site: Site, host: str = "203.0.113.9") -> TestClient:
    return site.browser(host=host, base=URL).client


OURS = ("news.example.org", "news.example.org:443", "NEWS.Example.ORG.", "old.example.org", "127.0.0.1:8000", "localhost",
        "[::1]:8000", "127.8.9.10", "desk.localhost:8000")  # fmt: skip
FOREIGN = ("evil.example", "news.example.org.evil.example", "evil.example:8000", "10.0.0.5:8000", "news.example.org@evil.example",
           "127.0.0.1.evil.example", "127.0.0.1:8000.evil.example", "[::1", "localhost.evil.example", "", "a b",
           "news.example.org/evil", "0.0.0.0")  # fmt: skip


def test_it_answers_for_its_own_names_and_those_of_this_machine(site: Site) -> None:
    web = client(site)
    assert {host: web.get("/sign-in", headers={"Host": host}).status_code for host in OURS} == dict.fromkeys(
        OURS, 200
    )


def test_a_foreign_host_is_misdirected(site: Site) -> None:
    web = client(site)
    for path in ("/sign-in", "/static/desk.css"):
        found = {host: web.get(path, headers={"Host": host}).status_code for host in FOREIGN}
        assert found == dict.fromkeys(FOREIGN, 421)
    assert "web.hosts" in web.get("/", headers={"Host": "evil.example"}).text


async def inner(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
    await PlainTextResponse("")(scope, receive, send)


def test_a_request_without_a_host_is_misdirected_even_where_the_sites_own_is_not_known() -> None:
    web = TestClient(Edge(inner, site_url=""), base_url=URL)
    assert web.get("/", headers={"Host": "a b"}).status_code == 421
    assert web.get("/", headers={"Host": "localhost"}).status_code == 200


def test_a_foreign_host_is_misdirected_on_every_route(site: Site) -> None:
    web = client(site)
    for method, path, _ in all_routes(site):
        if path == "/health" or (method == "POST" and re.fullmatch("/u/[^/]+", path)):
            continue
        answer = web.request(method, path, headers={"Host": "evil.example", **SAME})
        assert answer.status_code == 421, f"{method} {path}"
        assert "set-cookie" not in answer.headers


def test_a_monitor_and_a_mailbox_provider_are_answered_whatever_host_they_name(site: Site) -> None:
    web, link = client(site), site.app.links.unsubscribe(7, "daily").removeprefix(URL)
    for host in ("10.42.0.7:8000", "very-old.example.org"):
        assert web.get("/health", headers={"Host": host}).status_code == 200
        left = web.post(link, data={"List-Unsubscribe": "One-Click"}, headers={"Host": host})
        assert (left.status_code, left.text) == (200, "You are unsubscribed.\n")
        assert web.get(link, headers={"Host": host}).status_code == 421
        assert web.post(f"{link}/undo", headers={"Host": host}).status_code == 421


def test_no_link_and_no_redirect_is_made_of_a_host(site: Site) -> None:
    web = client(site)
    for host in ("127.0.0.1:8000", "old.example.org"):
        for path in (
            "/people",
            "/people/",
            "/subscribe/daily/",
            "//evil.example/",
            "/people//",
            "/sign-in/?next=//evil.example",
        ):
            answer = web.get(path, headers={"Host": host, "X-Forwarded-Host": "evil.example"})
            where = answer.headers.get("location", "/")
            assert re.match(r"/(?!/)", where), (path, where)
            assert "evil.example/" not in answer.text
        assert "old.example.org" not in web.get("/subscribe/daily", headers={"Host": host}).text
    assert web.get("/subscribe/daily/").headers["location"] == "/subscribe/daily"
    assert web.get("/nothing/").status_code == 404


def test_every_answer_says_what_a_browser_may_do_with_it(site: Site) -> None:
    web = client(site)
    paths = {path for method, path, _ in all_routes(site) if method == "GET"}
    paths |= {"/static/desk.css", "/static/nothing.css", "/nothing", "/v/x", "/archive/daily", "/p/x.jpg"}
    for path in sorted(paths):
        headers = web.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["strict-transport-security"].startswith("max-age="), path
        policy = headers["content-security-policy"]
        for part in ("default-src 'none'", "frame-ancestors", "base-uri", "form-action"):
            assert part in policy, (path, part)
        assert "frame-ancestors *" not in policy


def test_without_https_nobody_is_told_to_come_by_https(sqlite: Database, tmp_path: Path) -> None:
    assert "strict-transport-security" not in Site(sqlite, tmp_path).browser().get("/health").headers


def test_a_fault_of_our_own_has_the_headers_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.app.reachable", lambda db: 1 / 0)
    web = TestClient(site.web, base_url=URL, raise_server_exceptions=False)
    answer = web.get("/health")
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (500, "nosniff")


# ------------------------------------------------------------------------------------------- who asks


def peer_of(peer: str | None, headers: list[tuple[str, str]], *, proxies: tuple[str, ...] = (), url: str = URL) -> tuple[str, bool]:  # fmt: skip
    """Return whom the application sees, and whether that is a peer that may speak for everybody."""
    seen: list[tuple[str, bool]] = []

    async def inner(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        seen.append((scope["client"][0] if scope["client"] else "", bool(scope["state"]["shared"])))
        await PlainTextResponse("")(scope, receive, send)

    web = TestClient(Peers(inner, proxies=proxies, site_url=url), client=(peer, 5000))  # type: ignore[arg-type]
    web.get("/", headers=headers)  # type: ignore[arg-type]
    return seen[0]


LOCAL, READER, EVIL = "127.0.0.1", "198.51.100.7", "192.0.2.66"
FOR = "X-Forwarded-For"
NAMED = (LOCAL, "172.18.0.0/16", "2001:db8:1::/48")


@pytest.mark.parametrize(
    ("peer", "headers", "proxies", "url", "seen"),
    [
        # nothing named: no header is believed, and what may be a proxy is marked
        (READER, [], (), "http://news.example.org", (READER, False)),
        (READER, [(FOR, EVIL)], (), "http://news.example.org", (READER, True)),
        (LOCAL, [], (), "http://news.example.org", (LOCAL, True)),
        (LOCAL, [], (), URL, (LOCAL, True)),
        ("172.18.0.1", [], (), URL, ("172.18.0.1", True)),  # a proxy in a container, which says nothing
        (LOCAL, [(FOR, EVIL)], (), "http://127.0.0.1:8000", (LOCAL, True)),
        (LOCAL, [("Forwarded", f"for={EVIL}")], (), "http://127.0.0.1:8000", (LOCAL, True)),
        (LOCAL, [("X-Real-IP", EVIL)], (), "http://127.0.0.1:8000", (LOCAL, True)),
        (LOCAL, [], (), "http://localhost:8000", (LOCAL, False)),
        ("10.1.2.3", [], (), "http://newsroom.lan", ("10.1.2.3", False)),
        # named: the last one that it did not write itself
        (LOCAL, [(FOR, READER)], NAMED, URL, (READER, False)),
        (LOCAL, [(FOR, f"{EVIL}, {READER}")], NAMED, URL, (READER, False)),
        (LOCAL, [(FOR, EVIL), (FOR, READER)], NAMED, URL, (READER, False)),
        (LOCAL, [(FOR, f"{EVIL}, {READER}, 172.18.0.1")], NAMED, URL, (READER, False)),
        (LOCAL, [(FOR, f"{READER}:51234")], NAMED, URL, (READER, False)),
        (LOCAL, [(FOR, "[2001:db8:2::1]:443")], NAMED, URL, ("2001:db8:2::1", False)),
        (LOCAL, [(FOR, f"::ffff:{READER}")], NAMED, URL, (READER, False)),
        (f"::ffff:{LOCAL}", [(FOR, READER)], NAMED, URL, (READER, False)),
        ("172.18.0.9", [(FOR, READER)], NAMED, URL, (READER, False)),
        ("172.19.0.9", [(FOR, EVIL)], NAMED, URL, ("172.19.0.9", True)),
        # named, but it names nobody
        (LOCAL, [], NAMED, URL, (LOCAL, True)),
        (LOCAL, [(FOR, "")], NAMED, URL, (LOCAL, True)),
        (LOCAL, [(FOR, "unknown")], NAMED, URL, ("unknown", True)),
        (LOCAL, [(FOR, "172.18.0.1")], NAMED, URL, ("172.18.0.1", True)),
    ],
)  # fmt: skip
def test_a_forwarded_header_is_believed_from_a_named_proxy_only(
    peer: str, headers: list[tuple[str, str]], proxies: tuple[str, ...], url: str, seen: tuple[str, bool]
) -> None:
    assert peer_of(peer, headers, proxies=proxies, url=url) == seen


@pytest.mark.parametrize("wrong", ["*", "0.0.0.0/0", "::/0", "nginx", "10.0.0.0/40", "", "127.0.0.1:80"])
def test_a_proxy_is_named_by_its_address_and_not_everybody_is_one(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ValidationError, match=r"proxies|proxy"):
        config(tmp_path, web={"proxies": [wrong]})


def test_no_proxy_is_named_by_default(tmp_path: Path) -> None:
    assert config(tmp_path).web.proxies == ()
    assert config(tmp_path, web={"proxies": ["10.1.2.3/24"]}).web.proxies == ("10.1.2.0/24",)


# ------------------------------------------------------------------------------------------- limits


def signed_up(web: TestClient, number: int, **headers: str) -> int:
    fields = {"email": f"reader{number}@example{number % 7}.net"}
    return web.post("/subscribe/daily", data=fields, headers=headers).status_code


def test_readers_behind_a_proxy_that_is_not_named_do_not_shut_each_other_out(site: Site) -> None:
    web = client(site, "127.0.0.1")
    assert [signed_up(web, number) for number in range(30)] == [200] * 30
    assert signed_up(web, 99) == 429, "in total there is a limit all the same: ten times that of a network"


def test_a_header_that_rotates_gains_nothing_beyond_its_own_peer(site: Site) -> None:
    forger = client(site, "192.0.2.66")
    got = [signed_up(forger, number, **{FOR: f"198.51.100.{number}"}) for number in range(60)]
    assert got.count(200) == 30
    assert signed_up(client(site, "203.0.113.9"), 100) == 200, "nobody else is shut out by it"


def test_behind_a_named_proxy_the_limit_is_the_readers_network(sqlite: Database, tmp_path: Path) -> None:
    site = Site(
        sqlite, tmp_path, site={"url": URL}, web={"proxies": ["127.0.0.1"]}, readers={"network_limit": 3}
    )
    web = client(site, "127.0.0.1")
    got = [signed_up(web, number, **{FOR: f"192.0.2.{number}, {READER}"}) for number in range(6)]
    assert got == [200] * 3 + [429] * 3
    assert signed_up(web, 50, **{FOR: "203.0.113.80"}) == 200


def test_guesses_with_a_header_that_rotates_wait_as_others(site: Site) -> None:
    got = []
    for number in range(25):
        web = client(site, "127.0.0.1")
        token = token_in(web.get("/sign-in").text)
        form = {"_token": token, "name": "ada", "password": "wrong password here"}
        headers = {**SAME, FOR: f"198.51.100.{number}"}
        got.append(web.post("/sign-in", data=form, headers=headers).status_code)
    assert got == [403] * 4 + [429] * 21
    names = [client(site, "127.0.0.1") for _ in range(34)]
    for number, web in enumerate(names):  # nor does one who guesses at many names keep everybody waiting
        form = {
            "_token": token_in(web.get("/sign-in").text),
            "name": f"x{number}",
            "password": "wrong password",
        }
        assert web.post("/sign-in", data=form, headers=SAME).status_code == 403


def test_one_alarm_says_that_limits_by_network_are_off(site: Site) -> None:
    def mailed() -> list[str]:
        with site.app.db.read() as connection:
            query = "SELECT recipient FROM outbox WHERE kind = 'alarm'"
            return [row[0] for row in connection.exec_driver_sql(query)]

    web = client(site, "127.0.0.1")
    web.get("/subscribe/daily")
    assert mailed() == [], "looking tells nobody anything"
    for number in range(5):
        signed_up(web, number)
    assert mailed() == ["ops@example.org"]
    again = Site(
        site.app.db,
        Path(site.app.config.site.data).parent,
        site={"url": URL},
        alarms={"mail": ["ops@example.org"]},
    )
    signed_up(client(again, "127.0.0.1"), 50)  # the process was started anew
    assert mailed() == ["ops@example.org"]


# ------------------------------------------------------------------------------------------- origins


def test_another_page_of_the_same_site_is_no_page_of_the_desk(site: Site) -> None:
    web = client(site)
    form = {"name": "ada", "password": PASSWORD}

    def tried(**headers: str) -> int:
        token = token_in(web.get("/sign-in").text)
        return web.post("/sign-in", data={**form, "_token": token}, headers=headers).status_code

    for value in ("same-site", "cross-site", "", "SAME-ORIGIN, same-site"):
        assert tried(**{"Sec-Fetch-Site": value}) == 403, value
    for origin in ("https://www.example.org", "http://news.example.org", "https://news.example.org.evil.example", "null",
                   "https://news.example.org:8443", "https://x@evil.example", "", "https://"):  # fmt: skip
        assert tried(Origin=origin) == 403, origin
    assert tried() == 403
    assert tried(Origin="http://old.example.org", Host="old.example.org") == 403
    assert tried(Origin="https://old.example.org", Host="news.example.org") == 403
    assert tried(Origin="https://news.example.org:443") == 303
    web.cookies.clear()
    assert tried(Origin="https://old.example.org", Host="old.example.org") == 303


def test_a_pasted_form_and_a_one_click_post_come_from_anywhere(site: Site) -> None:
    web, link = client(site), site.app.links.unsubscribe(7, "daily")
    for where in ("same-site", "cross-site", "none", "same-origin"):
        headers = {"Sec-Fetch-Site": where, "Origin": "https://www.paper.example"}
        assert web.post("/subscribe/daily", data=OPEN_FORM, headers=headers).status_code == 200, where
        left = web.post(link, data={"List-Unsubscribe": "One-Click"}, headers=headers)
        assert (left.status_code, left.text) == (200, "You are unsubscribed.\n"), where


def test_an_international_name_is_known_in_both_spellings() -> None:
    web = TestClient(Edge(inner, site_url="https://zeitung-köln.example"))
    assert web.get("/", headers={"Host": "xn--zeitung-kln-zfb.example"}).status_code == 200
    assert web.get("/", headers={"Host": "zeitung-koln.example"}).status_code == 421
