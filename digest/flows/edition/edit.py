"""The hand: an editor's act becomes a Choice, and the draft is built again at its own clock with it.

Nothing but the act changes then: news that came in meanwhile waits until the editor asks for it (`refresh`).
An act on a story that somebody else has touched since the page was made is not recorded but shown.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from digest.app import App
from digest.config.schema import Newsletter
from digest.editions import sponsors
from digest.editions.choices import EDITION, spot, standing, until
from digest.editions.subject import PREHEADER, SUBJECT, one_line
from digest.errors import DigestError, EditionError
from digest.flows.edition.build import Built, as_seen_by, build
from digest.model import Choice, Edition, EditionState, Role
from digest.store import articles as stored_articles
from digest.store import choices, editions

LONGEST: Mapping[str, int] = {
    "retitle": 300,
    "redek": 700,
    "subject": SUBJECT,
    "preheader": PREHEADER,
    "note": 600,
    "sponsor": sponsors.NAME + sponsors.TEXT + sponsors.URL + 2,
}
NAMES = {
    "retitle": "A headline",
    "redek": "A dek",
    "subject": "A subject",
    "preheader": "A preheader",
    "note": "A note",
    "sponsor": "An advertisement",
}
PLACING = frozenset({"pin", "move", "add", "drop", "embargo"})
PAIRING = frozenset({"merge", "split"})


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of an act: *done*, or why not in *words*; *clash* are the choices of others that it met."""

    done: bool
    words: str = ""
    clash: tuple[Choice, ...] = ()
    made: tuple[int, ...] = ()


def act(app: App, name: str, day: date, wanted: Sequence[Choice], *, seen: int) -> Acted:
    """Record *wanted* for the draft of *name* on *day* and build it again; *seen* is the newest choice known.

    All of them are recorded, or none.
    """
    edition = app.edition(name, day)
    cleaned = [replace(choice, value=_cleaned(choice)) for choice in wanted]
    with app.db.write() as connection:
        refused = _refused(connection, edition, app.newsletter(name), cleaned)
        if refused:
            return Acted(False, refused)
        made = choices.of(connection, edition.id)
        met = clashes(made, cleaned, seen, _companions(connection, edition))
        if met:
            return Acted(False, "Somebody was faster. Nothing of yours was recorded yet.", met)
        ids = tuple(choices.add(connection, edition.id, choice) for choice in cleaned)
    return _rebuilt(app, edition, Acted(True, made=ids), cleaned)


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
        taken = Choice("undo", target.article, target.act, by, app.now(), undoes=target.id)
        ids = (choices.add(connection, edition.id, taken),)
    return _rebuilt(app, edition, Acted(True, made=ids), [taken])


def refresh(app: App, name: str, day: date) -> Built:
    """Return the draft built anew with all the news there is by now: what the editor applies."""
    return build(app, name, day)


def closed(edition: Edition) -> str:
    """Return in words why *edition* takes no more acts."""
    if edition.state is EditionState.APPROVED:
        return "This edition is approved, so it does not change any more. Take the approval back first."
    return f"This edition is {edition.state}, so it does not change any more."


def clashes(
    made: Iterable[Choice], wanted: Sequence[Choice], seen: int, companions: Mapping[int, Collection[int]]
) -> tuple[Choice, ...]:
    """Return the choices after *seen* that are about the same thing as any of *wanted*.

    *companions* gives the articles that are one story with an article.
    """
    newer = [choice for choice in standing(made) if choice.id > seen and choice.act != "approve"]
    return tuple(one for one in newer if any(_same_matter(one, choice, companions) for choice in wanted))


def _same_matter(one: Choice, other: Choice, companions: Mapping[int, Collection[int]]) -> bool:
    if one.act in EDITION or other.act in EDITION:
        return one.act == other.act
    touched = {other.article, *companions.get(other.article, ())}
    if other.act in PAIRING and other.value.isdecimal():
        touched.add(int(other.value))
    if one.article not in touched:
        return False
    alike = one.act == other.act or {one.act, other.act} <= PLACING or {one.act, other.act} <= PAIRING
    return alike or "drop" in (one.act, other.act)


def _companions(connection: Connection, edition: Edition) -> dict[int, tuple[int, ...]]:
    lines = editions.lines(connection, edition.id, edition.revision)
    return {member: line.members for line in lines for member in line.members}


