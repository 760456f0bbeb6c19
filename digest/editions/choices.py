"""What an editor's choices amount to: undone ones are gone, and of two that disagree the later holds.

A choice names an article and binds the story that holds it, whichever article leads that story after a
rebuild. What *value* holds: pin, the place among the top stories from 1, or "" for anywhere in the edition;
move, the section's name; retitle and redek, the new text; merge and split, the other article's id.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digest.model import Choice, Story

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the editor wants of one story. *place* counts from 1, 0 is anywhere; None is no wish at all."""

    article: int = 0  # the article the newest choice named: it leads the story if it may
    dropped: bool = False
    place: int | None = None
    section: str = ""
    title: str | None = None
    dek: str | None = None

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


def wish(story: Story, choices: Sequence[Choice]) -> Wish:
    """Return what the *choices* that hold, oldest first, ask of *story*."""
    members = {article.id for article in story.articles} | {story.lead.id}
    wanted = Wish()
    for choice in choices:
        if choice.article in members:
            wanted = _heard(wanted, choice)
    return wanted


def _heard(wish: Wish, choice: Choice) -> Wish:
    parts = {name: getattr(wish, name) for name in Wish.__slots__}
    if choice.act == "drop":
        return Wish(**parts | {"dropped": True})
    if choice.act == "pin":
        place = int(choice.value) if choice.value.strip().isdecimal() else 0
        return Wish(**parts | {"article": choice.article, "dropped": False, "place": place})
    if choice.act == "move":
        return Wish(**parts | {"article": choice.article, "dropped": False, "section": choice.value.strip()})
    if choice.act == "retitle":
        return Wish(**parts | {"article": choice.article, "title": choice.value})
    if choice.act == "redek":
        return Wish(**parts | {"article": choice.article, "dek": choice.value})
    return wish
