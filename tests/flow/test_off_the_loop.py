"""No database call is made in the event loop's own thread: while it waits, nobody is served and nothing is sent."""

import asyncio
import os
import signal
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from digest.app import App
from digest.flows.collect import collect
from digest.flows.edition import build
from digest.flows.newsroom import users
from digest.flows.sending import outbox, send
from digest.serve import serve
from tests.flow.day import DEAD, NEWSLETTER, Day
from tests.loops import watched
from tests.waiting import until
from tests.web.site import PASSWORD, all_routes, served

PAGES = (
    "/health", "/", "/sign-in", "/desk", f"/subscribe/{NEWSLETTER}", f"/archive/{NEWSLETTER}", "/v/nothing", "/m/nothing",
    "/u/nothing", "/c/nothing", "/p/nothing.jpg", "/setup/nothing", "/people", "/readers", "/audit", "/sessions",
)  # fmt: skip


@pytest.fixture
def offences() -> Iterator[set[str]]:
    with watched() as found:
        yield found


def late(tmp_path: Path) -> Day:
    """A newsroom that is an hour late today, with news, readers and a page for each."""
    now = datetime.now(UTC)
    due = now - timedelta(hours=1)
    day = Day(
        tmp_path, (due - timedelta(days=1)).replace(tzinfo=None).isoformat(), look={"pictures": "none"},
        schedule={"time": f"{due:%H:%M}", "freshness": "20h"},
    )  # fmt: skip
    day.clock.at = due - timedelta(hours=2)
    day.ring()
    day.subscribe(3)
    day.write(
        1, "Council votes for the harbor wall", (now - timedelta(hours=3)).replace(tzinfo=None).isoformat()
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = day.config.web.model_copy(update={"port": port})
    site = day.config.site.model_copy(update={"url": f"http://127.0.0.1:{port}"})
    day.config = day.config.model_copy(update={"web": web, "site": site})
    day.app = App(day.config, day.db)
    return day


def asked(url: str, data: bytes | None = None) -> int:
    try:
        return int(urllib.request.urlopen(urllib.request.Request(url, data), timeout=20).status)
    except urllib.error.HTTPError as problem:
        return problem.code


def visited(day: Day) -> None:
    """Open every page as a stranger, and sign up."""
    base = day.config.site.url
    statuses = {page: asked(base + page) for page in PAGES}
    assert all(status < 500 for status in statuses.values()), statuses
    form = urllib.parse.urlencode({"email": "new@example.net", "address": "new@example.net"}).encode()
    assert asked(f"{base}/subscribe/{NEWSLETTER}", form) < 500
    form = urllib.parse.urlencode({"name": "nobody", "password": "no password at all"}).encode()
    assert asked(f"{base}/sign-in", form) < 500


def test_serving_makes_no_database_call_in_the_loop(tmp_path: Path, offences: set[str]) -> None:
    day = late(tmp_path)
    problems: list[BaseException] = []

    def guest() -> None:
        try:
            visited(day)
            until(lambda: len(day.mails()) >= 3, "the three mails of the day", 60)
        except BaseException as problem:
            problems.append(problem)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    async def run() -> None:
        started = asyncio.Event()
        running = asyncio.create_task(serve(day.app, announce=started))
        await started.wait()
        threading.Thread(target=guest).start()
        await running

    asyncio.run(run())
    assert problems == []
    assert len(day.mails()) >= 3, "the day's edition went out meanwhile"
    assert offences == set()


def test_sending_and_collecting_make_no_database_call_in_the_loop(tmp_path: Path, offences: set[str]) -> None:
    day = late(tmp_path)
    anyio.run(lambda: collect.collect(day.app, force=True))
    day.ring()
    day.ring()
    saved = day.edition(f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%d}")
    assert saved is not None
    anyio.run(lambda: outbox.test(day.app, saved.id, ["dana@example.org"]))
    anyio.run(lambda: send.send(day.app, saved.id))
    assert len(day.mails()) == 4
    assert offences == set()


def test_no_page_of_the_desk_makes_a_database_call_in_the_loop(tmp_path: Path, offences: set[str]) -> None:
    day = Day(tmp_path, "2026-03-04T04:00", look={"pictures": "none"})
    day.write(1, "Council votes for the harbor wall", "2026-03-04T03:00")
    day.write(2, "Ferry line opens to the islands", "2026-03-04T03:10")
    day.subscribe(2)
    day.collect()
    assert build.build(day.app, NEWSLETTER).saved
    users.add(day.app, "ada", PASSWORD, "admin", by="test")
    site = served(day.app, day.clock)
    ada = site.signed_in("ada")
    fields = {"do": "drop 2", "seen": "0", "to": "dana@example.org", "name": "nobody", "url": f"{DEAD}/3"}
    ending = ("/sign-out", "/sessions/end")  # after these, the rest would be refused
    routes = sorted(all_routes(site), key=lambda one: (one[0] == "POST", one[1].endswith(ending), one[1]))
    for method, path, _ in routes:
        answer = ada.post(path, fields) if method == "POST" else ada.client.request(method, path)
        assert answer.status_code < 500, f"{method} {path}"
    assert {"GET", "POST"} <= {method for method, _, _ in routes}
    assert offences == set()


def test_a_call_in_the_loop_is_found(tmp_path: Path, offences: set[str]) -> None:
    day = Day(tmp_path, "2026-03-04T08:00")

    async def wrongly() -> None:
        with day.db.read():
            pass

    anyio.run(wrongly)
    assert offences
