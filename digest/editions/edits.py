"""What an editor's acts may be: their texts' limits, what clashes with others' acts, what is undone. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from digest.config.schema import Newsletter
from digest.editions import sponsors
from digest.editions.choices import active
from digest.editions.subject import PREHEADER, SUBJECT, one_line
from digest.model import Act, Choice, Edition, EditionState
from digest.model.choice import (
    Add,
    Approve,
    Drop,
    Hold,
    Lead,
    Line,
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
    Spot,
    Undo,
    Unknown,
)

Texts = Retitle | Redek | SetSubject | SetPreheader | SetNote
LONGEST: Mapping[type[Texts], tuple[str, int]] = {
    Retitle: ("A headline", 300),
    Redek: ("A dek", 700),
    SetSubject: ("A subject", SUBJECT),
    SetPreheader: ("A preheader", PREHEADER),
    SetNote: ("A note", 600),
}


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of an act: *done*, or why not in *words*; *clash* are the choices of others that it met."""

    done: bool
    words: str = ""
    clash: tuple[Choice, ...] = ()
    made: tuple[int, ...] = ()


def closed(edition: Edition) -> str:
    """Return in words why *edition* takes no more acts."""
    if edition.state is EditionState.APPROVED:
        return "This edition is approved, so it does not change any more. Take the approval back first."
    return f"This edition is {edition.state}, so it does not change any more."


def clashes(
    made: Iterable[Choice], wanted: Sequence[Act], seen: int, companions: Mapping[int, Collection[int]]
) -> tuple[Choice, ...]:
    """Return the choices after *seen* that are about the same thing as any of *wanted*.

    *companions* gives the articles that are one story with an article.
    """
    newer = [choice for choice in active(made) if choice.id > seen and not isinstance(choice.act, Approve)]
    return tuple(one for one in newer if any(_same_matter(one.act, act, companions) for act in wanted))


def _same_matter(one: Act, other: Act, companions: Mapping[int, Collection[int]]) -> bool:
    if isinstance(one, Line) or isinstance(other, Line):
        return type(one) is type(other)
    touched = {other.article, *companions.get(other.article, ())}
    if isinstance(other, Pairing):
        touched.add(other.other)
    if one.article not in touched:
        return False
    alike = type(one) is type(other) or any(
        isinstance(one, kinds) and isinstance(other, kinds) for kinds in (Placing | Drop | Hold, Pairing)
    )
    return alike or isinstance(one, Drop | Unknown) or isinstance(other, Drop)


def cleaned(act: Act) -> Act:
    match act:
        case Retitle() | Redek() | SetSubject() | SetPreheader() | SetNote():
            return replace(act, text=one_line(act.text))
        case SetSponsor(sponsor=found):
            return SetSponsor(sponsors.sponsor(found.name, found.text, found.url) if found else None)
        case _:
            return act


def fault(act: Act, newsletter: Newsletter) -> str:
    """Return what is wrong with *act*, whatever the database holds; "" where nothing is."""
    match act:
        case Retitle() | Redek() | SetSubject() | SetPreheader() | SetNote():
            what, most = LONGEST[type(act)]
            long = len(act.text)
            return f"{what} may have {most} characters; yours has {long:,}." if long > most else ""
        case SetSponsor(sponsor=found):
            return sponsors.fault(found) if found else ""
        case Move(to=to) | Add(to=to):
            return _no_section(to, newsletter)
        case Merge() | Split():
            itself = act.other == act.article
            return "A story cannot be merged with itself or split from itself." if itself else ""
        case Approve() | Undo() | Unknown():
            return "That is no act of an editor."  # they have their own ways: `approve`, `undo`
        case Pin() | Drop() | Hold() | Lead() | Omit() | ShowPicture():
            return ""
        case _:
            assert_never(act)


def _no_section(to: Spot, newsletter: Newsletter) -> str:
    known = {"", "top", "brief", *(rule.name for rule in newsletter.sections)}
    return "" if to.section in known else f"This newsletter has no section “{to.section[:60]}”."


def undoable(made: Sequence[Choice], by: str, wanted: int) -> Choice | None:
    held = [choice for choice in active(made) if not isinstance(choice.act, Approve)]
    if wanted:
        return next((choice for choice in held if choice.id == wanted), None)
    return next((choice for choice in reversed(held) if choice.by == by), None)


def undone(made: Sequence[Choice], by: str, wanted: int) -> Choice | None:
    """Return the undo that is to be undone: the newest one of *by* with no act of theirs after it."""
    by_id = {choice.id: choice for choice in made}
    taken = {choice.act.choice for choice in made if isinstance(choice.act, Undo)}
    for choice in reversed(made):
        if isinstance(choice.act, Undo):
            original = by_id.get(choice.act.choice)
            own = choice.by == by and choice.id not in taken and wanted in (0, choice.id)
            if own and original is not None and not isinstance(original.act, Undo | Approve):
                return choice
        elif not wanted and choice.by == by and not isinstance(choice.act, Approve):
            return None
    return None
