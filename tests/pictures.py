"""Take the README's pictures from a running `digest demo --serve`: `python -m tests.pictures`."""

import re
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

SITE = "http://127.0.0.1:8000"
FOLDER = Path(__file__).parents[1] / "docs" / "images"


def shot(browser: Browser, url: str, name: str, *, width: int, height: int, dark: bool = False) -> None:
    """Keep the page at *url* as a small PNG."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        device_scale_factor=1,
    )
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(200, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG).save(
        FOLDER / f"{name}.png", optimize=True
    )
    context.close()


def main() -> None:
    """Take them all; the editions' addresses are read from the archive pages."""
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        mails = {}
        for name in ("morning", "minutes", "boker"):
            page.goto(f"{SITE}/archive/{name}")
            found = re.search(rf'href="({SITE}/v/[^"]+)"', page.content())
            if found is None:
                sys.exit(f"{name}: no edition; is `digest demo --serve` up?")
            mails[name] = found[1]
        page.goto(SITE)
        desk = re.search(r'href="(/desk/morning/[\d-]+)"', page.content())
        shot(browser, mails["morning"], "mail-light", width=640, height=1250)
        shot(browser, mails["morning"], "mail-dark", width=640, height=1250, dark=True)
        shot(browser, mails["morning"], "mail-phone", width=390, height=1250)
        shot(browser, mails["minutes"], "mail-briefing", width=640, height=1250)
        shot(browser, mails["boker"], "mail-hebrew", width=640, height=1250)
        if desk is not None:
            shot(browser, SITE + desk[1], "desk", width=1440, height=900)
        browser.close()


if __name__ == "__main__":
    main()
