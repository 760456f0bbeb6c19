"""The acts that a form of the desk asks for: its buttons, drags and fields as dataclasses, or what is wrong in words.

A button or a drag says `do`: a verb, the article's id, and what the verb needs, as in "pin 12 3 from 5".
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from digest.editions import sponsors
from digest.model.choice import (
    Act,
    Drop,
    Hold,
    Lead,
    Merge,
    Move,
    Omit,
    Pin,
    Redek,
    Retitle,
    SetNote,
    SetPreheader,
    SetSponsor,
    SetSubject,
    ShowPicture,
    Split,
    Spot,
)
from digest.web.desk.context import text

_SPOT = re.compile(
    r"(?:(?P<section>[a-z0-9-]*[a-z][a-z0-9-]*)\s*)?(?P<place>[0-9]{1,3})?(?:\s+from\s+(?P<was>[0-9]{1,3}))?"
)
_NO_TIME = "Write the time until which the story is held, such as 14:30."
_NO_PICTURE = "Choose a picture of one of our own articles in this story, or none."
_NO_STORY = "There is no such story any more."
_LINES = (SetSubject, SetPreheader, SetNote)
_AUTOMATIC: dict[str, Act] = {one.kind: one() for one in (*_LINES, SetSponsor)}


def asked(form: FormData, verb: str, rest: str, now: datetime, zone: ZoneInfo) -> Sequence[Act] | str:
    """Return the acts that *verb* with its *rest* and the fields of *form* ask for, or in words why they cannot be.

    What a field does not change is no act. *now* and *zone* tell what a time of day without a date means.
    """
    head, _, value = rest.partition(" ")
    article = number(head)
    match verb:
        case "pin" | "move" | "drop" | "lead" | "omit" | "merge" | "split" | "picture":
            return _of_story(verb, article, value or text(form, f"{verb}-value"))
        case "place":
            return [_placing(article, text(form, "where"))]
        case "words":
            return _words(article, form)
        case "embargo":
            return [Hold(article)] if value == "off" else _hold(article, text(form, "until"), now, zone)
        case "lines":
            return [*_lines(form), *_sponsor(form)]
        case "automatic" if head in _AUTOMATIC:
            return [_AUTOMATIC[head]]
        case _:
            return []


def spot(words: str) -> Spot:
    """Return where *words* put a story: "3", "city", "city 2 from 4"; what cannot be read is a section's name."""
    found = _SPOT.fullmatch(words.strip())
    if found is None:
        return Spot(words.strip())
    return Spot(found["section"] or "", int(found["place"] or 0), int(found["was"] or 0))


def number(words: str) -> int:
    """Return the id that *words* are, 0 where they are none."""
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 19 else 0


def _of_story(verb: str, article: int, value: str) -> Sequence[Act] | str:
    match verb:
        case "pin":
            to = spot(value)
            return [Pin(article, to.place, to.was)]
        case "move":
            return [Move(article, spot(value))]
        case "drop":
            return [Drop(article)]
        case "lead":
            return [Lead(article)]
        case "omit":
            return [Omit(article)]
        case "picture":
            source = None if value == "none" else number(value)
            return [ShowPicture(article, source)] if source or value in ("", "none") else _NO_PICTURE
        case _ if not value:
            return []  # no other story was chosen
        case _:
            kind = Merge if verb == "merge" else Split
            return [kind(article, number(value))] if number(value) else _NO_STORY


def _placing(article: int, where: str) -> Act:
    """Return the act of a place in words: "top 3 from 5", "city 1", "bench"."""
    if where == "bench":
        return Drop(article)
    to = spot(where)
    return Pin(article, to.place, to.was) if to.section == "top" and to.place else Move(article, to)


def _words(article: int, form: FormData) -> list[Act]:
    found: list[Act] = []
    if _changed(form, "title"):
        found.append(Retitle(article, text(form, "title")))
    if _changed(form, "dek"):
        found.append(Redek(article, text(form, "dek")))
    return found


def _changed(form: FormData, field: str) -> bool:
    return text(form, field).split() != text(form, f"{field}-was").split()


def _lines(form: FormData) -> list[Act]:
    return [kind(text(form, kind.kind)) for kind in _LINES if kind.kind in form and _changed(form, kind.kind)]


def _sponsor(form: FormData) -> list[Act]:
    """Return the act of an advertisement where any of its three fields was changed."""
    fields = [f"sponsor-{part}" for part in sponsors.PARTS]
    if not any(_changed(form, field) for field in fields):
        return []
    name, line, url = (text(form, field) for field in fields)
    return [SetSponsor(sponsors.sponsor(name, line, url))]


def _hold(article: int, local: str, now: datetime, zone: ZoneInfo) -> Sequence[Act] | str:
    """Return the act of a browser's local date and time, or time of day, in *zone*."""
    try:
        if len(local) == 5:
            moment = datetime.combine(now.astimezone(zone).date(), time.fromisoformat(local), zone)
        else:
            moment = datetime.fromisoformat(local).replace(tzinfo=zone)
        return [Hold(article, moment.astimezone(UTC))]
    except (ValueError, OverflowError):
        return _NO_TIME
