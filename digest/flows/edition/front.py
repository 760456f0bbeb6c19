"""What the front page and an open day's page ask of the store: days, hours, and that somebody has a draft open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from digest.app import App
from digest.config.schema import Newsletter
from digest.editions import occurrences as calendar
from digest.editions.occurrences import Occurrence
from digest.model import MAIN, Edition
from digest.store import counts, editions, occurrences

__all__ = ["DayHours", "NewsletterDays"]


@dataclass(frozen=True, slots=True)
class NewsletterDays:
    """A newsletter's last days: its editions and occurrences by date, and how many readers it has."""

    newsletter: Newsletter
    editions: Mapping[date, Edition]
    occurrences: Mapping[date, Occurrence]
    readers: int


@dataclass(frozen=True, slots=True)
class DayHours:
    """When a day's edition goes out, when that is too late, and its occurrence, None where it has none."""

    due: datetime
    deadline: datetime
    occurrence: Occurrence | None


def latest_editions(app: App, limit: int) -> list[tuple[Newsletter, list[Edition]]]:
    """Return each newsletter with its newest editions."""
    with app.db.read() as connection:
        letters = app.config.newsletters.items()
        return [(newsletter, editions.latest(connection, name, limit)) for name, newsletter in letters]


def front(app: App, *, rows: int, made: int) -> list[NewsletterDays]:
    """Return each newsletter's last days, up to *rows* occurrences and *made* editions."""
    with app.db.read() as connection:
        return [
            NewsletterDays(
                newsletter=newsletter,
                editions={each.date: each for each in editions.latest(connection, name, made, MAIN)},
                occurrences={each.date: each for each in occurrences.latest(connection, name, rows)},
                readers=counts.readers(connection, name),
            )
            for name, newsletter in app.config.newsletters.items()
        ]


def day_hours(app: App, newsletter: Newsletter, day: date) -> DayHours:
    """Return the hours of *newsletter* on *day*."""
    with app.db.read() as connection:
        occurrence = occurrences.get(connection, newsletter.name, day)
    return DayHours(*calendar.hours(newsletter.schedule, day, occurrence), occurrence)


def keep_open(app: App, edition: int, until: datetime) -> None:
    """Record that an editor has the draft open *until* then; left out where the database is busy at this moment."""
    with app.db.write_if_free() as connection:  # the page says it again in 20 seconds
        if connection is not None:
            editions.watch(connection, edition, until)
