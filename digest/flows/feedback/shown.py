"""What came back, for people: beside a reader, as text, and as counts of an edition by provider."""

from digest.app import App
from digest.delivery.late_reports import Late, readable
from digest.delivery.late_reports import late as late_table
from digest.store.feedback import kept
from digest.store.feedback.kept import Report

__all__ = ["Report", "late", "mail", "of_reader"]


def late(app: App, edition: int, *, limit: int = 30) -> Late:
    """Return what came back of *edition*, the providers with most of it first."""
    with app.db.read() as connection:
        return late_table(kept.counts(connection, edition), limit=limit)


def of_reader(app: App, subscriber: int) -> list[Report]:
    """Return what came back about a reader, the newest first."""
    with app.db.read() as connection:
        return kept.of_subscriber(connection, subscriber)


def mail(app: App, report: int) -> tuple[Report, str] | None:
    """Return a mail that came back, and its beginning as text; None where it is not kept, or is about no reader."""
    with app.db.read() as connection:
        found, raw = kept.by_id(connection, report), kept.raw(connection, report)
    if found is None or raw is None or found.subscriber is None:
        return None
    return found, readable(raw)
