"""Who is let in, through the real `digest serve`: behind nginx in two forms, as Caddy asks, and without a proxy."""

import http.client
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from digest.app import App, wired
from digest.flows.newsroom import users
from digest.ops import probe
from digest.ops.doctor import Grade, Setup, desk
from digest.store.accounts import users as stored
from digest.store.accounts.users import Role
from digest.web.accounts.cookies import hashed
from tests.conftest import missing
from tests.waiting import until

NAME = "news.example.org"
README = Path(__file__).parents[2] / "README.md"
CONFIG = """
[site]
url = "https://news.example.org"
[web]
port = {port}
{proxies}
[alarms]
mail = ["ops@example.org"]
[readers]
network_limit = 4
[sources.own]
kind = "folder"
url = "articles"
outlet = "The Paper"
[newsletters.daily]
title = "The Daily"
sources = ["own"]
schedule = {{ time = "06:00" }}
sender = {{ address = "news@example.org", postal = "1 Harbour Street" }}
look = {{ pictures = "none" }}
[relays.main]
transport = "folder"
folder = "sent"
"""
PLAIN = "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{to}; }} }}"
CARELESS = (
    "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{to}; proxy_set_header Host $host; "
    "proxy_set_header X-Forwarded-For $http_x_forwarded_for; }} }}"
)
NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{servers}
}}
"""
BROWSER = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
FORGED = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"}


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class House:
    """A newsroom with its running server."""

    folder: Path
    port: int
    app: App
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def link(self) -> str:
        """The path of the setup link that the server printed."""
        found = re.search(r"https://news\.example\.org(/setup/\S+)", (self.folder / "log").read_text())
        assert found, (self.folder / "log").read_text()
        return found[1]


@dataclass(frozen=True)
class Way:
    """A way to a house: the port that is asked, and what a browser's request becomes on it."""

    name: str
    house: str
    port: int
    host: str = NAME
    extra: tuple[tuple[str, str], ...] = ()
    source: str = "127.0.0.2"  # a reader is not the proxy

    def ask(self, path: str, *, method: str = "GET", form: Mapping[str, str] | None = None, cookie: str = "",
            headers: Mapping[str, str] | None = None) -> Answer:  # fmt: skip
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(self.source, 0))
        body = None if form is None else urlencode(form).encode()
        sent = {
            "Host": self.host,
            **dict(self.extra),
            **(BROWSER if form is not None else {}),
            **(headers or {}),
        }
        if cookie:
            sent["Cookie"] = f"__Host-session={cookie}"
        line.request(method, path, body, sent)
        answer = line.getresponse()
        found = Answer(
            answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        )
        line.close()
        return found


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        doors = [stack.enter_context(socket.socket()) for _ in range(count)]
        for door in doors:
            door.bind(("127.0.0.1", 0))
        return [door.getsockname()[1] for door in doors]


