"""A mail's HTML as a device set to light or dark shows it, where none can be asked: in a frame, in a file. Pure."""

import re
from collections.abc import Mapping
from html import escape

_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
GROUND = {"dark": "#14161A", "light": "#FFFFFF"}
PHONE = 390  # CSS pixels, of most phones


def as_if(html: str, scheme: str) -> str:
    """Return *html* as a device set to *scheme* ("light" or "dark") shows it: its media query is answered.

    Nothing else is touched, and without a scheme nothing at all.
    """
    if scheme not in GROUND:
        return html
    answered = _DARK.sub("@media all" if scheme == "dark" else "@media not all", html)
    style = f"<style>:root{{color-scheme:{scheme};background:{GROUND[scheme]}}}</style></head>"
    return answered.replace("</head>", style, 1)


def framed(title: str, frames: Mapping[str, tuple[str, int]]) -> str:
    """Return a page that shows *frames*, (file beside it, width in pixels) by caption: the width answers queries."""
    shown = "".join(
        f'<figure><figcaption>{escape(caption)}</figcaption><iframe title="{escape(caption)}" '
        f'style="width:{width}px" src="{escape(file)}"></iframe></figure>'
        for caption, (file, width) in frames.items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><main>{shown}</main></body></html>"
    )


_STYLE = (
    ":root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}"
    "body{margin:24px;background:Canvas;color:CanvasText}h1{font:bold 22px/1.3 Georgia,serif;margin:0 0 16px}"
    "main{display:flex;flex-wrap:wrap;gap:24px;align-items:flex-start}"
    "figure{margin:0;max-width:100%}figcaption{margin:0 0 6px;color:GrayText}"
    "iframe{display:block;max-width:100%;height:844px;border:1px solid #8884;border-radius:4px;background:#fff}"
)
