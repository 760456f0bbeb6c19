"""The frozen editions that readers see in a browser, and what was corrected in them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from digest.app import App
from digest.messages.personal_links import NOBODY, Seen, view_url
from digest.model import Edition, EditionState, StoredVariant
from digest.store import corrections, editions, variants
from digest.store.editions import WENT

LISTED = 60  # editions of the archive's page


@dataclass(frozen=True, slots=True)
class Frozen:
    """An edition as it was sent, in the revision that was asked for."""

    edition: Edition
    variant: StoredVariant


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction: when it was made, and the words of its mail; "" where nobody had to be told."""

    at: datetime
    words: str


def archived(app: App, newsletter: str) -> list[tuple[Edition, list[Correction]]]:
    """Return the newest editions of *newsletter* that went out, newest first, with their corrections."""
    with app.db.read() as connection:
        went = [one for one in editions.latest(connection, newsletter, LISTED) if _is_archived(one)]
        return [(one, _corrections(connection, one)) for one in went]


def frozen(app: App, edition: int, revision: int) -> Frozen | None:
    """Return what was rendered for *revision* of *edition*; None where there is none."""
    with app.db.read() as connection:
        found = editions.by_id(connection, edition)
        variant = variants.of(connection, edition, revision)
    return Frozen(found, variant) if found is not None and variant is not None else None


def corrections_of(app: App, edition: Edition) -> list[Correction]:
    """Return the corrections of *edition*, oldest first."""
    with app.db.read() as connection:
        return _corrections(connection, edition)


def latest(app: App, newsletter: str) -> str:
    """Return where the newest edition of *newsletter* that went out can be read; "" when there is none."""
    with app.db.read() as connection:
        found = [one for one in editions.latest(connection, newsletter, 30) if one.state in editions.WENT]
    return view_url(app.links, Seen(found[0].id, found[0].revision, NOBODY)) if found else ""


def _is_archived(edition: Edition) -> bool:
    """Return whether an edition is shown in the archive: it went out, and is not being corrected at this moment."""
    approved_anew = edition.state is EditionState.APPROVED and edition.started_at is not None
    return edition.state in WENT or approved_anew


def _corrections(connection: Connection, edition: Edition) -> list[Correction]:
    mails = [
        mail for mail in corrections.of(connection, edition.id) if mail.state is not EditionState.CANCELLED
    ]
    found = [Correction(mail.started_at or mail.now, mail.note) for mail in mails]
    announced = any(mail.corrected == edition.revision for mail in mails)
    earlier = corrections.revisions(connection, edition.id, edition.revision)
    stands = edition.state is not EditionState.DRAFT and edition.approved_at is not None
    if stands and earlier and not announced and edition.approved_at is not None:
        found.append(Correction(edition.approved_at, ""))
    return found
