"""Show: a stored edition, as lines for a person or as the files that would go out."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from digest.app import App
from digest.errors import EditionError
from digest.flows.approve import edition_of
from digest.flows.letters import sample
from digest.store import editions, variants
from digest.store.editions import Line, Saved
from digest.store.variants import Kept


@dataclass(frozen=True, slots=True)
class Shown:
    """An edition and its stories, in reading order, the bench behind them."""

    edition: Saved
    stories: tuple[Line, ...]


def show(app: App, name: str, day: date | None) -> Shown:
    """Return the edition of *name* for *day*, with the stories and reasons of its newest revision."""
    edition = edition_of(app, name, day)
    with app.db.read() as connection:
        return Shown(edition, tuple(editions.lines(connection, edition.id, edition.revision)))


def variant_of(app: App, edition: Saved) -> Kept:
    """Return what was rendered for the edition's newest revision."""
    with app.db.read() as connection:
        kept = variants.of(connection, edition.id, edition.revision)
    if kept is None:
        raise EditionError("was never rendered", where=f"{edition.newsletter} {edition.date}")
    return kept


def preview(app: App, name: str, day: date | None, folder: Path) -> list[Path]:
    """Write the mail of *name* for *day* into *folder* as .html, .txt and .eml; return the files."""
    edition = edition_of(app, name, day)
    letter = sample(app, edition, variant_of(app, edition))
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name}-{edition.date}-r{edition.revision}"
    made = {".html": letter.html.encode(), ".txt": letter.text.encode(), ".eml": letter.message}
    for suffix, content in made.items():
        (folder / (stem + suffix)).write_bytes(content)
    return [folder / (stem + suffix) for suffix in made]
