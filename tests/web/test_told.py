"""What the desk tells: who has which revision, how late it is, and what did not run; read from the ledger and the clock."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from digest.flows.edition import approve, correct, edit
from digest.model.choice import Retitle
from digest.store import editions
from tests.waiting import until
from tests.web.house import NAME, House, house
from tests.web.test_desk import shot

expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> House:  # type: ignore[misc]
    with house(tmp_path_factory.mktemp("told") / "house", subscribers=20) as made:
        yield made  # type: ignore[misc]


def text(page: Page, query: str) -> str:
    return " ".join(page.locator(query).first.inner_text().split())


def test_what_the_desk_tells(newsroom: House, chromium: Browser) -> None:
    page = newsroom.page(chromium)
    _late(newsroom, page)
    _asks(newsroom, page)
    _corrected(newsroom, page)


def _late(newsroom: House, page: Page) -> None:
    """Past its hour and unapproved: red everywhere; checks that have not run: amber."""
    page.goto(newsroom.at)
    expect(page.locator(".answers a.amber")).to_contain_text("not run")
    assert not page.locator(".answers a.green").count()
    before = newsroom.clock
    schedule = newsroom.app.config.newsletters[NAME].schedule
    newsroom.clock = before.replace(hour=schedule.time.hour, minute=schedule.time.minute) + timedelta(
        minutes=12
    )
    for where, at in (
        ("day", newsroom.at),
        ("front", f"{newsroom.url}/"),
        ("approve", f"{newsroom.at}/approve"),
    ):
        page.goto(at)
        assert page.title().startswith("LATE"), where
        expect(page.locator(".dot.red", has_text="late by 12 min").first).to_contain_text("to the deadline")
        shot(page, f"late-{where}")
    newsroom.clock = before


def _asks(newsroom: House, page: Page) -> None:
    """Send now asks, naming readers and how early."""
    assert approve.approve(newsroom.app, NAME, newsroom.day, by="dana", override="a trial").approved
    page.goto(newsroom.at)
    page.click("text=Send now…")
    expect(page.locator("h1")).to_have_text("Send it to 20 readers now?")
    expect(page.locator(".sum")).to_contain_text("early")
    shot(page, "send")
    page.eval_on_selector("input[name=revision]", "field => { field.value = 999; }")  # an old page
    page.click("button:has-text('Send to 20 readers now')")
    expect(page.locator(".word.red")).to_contain_text("Look at what goes out")
    page.click("button:has-text('Send to 20 readers now')")
    expect(page.locator(".head .state.sent")).to_be_visible()
    expect(page.locator(".going")).to_contain_text("20 of 20")
    page.goto(f"{newsroom.url}/")
    assert newsroom.day.strftime("%-d %B") not in text(
        page, ".facts"
    )  # it is out: the next one is another day's


def _corrected(newsroom: House, page: Page) -> None:
    """All 20 have the wrong one: every page says so, until those readers are told."""
    app, day = newsroom.app, newsroom.day
    page.goto(newsroom.at)
    page.click("text=Wrong edition…")
    page.fill("#why", "The mayor did not resign")
    page.click("button:has-text('Stop and correct')")
    expect(page.locator(".steps li")).to_have_text(
        [re.compile("Mend it and approve it"), re.compile("Tell those who")]
    )
    shot(page, "stopped")
    with app.db.read() as connection:
        saved = editions.get(connection, NAME, day)
        assert saved is not None
        first = editions.lines(connection, saved.id, saved.revision)[0].article
    old = saved.revision
    assert edit.act(app, NAME, day, [Retitle(first, "The mayor stays")], by="dana", seen=10**6).done
    assert approve.approve(app, NAME, day, by="dana", override="a trial").approved
    spread = f"r{old}: 20, r{old + 1}: 0"
    page.goto(newsroom.at)
    expect(page.locator(".head .answers")).to_contain_text(spread)
    expect(page.locator(".frozen")).to_contain_text("nobody has these bytes")
    expect(page.locator(".going")).to_contain_text(spread)
    assert "20 of 20" not in page.locator("body").inner_text()
    expect(page.locator(".steps li.done")).to_have_count(1)
    shot(page, "mended")
    page.click("text=Write to them…")
    page.fill("#words", "This morning we wrote that the mayor resigns. She stays.")
    page.click("button:has-text('Send the correction to 20 readers')")
    until(lambda: not correct.status(app, NAME, day).reach.steps, "the correction mails")
    page.goto(newsroom.at)
    expect(page.locator(".head .answers")).to_contain_text(f"{spread}, correction: 20")
    assert not page.locator(".steps").count()  # both are done
    page.goto(f"{newsroom.at}/report")
    expect(page.locator("main")).to_contain_text("This morning we wrote that the mayor resigns.")
    expect(page.locator("main")).to_contain_text("20 of 20")
    shot(page, "report")
    mail = next(file for file in newsroom.mails() if b"Subject: Correction" in file.read_bytes())
    said = mail.read_bytes().decode("utf-8", "replace").replace("=\r\n", "")
    assert re.search(r">\s*Correction\s*</p>", said)
    assert "\r\nCORRECTION\r\n" in said
    wrong = next(file for file in newsroom.mails() if b"Subject: Correction" not in file.read_bytes())
    link = re.search(
        r"/v/[A-Za-z0-9_.-]+", wrong.read_bytes().decode("utf-8", "replace").replace("=\r\n", "")
    )
    assert link
    page.goto(newsroom.url + link[0])
    at = newsroom.clock.astimezone(app.config.newsletters[NAME].schedule.tz)
    expect(page.locator(".was-corrected")).to_contain_text(
        f"Corrected {at.day} {at:%b} {at:%H:%M}: This morning we"
    )
    shot(page, "public")
    page.click("text=Read the corrected edition")
    page.goto(f"{newsroom.url}/reader?q=reader1@example.com")
    expect(page.locator(".ledger")).to_contain_text("Correction mail")
