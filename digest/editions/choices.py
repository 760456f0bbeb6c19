"""What an editor's choices amount to: undone ones are gone, and of two that disagree the later holds.

A choice names an article and binds the story that holds it, whichever article leads that story after a rebuild.
What each act means stands with it in `digest/model/choice.py`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar, assert_never

from digest.model import Article, Choice, Sponsor, Story
from digest.model.choice import (
    Act,
    Add,
    Approve,
    Drop,
    Hold,
    Lead,
    Merge,
    Move,
    Omit,
    Pairing,
    Pin,
    Placing,
    Redek,
    Retitle,
    SetNote,
    SetPreheader,
    SetSponsor,
    SetSubject,
    ShowPicture,
    Split,
    Undo,
    Unknown,
)

SCHEDULE = "the schedule"  # it approves where no person has to
NEEDED = {"automatic": 1, "one": 1, "two": 2}  # how many must approve
Pair = tuple[int, int]
AnAct = TypeVar("AnAct", bound=Act)


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


@dataclass(frozen=True, slots=True)
class Texts:
    """What an editor wrote about the edition itself; "" and None where nobody did."""

    subject: str = ""
    preheader: str = ""
    note: str = ""
    sponsor: Sponsor | None = None


def active(choices: Iterable[Choice]) -> list[Choice]:
    """Return the choices that hold, oldest first: without undone ones and without the undoing ones."""
    undone: set[int] = set()
    held: list[Choice] = []
    for choice in sorted(choices, key=lambda each: (each.at, each.id), reverse=True):
        if choice.id and choice.id in undone:
            continue
        if isinstance(choice.act, Undo):
            undone.add(choice.act.choice)
        else:
            held.append(choice)
    return held[::-1]


def acts(choices: Iterable[Choice], kind: type[AnAct]) -> list[tuple[Choice, AnAct]]:
    """Return those of *choices* that are of *kind*, each with its act."""
    return [(choice, choice.act) for choice in choices if isinstance(choice.act, kind)]


def approvals(choices: Iterable[Choice], revision: int) -> list[Choice]:
    """Return the choices that hold and approve *revision*."""
    return [one for one, act in acts(active(choices), Approve) if act.revision == revision]


def approvers(made: Iterable[Choice], able: Mapping[str, datetime] | None) -> set[str]:
    """Return those whose approvals *made* count now; *able* are the users who may approve, and since when they exist.

    Without any user (None) each counts. Whoever was removed and made anew is somebody else: what their name approved
    before does not count.
    """
    return {
        one.by
        for one in made
        if able is None or one.by == SCHEDULE or (one.by in able and one.at >= able[one.by])
    }


def links(choices: Iterable[Choice]) -> tuple[set[Pair], set[Pair]]:
    """Return the pairs of articles that must be one story, and those that must not; the later word holds."""
    said: dict[Pair, Pairing] = {}
    for choice in active(choices):
        if isinstance(choice.act, Merge | Split) and choice.act.other != choice.article:
            one, other = choice.article, choice.act.other
            said[min(one, other), max(one, other)] = choice.act
    must = {pair for pair, act in said.items() if isinstance(act, Merge)}
    return must, set(said) - must


def wanted(choices: Iterable[Choice]) -> tuple[set[int], set[int]]:
    """Return the articles that stay in the edition even when its window has left them behind, and those added."""
    held = active(choices)
    kept = {choice.article for choice in held if isinstance(choice.act, Placing | Drop)}
    return kept, {choice.article for choice in held if isinstance(choice.act, Add)}


def texts(choices: Iterable[Choice]) -> Texts:
    """Return what an editor wrote about the edition itself, the last word of each."""
    found = Texts()
    for choice in active(choices):
        match choice.act:
            case SetSubject(text=text):
                found = replace(found, subject=text.strip())
            case SetPreheader(text=text):
                found = replace(found, preheader=text.strip())
            case SetNote(text=text):
                found = replace(found, note=text.strip())
            case SetSponsor(sponsor=sponsor):
                found = replace(found, sponsor=sponsor)
    return found


def wish(story: Story, choices: Sequence[Choice]) -> Wish:
    """Return what the *choices* that hold, oldest first, ask of *story*."""
    members = {article.id for article in story.articles} | {story.lead.id}
    wanted = Wish()
    for order, choice in enumerate(choices, 1):
        if choice.article in members:
            wanted = _applied(wanted, choice, order)
    return wanted


def omitted(members: Collection[int], choices: Iterable[Choice]) -> frozenset[int]:
    """Return which of the *members* of a story the *choices* that hold keep from being shown below it."""
    return frozenset(choice.article for choice, _ in acts(choices, Omit) if choice.article in members)


def picture(members: Collection[int], choices: Iterable[Choice]) -> int | None:
    """Return whose picture the *choices* that hold, oldest first, give the story with these *members*.

    It is the id of an article; 0 is its lead's own, None is no picture.
    """
    asked = [act for choice, act in acts(choices, ShowPicture) if choice.article in members]
    return asked[-1].source if asked else 0


def pictured(article: Article, source: int | None, own: Iterable[Article]) -> Article:
    """Return *article* with the picture of *source* (see `picture`), or as it is where none of *own* has that."""
    if source is None:
        return replace(article, picture=None)
    found = next((one for one in own if one.id == source and one.picture), None)
    return replace(article, picture=found.picture) if found else article


def _applied(wish: Wish, choice: Choice, order: int) -> Wish:
    match choice.act:
        case Drop():
            return replace(wish, dropped=True, by=choice.by)
        case Hold(until=until):
            return replace(wish, until=until, by=choice.by)
        case Lead():
            return replace(wish, article=choice.article)
        case Retitle(text=text):
            return replace(wish, article=choice.article, title=text.strip() or None)
        case Redek(text=text):
            return replace(wish, article=choice.article, dek=text.strip() or None)
        case Pin() | Move() | Add():
            return _placed(wish, choice, choice.act, order)
        case Omit() | ShowPicture() | Merge() | Split():
            return wish  # they ask nothing of a place or a text: see `omitted`, `picture` and `links`
        case SetSubject() | SetPreheader() | SetNote() | SetSponsor() | Approve() | Undo() | Unknown():
            return wish
        case _:
            assert_never(choice.act)


def _placed(wish: Wish, choice: Choice, act: Placing, order: int) -> Wish:
    here = replace(wish, article=choice.article, dropped=False, order=order, by=choice.by)
    if isinstance(act, Pin):
        return replace(here, place=act.place, section="", was=act.was)
    if act.to.section:
        return replace(here, section=act.to.section, place=act.to.place or None, was=act.to.was)
    # the article's own section, or a place on top
    return replace(here, section="", place=act.to.place, was=act.to.was)
