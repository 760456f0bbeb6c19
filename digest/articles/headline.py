"""Has the publisher given an article a new headline, or does the page merely word it otherwise?"""

import re
import unicodedata
from datetime import datetime

from rapidfuzz import fuzz

from digest.articles.clean import LONGEST_TITLE
from digest.articles.page import Page
from digest.articles.text import cut

ALIKE = 90.0  # per cent of likeness: a comma, a quotation mark, a shortened end
_ENOUGH = 24  # letters: a headline's beginning as long as this is the headline, cut short
_PARTS = re.compile(r"\s+[|–—·»-]+\s+|\s*:\s+")


def renewed(known: str, page: Page, seen_at: datetime) -> str:
    """Return the page's new headline for an article that we know as *known*, "" when it has none.

    A page words its headline in several places, for search engines, for sharing and for readers: one that
    is still ours means that nothing changed. Else the page must have been changed after *seen_at*, when we
    learned our title; one that does not say when must word the new headline alike in two places, or have
    a single one.
    """
    titles = [cut(_bare(title, page.site), LONGEST_TITLE) for title in page.titles]
    if not titles or any(same(known, title) for title in (*titles, *page.titles)):
        return ""
    if page.modified is not None:
        return titles[0] if page.modified > seen_at else ""
    agreed = [title for title in titles if sum(same(title, other) for other in titles) > 1]
    return agreed[0] if agreed else titles[0] if len(titles) == 1 else ""


def same(one: str, other: str) -> bool:
    """Say whether two headlines are one: but for case, punctuation, a cut end and small repairs."""
    one, other = _folded(one), _folded(other)
    shorter, longer = sorted((one, other), key=len)
    if not shorter:
        return not longer
    if len(shorter) >= _ENOUGH and longer.startswith(shorter):
        return True
    return fuzz.ratio(one, other) >= ALIKE


def _bare(title: str, site: str) -> str:
    """Return *title* without the site's name at either end."""
    parts = _PARTS.split(title)
    if len(parts) < 2 or not site:
        return title
    if same(parts[-1], site):
        return title[: title.rindex(parts[-1])].rstrip(" |–—·»:-")
    if same(parts[0], site):
        return title[len(parts[0]) :].lstrip(" |–—·»:-")
    return title


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(mark if mark.isalnum() else " " for mark in text).split())
