"""What came back, for people: beside a reader, as text, and as counts of an edition by provider."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from digest.app import App
from digest.store.feedback import kept
from digest.store.feedback.kept import Report

__all__ = ["LABELS", "Late", "Report", "by_provider", "late", "mail", "of_reader"]

ORDER = ("dead", "soft", "ours", "complained", "delayed")
LABELS = {
    "dead": "dead addresses",
    "soft": "mailboxes full or closed",
    "ours": "refused us",
    "complained": "complaints",
    "delayed": "delayed",
}
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Late:
    """What came back of an edition after it was accepted: what, and how many of each, by provider."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]


def late(app: App, edition: int, *, limit: int = 30) -> Late:
    """Return what came back of *edition*, the providers with most of it first."""
    with app.db.read() as connection:
        found = kept.counts(connection, edition)
    columns = tuple(what for what in ORDER if any(what in each for each in found.values()))
    rows = [(name, tuple(each.get(what, 0) for what in columns)) for name, each in found.items()]
    rows.sort(key=lambda row: (-sum(row[1]), row[0]))
    return Late(columns, tuple(rows[:limit]))


def by_provider(found: Late) -> Mapping[str, Mapping[str, int]]:
    """Return the same as a mapping, for programs."""
    return {name: dict(zip(found.columns, counts, strict=True)) for name, counts in found.rows}


def of_reader(app: App, subscriber: int) -> list[Report]:
    """Return what came back about a reader, the newest first."""
    with app.db.read() as connection:
        return kept.of_subscriber(connection, subscriber)


def mail(app: App, report: int) -> tuple[Report, str] | None:
    """Return a mail that came back, and its beginning as text; None where it is not kept, or is about no reader.

    The text is a stranger's: it is to be shown escaped. What could turn its direction or move a cursor is taken out.
    """
    with app.db.read() as connection:
        found, raw = kept.by_id(connection, report), kept.raw(connection, report)
    if found is None or raw is None or found.subscriber is None:
        return None
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
    return found, _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