def answering(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    def open_or_ended() -> bool:
        assert process.poll() is None, log.read_text()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        return False

    until(open_or_ended, log.read_text, 60)


@contextmanager
def running(command: list[str], folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program until the block ends, in a group of its own."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)


def documented(port: int, to: int) -> str:
    """Return the README's server block for nginx, with other ports and without a certificate."""
    found = re.search(
        r"^    server \{\n.*?^    \}\n", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found
    block = re.sub(r".*ssl_certificate.*\n", "", found[0])
    block, changed = re.subn(r"listen 443 ssl;", f"listen 127.0.0.1:{port};", block)
    assert changed == 1
    block, changed = re.subn(r"127\.0\.0\.1:8000", f"127.0.0.1:{to}", block)
    assert changed == 1
    return block


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, House], list[Way]]]:
    """Two newsrooms, one that names its proxy and one that does not, and the ways to both."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not nginx:
        missing("nginx is not installed (Debian: nginx-light)")
    bare, named, *fronts = free_ports(6)
    made: dict[str, House] = {}
    started: list[tuple[int, subprocess.Popen[bytes], Path]] = []
    with ExitStack() as stack:
        for name, port, proxies in (("bare", bare, ""), ("named", named, 'proxies = ["127.0.0.1"]')):
            folder = tmp_path_factory.mktemp(name)
            (folder / "articles").mkdir()
            (folder / "data").mkdir()
            (folder / "data" / "keys").write_text("k" * 40)
            (folder / "digest.toml").write_text(CONFIG.format(port=port, proxies=proxies))
            process = stack.enter_context(running([sys.executable, "-m", "digest", "serve"], folder))
            started.append((port, process, folder / "log"))
        folder = tmp_path_factory.mktemp("nginx")
        servers = (
            PLAIN.format(port=fronts[0], to=bare), documented(fronts[1], named), documented(fronts[2], bare),
            CARELESS.format(port=fronts[3], to=named),
        )  # fmt: skip
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, servers="\n".join(servers)))
        command = [str(nginx), "-c", str(folder / "nginx.conf"), "-p", str(folder)]
        process = stack.enter_context(running(command, folder))
        started.append((fronts[0], process, folder / "log"))
        for each in started:
            answering(*each)
        for name, (port, _, log) in zip(("bare", "named"), started, strict=False):
            made[name] = House(log.parent, port, wired(log.parent / "digest.toml"))
            stack.callback(made[name].app.close)
        caddy = (("X-Forwarded-For", "127.0.0.2"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", NAME))
        ways = [
            Way("none", "bare", bare, host=f"127.0.0.1:{bare}"),
            Way("none, on this machine", "bare", bare, host=f"localhost:{bare}", source="127.0.0.1"),
            Way("none, by the public name", "bare", bare),
            Way("nginx, plain", "bare", fronts[0]),
            Way("nginx, by the README", "named", fronts[1]),
            Way("nginx, by the README, not named", "bare", fronts[2]),
            Way("nginx, careless", "named", fronts[3]),
            Way("Caddy", "named", named, extra=caddy, source="127.0.0.1"),
            Way("Caddy, not named", "bare", bare, extra=caddy, source="127.0.0.1"),
        ]  # fmt: skip
        yield made, ways


PAGES = ("/", "/people", "/readers", "/desk/daily/2026-03-04", "/sign-in")
ACTS = ("/readers/export", "/people/add", "/sign-in")


@pytest.fixture(scope="module")
def before(houses: tuple[dict[str, House], list[Way]]) -> dict[tuple[str, str], int]:
    """What each way answered while there was no user: {(way, page): status}."""
    found = {}
    for way in houses[1]:
        for headers in ({}, FORGED):
            for path in PAGES:
                found[f"{way.name} {bool(headers)}", path] = way.ask(path, headers=headers).status
            for path in ACTS:
                answer = way.ask(
                    path, method="POST", form={"newsletter": "daily"}, headers=headers, cookie="x" * 43
                )
                found[f"{way.name} {bool(headers)}", f"POST {path}"] = answer.status
    return found


@pytest.fixture(scope="module")
def people(
    houses: tuple[dict[str, House], list[Way]], before: dict[tuple[str, str], int]
) -> dict[str, House]:
    """The houses after their setup, through nginx, with a session for each role."""
    made, ways = houses
    for way in ways:
        house = made[way.house]
        if way.name not in ("nginx, plain", "nginx, by the README"):
            continue
        assert way.ask(house.link).status == 200
        form = {"name": "ada", "password": "four plain words here", "again": "four plain words here"}
        answer = way.ask(house.link, method="POST", form=form)
        assert (answer.status, answer.headers["location"]) == (303, "/"), answer.body
        for each in ways:
            if each.house == way.house:
                assert each.ask(house.link, method="POST", form=form).status == 404, "it works once"
        house.cookies["admin"] = answer.headers["set-cookie"].split("__Host-session=")[1].split(";")[0]
        for name, role in (("eve", "editor"), ("vic", "viewer")):
            house.cookies[role] = session(house.app, name, role)  # type: ignore[arg-type]
    return made


def session(app: App, name: str, role: Role) -> str:
    """Make a user with a session and return its cookie."""
    users.add(app, name, "four plain words here", role, by="test")
    cookie, now = secrets.token_urlsafe(32), app.now()
    with app.db.write() as connection:
        account = stored.by_name(connection, name)
        assert account is not None
        stored.begin(
            connection,
            account.id,
            hashed(cookie),
            at=now,
            expires=now + timedelta(days=1),
            network="",
            agent="",
        )
    return cookie


def test_before_the_setup_there_is_no_page_of_the_desk_by_any_way(before: dict[tuple[str, str], int]) -> None:
    assert len(before) == 9 * 2 * (len(PAGES) + len(ACTS))
    assert {where: status for where, status in before.items() if status != 404} == {}


def test_after_it_a_stranger_must_sign_in_by_every_way(
    people: dict[str, House], houses: tuple[dict[str, House], list[Way]]
) -> None:
    for way in houses[1]:
        for headers in ({}, FORGED):
            for path in PAGES[:-1]:
                answer = way.ask(path, headers=headers, cookie="x" * 43)
                assert (answer.status, answer.headers["location"][:9]) == (303, "/sign-in?"), (way, path)
            for path in ACTS[:-1]:
                answer = way.ask(path, method="POST", form={"newsletter": "daily"}, headers=headers)
                assert answer.status == 403, (way, path)
            assert way.ask("/sign-in", headers=headers).status == 200


def test_after_it_each_role_sees_its_own_by_every_way(
    people: dict[str, House], houses: tuple[dict[str, House], list[Way]]
) -> None:
    wanted = {
        "viewer": {
            "/": 200,
            "/sessions": 200,
            "/reader": 403,
            "/people": 403,
            "/readers": 403,
            "/audit": 403,
        },
        "editor": {
            "/": 200,
            "/sessions": 200,
            "/reader": 200,
            "/people": 403,
            "/readers": 403,
            "/audit": 403,
        },
        "admin": {"/": 200, "/sessions": 200, "/reader": 200, "/people": 200, "/readers": 200, "/audit": 200},
    }
    for way in houses[1]:
        for role, pages in wanted.items():
            cookie = people[way.house].cookies[role]
            assert {path: way.ask(path, cookie=cookie).status for path in pages} == pages, (way.name, role)


def test_a_foreign_host_is_misdirected_and_no_redirect_leaves_the_site(
    houses: tuple[dict[str, House], list[Way]], people: dict[str, House]
) -> None:
    for way in houses[1]:
        if way.name != "nginx, plain":  # it passes 127.0.0.1 on, whatever was asked for
            assert way.ask("/sign-in", headers={"Host": "evil.example"}).status == 421, way.name
            assert way.ask("/health", headers={"Host": "evil.example"}).status == 200
        cookie = people[way.house].cookies["viewer"]
        for path in (
            "/sign-in?next=///evil.example",
            "/sign-in?next=/%5Cevil.example",
            "/sign-in?next=/%09/evil.example",
        ):
            assert way.ask(path, cookie=cookie).headers["location"] == "/"
        assert way.ask("/subscribe/daily/").headers["location"] == "/subscribe/daily"


def test_a_header_that_rotates_passes_no_limit_and_no_way_shuts_others_out(
    houses: tuple[dict[str, House], list[Way]],
) -> None:
    made, ways = houses
    by_name = {way.name: way for way in ways}

    def sign_ups(way: Way, count: int, source: str = "") -> list[int]:
        return [
            way.ask("/subscribe/daily", method="POST", form={"email": f"r{secrets.token_hex(4)}@example.net"},
                    headers={"X-Forwarded-For": source or f"198.51.100.{number}"}).status
            for number in range(count)
        ]  # fmt: skip

    assert sign_ups(by_name["nginx, by the README"], 6) == [200] * 4 + [429] * 2
    assert sign_ups(by_name["Caddy"], 1, "203.0.113.5") == [200], "another network is not shut out"
    plain = sign_ups(by_name["nginx, plain"], 44)
    assert plain == [200] * 40 + [429] * 4, "many, for it is everybody, but not without end"
    with made["bare"].app.db.read() as connection:
        told = connection.exec_driver_sql("SELECT recipient FROM outbox WHERE kind = 'alarm'").all()
    assert [row[0] for row in told] == ["ops@example.org"]


@pytest.mark.parametrize(
    ("name", "grade", "said"),
    [
        ("nginx, by the README", Grade.GREEN, "a forged one is not believed: we are seen as 127.0.0.2"),
        ("nginx, plain", Grade.AMBER, "a proxy that web.proxies does not name (127.0.0.1)"),
        ("nginx, by the README, not named", Grade.AMBER, "does not name (127.0.0.1)"),
        ("nginx, careless", Grade.RED, "a forged X-Forwarded-For is believed"),
    ],
)
def test_the_doctor_tells_the_ways_apart(
    houses: tuple[dict[str, House], list[Way]], people: dict[str, House], name: str, grade: Grade, said: str
) -> None:
    way = next(way for way in houses[1] if way.name == name)

    def visit(path: str, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        answer, url = way.ask(path, headers=headers), f"https://{NAME}{path}"
        if answer.status == 303:
            url = f"https://{NAME}{answer.headers['location']}"
            answer = way.ask(answer.headers["location"], headers=headers)
        return answer.status, url, answer.body

    stranger, known = desk.look(
        asked(visit, probe.path_of(people[way.house].app.links, people[way.house].app.now()))
    )
    assert (stranger.grade, stranger.words) == (Grade.GREEN, "a stranger must sign in")
    assert known.grade is grade, known
    assert said in known.words


def asked(visit: Callable[[str, Mapping[str, str]], tuple[int, str, bytes]], path: str) -> Setup:
    from tests.ops.test_doctor import setup

    return setup(visit=visit, probe=path)


def test_what_health_says_of_the_peer_is_for_our_own_question_only(
    houses: tuple[dict[str, House], list[Way]],
) -> None:
    way = houses[1][0]
    for path in ("/health", "/health?probe=x", "/health?probe="):
        assert way.ask(path).body == b'{"ok":true}'
    assert b'"peer"' in way.ask(probe.path_of(houses[0]["bare"].app.links, houses[0]["bare"].app.now())).body
