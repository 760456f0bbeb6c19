"""Wrong edition out: stop, correct, let the rest have the right one, and tell those who got the wrong one.

    stopped     sending ends within a second, and the edition is a draft again: the desk works on it as ever
    begin_now   (sending/send.py) once it is approved anew, the rest go out, each in the revision that stands then
    tell        a correction mail to exactly those who got an earlier revision

Why nobody gets both: a reader has one row for the edition, and it is either behind its mark, then it keeps the
revision that it went out in, or not, then `corrections.reopen` voids its claim and it gets the next one. A row
gets its revision in the transaction that claims it, and the composer asks for the edition's revision after the
claim; a correction in between voids that claim, so row and bytes never differ.

Why the correction mail is an edition of its own, and no mail of the outbox: it goes to as many readers as an
edition, and needs every promise of the ledger. It has one row a reader, unique, so that nobody is told twice
whatever is killed when; its mark asks `may_send` at the last moment, so that who left meanwhile is left alone;
it is paced, paused and reported like any other. Its audience is a question to the ledger, and it is not begun
while answers about the wrong revision are awaited, so that the question has one answer.

Why: docs/design-notes.md, "A correction mail is an edition of its own".
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from digest.app import App
from digest.config.schema import Newsletter
from digest.editions.revisions import Revisions
from digest.editions.subject import PREHEADER, SUBJECT, one_line
from digest.errors import EditionError
from digest.messages import compile, render
from digest.messages.compile import to_store
from digest.messages.slots import nonce
from digest.messages.templates import library
from digest.model import (
    BEGUN,
    BENCH,
    Composition,
    Edition,
    EditionEvent,
    EditionState,
    OccurrenceState,
    Placed,
    Section,
)
from digest.store import choices, compositions, corrections, editions, occurrences, variants
from digest.store.accounts import audit

ON_ITS_WAY = BEGUN | {EditionState.SENT}
LONGEST = 2000  # characters of the words of a correction


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionStatus:
    """Where a correction stands: the edition, who has which revision, and the correction mails there are."""

    edition: Edition
    reach: Revisions
    mails: tuple[Edition, ...]


def status(app: App, name: str, day: date | None) -> CorrectionStatus:
    """Return who got an earlier revision than the one that stands, and who waits."""
    edition = app.edition(name, day)
    with app.db.read() as connection:
        found = corrections.revisions_of(connection, edition)
        return CorrectionStatus(
            edition=edition, reach=found, mails=tuple(corrections.of(connection, edition.id))
        )


def stopped(app: App, name: str, day: date | None, *, by: str, why: str) -> Edition:
    """Stop the sending of an edition and make it a draft again; return it. Earlier approvals count no more.

    Raises EditionError when it never went out: then it is a draft anyway, or its approval is taken back.
    """
    edition = app.edition(name, day)
    where = f"{edition.newsletter} {edition.date}"
    if not why.strip():
        raise EditionError("say what is wrong with it", where=where, do="The audit keeps it.")
    with app.db.write() as connection:
        if not corrections.reopen(connection, edition.id, app.now()):
            raise EditionError(f"is {edition.state}: nothing of it went out", where=where)
        choices.undo_approvals(connection, edition.id, by, app.now())
        _close_day(connection, edition)
        audit.record(connection, app.now(), by, "correct", one_line(why), edition=edition.id)
        return editions.existing(connection, edition.id)


def send_correction(
    app: App,
    name: str,
    day: date | None,
    *,
    by: str,
    words: str,
    subject: str = "",
    stories: Collection[int] | None = None,
) -> Edition:
    """Send a correction mail to exactly those who got an earlier revision; return it as an edition on its way.

    It holds *words* and the *stories* (ids of articles) as they stand in the corrected edition; without, those
    that were changed. Raises EditionError while the corrected revision is not approved, while a relay has yet
    to answer for the wrong one, when nobody got it, and when they were told already.
    """
    edition, newsletter = app.edition(name, day), app.newsletter(name)
    where = f"{edition.newsletter} {edition.date}"
    words = one_line(words)
    if not words or len(words) > LONGEST:
        raise EditionError(f"a correction has 1 to {LONGEST:,} characters", where=where)
    if edition.state not in ON_ITS_WAY | {EditionState.APPROVED}:
        raise EditionError("its corrected revision is not approved yet", where=where, do="Approve it first.")
    said = library(app.config.site.templates, name).words(newsletter.language)["correction"]
    with app.db.read() as connection:
        _possible(corrections.revisions_of(connection, edition), where)
        letter = _letter(connection, edition, newsletter, words, subject, stories, said)
    letter = replace(letter, now=app.now())
    rendered, letter = render.rendered(
        letter,
        newsletter,
        app.config.site,
        nonce=nonce(app.keys[-1], f"{name} correction {edition.revision}", edition.date, edition.issue),
    )
    with app.db.write() as connection:
        _possible(corrections.revisions_of(connection, edition), where)
        made = corrections.begin(
            connection,
            edition,
            subject=rendered.subject,
            preheader=rendered.preheader,
            note=words,
            now=app.now(),
            config_sha256=newsletter.fingerprint,
        )
        if made is None:
            raise EditionError("those readers were told already", where=where)
        variant = compile.compiled(
            rendered, newsletter, replace(letter, id=made.id, revision=1), app.config.site
        )
        variants.keep(connection, to_store(made.id, 1, rendered, variant))
        editions.transition(connection, made.id, EditionEvent.BEGIN, at=app.now())
        audit.record(connection, app.now(), by, "correction mail", words, edition=edition.id)
        return editions.existing(connection, made.id)


def _possible(reach: Revisions, where: str) -> None:
    if reach.unanswered:
        what = f"a relay has yet to answer for {reach.unanswered:,} mails of the wrong revision"
        raise EditionError(what, where=where, do="Try again in a minute or two.")
    if not reach.got:
        raise EditionError("nobody got an earlier revision, so there is nobody to tell", where=where)


def _letter(
    connection: Connection,
    edition: Edition,
    newsletter: Newsletter,
    words: str,
    subject: str,
    stories: Collection[int] | None,
    said: str,
) -> Composition:
    corrected = compositions.of(connection, edition, newsletter)
    wanted = changed(connection, edition, corrected) if stories is None else frozenset(stories)
    shown = tuple(
        replace(story, place=place, section="top")
        for place, story in enumerate((one for one in corrected.stories if one.article.id in wanted), 1)
    )
    title = shown[0].title if shown else newsletter.title
    return replace(
        corrected,
        id=0,
        revision=1,
        subject=(one_line(subject) or f"{said}: {title}")[:SUBJECT],
        preheader=words[:PREHEADER],
        note=words,
        sponsor=None,
        correction=True,
        sections=(Section("top", "", shown),) if shown else (),
        bench=(),
    )


def changed(connection: Connection, edition: Edition, corrected: Composition) -> frozenset[int]:
    """Return the placed articles that no earlier revision that readers got had with these very words."""
    before: set[tuple[int, str, str]] = set()
    for revision in corrections.revisions(connection, edition.id, edition.revision):
        lines = editions.lines(connection, edition.id, revision)
        before |= {(line.article, line.title, line.dek) for line in lines if line.section != BENCH}

    def same(story: Placed) -> bool:
        return (story.article.id, story.title, story.dek) in before

    return frozenset(story.article.id for story in corrected.stories if not same(story))


def _close_day(connection: Connection, edition: Edition) -> None:
    """Close the occurrence: from here on people say what happens, and no schedule approves or builds."""
    found = occurrences.get(connection, edition.newsletter, edition.date, edition.issue)
    if found is not None:
        occurrences.settle(connection, found.id, OccurrenceState.DONE, "corrected by hand")
