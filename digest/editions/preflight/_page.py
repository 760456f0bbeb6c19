"""The rendered HTML as a tree, its styles as lists: what several checks look at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lxml import html
from lxml.html import HtmlElement

Declaration = tuple[str, str]

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a stylesheet: under which *media* ("" for all), for which *selectors*, saying what."""

    media: str
    selectors: tuple[str, ...]
    declarations: tuple[Declaration, ...]


@lru_cache(maxsize=8)
def tree(text: str) -> HtmlElement:
    """Return the document; what stands in comments (Outlook's conditional parts) is not in it."""
    return html.document_fromstring(
        text.encode(), parser=html.HTMLParser(encoding="utf-8", remove_comments=True)
    )


def links(text: str) -> list[str]:
    """Return each web address that the mail links to, once, in reading order; open slots are none."""
    found = (str(each.get("href")) for each in tree(text).iter("a") if each.get("href"))
    return list(dict.fromkeys(each for each in found if each.lower().startswith(("http://", "https://"))))


def sheets(text: str) -> str:
    """Return all the stylesheets of the document in one."""
    found = (each.text_content() for each in tree(text).iter("style"))
    return _COMMENT.sub("", "\n".join(found))


def declarations(style: str) -> tuple[Declaration, ...]:
    """Return the (property, value) pairs of a style attribute or a rule's body, in lower case."""
    pairs = (each.partition(":") for each in style.split(";"))
    return tuple((name.strip().lower(), value.strip().lower()) for name, colon, value in pairs if colon)


def rules(sheet: str, media: str = "") -> Iterator[Rule]:
    """Yield the rules of *sheet* in order, those within @media with its condition."""
    for head, body in _blocks(sheet):
        if head.lower().startswith("@media"):
            yield from rules(body, head[6:].strip().lower())
        elif not head.startswith("@"):
            yield Rule(media, tuple(part.strip() for part in head.split(",")), declarations(body))


def _blocks(sheet: str) -> Iterator[tuple[str, str]]:
    """Yield (head, body) for each brace at the top level."""
    start = depth = opened = 0
    for at, mark in enumerate(sheet):
        if mark == "{":
            if depth == 0:
                opened = at
            depth += 1
        elif mark == "}" and depth:
            depth -= 1
            if depth == 0:
                yield sheet[start:opened].strip(), sheet[opened + 1 : at]
                start = at + 1
        elif mark == ";" and depth == 0:
            start = at + 1
