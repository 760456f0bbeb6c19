"""Plain text made fit: for XML, for one line, and for a column of 72."""

import re
import unicodedata

from markupsafe import Markup

WIDTH = 72
# What XML 1.0 forbids (and mjml refuses): controls, lone surrogates, and two noncharacters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Controls, line and paragraph separators, and the marks that turn the direction of what follows.
_NOT_ON_A_LINE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]+"
)
_WIDE = frozenset("WF")
_UNITS = re.compile(r"\s+|\S+")
# A line may end after any of these; it must not begin with what closes.
_BREAKABLE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_CLOSING = frozenset("、。，．：；！？）」』】〉》〕”’…ー")


def legal(value: object) -> object:
    """Return *value*; when it is text, without the characters that XML forbids."""
    if isinstance(value, Markup):
        return Markup(_FORBIDDEN.sub("", value))  # noqa: S704 - it was markup, and only shrank
    return _FORBIDDEN.sub("", value) if isinstance(value, str) else value


def line(value: str) -> str:
    """Return *value* as one line: no controls, no turned direction, single blanks, none at the edges."""
    return " ".join(_NOT_ON_A_LINE.sub(" ", value).split())


def width(value: str) -> int:
    """Return how many columns *value* takes: ideographs two, combining and invisible marks none."""
    return sum(
        0
        if unicodedata.combining(mark) or unicodedata.category(mark) == "Cf"
        else 2
        if unicodedata.east_asian_width(mark) in _WIDE
        else 1
        for mark in value
    )


def column(value: object, indent: str = "", columns: int = WIDTH) -> str:
    """Return *value* as lines of at most *columns*, each after *indent*; an address is never cut."""
    lines: list[str] = []
    held = ""
    for unit in _broken(line(str(value))):
        if held and width(indent + held + unit.rstrip()) > columns:
            lines.append(indent + held.rstrip())
            held = ""
        held += unit if held else unit.lstrip()
    if held:
        lines.append(indent + held.rstrip())
    return "\n".join(lines)


def _broken(value: str) -> list[str]:
    """Return the runs of *value* between which a line may end."""
    units: list[str] = []
    for found in _UNITS.findall(value):
        if not _BREAKABLE.search(found):
            units.append(found)
            continue
        for mark in found:
            joins = units and (
                mark in _CLOSING or not (_BREAKABLE.match(mark) or _BREAKABLE.match(units[-1][-1]))
            )
            if joins and not units[-1].isspace():
                units[-1] += mark
            else:
                units.append(mark)
    return units
