"""What stands with a link on a front page: its teaser, its picture, its time."""

import re
from datetime import datetime
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from digest.articles import dates, urls
from digest.articles.lead import SMALLEST
from digest.articles.text import cut, line
from digest.model import Media

_LAZY = ("data-src", "data-lazy-src", "data-original", "data-url")


_PLACEHOLDER = re.compile(
    r"placeholder|/blank\.|spacer|transparent|[/_-]1px|1x1\.gif|\.svg$|/pixel", re.IGNORECASE
)


def words(node: LexborNode) -> str:
    """Return the text of *node* in one line."""
    return line(node.text(deep=True, separator=" ")[:2_000])


def teaser(card: LexborNode, title: str) -> str:
    """Return the text that stands with a headline, as markup; "" where there is none."""
    for node in card.css(
        "p, [class*='teaser'], [class*='summary'], [class*='standfirst'], [class*='description']"
    )[:12]:
        if node.tag != "p" and node.css_first("h1, h2, h3, h4, h5, h6, p, script, style") is not None:
            continue
        text = words(node)
        if len(text) >= 40 and title not in text and text not in title:
            return f"<p>{cut(text, 1_000).replace('&', '&amp;').replace('<', '&lt;')}</p>"
    return ""


def time(card: LexborNode) -> datetime | None:
    node = card.css_first("time[datetime]")
    return dates.moment((node.attributes.get("datetime") or "")[:60], {}) if node is not None else None


def picture(card: LexborNode, url: str) -> Media | None:
    for node in card.css("img")[:4]:
        said = {name: value or "" for name, value in node.attributes.items()}
        offered = [said.get(name, "") for name in (*_LAZY, "src")]
        offered.insert(0, _widest(said.get("srcset") or said.get("data-srcset") or ""))
        source = next((text for text in offered if text and not text.startswith("data:")), "")
        width = said.get("width", "")
        pixels = int(width) if width.isascii() and width.isdigit() and len(width) < 5 else SMALLEST
        place = urls.absolute(source, url) if source else ""
        if place and pixels >= 60 and not _PLACEHOLDER.search(urlsplit(place).path):
            return Media(
                url=place,
                alt=said.get("alt", ""),
                width=pixels if width.isdigit() and pixels >= SMALLEST else None,
            )
    return None


def _widest(srcset: str) -> str:
    """Return the widest picture of a `srcset` up to 1600 pixels, "" where it has none."""
    found = [part.strip().split() for part in re.split(r",\s+", srcset[:5_000]) if part.strip()]
    sized = [
        (int(one[1][:-1]), one[0]) for one in found if len(one) == 2 and re.fullmatch(r"\d{1,5}w", one[1])
    ]
    fitting = [one for one in sized if one[0] <= 1600]
    return max(fitting, default=(0, found[0][0] if found else ""))[1]
