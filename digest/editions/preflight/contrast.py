"""The contrast: every text can be read on its ground, in the light and in the dark (WCAG 2.2, 1.4.3).

Colours are followed through the inline styles and, for the dark, through the rules under
`prefers-color-scheme: dark`. A colour written in a way that is not understood is passed over.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from lxml.html import HtmlElement

from digest.editions.preflight import Finding, Proof
from digest.editions.preflight._page import Declaration, Rule, declarations, rules, sheets, tree
from digest.model.colour import READABLE, contrast

OWNER = "admin"
GOOD = "Every text stands out from its ground, light and dark."

ENOUGH, LARGE, INVISIBLE = READABLE, 3.0, 1.3
NAMED = {"white": "#ffffff", "black": "#000000"}
Colour = tuple[int, int, int]
_HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})\b")
_RGB = re.compile(r"rgb\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*\)")
_PIXELS = re.compile(r"([\d.]+)px")


@dataclass(frozen=True, slots=True)
class Ink:
    """How text looks at a place: its colour, what is behind it, its size in pixels, whether it is bold."""

    colour: Colour = (0, 0, 0)
    ground: Colour = (255, 255, 255)
    size: float = 16.0
    bold: bool = False


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for each pair of colours that is too close, with a piece of the text that has it."""
    yield from _found(proof.rendered.html)


@lru_cache(maxsize=16)  # every page of the desk shows it, and it takes longer than the rest of the page
def _found(html: str) -> tuple[Finding, ...]:
    return tuple(_too_close(html))


def _too_close(html: str) -> Iterator[Finding]:
    page = tree(html)
    dark = [
        rule for rule in rules(sheets(html)) if "prefers-color-scheme" in rule.media and "dark" in rule.media
    ]
    for mode, applied in (("light", []), ("dark", dark)):
        seen: set[tuple[Colour, Colour]] = set()
        for text, ink in _texts(page, Ink(), applied):
            pair, ratio = (ink.colour, ink.ground), contrast(ink.colour, ink.ground)
            large = ink.size >= 24 or (ink.bold and ink.size >= 18.66)
            if ratio < (LARGE if large else ENOUGH) and pair not in seen:
                seen.add(pair)
                level = "stop" if ratio < INVISIBLE else "warn"
                what = f"“{' '.join(text.split())[:40]}” has a contrast of {ratio:.1f} to its ground in {mode} mode."
                need = f"Readers need {LARGE if large else ENOUGH}"
                do = f"{need}: {_hex(ink.colour)} on {_hex(ink.ground)}; see the look's colours."
                yield Finding("stop" if level == "stop" else "warn", what, do)


def _texts(element: HtmlElement, above: Ink, dark: list[Rule]) -> Iterator[tuple[str, Ink]]:
    if not isinstance(element.tag, str) or element.tag in {"head", "style", "script", "title"}:
        return
    style = dict(declarations(str(element.get("style") or "")))
    if style.get("display") == "none" or style.get("font-size") in {"0", "1px"}:
        return
    styled = [*style.items(), *_applied(element, dark)]
    if element.get("bgcolor"):
        styled.insert(0, ("background-color", str(element.get("bgcolor")).lower()))
    here = _inked(above, styled, element.tag in {"b", "strong", "th", "h1", "h2", "h3"})
    if element.text and element.text.strip(" \n\t\r\xa0\u200c\u034f\u200a"):
        yield element.text, here
    for child in element:
        yield from _texts(child, here, dark)
        if child.tail and child.tail.strip(" \n\t\r\xa0\u200c\u034f\u200a"):
            yield child.tail, here


def _inked(above: Ink, styled: Iterable[Declaration], bold: bool) -> Ink:
    ink = replace(above, bold=above.bold or bold)
    for name, value in styled:
        if name == "color":
            ink = replace(ink, colour=_colour(value) or ink.colour)
        elif name in {"background", "background-color"}:
            ink = replace(ink, ground=_colour(value) or ink.ground)
        elif name == "font-size" and (found := _PIXELS.match(value)):
            ink = replace(ink, size=float(found[1]))
        elif name == "font-weight":
            ink = replace(ink, bold=value.split()[0] in {"bold", "600", "700", "800", "900"})
    return ink


def _applied(element: HtmlElement, dark: list[Rule]) -> list[Declaration]:
    return [
        one
        for rule in dark
        if any(_fits(element, each) for each in rule.selectors)
        for one in rule.declarations
    ]


def _fits(element: HtmlElement, selector: str) -> bool:
    """Return whether *selector*, of tags and classes with blanks between, meets *element*."""
    *outer, last = selector.split()
    if not _is(element, last):
        return False
    around: Iterator[HtmlElement] = element.iterancestors()
    return all(any(_is(each, part) for each in around) for part in reversed(outer))


def _is(element: HtmlElement, part: str) -> bool:
    if not re.fullmatch(r"[a-z0-9]*(\.[\w-]+)*", part):
        return False
    tag, *classes = part.split(".")
    return (not tag or element.tag == tag) and set(classes) <= set(str(element.get("class") or "").split())


def _colour(value: str) -> Colour | None:
    value = value.replace("!important", "").strip()
    if found := _HEX.search(NAMED.get(value, value)):
        digits = found[1] if len(found[1]) == 6 else "".join(2 * each for each in found[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if found := _RGB.search(value):
        return min(int(found[1]), 255), min(int(found[2]), 255), min(int(found[3]), 255)
    return None


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{part:02X}" for part in colour)
