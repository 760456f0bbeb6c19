"""Replay: a stored edition is rendered again from what was stored, and its bytes compared with what went out.

It decides nothing anew: the stories, their order, versions and words are those that were placed. What else goes
into the bytes is the configuration and the templates; where these are others by now, the replay says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import unified_diff

from sqlalchemy import Connection

from digest.app import App
from digest.articles.seen import as_seen_by
from digest.config.schema import Newsletter
from digest.editions import choices as wishes
from digest.editions import compose
from digest.errors import EditionError
from digest.messages import compile, render
from digest.messages.slots import nonce
from digest.model import Article, Composition, Edition, Placed, Role, StoredVariant
from digest.store import articles, choices, compositions, editions, variants

LINES = 40  # of a difference, the most that is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay found: the two hashes, whether the settings are those of then, and what differs."""

    edition: Edition
    stored: str
    made: str
    same_settings: bool
    notes: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        """Whether the very same bytes came out."""
        return self.stored == self.made


def edition_named(app: App, name: str, day: date | None) -> Edition:
    """Return the edition with the id *name*, or the one of the newsletter *name* for *day* (today without)."""
    if not (name.isascii() and name.isdecimal() and len(name) < 19) or name in app.config.newsletters:
        return app.edition(name, day)
    with app.db.read() as connection:
        found = editions.by_id(connection, int(name))
    if found is None:
        raise EditionError(f"there is no edition with the id {name}", do="digest show NEWSLETTER --date DATE")
    return found


def replay(app: App, name: str, day: date | None = None) -> Replayed:
    """Return how the edition *name* (an id, or a newsletter with *day*) comes out when it is made once more.

    Raises EditionError when it was never rendered.
    """
    saved = edition_named(app, name, day)
    newsletter = app.newsletter(saved.newsletter)
    with app.db.read() as connection:
        kept = variants.existing(connection, saved)
        edition, notes = _as_placed(connection, saved, newsletter)
        settings = editions.settings_of(connection, saved.id)
    mark = nonce(app.keys[-1], saved.newsletter, saved.date, saved.issue)
    if mark != kept.nonce:
        notes.append("the keys are others by now: the slots' secret mark is taken from the stored mail")
    rendered, edition = render.rendered(edition, newsletter, app.config.site, nonce=kept.nonce)
    variant = compile.compiled(rendered, newsletter, edition, app.config.site)
    same = settings == newsletter.fingerprint
    if not same:
        notes.append("the newsletter's settings are others by now")
    again = replace(kept, subject=rendered.subject, html=rendered.html, text=rendered.text)
    differs = () if variant.sha256 == kept.sha256 else _difference(kept, again)
    if differs and same:
        notes.append("the settings are the same: a template, a picture, or the program itself changed since")
    return Replayed(
        edition=saved,
        stored=kept.sha256,
        made=variant.sha256,
        same_settings=same,
        notes=tuple(notes),
        differs=differs,
    )


def _as_placed(
    connection: Connection, saved: Edition, newsletter: Newsletter
) -> tuple[Composition, list[str]]:
    """Return *saved* with its articles in the versions that were placed, and what is missing for that."""
    lines = editions.lines(connection, saved.id, saved.revision)
    then = articles.in_versions(connection, {(line.article, line.version) for line in lines})
    members = articles.by_ids(connection, {number for line in lines for number in line.members})
    _, added = wishes.wanted(choices.of(connection, saved.id))
    own = {number: one for number, one in members.items() if number in added or _is_own(newsletter, one)}
    shown = compositions.pictures(connection, saved, lines)
    versions = {line.article: line.version for line in lines}
    linked = {line.article: line.also for line in lines}
    notes = [
        f"version {version} of article {number} is not kept any more"
        for number, version in versions.items()
        if (number, version) not in then
    ]

    def placed(one: Placed) -> Placed:
        found = then.get((one.article.id, versions[one.article.id]), one.article)
        article = as_seen_by(newsletter, found)
        others = [own[number] for number in one.members if number in own]
        kept = linked[one.article.id]
        if kept is None:  # an edition of before it was kept: it linked to other outlets alone
            also = compose.also(article, others, {})
        else:
            also = tuple(own[number] for number in kept if number in own)
        return replace(one, article=wishes.pictured(article, shown[one.article.id], others), also=also)

    edition = compositions.of(connection, saved, newsletter)
    sections = tuple(
        replace(section, stories=tuple(placed(one) for one in section.stories))
        for section in edition.sections
    )
    number = editions.count_before(connection, saved.newsletter, saved.date) + 1
    return replace(edition, sections=compose.numbered(sections), number=number), notes


def _is_own(newsletter: Newsletter, article: Article) -> bool:
    return as_seen_by(newsletter, article).role is Role.OWN


def _difference(kept: StoredVariant, again: StoredVariant) -> tuple[str, ...]:
    """Return where the stored mail (-) and the replayed one (+) differ, at most LINES lines."""
    found: list[str] = []
    for part in ("subject", "text", "html"):
        before, after = _lines(getattr(kept, part)), _lines(getattr(again, part))
        found += unified_diff(before, after, f"{part} as stored", f"{part} as replayed", n=0, lineterm="")
    if not found:
        return ("the header lines, or how the parts are packed",)
    return (*found[:LINES], *([f"... and {len(found) - LINES} lines more"] if len(found) > LINES else []))


def _lines(text: str) -> Sequence[str]:
    return [line for line in text.replace("><", ">\n<").splitlines() if line.strip()]
