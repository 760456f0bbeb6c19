"""What stays open in a rendered edition: slots for each reader, and the marks that bound a section.

Every mark carries the edition's nonce, which no feed can know: text in an article that looks like a slot is
text. `@@<nonce>.view_url@@` is a slot; `@@<nonce>.begin.<section>@@` and `.end.` stand around a section, in
a comment of their own in the HTML and on a line of their own in the text.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Literal

from digest.model import MAIN

VIEW, UNSUBSCRIBE, PREFERENCES = "view_url", "unsubscribe_url", "preferences_url"
SLOTS = (VIEW, UNSUBSCRIBE, PREFERENCES)  # every edition template has all of them
Part = Literal["html", "text"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a part: its *text*, or a *slot*; *section* "" goes to everybody."""

    text: str = ""
    slot: str = ""
    section: str = ""


def slot(nonce: str, name: str) -> str:
    """Return the mark of the slot *name*."""
    return f"@@{nonce}.{name}@@"


def begin(nonce: str, section: str) -> str:
    """Return the mark before the first byte of *section*."""
    return f"@@{nonce}.begin.{section}@@"


def end(nonce: str, section: str) -> str:
    """Return the mark after the last byte of *section*."""
    return f"@@{nonce}.end.{section}@@"


def pieces(part: str, nonce: str, kind: Part) -> Iterator[Piece]:
    """Yield *part* cut at its marks, which are gone; raise ValueError where the sections do not pair up."""
    mark = re.escape(f"@@{nonce}.")
    bound = rf"{mark}(begin|end)\.([a-z0-9-]+)@@"
    fenced = rf"<!--\s*{bound}\s*-->" if kind == "html" else rf"{bound}\n?"
    place, section = 0, ""
    for found in re.finditer(rf"{fenced}|{mark}([a-z_]+)@@", part):
        if found.start() > place:
            yield Piece(part[place : found.start()], section=section)
        place = found.end()
        side, name, wanted = found.groups()
        if wanted:
            yield Piece(slot=wanted, section=section)
        elif (section, side) not in {("", "begin"), (name, "end")}:
            raise ValueError(f"the mark {side}.{name} is inside section {section!r}")
        else:
            section = name if side == "begin" else ""
    if section:
        raise ValueError(f"section {section!r} has no end")
    if place < len(part):
        yield Piece(part[place:])


def filled(part: str, nonce: str, kind: Part, values: Mapping[str, str], keep: Set[str] | None = None) -> str:
    """Return *part* as one reader sees it, *keep* None for all sections; KeyError for an unknown slot."""
    found: list[str] = []
    for piece in pieces(part, nonce, kind):
        if keep is not None and piece.section and piece.section not in keep:
            continue
        value = values[piece.slot] if piece.slot else ""
        found.append(piece.text or (escape(value) if kind == "html" else value))
    return "".join(found)


def nonce(secret: bytes, name: str, day: date, issue: str = MAIN) -> str:
    """Return an edition's slot nonce: secret, so that no feed can forge a slot, and the same at each rebuild."""
    words = f"{name} {day}" if issue == MAIN else f"{name} {day} {issue}"
    return hmac.digest(secret, f"nonce {words}".encode(), hashlib.sha256).hex()[:16]
