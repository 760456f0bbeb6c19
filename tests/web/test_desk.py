"""An editor's morning in Chromium: see, drag, retitle, drop, bring in, preview, approve, watch, report; the hand stays."""

import email
import os
import re
import shutil
import subprocess
from contextlib import suppress
from email import policy
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from digest.flows.newsroom import users
from tests.conftest import missing
from tests.loopback import site
from tests.waiting import until
from tests.web.house import House, house

expect.set_options(timeout=60_000)  # an act renders the mail anew: on a busy machine that takes its time
AXE = "axe-core@4.14.1"
LINK = re.compile(r"/(?:u|m|v)/[A-Za-z0-9_.-]+")
ARTICLE = """<!doctype html><html lang="en"><head><title>Lighthouse keeper retires</title>
<meta property="og:title" content="Lighthouse keeper retires after 41 years">
<meta property="og:description" content="The last lamp on the east mole goes over to a clock tonight.">
<meta property="article:published_time" content="2026-11-20T03:30:00Z"></head><body><h1>Lighthouse</h1></body></html>"""


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, fetched by npm for this run."""
    npm = shutil.which("npm")
    if not npm:
        missing("npm is not installed, so axe-core cannot be had")
    folder = tmp_path_factory.mktemp("axe")
    done = subprocess.run(
        [str(npm), "pack", "--silent", AXE], cwd=folder, capture_output=True, text=True, timeout=120
    )
    packed = sorted(folder.glob("*.tgz"))
    if done.returncode or not packed:
        missing(f"npm could not fetch {AXE}: {done.stderr[-200:]}")
    subprocess.run(["tar", "xzf", packed[0].name], cwd=folder, check=True)
    return (folder / "package" / "axe.min.js").read_text(encoding="utf-8")


def shot(page: Page, name: str) -> None:
    """Keep photographs for a person's eyes where DIGEST_SHOTS names a folder."""
    if not (folder := os.environ.get("DIGEST_SHOTS")):
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        for width in (1440, 390):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 960})
            page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=width == 390)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 960})


