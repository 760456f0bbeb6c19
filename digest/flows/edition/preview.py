"""Show: a stored edition, as lines for a person or as the files that would go out."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from digest.app import App
from digest.delivery.settle import Claimed
from digest.errors import EditionError
from digest.flows.edition.compose import Composer
from digest.messages import personal_links
from digest.model import Edition, Message, Recipient, StoredVariant
from digest.store import editions, variants
from digest.store.editions import Line


@dataclass(frozen=True, slots=True)
class Shown:
    """An edition and its stories, in reading order, the bench behind them."""

    edition: Edition
    stories: tuple[Line, ...]


def show(app: App, name: str, day: date | None) -> Shown:
    """Return the edition of *name* for *day*, with the stories and reasons of its newest revision."""
    edition = app.edition(name, day)
    with app.db.read() as connection:
        return Shown(edition, tuple(editions.lines(connection, edition.id, edition.revision)))


def variant_of(app: App, edition: Edition) -> StoredVariant:
    """Return what was rendered for the edition's newest revision."""
    with app.db.read() as connection:
        return variants.existing(connection, edition)


def preview(app: App, name: str, day: date | None, folder: Path) -> list[Path]:
    """Write the mail of *name* for *day* into *folder* as .html, .txt and .eml; return the files."""
    edition = app.edition(name, day)
    kept = variant_of(app, edition)
    values = personal_links.slot_values(app.links, edition, personal_links.NOBODY)
    made = {
        ".html": personal_links.page(kept, values, None).encode(),
        ".txt": personal_links.plain(kept, values, None).encode(),
        ".eml": message(app, edition),
    }
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name}-{edition.date}-r{edition.revision}"
    for suffix, content in made.items():
        (folder / (stem + suffix)).write_bytes(content)
    return [folder / (stem + suffix) for suffix in made]


def message(app: App, edition: Edition) -> bytes:
    """Return the whole mail as the sender would compose it, to the newsletter's own address."""
    address = app.newsletter(edition.newsletter).sender.address
    reader = Recipient(subscriber=personal_links.NOBODY, address=address)
    made = Composer(app, edition)([Claimed(id=0, recipient=reader, provider="", deadline=edition.now)])[0]
    if not isinstance(made, Message):
        raise EditionError(made.why, where=f"{edition.newsletter} {edition.date}")
    return made.content