def _cleaned(choice: Choice) -> str:
    if choice.act in ("retitle", "redek", "subject", "preheader", "note"):
        return one_line(choice.value)
    if choice.act == "sponsor":
        found = sponsors.parts(choice.value)
        return sponsors.written(found.name, found.text, found.url)
    return choice.value.strip()


def _refused(
    connection: Connection, edition: Edition, newsletter: Newsletter, wanted: Sequence[Choice]
) -> str:
    """Return why the acts cannot be, "" when they can."""
    if edition.state is not EditionState.DRAFT:
        return closed(edition)
    known = stored_articles.by_ids(connection, [choice.article for choice in wanted if choice.article])
    sections = {"top", "brief", *(rule.name for rule in newsletter.sections)}
    for choice in wanted:
        if choice.act not in EDITION and choice.article not in known:
            return "There is no such story any more."
        if choice.act == "sponsor" and (fault := sponsors.fault(choice.value)):
            return fault
        if len(choice.value) > LONGEST.get(choice.act, 200):
            most = LONGEST.get(choice.act, 200)
            return f"{NAMES.get(choice.act, 'This')} may have {most} characters; yours has {len(choice.value):,}."
        section = spot(choice.value).section
        if choice.act in ("move", "add") and section and section not in sections:
            return f"This newsletter has no section “{section}”."
        if choice.act == "embargo" and choice.value and until(choice.value) is None:
            return "Write the time until which the story is held, such as 14:30."
        if choice.act == "picture" and not _may_show(connection, edition, newsletter, choice):
            return "Choose a picture of one of our own articles in this story, or none."
        if choice.act in PAIRING and choice.value == str(choice.article):
            return "A story cannot be merged with itself or split from itself."
    return ""


def _may_show(connection: Connection, edition: Edition, newsletter: Newsletter, choice: Choice) -> bool:
    """Whether the picture is of an own article of the same story: a witness's is not ours to show."""
    if choice.value in ("", "none"):
        return True
    number = int(choice.value) if choice.value.isascii() and choice.value.isdecimal() else 0
    if number not in _companions(connection, edition).get(choice.article, ()):
        return False
    found = stored_articles.by_ids(connection, [number])[number]
    return found.picture is not None and as_seen_by(newsletter, found).role is Role.OWN


def _undoable(made: Sequence[Choice], by: str, wanted: int) -> Choice | None:
    held = [choice for choice in standing(made) if choice.act != "approve"]
    if wanted:
        return next((choice for choice in held if choice.id == wanted), None)
    return next((choice for choice in reversed(held) if choice.by == by), None)


def _undone(made: Sequence[Choice], by: str, wanted: int) -> Choice | None:
    """Return the undo that is to be undone: the newest one of *by* with no act of theirs after it."""
    taken = {choice.undoes for choice in made if choice.act == "undo"}
    for choice in reversed(made):
        if choice.act == "undo" and choice.id not in taken and wanted in (0, choice.id) and choice.by == by:
            original = next((one for one in made if one.id == choice.undoes), None)
            if original is not None and original.act not in ("undo", "approve"):
                return choice
        elif not wanted and choice.by == by and choice.act not in ("undo", "approve"):
            return None
    return None


def _rebuilt(app: App, edition: Edition, acted: Acted, wanted: Sequence[Choice]) -> Acted:
    """Build again at the clock that the draft has; an act that it cannot be built with is taken back."""
    try:
        built = build(app, edition.newsletter, edition.date, now=edition.now)
    except EditionError as problem:
        return replace(acted, done=False, words=str(problem))
    except DigestError as problem:
        _take_back(app, edition, acted, wanted)
        return replace(acted, done=False, words=f"{problem} Your act was taken back.")
    if built.saved is None:
        _take_back(app, edition, acted, wanted)
        return replace(
            acted, done=False, words="That would leave no story in the edition, so it was not done."
        )
    return acted


def _take_back(app: App, edition: Edition, acted: Acted, wanted: Sequence[Choice]) -> None:
    with app.db.write() as connection:
        for number, choice in zip(acted.made, wanted, strict=True):
            back = Choice("undo", choice.article, choice.act, choice.by, app.now(), undoes=number)
            choices.add(connection, edition.id, back)