def checked(page: Page, axe: str, where: str) -> None:
    """Fail for what axe-core calls serious, in light and dark, and for a page that is wider than a phone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, {iframes: false, resultTypes: ['violations']})")
        bad = [
            (
                one["id"],
                [node["target"] for node in one["nodes"]][:4],
                [node["failureSummary"] for node in one["nodes"]][:1],
            )
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert not bad, (where, scheme, bad)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, where
    page.set_viewport_size({"width": 1440, "height": 960})
    page.wait_for_function("innerWidth === 1440")


AT = "([at, id]) => document.querySelectorAll('#draft ol[data-section=top] .story')[at]?.dataset.id === id"


def top(page: Page) -> list[str]:
    return page.locator("#draft ol[data-section=top] h3").all_inner_texts()


def drag(page: Page, row: int, to: int) -> None:
    """Drag the story at *row* of the top onto the upper edge of the one at *to*, as a hand does.

    A hand lets go when it sees the story lie where it should. Where it never does (Chromium may lose the start of a
    drag on a busy machine), it begins anew; a story that lay there when it was let go has to stay there.
    """
    moved = page.locator("#draft ol[data-section=top] .story").nth(row).get_attribute("data-id")
    for _ in range(3):
        if _held_over(page, moved or "", to):
            with page.expect_response(lambda answer: answer.url.endswith("/act"), timeout=60_000):
                page.mouse.up()  # what comes next finds the act done, however busy the machine is
            return
        page.mouse.up()
        page.reload()
    raise AssertionError(f"the story {moved} could not be dragged to place {to}")


def _held_over(page: Page, moved: str, to: int) -> bool:
    """Take the story *moved* and hold it over place *to*; return whether it lies there."""
    rows = page.locator("#draft ol[data-section=top] .story")
    rows.nth(to).scroll_into_view_if_needed()
    for _ in range(5):  # a page that is still being laid out may slip away under the pointer
        start = page.locator(f"#draft .story[data-id='{moved}'] .grip").bounding_box()
        assert start
        page.mouse.move(start["x"] + 6, start["y"] + 20)
        page.mouse.down()
        page.mouse.move(start["x"] + 10, start["y"] + 8, steps=4)
        with suppress(PlaywrightTimeout):
            page.wait_for_selector(f".story.held[data-id='{moved}']", timeout=500)
            break
        page.mouse.up()
    for again in range(40):
        over = rows.nth(to).bounding_box()
        assert over
        page.mouse.move(over["x"] + 40, over["y"] + 12, steps=14 if not again else 2)
        page.mouse.move(over["x"] + 42 + again % 3, over["y"] + 5, steps=4)
        with suppress(PlaywrightTimeout):  # longer than a row takes to slide aside
            page.wait_for_function(AT, arg=[to, moved], timeout=200)
            return True
    return False


def framed(page: Page, house: House) -> str:
    """Return the HTML of the preview as the server gives it."""
    answer = page.request.get(f"{house.at}/html")
    assert answer.ok
    return answer.text()


def against_the_checks(page: Page, house: House, reason: str) -> None:
    """Approve what a check stops, as an admin may."""
    page.goto(f"{house.at}/approve")
    page.fill("#override", reason)
    page.click("button:has-text('Approve all the same')")


def test_an_editors_morning(chromium: Browser, axe: str, tmp_path: Path) -> None:
    with site() as elsewhere, house(tmp_path / "house", near=f"127.0.0.1:{elsewhere.port}") as newsroom:
        elsewhere.put("/lighthouse", ARTICLE, Content_Type="text/html; charset=utf-8")
        page = newsroom.page(chromium)
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda problem: faults.append(str(problem)))

        # see the day
        page.goto(f"{newsroom.url}/")
        checked(page, axe, "front")
        page.click("text=Fri 20 Nov")
        expect(page.locator("#head")).to_contain_text("12 readers")
        expect(page.locator("#head")).to_contain_text("in 1 h 20 min")
        expect(page.locator("#bar")).to_contain_text("Nothing new since 04:40")
        assert page.locator("ol[data-section=bench] .story").count() <= 30
        shot(page, "day")
        checked(page, axe, "day")
        first, _, third, *_ = top(page)

        # the hand
        drag(page, 2, 0)
        expect(page.locator("#draft ol[data-section=top] h3").first).to_have_text(third)
        expect(page.locator("#draft ol[data-section=top] .story").first).to_contain_text("pinned 1")
        expect(page.locator(".head .line")).to_have_text(third)  # the subject follows the lead
        page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.fill(".sheet textarea.title", "The lead, in our own <b>words</b>")
        expect(page.locator(".sheet .hint").first).to_contain_text("33 characters")
        shot(page, "story")
        checked(page, axe, "story")
        page.click(".sheet button:has-text('Save') >> nth=0")
        expect(page.locator("#draft ol[data-section=top] h3").first).to_have_text(
            "The lead, in our own <b>words</b>"
        )
        expect(page.frame_locator("#mail").locator("h2.head")).to_have_text(
            "The lead, in our own <b>words</b>"
        )
        dropped = top(page)[1]
        assert dropped == first
        page.locator("#draft ol[data-section=top] .story").nth(1).locator("a.open").focus()
        page.keyboard.press("x")
        expect(page.locator("ol[data-section=bench] .story.gone")).to_contain_text(dropped)
        page.keyboard.press("z")
        expect(page.locator("ol[data-section=bench] .story.gone")).to_have_count(0)
        page.keyboard.press("Shift+Z")
        expect(page.locator("ol[data-section=bench] .story.gone")).to_contain_text(dropped)
        page.click("summary:has-text('Add a story')")
        page.fill("input[name=url]", f"{elsewhere.url}/lighthouse")
        page.click("button:has-text('Fetch and add')")
        expect(page.locator("ol[data-section=top]")).to_contain_text(
            "Lighthouse keeper retires after 41 years"
        )
        expect(page.frame_locator("#mail").locator("body")).to_contain_text(
            "Lighthouse keeper retires after 41 years"
        )
        page.fill("#l-subject", "Our own subject")
        page.click("button:has-text('Save lines')")
        expect(page.locator(".head .line")).to_have_text("Our own subject")

        # the previews
        for switch in ("Phone", "Dark", "Off"):
            page.click(f".switches >> text={switch}")
            expect(page.locator(f".switches a[aria-current]:has-text('{switch}')")).to_be_visible()
        expect(page.locator("#mail.phone.dark")).to_have_attribute("src", re.compile("images=off"))
        expect(page.frame_locator("#mail").locator("h2.head")).to_have_css("color", "rgb(242, 242, 239)")
        page.click(".switches >> text=Right to left")
        expect(page.locator("#mirrored")).to_contain_text("It goes out from left to right")
        expect(page.frame_locator("#mail").locator("html")).to_have_attribute("dir", "rtl")
        expect(page.frame_locator("#mail").locator("h2.head")).to_have_css("direction", "rtl")
        shot(page, "mirrored")
        page.click(".switches >> text=As sent")
        expect(page.frame_locator("#mail").locator("html")).to_have_attribute("dir", "ltr")
        page.click(".switches >> text=Text")
        expect(page.locator("#mail.text")).to_be_visible()
        expect(page.frame_locator("#mail").locator("body")).to_contain_text("Lighthouse keeper")
        page.click("text=Send me a test")
        expect(page.locator("#tested")).to_contain_text("the mail server has accepted the test")
        for name in ("history", "headers", "approve", "preview"):
            page.goto(f"{newsroom.at}/{name}")
            shot(page, name)
            checked(page, axe, name)
        tests = len(newsroom.mails())

        # preflight
        page.goto(f"{newsroom.at}/approve")
        expect(page.locator(".checks")).to_contain_text("Not looked at yet")
        page.click("button:has-text('Run the checks anew')", timeout=90_000)
        # the address in the mail carries the campaign's parameters, which that page does not know
        expect(page.locator(".checks .red")).to_have_count(1, timeout=90_000)
        expect(page.locator(".checks")).to_contain_text("leads to a page that is gone (404)")
        expect(page.locator("button:has-text('Approve revision')")).to_be_disabled()
        checked(page, axe, "preflight")
        shot(page, "preflight")

        # what is red stops it, but for an admin's reason, which is kept; then send, and watch
        against_the_checks(page, newsroom, "The page answers without the parameters")
        expect(page.locator("#head .state.approved")).to_be_visible()
        expect(page.locator(".frozen")).to_contain_text("Frozen")
        shot(page, "approved")
        checked(page, axe, "approved")
        hashed = page.locator("#mailed code").inner_text()
        seen = framed(page, newsroom)
        page.click("text=Send now…")
        page.click("button:has-text(' now')")
        expect(page.locator(".going")).to_contain_text("12 of 12")
        expect(page.locator("#head .state.sent")).to_be_visible()
        expect(page.locator("#head")).not_to_contain_text("stops it")
        expect(page.locator("#head")).to_contain_text("1 check red; it went all the same")
        shot(page, "sent")
        page.goto(f"{newsroom.at}/report")
        expect(page.locator(".multiples")).to_contain_text("100 % were accepted by the mail server")
        expect(page.locator("figure")).to_have_count(3)
        shot(page, "report")
        checked(page, axe, "report")
        page.goto(f"{newsroom.url}/reader?q=reader1@example.com")
        expect(page.locator(".ledger")).to_contain_text("accepted by the mail server")
        expect(page.locator(".ledger code")).to_have_text(hashed)  # of what she got, as in the preview
        shot(page, "reader")
        checked(page, axe, "reader")

        # what was seen is what arrived, but for the slots
        mails = newsroom.mails()
        assert len(mails) == tests + 12
        arrived = [email.message_from_bytes(mail.read_bytes(), policy=policy.default) for mail in mails]
        arrived = [mail for mail in arrived if "[Test]" not in mail["Subject"]]
        assert {mail["Subject"] for mail in arrived} == {"Our own subject"}
        for mail in arrived:
            body = mail.get_body(("html",))
            assert body is not None
            html = body.get_content().replace("\r\n", "\n")
            assert LINK.sub("/-", html).strip() == LINK.sub("/-", seen.replace("\r\n", "\n")).strip()
        assert hashed in page.request.get(newsroom.at).text()
        # wrong edition out: stopped, mended, approved anew, and told to exactly those who got it
        page.goto(newsroom.at)
        page.click("text=Wrong edition…")
        checked(page, axe, "correct")
        page.fill("#why", "The lead names the wrong harbor")
        page.click("button:has-text('Stop and correct')")
        expect(page.locator("#head .state.draft")).to_be_visible()
        page.fill("#l-subject", "Our own subject, mended")
        page.click("button:has-text('Save lines')")
        expect(page.locator(".head .line")).to_have_text("Our own subject, mended")
        against_the_checks(page, newsroom, "As before")
        expect(page.locator("#head .state.sent")).to_be_visible()  # nobody waits for the mended one
        page.goto(f"{newsroom.url}/audit")
        expect(page.locator("main")).to_contain_text("The page answers without the parameters")
        expect(page.locator("main")).to_contain_text("The lead names the wrong harbor")
        page.goto(f"{newsroom.at}/correct")
        page.fill("#words", "The barrier goes to the north harbor, not to the south.")
        shot(page, "correct")
        checked(page, axe, "tell")
        page.click("button:has-text('Send the correction to 12 readers')")
        expect(page.locator("main")).to_contain_text("Correction mail")
        until(lambda: len(newsroom.mails()) >= tests + 24, "every correction mail", 20)
        assert len(newsroom.mails()) == tests + 24
        assert [fault for fault in faults if "img-src 'none'" not in fault] == [], (
            "blocked pictures are meant"
        )
        page.close()


def test_the_pages_about_people_have_no_serious_finding(chromium: Browser, axe: str, tmp_path: Path) -> None:
    with house(tmp_path / "house", subscribers=3) as newsroom:
        page = chromium.new_page(viewport={"width": 1440, "height": 960})
        users.add(newsroom.app, "dana", "four plain words here", "admin", by="the test")
        page.goto(f"{newsroom.url}/sign-in")
        checked(page, axe, "sign-in")
        page.fill("[name=name]", "dana")
        page.fill("[name=password]", "four plain words here")
        page.click("main button")
        for name in ("sessions", "people", "audit", "readers"):
            answer = page.goto(f"{newsroom.url}/{name}")
            assert answer is not None
            assert answer.url.endswith(f"/{name}")
            assert answer.ok
            shot(page, name)
            checked(page, axe, name)
        page.close()


def test_the_hand_stays_when_news_comes_in(chromium: Browser, tmp_path: Path) -> None:
    with house(tmp_path / "house", subscribers=1) as newsroom:
        page = newsroom.page(chromium)
        page.goto(newsroom.at)
        before = top(page)
        drag(page, 2, 0)
        expect(page.locator("#draft ol[data-section=top] h3").first).to_have_text(before[2])
        newsroom.clock = newsroom.clock.replace(hour=5, minute=10)
        newsroom.collect()
        page.reload()
        expect(page.locator("#draft ol[data-section=top] h3").first).to_have_text(before[2])
        assert "As of 04:40" in page.locator("#bar").inner_text() or page.locator("#bar").inner_text()
        page.evaluate(
            "htmx.ajax('POST', document.querySelector('#act').action.replace('/act', '/apply'), {source: '#act', target: '#day', swap: 'outerHTML'})"
        )
        expect(page.locator("#said")).to_contain_text("Built with everything that has come in")
        expect(page.locator("#draft ol[data-section=top] h3").first).to_have_text(before[2])
        expect(page.locator("#draft ol[data-section=top] .story").first).to_contain_text("pinned 1")
        page.close()


LEAVES = "() => window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"


def test_the_browser_asks_before_it_leaves_an_act_that_is_on_its_way(
    chromium: Browser, tmp_path: Path
) -> None:
    with house(tmp_path / "house", subscribers=1) as newsroom:
        page = newsroom.page(chromium)
        held: list[Route] = []
        page.route("**/watch", lambda route: held.append(route))  # noqa: PLW0108 - it must be a function
        page.goto(newsroom.at)
        until(lambda: held or page.evaluate("0"), "the page to ask what is new")
        assert page.evaluate(LEAVES), "it asks by itself: nothing of the editor's is on its way"
        held.clear()
        page.route("**/act", lambda route: held.append(route))  # noqa: PLW0108 - it must be a function
        page.click("#draft ol[data-section=top] .story:nth-child(2) button:has-text('Drop')")
        page.wait_for_function(f"!({LEAVES})()")  # else the act would be lost
        until(lambda: held or page.evaluate("0"), "the act to be held on its way")
        held[0].continue_()
        expect(page.locator(".story.gone")).to_have_count(1)
        page.wait_for_function(f"({LEAVES})()")
        page.close()


def test_all_of_it_works_without_scripts_and_two_tabs_lose_nothing(chromium: Browser, tmp_path: Path) -> None:
    with house(tmp_path / "house", subscribers=1) as newsroom:
        one = newsroom.page(chromium, java_script_enabled=False)
        context = one.context
        two = context.new_page()
        one.goto(newsroom.at)
        two.goto(newsroom.at)
        title = top(one)[1]

        # the same story from two tabs: the second is shown what the first did, and its words are kept
        for tab in (one, two):
            tab.goto(newsroom.at)
            tab.click(f"a.open:has-text('{title[:30]}')")
        for tab, words in ((one, "The first tab's headline"), (two, "The second tab's headline")):
            tab.fill("textarea.title", words)
            tab.click(".sheet button:has-text('Save') >> nth=0")
            expect(tab.locator("body")).to_contain_text("The first tab's headline")
        tops = [tab.locator("#draft ol[data-section=top]") for tab in (one, two)]
        expect(tops[0]).to_contain_text("The first tab's headline")
        expect(two.locator("[role=alert]")).to_contain_text("Somebody was faster")
        expect(two.locator("[role=alert]")).to_contain_text("The first tab's headline")
        expect(two.locator("[role=alert]")).to_contain_text("The second tab's headline")
        two.click("text=Do mine all the same")
        expect(tops[1]).to_contain_text("The second tab's headline")
        two.goto(f"{newsroom.at}/history")
        assert two.locator("tbody tr").count() == 2
        two.click("button:has-text('Take back') >> nth=0")
        expect(tops[1]).to_contain_text("The first tab's headline")

        # a sponsor's block: refused in words, put in with its label, told in the history, gone with an empty form
        one.goto(newsroom.at)
        one.click("summary:has-text('Advertisement')")
        written = {"name": "Quay Bakery", "text": "Bread <i>until</i> noon", "url": "http://b.example"}
        for part, said in written.items():
            one.fill(f"#l-sponsor-{part}", said)
        one.click("text=Save lines")
        expect(one.locator("[role=alert]")).to_contain_text("It must be https://")
        expect(one.locator("[role=alert]")).to_contain_text("What you wrote is still here")
        for part, said in (written | {"url": "https://b.example/"}).items():
            one.fill(f"#l-sponsor-{part}", said)
        one.click("text=Save lines")
        expect(one.locator("details.sponsor")).to_contain_text("by ")
        shown = one.frame_locator("iframe").locator("body")
        expect(shown).to_contain_text("Advertisement · Quay Bakery")
        expect(shown).to_contain_text("Bread <i>until</i> noon")
        one.goto(f"{newsroom.at}/history")
        expect(one.locator("tbody tr").first).to_contain_text("put in the advertisement of Quay Bakery")
        one.goto(newsroom.at)
        for part in ("name", "text", "url"):
            one.fill(f"#l-sponsor-{part}", "")
        one.click("text=Save lines")
        expect(shown).not_to_contain_text("Advertisement")

        # an edition that changed a second ago is not approved unseen
        one.goto(f"{newsroom.at}/approve")
        two.goto(newsroom.at)
        two.click("ol[data-section=top] .story:nth-child(3) button:has-text('Drop')")
        expect(two.locator(".story.gone")).to_have_count(1)
        one.click("button:has-text('Approve revision')")
        expect(one.locator("[role=alert]")).to_contain_text("changed meanwhile")
        expect(one.locator(".diff")).to_contain_text("leaves top, place 3")
        one.click("button:has-text('Approve revision')")
        expect(one.locator("#head .state.approved")).to_be_visible()

        # and an approved one takes no acts until the approval is taken back
        two.click("ol[data-section=top] .story:nth-child(2) button:has-text('Drop')")
        expect(two.locator("[role=alert]")).to_contain_text("is approved, so it does not change any more")
        one.click("text=Undo approval")
        expect(one.locator("#head .state.draft")).to_be_visible()
        context.close()
