"""Following: a newsletter's days follow its configuration at each look, and those that fell due get their row."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from digest.app import App
from digest.config.schema import Newsletter
from digest.editions.occurrences import Occurrence
from digest.editions.reschedule import CATCH_UP, OPEN, PARKED, Change, changes
from digest.flows.notify import notices
from digest.model import EditionState, OccurrenceState
from digest.store import editions, occurrences


def waiting_of(app: App, newsletter: Newsletter, now: datetime) -> list[Occurrence]:
    """Return the occurrences of *name* that wait for something, the oldest first.

    One transaction reads the rows, moves and makes them, and records that the clock rang: whoever dies in it has
    changed nothing, and the next look comes to the same.
    """
    with app.db.write() as connection:
        since = now.astimezone(newsletter.schedule.tz).date() - timedelta(days=CATCH_UP + 1)
        rows = occurrences.known(connection, newsletter.name, since, PARKED)
        by_id = {one.id: one for one in rows}
        for change in changes(newsletter.schedule, rows, now, occurrences.rang(connection, newsletter.name)):
            done = occurrences.write(connection, newsletter.name, change)
            if done and change.id:
                _told(app, connection, newsletter, by_id[change.id], change, now)
        occurrences.ring(connection, newsletter.name, now)
        return occurrences.unsettled(connection, newsletter.name)


def _told(
    app: App, connection: Connection, newsletter: Newsletter, was: Occurrence, change: Change, now: datetime
) -> None:
    """Tell people where something that they were told of, or waited for, is another by now."""
    if was.state not in OPEN:
        return
    edition = editions.get(connection, was.newsletter, was.date, was.issue)
    if edition is not None and edition.state not in (EditionState.DRAFT, EditionState.APPROVED):
        return
    if change.state is OccurrenceState.SKIPPED:
        if edition is not None or was.due <= now:
            notices.off(app, connection, newsletter, was, change.note)
    elif "draft" in was.notified and change.due != was.due:
        notices.moved(app, connection, newsletter, was, change.due)
