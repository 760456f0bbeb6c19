"""Edit: an editor's acts become Choices, and the draft is built again at its own clock with them.

Nothing but the acts changes then: news that came in meanwhile waits until the editor asks for it (`refresh`).
An act on a story that somebody else has touched since the page was made is not recorded but shown.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from sqlalchemy import Connection

from digest.app import App
from digest.articles.seen import as_seen_by
from digest.config.schema import Newsletter
from digest.editions import sponsors
from digest.editions.choices import active
from digest.editions.subject import PREHEADER, SUBJECT, one_line
from digest.errors import DigestError, EditionError
from digest.flows.edition.build import build
from digest.model import Act, Built, Choice, Edition, EditionState, Role
from digest.model.choice import (
    Add,
    Approve,
    Drop,
    Hold,
    Lead,
    Line,
    Merge,
    Move,
    OfStory,
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
from digest.store import articles as stored_articles
from digest.store import choices, editions

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


def act(app: App, name: str, day: date, wanted: Sequence[Act], *, by: str, seen: int) -> Acted:
    """Record that *by* did *wanted* to the draft of *name* on *day*, and build it again.

    *seen* is the newest choice that *by* knew of. All of them are recorded, or none.
    """
    edition = app.edition(name, day)
    cleaned = [_cleaned(act) for act in wanted]
    with app.db.write() as connection:
        refused = _refused(connection, edition, app.newsletter(name), cleaned)
        if refused:
            return Acted(False, refused)
        made = choices.of(connection, edition.id)
        met = clashes(made, cleaned, seen, _companions(connection, edition))
        if met:
            return Acted(False, "Somebody was faster. Nothing of yours was recorded yet.", met)
        ids = tuple(choices.add(connection, edition.id, Choice(act, by, app.now())) for act in cleaned)
    return _rebuilt(app, edition, Acted(True, made=ids), by)


def undo(app: App, name: str, day: date, *, by: str, choice: int = 0, again: bool = False) -> Acted:
    """Take back the choice with the id *choice*, or the newest that holds of *by*; *again* redoes it instead."""
    edition = app.edition(name, day)
    if edition.state is not EditionState.DRAFT:
        return Acted(False, closed(edition))
    with app.db.write() as connection:
        made = choices.of(connection, edition.id)
        target = _undone(made, by, choice) if again else _undoable(made, by, choice)
        if target is None:
            return Acted(
                False, "There is nothing of yours to redo." if again else "There is nothing of yours to undo."
            )
        ids = (choices.add(connection, edition.id, Choice(Undo(target.id), by, app.now())),)
    return _rebuilt(app, edition, Acted(True, made=ids), by)


def refresh(app: App, name: str, day: date) -> Built:
    """Return the draft built anew with all the news there is by now: what the editor applies."""
    return build(app, name, day)


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


def _companions(connection: Connection, edition: Edition) -> dict[int, tuple[int, ...]]:
    lines = editions.lines(connection, edition.id, edition.revision)
    return {member: line.members for line in lines for member in line.members}


def _cleaned(act: Act) -> Act:
    match act:
        case Retitle() | Redek() | SetSubject() | SetPreheader() | SetNote():
            return replace(act, text=one_line(act.text))
        case SetSponsor(sponsor=found):
            return SetSponsor(sponsors.sponsor(found.name, found.text, found.url) if found else None)
        case _:
            return act


def _refused(connection: Connection, edition: Edition, newsletter: Newsletter, wanted: Sequence[Act]) -> str:
    """Return why the acts cannot be, "" when they can."""
    if edition.state is not EditionState.DRAFT:
        return closed(edition)
    known = stored_articles.by_ids(connection, [act.article for act in wanted if act.article])
    for act in wanted:
        if isinstance(act, OfStory) and act.article not in known:
            return "There is no such story any more."
        if isinstance(act, ShowPicture) and not _may_show(connection, edition, newsletter, act):
            return "Choose a picture of one of our own articles in this story, or none."
        if fault := _fault(act, newsletter):
            return fault
    return ""


def _fault(act: Act, newsletter: Newsletter) -> str:
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
        case Pin() | Drop() | Hold() | Lead() | ShowPicture():
            return ""
        case _:
            assert_never(act)


def _no_section(to: Spot, newsletter: Newsletter) -> str:
    known = {"", "top", "brief", *(rule.name for rule in newsletter.sections)}
    return "" if to.section in known else f"This newsletter has no section “{to.section[:60]}”."


def _may_show(connection: Connection, edition: Edition, newsletter: Newsletter, act: ShowPicture) -> bool:
    """Whether the picture is of an own article of the same story: a witness's is not ours to show."""
    if not act.source:
        return True
    if act.source not in _companions(connection, edition).get(act.article, ()):
        return False
    found = stored_articles.by_ids(connection, [act.source])[act.source]
    return found.picture is not None and as_seen_by(newsletter, found).role is Role.OWN


def _undoable(made: Sequence[Choice], by: str, wanted: int) -> Choice | None:
    held = [choice for choice in active(made) if not isinstance(choice.act, Approve)]
    if wanted:
        return next((choice for choice in held if choice.id == wanted), None)
    return next((choice for choice in reversed(held) if choice.by == by), None)


def _undone(made: Sequence[Choice], by: str, wanted: int) -> Choice | None:
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


def _rebuilt(app: App, edition: Edition, acted: Acted, by: str) -> Acted:
    """Build again at the clock that the draft has; an act that it cannot be built with is taken back."""
    try:
        built = build(app, edition.newsletter, edition.date, now=edition.now)
    except EditionError as problem:
        return replace(acted, done=False, words=str(problem))
    except DigestError as problem:
        _take_back(app, edition, acted, by)
        return replace(acted, done=False, words=f"{problem} Your act was taken back.")
    if built.saved is None:
        _take_back(app, edition, acted, by)
        return replace(
            acted, done=False, words="That would leave no story in the edition, so it was not done."
        )
    return acted


def _take_back(app: App, edition: Edition, acted: Acted, by: str) -> None:
    with app.db.write() as connection:
        for number in acted.made:
            choices.add(connection, edition.id, Choice(Undo(number), by, app.now()))
