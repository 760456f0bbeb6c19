"""Photographs of the mail for a person's eyes: `python -m tests.shots [folder]`, by default into out/.

Light, dark, phone, the widths between, right to left, pictures off. Needs playwright and Chromium.
"""

import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser, Route, sync_playwright

from digest.messages.render import rendered
from digest.messages.slots import filled
from tests.messages import sample

CHROMIUM = "/usr/bin/chromium"
SCHEMES = (
    ((24, 52, 86), (214, 168, 120)),
    ((58, 86, 74), (206, 214, 190)),
    ((92, 44, 40), (232, 190, 150)),
    ((40, 44, 60), (168, 182, 204)),
)


def scene(seed: int, size: tuple[int, int]) -> bytes:
    """Return a JPEG of a harbour at some hour: sky, hills, water, a few cranes."""
    width, height = size
    dark, light = SCHEMES[seed % len(SCHEMES)]
    picture = Image.new("RGB", size)
    draw = ImageDraw.Draw(picture)
    for row in range(height):
        part = min(row / (height * 0.62), 1.0)
        draw.line(
            [(0, row), (width, row)],
            fill=tuple(int(a + (b - a) * part) for a, b in zip(dark, light, strict=True)),
        )
    horizon = int(height * 0.62)
    for hill in range(3):
        shade = tuple(int(channel * (0.9 - hill * 0.22)) for channel in dark)
        top = horizon - int(height * (0.2 - hill * 0.06))
        steps = [
            (x, top + int(height * 0.07 * ((x * 7 + seed * 131 + hill * 977) % 97) / 97))
            for x in range(0, width + 60, 60)
        ]
        draw.polygon([(0, horizon), *steps, (width, horizon)], fill=shade)
    draw.rectangle([0, horizon, width, height], fill=tuple(int(channel * 0.8) for channel in dark))
    for crane in range(2 + seed % 3):
        x = int(width * (0.15 + 0.23 * crane + 0.03 * (seed % 5)))
        draw.rectangle([x, int(height * 0.3), x + width // 90, horizon], fill=(20, 22, 28))
        draw.line(
            [(x - width // 12, int(height * 0.34)), (x + width // 6, int(height * 0.3))],
            fill=(20, 22, 28),
            width=max(width // 160, 2),
        )
    out = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(width / 700)).save(out, "JPEG", quality=82)
    return out.getvalue()


def pictures(route: Route) -> None:
    """Answer a request for one of our crops: a leads to the wide ones, b to the square ones."""
    name = route.request.url.rsplit("/", 1)[1]
    size = (1280, 720) if name.startswith("a") else (256, 256)
    route.fulfill(body=scene(int(name[1:7], 16), size), content_type="image/jpeg")


def mails() -> Iterator[tuple[str, str]]:
    """Yield each sample's name and its HTML, filled."""
    plain = sample.look(pictures="none")
    cases = {
        "en": (sample.edition(), sample.newsletter()),
        "he": (sample.edition("he"), sample.newsletter("he")),
        "ar": (sample.edition("ar"), sample.newsletter("ar")),
        "short": (sample.edition(stories=3), sample.newsletter()),
        "plain": (sample.edition(), sample.newsletter(look=plain)),
        "note": (replace(sample.edition(stories=8), note=sample.NOTE), sample.newsletter(sections=())),
        "ad": (sample.sponsored(), sample.newsletter()),
        "ad-he": (sample.sponsored("he"), sample.newsletter("he")),
        "roundup": (sample.roundup(), sample.newsletter()),
    }
    for name, (edition, newsletter) in cases.items():
        made, _ = rendered(edition, newsletter, sample.SITE, nonce=sample.NONCE)
        yield name, filled(made.html, made.nonce, "html", sample.VALUES)


SHOTS = (
    ("en", 760, "light", True), ("en", 760, "dark", True), ("en", 390, "light", True), ("en", 390, "dark", True),
    ("en", 320, "light", True), ("en", 700, "light", True), ("en", 760, "light", False), ("en", 390, "light", False),
    ("he", 760, "light", True), ("he", 390, "dark", True), ("ar", 390, "light", True), ("short", 760, "light", True),
    ("plain", 760, "light", True), ("note", 760, "light", True), ("roundup", 760, "light", True), ("roundup", 390, "light", True),
    ("ad", 700, "light", True), ("ad", 390, "dark", True), ("ad-he", 700, "dark", True), ("ad-he", 390, "light", True),
)  # fmt: skip


def shoot(browser: Browser, folder: Path, html: str, shot: tuple[str, int, str, bool]) -> int:
    """Save one photograph and return how many pixels the page is wider than its window."""
    name, width, scheme, shown = shot
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page.route("**/*", pictures if shown else lambda route: route.abort())
    page.set_content(html, wait_until="load")
    page.screenshot(path=folder / f"{name}-{width}-{scheme}{'' if shown else '-off'}.png", full_page=True)
    wider: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.close()
    return wider


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out")
    folder.mkdir(parents=True, exist_ok=True)
    made = dict(mails())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for shot in SHOTS:
            if (wider := shoot(browser, folder, made[shot[0]], shot)) > 0:
                print(f"{shot}: {wider} px too wide")
        browser.close()
    print(f"{len(SHOTS)} photographs in {folder}")


if __name__ == "__main__":
    main()
