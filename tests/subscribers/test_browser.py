"""A reader's whole way in Chromium: in, choosing, out; in English and Hebrew, with scripts off and on.

With DIGEST_SHOTS set to a folder, every page is kept there as a picture: light, dark and on a phone.
"""

import os
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from starlette.applications import Starlette

from subscribers import pages
from subscribers.links import Links
from subscribers.schema import metadata
from subscribers.store import people
from tests.subscribers.conftest import KEY, Site
from tests.waiting import until

WORDS = {
    "en": {"newsletter": "daily", "in": "Check your inbox", "done": "You are subscribed", "saved": "Saved.", "out": "You are unsubscribed", "back": "Welcome back", "section": "city"},
    "he": {"newsletter": "boker", "in": "בדקו את תיבת הדוא״ל", "done": "נרשמתם", "saved": "נשמר.", "out": "הוסרתם מהרשימה", "back": "חזרתם", "section": "tarbut"},
}  # fmt: skip


@pytest.fixture
def served(site_on_sqlite: Site) -> Iterator[Site]:
    """The pages behind a real HTTP server on loopback."""
    site = site_on_sqlite
    listener = socket.create_server(("127.0.0.1", 0))
    site.links = Links([KEY], f"http://127.0.0.1:{listener.getsockname()[1]}")
    app = Starlette(routes=pages.reader_routes(site.settings))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: server.started, "the server")
    yield site
    server.should_exit = True
    thread.join(10)
    listener.close()


def shot(page: Page, name: str) -> None:
    folder = os.environ.get("DIGEST_SHOTS")
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        for width in (900, 390):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 760})
            page.screenshot(path=Path(folder) / f"{name}-{scheme}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 900, "height": 760})


def link(mail: dict[str, str], kind: str) -> str:
    found = re.search(rf"http://127\.0\.0\.1:\d+/{kind}/\S+", mail["text"])
    assert found, mail["text"]
    return found[0]


@pytest.mark.parametrize("language", ["en", "he"])
@pytest.mark.parametrize("scripts", [False, True], ids=["without-scripts", "with-scripts"])
def test_a_reader_comes_in_chooses_and_leaves(
    chromium: Browser, served: Site, language: str, scripts: bool
) -> None:
    words = WORDS[language]
    context = chromium.new_context(java_script_enabled=scripts)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: faults.append(request.url) if "127.0.0.1" not in request.url else None)

    page.goto(served.links.signup(words["newsletter"]))
    shot(page, f"{language}-1-subscribe")
    page.fill("#email", "dana@reader.example")
    served.later(seconds=5)
    page.click("button[type=submit]")
    assert page.inner_text("h1") == words["in"]
    shot(page, f"{language}-2-asked")

    page.goto(link(served.mails[-1], "c"))
    shot(page, f"{language}-3-confirm")
    page.click("button[type=submit]")
    assert page.inner_text("h1") == words["done"]
    shot(page, f"{language}-4-confirmed")

    page.click("main a[href*='/m/']")
    shot(page, f"{language}-5-preferences")
    page.uncheck(f"input[value={words['section']}]")
    page.click("button[type=submit] >> nth=0")
    assert page.inner_text("[role=status]") == words["saved"]
    assert not page.is_checked(f"input[value={words['section']}]")
    shot(page, f"{language}-6-saved")

    page.click("form:has(input[value=data]) button")
    page.goto(link(served.mails[-1], "d"))
    assert "dana@reader.example" in page.inner_text("main")
    shot(page, f"{language}-9-manage")

    page.goto(link(served.mails[-2], "u"))
    shot(page, f"{language}-7-leave")
    page.click("main button >> nth=0")
    assert page.inner_text("h1") == words["out"]
    shot(page, f"{language}-8-left")
    page.click("main button")
    assert page.inner_text("h1") == words["back"]
    assert faults == []
    context.close()


@pytest.mark.parametrize("width", [320, 390])
def test_no_page_scrolls_sideways_and_every_target_is_large_enough(
    chromium: Browser, served: Site, width: int
) -> None:
    reader = served.reader(name="Bartholomew Featherstonehaugh-Cholmondeley the Third of Somewhere Far Away")
    page = chromium.new_page(viewport={"width": width, "height": 700})
    links = served.links
    for url in (
        links.signup("daily"),
        links.signup("boker"),
        links.unsubscribe(reader, "daily"),
        links.preferences(reader, "daily"),
        links.confirm(reader, "daily", served.now),
        f"{links.site_url}/u/wrong",
    ):
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
        small = page.evaluate(
            """[...document.querySelectorAll("button,select,label.tick,input:not([type=hidden]):not([type=checkbox])")]
               .filter(each => !each.closest(".trap") && each.getBoundingClientRect().height < 44).map(each => each.outerHTML)"""
        )
        assert small == [], url
    page.close()


def test_a_browser_left_on_the_unsubscribe_page_changes_nothing(chromium: Browser, served: Site) -> None:
    """A scanner that runs scripts and stays for an hour, by the clock that the page sees."""
    reader = served.reader()

    def rows() -> list[Any]:
        with served.database.read() as connection:
            return [connection.execute(select(each)).all() for each in metadata.sorted_tables]

    before = rows()
    page = chromium.new_page()
    page.clock.install()
    page.goto(served.links.unsubscribe(reader, "daily"))
    assert not page.locator(
        "meta[http-equiv=refresh i]"
    ).count()  # the one timer that this clock does not drive
    page.mouse.move(100, 100)
    page.keyboard.press("Tab")
    page.clock.fast_forward("01:00:00")
    page.wait_for_load_state("networkidle")
    page.close()
    assert rows() == before
    with served.database.read() as connection:
        wish = people.find_subscription(connection, reader, "daily")
    assert wish is not None
    assert wish.state == "active"
