"""Variants: what was rendered, one for each revision and language. Frozen by the revision's approval."""

from sqlalchemy import Connection, func, insert, select

from digest.errors import EditionError
from digest.model import Edition, StoredVariant
from digest.store.schema import variants


def keep(connection: Connection, kept: StoredVariant) -> None:
    """Store *kept* in the place of an earlier one of the same edition, revision and language."""
    same = (
        variants.c.edition_id == kept.edition,
        variants.c.revision == kept.revision,
        variants.c.language == kept.language,
    )
    connection.execute(variants.delete().where(*same))
    connection.execute(
        insert(variants).values(
            edition_id=kept.edition,
            revision=kept.revision,
            language=kept.language,
            sha256=kept.sha256,
            subject=kept.subject,
            preheader=kept.preheader,
            nonce=kept.nonce,
            html=kept.html,
            text=kept.text,
            compiled=kept.compiled,
            size=kept.size,
        )
    )


def of(connection: Connection, edition: int, revision: int) -> StoredVariant | None:
    """Return the variant of a revision, or None when nothing was rendered for it."""
    query = select(variants).where(variants.c.edition_id == edition, variants.c.revision == revision)
    row = connection.execute(query.order_by(variants.c.id).limit(1)).one_or_none()
    if row is None:
        return None
    return StoredVariant(
        id=row.id,
        edition=row.edition_id,
        revision=row.revision,
        language=row.language,
        sha256=row.sha256,
        subject=row.subject,
        preheader=row.preheader,
        nonce=row.nonce,
        html=row.html,
        text=row.text,
        compiled=row.compiled,
        size=row.size,
    )


def existing(connection: Connection, edition: Edition) -> StoredVariant:
    """Return the variant of the edition's newest revision; raise EditionError when nothing was rendered for it."""
    found = of(connection, edition.id, edition.revision)
    if found is None:
        where, do = f"{edition.newsletter} {edition.date}", f"Try: digest build {edition.newsletter}"
        raise EditionError("was never rendered", where=where, do=do)
    return found


def largest(connection: Connection) -> int:
    """Return how many bytes the largest variant of the last thirty has; 0 where nothing was rendered."""
    lately = select(variants.c.size).order_by(variants.c.id.desc()).limit(30).subquery()
    return connection.execute(select(func.max(lately.c.size))).scalar_one() or 0
