"""Hours: when a newsletter's day goes out. Its row knows, else the schedule."""

from datetime import date, datetime

from sqlalchemy import Connection

from digest.config.schema import Newsletter
from digest.editions import occurrences as calendar
from digest.store import occurrences


def hours(connection: Connection, newsletter: Newsletter, day: date) -> tuple[datetime, datetime]:
    """Return when *name* is due on *day*, and its deadline: a day may keep an hour that the schedule has left."""
    found = occurrences.get(connection, newsletter.name, day)
    if found is not None:
        return found.due, found.deadline
    due = calendar.due(newsletter.schedule, day)
    return due, due + newsletter.schedule.freshness
