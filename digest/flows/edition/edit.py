"""Edit: an editor's acts become Choices, and the draft is built again at its own clock with them.

Nothing but the acts changes then: news that came in meanwhile waits until the editor asks for it (`refresh`).
An act on a story that somebody else has touched since the page was made is not recorded but shown.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from digest.app import App
from digest.articles.seen import as_seen_by
from digest.config.schema import Newsletter
from digest.editions.edits import Acted, clashes, cleaned, closed, fault, undoable, undone
from digest.errors import DigestError, EditionError
from digest.flows.edition.build import build
from digest.model import Act, Built, Choice, Edition, EditionState, Role
from digest.model.choice import (
    OfStory,
    ShowPicture,
    Undo,
)
from digest.store import articles as stored_articles
from digest.store import choices, editions


def act(app: App, name: str, day: date, wanted: Sequence[Act], *, by: str, seen: int) -> Acted:
    """Record that *by* did *wanted* to the draft of *name* on *day*, and build it again.

    *seen* is the newest choice that *by* knew of. All of them are recorded, or none.
    """
    edition = app.edition(name, day)
    acts = [cleaned(act) for act in wanted]
    with app.db.write() as connection:
        refused = _refused(connection, edition, app.newsletter(name), acts)
        if refused:
            return Acted(False, refused)
        made = choices.of(connection, edition.id)
        met = clashes(made, acts, seen, _companions(connection, edition))
        if met:
            return Acted(False, "Somebody was faster. Nothing of yours was recorded yet.", met)
        ids = tuple(choices.add(connection, edition.id, Choice(act, by, app.now())) for act in acts)
    return _rebuilt(app, edition, Acted(True, made=ids), by)


def undo(app: App, name: str, day: date, *, by: str, choice: int = 0, again: bool = False) -> Acted:
    """Take back the choice with the id *choice*, or the newest that holds of *by*; *again* redoes it instead."""
    edition = app.edition(name, day)
    if edition.state is not EditionState.DRAFT:
        return Acted(False, closed(edition))
    with app.db.write() as connection:
        made = choices.of(connection, edition.id)
        target = undone(made, by, choice) if again else undoable(made, by, choice)
        if target is None:
            return Acted(
                False, "There is nothing of yours to redo." if again else "There is nothing of yours to undo."
            )
        ids = (choices.add(connection, edition.id, Choice(Undo(target.id), by, app.now())),)
    return _rebuilt(app, edition, Acted(True, made=ids), by)


def refresh(app: App, name: str, day: date) -> Built:
    """Return the draft built anew with all the news there is by now: what the editor applies."""
    return build(app, name, day)


def _companions(connection: Connection, edition: Edition) -> dict[int, tuple[int, ...]]:
    lines = editions.lines(connection, edition.id, edition.revision)
    return {member: line.members for line in lines for member in line.members}


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
        if why := fault(act, newsletter):
            return why
    return ""


def _may_show(connection: Connection, edition: Edition, newsletter: Newsletter, act: ShowPicture) -> bool:
    """Whether the picture is of an own article of the same story: a witness's is not ours to show."""
    if not act.source:
        return True
    if act.source not in _companions(connection, edition).get(act.article, ()):
        return False
    found = stored_articles.by_ids(connection, [act.source])[act.source]
    return found.picture is not None and as_seen_by(newsletter, found).role is Role.OWN


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
