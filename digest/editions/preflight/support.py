"""The mail programs: no feature that Gmail, Outlook, Apple Mail or Yahoo lack and that a reader would miss.

What is lacking but leaves a readable mail behind, as our own looks use it, is in GRACEFUL. The table is
caniemail.com's.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from digest.editions.preflight import Finding, Proof
from digest.editions.preflight._page import Declaration, declarations, rules, sheets, tree
from digest.editions.preflight._support import (
    ATTRIBUTES,
    ELEMENTS,
    IMAGES,
    PROGRAMS,
    PROPERTIES,
    SHEETS,
    VALUES,
)

OWNER = "admin"
GOOD = "Every feature works in Gmail, Outlook, Apple Mail and Yahoo, or is not missed there."

GRACEFUL = frozenset(
    {
        # the dark and the narrow page: who lacks them has the light, wide one
        "@media",
        "prefers-color-scheme",
        "color-scheme",
        ":hover",
        "max-width",
        "min-width",
        # decoration
        "border-radius",
        "letter-spacing",
        "text-decoration-color",
        "text-underline-offset",
        "outline",
        # what hides the preheader: `display:none` and a size of 1 px stand beside it
        "max-height",
        "opacity",
        "overflow",
        # text that runs the other way is set apart where it is known, and is text everywhere
        "<bdi>",
        # breaking of long words; centred columns have widths of their own for Outlook
        "word-break",
        "word-spacing",
        "overflow-wrap",
        "word-wrap",
        "white-space",
        "table-layout",
        "box-sizing",
    }
)
_URL = re.compile(r"\.([a-z]{3,4})(?:[?#]|$)")


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for each feature in use that one of the four programs does not know."""
    used = _used(proof.rendered.html)
    for feature, support in used.items():
        lacking = [program for program, mark in zip(PROGRAMS, support, strict=True) if mark == "n"]
        what = f"{feature} does not work in {' and '.join([', '.join(lacking[:-1]), lacking[-1]][not lacking[:-1] :])}."
        yield Finding("warn", what, "Take it out of the look, or see that the mail reads well without.")


def _features(every: Iterable[Declaration]) -> dict[str, str]:
    """Return what of the table *every* uses, with its letters."""
    used: dict[str, str] = {}
    for name, value in dict.fromkeys(every):
        used |= {name: PROPERTIES[name]} if name in PROPERTIES else {}
        said = f"{name}:{value}".replace(" ", "")
        used |= {each: VALUES[each] for each in VALUES if re.search(rf"(?<![\w-]){re.escape(each)}", said)}
    return used


def _where_media_works(marks: str) -> str:
    """Return *marks* of what stands within @media: a program that reads no such rule does not miss it."""
    return "".join("y" if media == "n" else mark for media, mark in zip(SHEETS["@media"], marks, strict=True))


@lru_cache(maxsize=16)  # the desk shows it on every page
def _used(html: str) -> dict[str, str]:
    """Return the features in use that somebody lacks, with their letters, in the order of the table."""
    page, sheet = tree(html), sheets(html)
    every = [one for rule in rules(sheet) if not rule.media for one in rule.declarations]
    conditional = [one for rule in rules(sheet) if rule.media for one in rule.declarations]
    used: dict[str, str] = {}
    sources: list[str] = []
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        every += declarations(str(element.get("style") or ""))
        used |= {f"<{element.tag}>": ELEMENTS[element.tag]} if element.tag in ELEMENTS else {}
        used |= {f"{name}=": ATTRIBUTES[name] for name in element.attrib if name in ATTRIBUTES}
        sources += [str(element.get("src") or "")] if element.tag == "img" else []
    within = {each: _where_media_works(marks) for each, marks in _features(conditional).items()}
    used |= {each: marks for each, marks in within.items() if "n" in marks}
    used |= _features(every)
    used |= {each: SHEETS[each] for each in SHEETS if each in sheet}
    for source in dict.fromkeys(sources):
        found = _URL.search(source.lower())
        used |= {f".{found[1]} pictures": IMAGES[found[1]]} if found and found[1] in IMAGES else {}
        used |= {"pictures in the address": IMAGES["data:"]} if source.startswith("data:") else {}
    return {each: marks for each, marks in used.items() if each not in GRACEFUL}
