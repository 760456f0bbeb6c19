"""What a page calls its article: the headline as it words it in several places, without the site's name."""

import re
from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser

from digest.articles.pages.lines import Outline
from digest.articles.pages.linked import Linked
from digest.articles.pages.metas import Metas
from digest.articles.text import plain

_PARTS = re.compile(r"\s+[|–—·»«•:-]+\s+|\s*[|_]\s*")
_HEADINGS = ("h1", "h2", "h3")


def titles(tree: LexborHTMLParser, linked: Linked, metas: Metas, outline: Outline) -> tuple[str, ...]:
    """Return the page's headlines as it words them in several places, the surest first."""
    title = _of_tab(tree)
    shown = [line.text for line in outline.lines if line.tag in _HEADINGS and line.apart < 3]
    h1 = outline.lines[outline.heading].text if outline.heading >= 0 else ""
    said = [
        linked.string("headline"),
        *metas.every("og:title")[:1],
        *metas.every("twitter:title", "dc.title", "dc:title")[:1],
    ]
    worded = [plain(text[:2_000]) for text in said]
    if any(worded):
        found = [*worded, h1, title]
    elif h1 and title and not _alike(h1, title):
        found = [_without_site(title, shown), h1, title]  # the first heading is some section's
    else:
        found = [h1, _without_site(title, shown), title]
    named = [
        _without_site(text, shown) if at == 0 else text
        for at, text in enumerate(text for text in found if text)
    ]
    return tuple(dict.fromkeys(text for text in named if text))


def named(tree: LexborHTMLParser, linked: Linked, metas: Metas) -> str:
    """Return all that a page's data call it, in one text."""
    return " ".join((linked.string("headline"), metas.first("og:title"), _of_tab(tree)))[:1_000]


def _of_tab(tree: LexborHTMLParser) -> str:
    node = tree.css_first("head title") or tree.css_first("title")
    return plain(node.text(deep=True)[:2_000]) if node else ""


def _alike(one: str, other: str) -> bool:
    """Return whether two titles have a third of the shorter one's words in common."""
    first, second = set(_words(one)), set(_words(other))
    return bool(first & second) and 3 * len(first & second) >= min(len(first), len(second))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _without_site(title: str, headings: Sequence[str]) -> str:
    """Return *title* without what follows the headline that the page shows: a site's name, a section."""
    key = _words(title)
    for heading in headings:
        words = _words(heading)
        if (
            1 < len(words) < len(key)
            and key[: len(words)] == words
            and _PARTS.search(title, max(0, len(heading) - 4))
        ):
            return heading
    return title
