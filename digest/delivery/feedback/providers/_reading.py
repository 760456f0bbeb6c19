"""A provider's JSON, read with distrust: what is missing or of another type is empty, and nothing raises."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Final

from digest.delivery.feedback.providers import Batch, Event, Refused
from digest.model.feedback import FeedbackReport

MOST_EVENTS: Final = 5_000  # of one post: far more than any provider sends
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]+")
MOST_QUOTED: Final = 300_000
_RETURN_PATH = re.compile(r"\bb\+[a-z2-7]{10,80}@[A-Za-z0-9.-]{3,255}", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[^<>\s]{3,250}>)", re.IGNORECASE | re.MULTILINE)
Json = object


class Broken(Exception):
    """An event that lacks what every event of its provider has."""


def parsed(body: bytes | str) -> Json:
    """Return *body* as JSON; raise Refused where it is none."""
    try:
        found: Json = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("the body is no JSON") from None
    return found


def at(item: Json, *path: str) -> Json:
    """Return what stands at *path* in *item*, None where nothing does."""
    for key in path:
        item = item.get(key) if isinstance(item, dict) else None
    return item


def text(item: Json, *path: str, most: int = 1_000) -> str:
    """Return the string or number at *path* as one clean line of at most *most* characters, "" where there is none."""
    found = at(item, *path)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    try:
        written = str(found)
    except ValueError:  # a number of thousands of digits
        return ""
    return " ".join(_CONTROLS.sub(" ", written[: 4 * most]).split())[:most]


def number(item: Json, *path: str) -> int:
    """Return the whole number at *path*, written as a number or a string; 0 where there is none."""
    found = text(item, *path, most=12)
    return int(found) if re.fullmatch(r"\d{1,12}", found, re.ASCII) else 0


def items(item: Json, *path: str) -> list[Json]:
    """Return the list at *path*, [] where there is none."""
    found = at(item, *path)
    return found if isinstance(found, list) else []


def message_id(found: str) -> tuple[str, ...]:
    """Return the Message-ID *found* without its angle brackets, as a tuple that is empty where it is none."""
    bare = found.strip().removeprefix("<").removesuffix(">")
    return (bare,) if re.fullmatch(r"[^\s<>@]+@[^\s<>@]+", bare) else ()


def addresses(*found: str) -> tuple[str, ...]:
    """Return those of *found* that look like addresses, without angle brackets, each once."""
    bare = (one.strip().removeprefix("<").removesuffix(">") for one in found)
    return tuple(dict.fromkeys(one for one in bare if re.fullmatch(r"[^\s<>]+@[^\s<>@]+", one)))


def identity(*parts: str) -> str:
    """Return an id made of *parts*, for a provider that gives none: the same when the same event is sent again."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:40]


def batch(found: Json, made: Callable[[Json], tuple[FeedbackReport, str] | None]) -> Batch:
    """Return the events of *found*, one or a list of them, made by *made*; None from it is an event we do not use."""
    many = found if isinstance(found, list) else [found]
    events: list[Event] = []
    broken = max(len(many) - MOST_EVENTS, 0)
    for one in many[:MOST_EVENTS]:
        if not isinstance(one, dict):
            broken += 1
            continue
        try:
            report = made(one)
            raw = json.dumps(one, sort_keys=True).encode()
        except (Broken, RecursionError, ValueError):
            broken += 1
            continue
        if report is not None:
            events.append(Event(*report, raw))
    return Batch(tuple(events), broken)


def in_mail(found: Json) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the return addresses and the Message-IDs that the raw mail *found* quotes."""
    if not isinstance(found, str):
        return (), ()
    paths = _RETURN_PATH.findall(found[:MOST_QUOTED])[:20]
    ids = _MESSAGE_ID.findall(found[:MOST_QUOTED])[:20]
    return addresses(*paths), tuple(one for each in ids for one in message_id(each))
