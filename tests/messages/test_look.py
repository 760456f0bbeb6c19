"""The mail in a real browser: nothing scrolls sideways, dark is dark, pictures may fail, right is left."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from digest.messages.render import rendered
from digest.messages.slots import filled
from digest.model import Composition
from tests.conftest import missing
from tests.messages import sample
from tests.messages.test_sections import pictured

CHROMIUM = "/usr/bin/chromium"
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        missing("Chromium is not installed (Debian: chromium)")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


def opened(
    browser: Browser,
    language: str = "en",
    width: int = 390,
    scheme: str = "light",
    *,
    edition: Composition | None = None,
    look: str = "default",
    layout: str = "list",
) -> Page:
    edition = edition or (sample.roundup() if language == "roundup" else sample.edition(language))
    newsletter = sample.newsletter(edition.language, look=sample.look(template=look))
    colour = "#8A3324" if layout != "list" else None
    rules = tuple(one.model_copy(update={"layout": layout, "colour": colour}) for one in newsletter.sections)
    changed = newsletter.model_copy(update={"sections": rules})
    one, _ = rendered(edition, changed, sample.SITE, nonce=sample.NONCE)
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page.route("**/*", lambda route: route.abort())
    page.set_content(filled(one.html, one.nonce, "html", sample.VALUES))
    return page


def style(page: Page, selector: str, what: str) -> str:
    return str(page.eval_on_selector(selector, f"element => getComputedStyle(element)['{what}']"))


@pytest.mark.parametrize("language", ["en", "he", "roundup"])
def test_nothing_scrolls_sideways_from_320_to_700_pixels(browser: Browser, language: str) -> None:
    page = opened(browser, language)
    for width in (320, 360, 390, 480, 640, 700):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize(
    ("look", "layout"),
    [
        ("briefing", "list"),
        ("magazine", "list"),
        ("paper", "cards"),
        ("paper", "thumbnails"),
        ("paper", "briefs"),
    ],
)
@pytest.mark.parametrize("language", ["en", "he"])
def test_no_look_and_no_layout_scrolls_sideways(
    browser: Browser, language: str, look: str, layout: str
) -> None:
    edition = pictured(sample.edition(language))
    page = opened(browser, language, edition=edition, look=look, layout=layout)
    for width in (320, 390, 500, 640, 900):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
    page.close()


def test_dark_mode_is_dark_and_the_page_is_in_standards_mode(browser: Browser) -> None:
    page = opened(browser, scheme="dark")
    assert page.evaluate("document.compatMode") == "CSS1Compat"
    assert style(page, "body", "backgroundColor") == "rgb(13, 15, 18)"
    assert style(page, "h2.head a", "color") == "rgb(242, 242, 239)"
    assert style(page, "p.dek", "color") == "rgb(213, 215, 218)"
    assert style(page, "p.kick", "color") == "rgb(124, 184, 238)"
    page.close()


def test_with_pictures_off_their_place_is_kept(browser: Browser) -> None:
    page = opened(browser, width=640)
    boxes = page.eval_on_selector_all("img", "all => all.map(one => [one.clientWidth, one.clientHeight])")
    assert boxes[0] == [592, 333]
    assert all(box == [128, 128] for box in boxes[1:])
    page.close()


def test_list_pictures_stay_small_beside_the_text_on_a_phone(browser: Browser) -> None:
    page = opened(browser, width=320)
    boxes = page.eval_on_selector_all("td.side img", "all => all.map(one => one.clientWidth)")
    assert set(boxes) == {96}
    page.close()


def test_touch_targets_are_44_pixels_high_on_a_phone(browser: Browser) -> None:
    page = opened(browser, width=390)
    heights = page.eval_on_selector_all(
        ".tap, .row h3 a", "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert len(heights) > 10
    assert min(heights) >= 44
    page.close()


def test_hebrew_reads_from_the_right_and_its_pictures_stand_left(browser: Browser) -> None:
    page = opened(browser, "he", 640)
    side = page.eval_on_selector("td.side img", "one => one.getBoundingClientRect().left")
    text = page.eval_on_selector("td h3.story", "one => one.getBoundingClientRect().right")
    assert side < 40
    assert text > 600
    assert style(page, "h2.head", "direction") == "rtl"
    assert style(page, "h2.head", "textAlign") in ("right", "start")
    page.close()
