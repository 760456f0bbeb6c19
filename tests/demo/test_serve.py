"""`digest demo --serve` as a visitor plays with it: sign up, confirm, choose, approve, watch, and leave in three ways."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from digest.demo.report import WIDTH
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timed]

CHOSEN = {"culture", "science"}
WAYS = ("link", "click", "mail")


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[str], Path]]:
    """The addresses that the demo prints, in their order, and its folder; it ends by Ctrl-C, without a fault."""
    folder = tmp_path_factory.mktemp("served") / "demo-run"
    command = [sys.executable, "-m", "digest", "demo", "--serve", "--folder", str(folder)]
    with (folder.parent / "events").open("w") as events:
        demo = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=events, text=True, env={**os.environ, "COLUMNS": "80"}
        )
    assert demo.stdout is not None
    said = []
    try:
        for line in demo.stdout:
            said.append(line.rstrip("\n"))
            if "Try" in said and said[-1].endswith("above it."):
                break
        told = "\n".join(said)
        assert "It is a draft, due at" in told, told
        assert "Open until Ctrl-C" in told, told
        assert max(len(line) for line in said if str(folder) not in line) <= WIDTH + 1
        yield re.findall(r"^  (http://\S+)$", told, re.MULTILINE), folder
    finally:
        demo.send_signal(signal.SIGINT)
        demo.stdout.read()
        code = demo.wait(40)
        demo.stdout.close()
    assert code == 0, (folder.parent / "events").read_text()[-3000:]


def mail_to(page: Page, mailbox: str, address: str) -> None:
    """Open the newest mail that was caught for *address*."""
    newest = page.locator("td a").first

    def came() -> int:
        page.goto(f"{mailbox}?to={address}")
        return newest.count()

    until(came, f"a mail for {address}", 15)
    newest.click()


def signed_up(page: Page, paper: str, mailbox: str, address: str) -> None:
    """Sign *address* up by the form that the paper pasted into its page, and confirm from the caught mail."""
    page.goto(paper)
    page.fill("aside input[type=email]", address)
    page.click("aside button")
    expect(page.locator("h1")).to_have_text("Thank you")
    assert page.url == f"{paper}thanks"
    mail_to(page, mailbox, address)
    link = page.frame_locator("iframe").locator("a[href*='/confirm/'], a[href*='/c/']").first
    with page.expect_popup() as opened:
        link.click()
    opened.value.click("button:has-text('Yes, send me')")
    expect(opened.value.locator("h1")).to_have_text("You are subscribed")
    opened.value.click("text=Choose your sections")
    for tick in opened.value.locator("input[name=section]").all():
        tick.set_checked(tick.get_attribute("value") in CHOSEN)
    opened.value.click("button:has-text('Save')")
    expect(opened.value.locator("[role=status]")).to_have_text("Saved.")
    opened.value.close()


def caught(folder: Path, address: str) -> list[dict[str, str]]:
    rows = (folder / "mails" / "envelopes.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, rows) if row["to"] == address]


def test_a_visitor_signs_up_chooses_approves_and_leaves_in_three_ways(
    chromium: Browser, doors: tuple[list[str], Path]
) -> None:
    (link, paper, sign_up, mailbox), folder = doors
    page = chromium.new_page(viewport={"width": 1440, "height": 960})
    page.set_default_timeout(20_000)

    # the desk is ready to play with: a draft, a bench, time to go, and nothing sent
    page.goto(link)
    page.click("button:has-text('Open the desk')")
    expect(page.locator("#head .state.draft")).to_be_visible()
    desk = page.url
    page.goto(link)  # once more: on to the desk, as the session is there
    expect(page.locator("nav .who")).to_contain_text("demo")
    page.goto(desk)
    expect(page.locator("#head")).to_contain_text(re.compile(r"in 1 h \d+ min|in 90 min"))
    assert page.locator("ol[data-section=bench] .story").count() >= 5
    assert page.goto(sign_up).ok  # type: ignore[union-attr]
    assert not caught(folder, "ada@readers.example")

    # in by the pasted form, and confirmed from the caught mail
    people = {way: f"visitor-{way}@readers.example" for way in WAYS}
    for address in people.values():
        signed_up(page, paper, mailbox, address)

    # approve, send, watch, and read what became of it
    page.goto(f"{desk}/approve")
    page.click("button:has-text('Approve revision')")
    expect(page.locator("#head .state.approved")).to_be_visible()
    page.click("text=Send now…")
    page.click("button:has-text(' now')")
    expect(page.locator(".going")).to_contain_text("23 of 23", timeout=30_000)
    expect(page.locator("#head .state.sent")).to_be_visible()
    page.goto(desk)
    expect(page.locator("#head")).to_contain_text("Went out")
    expect(page.locator("#head")).not_to_contain_text("in 1 h")
    page.goto(f"{desk}/report")
    expect(page.locator(".multiples")).to_contain_text("100 % were accepted by the mail server")

    # each got the top stories and the chosen sections, and no other; and leaves in a way of their own
    for way, address in people.items():
        assert len(caught(folder, address)) == 3, "the question, the welcome, and one edition"
        mail_to(page, mailbox, address)
        body = page.frame_locator("iframe").locator("body")
        for title, wanted in (("Culture", True), ("Science", True), ("Business", False), ("Sport", False)):
            expect(body.get_by_role("heading", name=title, exact=True)).to_have_count(int(wanted))
        if way == "mail":
            page.click("button:has-text('Unsubscribe by mail')")
            expect(page.locator("h1")).to_have_text("Unsubscribed by mail")
        else:
            with page.expect_popup() as opened:
                if way == "link":
                    body.get_by_role("link", name="Unsubscribe").first.click()
                else:
                    page.click("button:has-text('Unsubscribe with one click')")
            if way == "link":
                opened.value.click("button:has-text('Unsubscribe')")
            expect(opened.value.locator("body")).to_contain_text(re.compile("no longer|unsubscribed", re.I))
            opened.value.close()
        page.goto(f"{desk.split('/desk')[0]}/readers?search={address}")
        expect(page.locator("main")).to_contain_text("ended")
    page.close()
