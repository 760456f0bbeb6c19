"""What an editor's choices amount to: undone ones are gone, and of two that disagree the later holds.

A choice names an article and binds the story that holds it, whichever article leads that story after a
rebuild. What *value* holds:

    pin                 the place among the top stories from 1, "" for anywhere; "3 from 1" says where it stood
    move                a section's name, "" for the article's own; "city 2" or "city 2 from 4" with a place in it
    add                 as pin or move: where the story goes that an editor brought in
    retitle, redek      the new text; "" is the publisher's own again
    merge, split        the other article's id
    lead                nothing: the article itself is to lead its story
    picture             the id of the article of the story whose picture it shows; "none"; "" is its lead's own
    embargo             an ISO 8601 time with a zone, until which the story is held; "" lets it go
    subject, preheader, note    the edition's text; "" is the automatic one, or no note
    sponsor             the edition's advertisement, as `sponsors.py` writes it; "" takes it away
    approve             the revision
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.model import Article, Choice, Story

Pair = tuple[int, int]
KEEPING = frozenset({"pin", "move", "add"})  # the editor wants it in, however old it is by now
EDITION = frozenset({"subject", "preheader", "note", "sponsor"})

_SPOT = re.compile(
    r"(?:(?P<section>[a-z0-9-]*[a-z][a-z0-9-]*)\s*)?(?P<place>\d{1,3})?(?:\s+from\s+(?P<was>\d{1,3}))?"
)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a choice puts a story: *section* "" with a *place* is the top; *was* is where it stood, 0 unknown."""

    section: str = ""
    place: int = 0
    was: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the editor wants of one story. *place* counts from 1, 0 is anywhere; None is no wish at all."""

    article: int = 0  # the article the newest choice named: it leads the story if it may
    dropped: bool = False
    place: int | None = None
    section: str = ""
    was: int = 0  # where in its run it stood when it was placed
    order: int = 0  # of the choice that placed it
    by: str = ""  # who placed, dropped or held it
    title: str | None = None
    dek: str | None = None
    until: datetime | None = None  # held back until then

    @property
    def kept(self) -> bool:
        """Whether the editor asked for the story, so that it stays whatever the ranking says."""
        return not self.dropped and (self.place is not None or bool(self.section))


def standing(choices: Iterable[Choice]) -> list[Choice]:
    """Return the choices that hold, oldest first: without undone ones and without the undoing ones."""
    undone: set[int] = set()
    held: list[Choice] = []
    for choice in sorted(choices, key=lambda each: (each.at, each.id), reverse=True):
        if choice.id and choice.id in undone:
            continue
        if choice.act == "undo":
            undone.add(choice.undoes)
        else:
            held.append(choice)
    return held[::-1]


def links(choices: Iterable[Choice]) -> tuple[set[Pair], set[Pair]]:
    """Return the pairs of articles that must be one story, and those that must not; the later word holds."""
    said: dict[Pair, str] = {}
    for choice in standing(choices):
        if choice.act in ("merge", "split") and choice.value.strip().isdecimal():
            other = int(choice.value)
            if other != choice.article:
                said[min(choice.article, other), max(choice.article, other)] = choice.act
    must = {pair for pair, act in said.items() if act == "merge"}
    return must, set(said) - must


def wanted(choices: Iterable[Choice]) -> tuple[set[int], set[int]]:
    """Return the articles that stay in the edition even when its window has left them behind, and those added."""
    held = standing(choices)
    dropped = {choice.article for choice in held if choice.act == "drop"}
    kept = {choice.article for choice in held if choice.act in KEEPING}
    added = {choice.article for choice in held if choice.act == "add"}
    return kept | dropped | added, added


def texts(choices: Iterable[Choice]) -> Mapping[str, str]:
    """Return the edition's texts that an editor wrote, by act, where they are not empty."""
    said = {choice.act: choice.value.strip() for choice in standing(choices) if choice.act in EDITION}
    return {act: text for act, text in said.items() if text}


def spot(value: str) -> Spot:
    """Return where *value* of a pin, move or add puts a story; what cannot be read is anywhere."""
    found = _SPOT.fullmatch(value.strip())
    if found is None:
        return Spot(section=value.strip())
    return Spot(found["section"] or "", int(found["place"] or 0), int(found["was"] or 0))


def until(value: str) -> datetime | None:
    """Return until when an embargo's *value* holds a story; None where it does not say, or no zone."""
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return found if found.tzinfo else None


def wish(story: Story, choices: Sequence[Choice]) -> Wish:
    """Return what the *choices* that hold, oldest first, ask of *story*."""
    members = {article.id for article in story.articles} | {story.lead.id}
    wanted = Wish()
    for order, choice in enumerate(choices, 1):
        if choice.article in members:
            wanted = _heard(wanted, choice, order)
    return wanted


def picture(members: Collection[int], choices: Iterable[Choice]) -> str:
    """Return what the *choices* that hold, oldest first, say of the picture of the story with these *members*."""
    return next(
        (one.value for one in [*choices][::-1] if one.act == "picture" and one.article in members), ""
    )


def pictured(article: Article, value: str, own: Iterable[Article]) -> Article:
    """Return *article* with the picture that *value* asks for; it stays as it is where none of *own* has that."""
    if value == "none":
        return replace(article, picture=None)
    found = next((one for one in own if str(one.id) == value and one.picture), None)
    return replace(article, picture=found.picture) if found else article


def _heard(wish: Wish, choice: Choice, order: int) -> Wish:
    match choice.act:
        case "drop":
            return replace(wish, dropped=True, by=choice.by)
        case "embargo":
            return replace(wish, until=until(choice.value), by=choice.by)
        case "lead":
            return replace(wish, article=choice.article)
        case "retitle":
            return replace(wish, article=choice.article, title=choice.value.strip() or None)
        case "redek":
            return replace(wish, article=choice.article, dek=choice.value.strip() or None)
        case "pin" | "move" | "add":
            return _placed(wish, choice, order)
        case _:
            return wish


def _placed(wish: Wish, choice: Choice, order: int) -> Wish:
    found = spot(choice.value)
    here = replace(wish, article=choice.article, dropped=False, was=found.was, order=order, by=choice.by)
    if choice.act == "pin":
        return replace(here, place=found.place, section="")
    if found.section:
        return replace(here, section=found.section, place=found.place or None)
    return replace(here, section="", place=found.place)  # the article's own section, or a place on top
