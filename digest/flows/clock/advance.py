"""The scheduler's tick: whatever is due at this moment for any newsletter is done, once, however many processes tick.

The rows decide, never the clock's memory: a process that was down does on its next tick what is due by then. What
goes wrong with a newsletter is said once, tried again later, and stops no other.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from anyio import to_thread
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from digest.app import App
from digest.config.schema import Newsletter
from digest.delivery.database_faults import passing, reason
from digest.editions import notices
from digest.editions import occurrences as calendar
from digest.editions.occurrences import Occurrence
from digest.editions.reschedule import CATCH_UP, GONE, OPEN, PARKED, Change, changes
from digest.errors import DigestError
from digest.flows.clock.step import step
from digest.model import EditionState, OccurrenceState
from digest.store import editions, occurrences

FIRST, LONGEST = timedelta(seconds=30), timedelta(minutes=5)

log = structlog.get_logger()


async def tick(app: App) -> list[str]:
    """Do what is due now; return what was done, a line each.

    Whatever goes wrong with one newsletter is reported, tried again later, and stops no other.
    """
    done: list[str] = []
    for name, newsletter in app.config.newsletters.items():
        now = app.now()
        try:
            waiting = await to_thread.run_sync(waiting_of, app, newsletter, now)
        except Exception as problem:
            done.append(f"{name}: {await _newsletter_failed(app, newsletter, problem)}")
            continue
        for occurrence in waiting:
            if occurrence.retry_at is not None and occurrence.retry_at > now:
                continue
            words = await _tried(app, newsletter, occurrence, now)
            if words:
                done.append(f"{name} {occurrence.date}: {words}")
                log.info("occurrence", newsletter=name, date=str(occurrence.date), did=words)
    return done + await _left_behind(app)


async def _tried(app: App, newsletter: Newsletter, occurrence: Occurrence, now: datetime) -> str:
    """Do what is due for *occurrence*, and record whether it went well; return it in words."""
    try:
        words = await step(app, newsletter, occurrence, now)
    except Exception as problem:
        return await _occurrence_failed(app, newsletter, occurrence, problem)
    if words and occurrence.failures:
        await to_thread.run_sync(_recovered, app, occurrence)
    return words


def moments(app: App, now: datetime) -> Iterator[datetime]:
    """Yield the coming moments at which a tick has something to do, for each newsletter."""
    for name, newsletter in app.config.newsletters.items():
        schedule = newsletter.schedule
        for due in calendar.upcoming(schedule, now - schedule.spread, 3 if schedule.spread else 2):
            start = calendar.start(schedule, name, due.astimezone(schedule.tz).date(), due)
            each = (due - schedule.lead, due - schedule.freeze, due, *([start] if start > due else ()))
            yield from (at for at in each if at > now)


def waiting_of(app: App, newsletter: Newsletter, now: datetime) -> list[Occurrence]:
    """Return the occurrences of *name* that wait for something, the oldest first.

    One transaction reads the rows, moves and makes them, and records the tick: whoever dies in it has changed
    nothing, and the next tick comes to the same.
    """
    with app.db.write() as connection:
        since = now.astimezone(newsletter.schedule.tz).date() - timedelta(days=CATCH_UP + 1)
        rows = occurrences.known(connection, newsletter.name, since, PARKED)
        by_id = {one.id: one for one in rows}
        for change in changes(
            newsletter.schedule, rows, now, occurrences.last_tick(connection, newsletter.name)
        ):
            done = occurrences.write(connection, newsletter.name, change)
            if done and change.id:
                _tell_change(app, connection, newsletter, by_id[change.id], change, now)
        occurrences.record_tick(connection, newsletter.name, now)
        return occurrences.unsettled(connection, newsletter.name)


def _tell_change(
    app: App, connection: Connection, newsletter: Newsletter, was: Occurrence, change: Change, now: datetime
) -> None:
    """Notify people where a draft that they know of, or an edition that is due, has another time or none by now."""
    if was.state not in OPEN:
        return
    edition = editions.get(connection, was.newsletter, was.date, was.issue)
    if edition is not None and edition.state not in (EditionState.DRAFT, EditionState.APPROVED):
        return
    if change.state is OccurrenceState.SKIPPED:
        if edition is not None or was.due <= now:
            app.notify(connection, notices.off(newsletter, was, change.note, now))
    elif "draft" in was.notified and change.due != was.due:
        app.notify(connection, notices.moved(newsletter, was, change.due, app.config.site.url))


def _pause(failures: int) -> timedelta:
    """Return how long to wait after so many *failures* in a row: twice as long each time, five minutes at most."""
    wait: timedelta = FIRST * 2 ** min(failures, 10)
    return min(wait, LONGEST)


async def _occurrence_failed(
    app: App, newsletter: Newsletter, occurrence: Occurrence, problem: Exception
) -> str:
    """Record that *occurrence* could not be advanced, and tell people at the first time in a row."""
    words = _words(problem)
    _logged("occurrence.failed", problem, newsletter=newsletter.name, date=str(occurrence.date))

    def record() -> None:
        with app.db.write() as connection:
            first = occurrences.failed(connection, occurrence.id, app.now() + _pause(occurrence.failures))
            if first and not _passes(problem):
                app.notify(connection, notices.failed(newsletter, occurrence, words, app.now()))

    try:
        await to_thread.run_sync(record)
    except Exception:  # the database itself, most likely: the next tick tries again
        log.exception("occurrence.failed.unrecorded", newsletter=newsletter.name)
    return f"failed: {words}"


async def _newsletter_failed(app: App, newsletter: Newsletter, problem: Exception) -> str:
    """Tell people, once a day, that the days of *name* could not even be looked at."""
    words = _words(problem)
    _logged("newsletter.failed", problem, newsletter=newsletter.name)

    def record() -> None:
        with app.db.write() as connection:
            app.notify(connection, notices.stuck(newsletter, words, app.now()))

    try:
        if not _passes(problem):
            await to_thread.run_sync(record)
    except Exception:
        log.exception("newsletter.failed.unrecorded", newsletter=newsletter.name)
    return f"failed: {words}"


async def _left_behind(app: App) -> list[str]:
    """Close the waiting days of newsletters that the configuration does not name any more, and say so."""

    def close() -> list[str]:
        done = []
        with app.db.write() as connection:
            for one in occurrences.left_behind(connection, list(app.config.newsletters)):
                if occurrences.settle(connection, one.id, OccurrenceState.SKIPPED, GONE):
                    app.notify(connection, notices.gone(one, app.now()))
                    done.append(f"{one.newsletter} {one.date}: skipped, {GONE}")
        return done

    try:
        return await to_thread.run_sync(close)
    except Exception as problem:
        _logged("newsletters.left", problem)
        return []


def _recovered(app: App, occurrence: Occurrence) -> None:
    """Record that *occurrence* goes on after failures."""
    with app.db.write() as connection:
        occurrences.recovered(connection, occurrence.id)


def _passes(problem: Exception) -> bool:
    return isinstance(problem, DBAPIError) and passing(problem)


def _words(problem: Exception) -> str:
    if isinstance(problem, DigestError):
        return str(problem)
    if isinstance(problem, DBAPIError):
        return f"the database: {reason(problem)}"
    said = " ".join(str(problem).split())[:300]
    return f"an unexpected fault, please report it: {type(problem).__name__}: {said}"


def _logged(event: str, problem: Exception, **about: str) -> None:
    if isinstance(problem, DigestError):
        log.error(event, problem=str(problem), **about)
    else:
        log.error(event, problem=_words(problem), exc_info=problem, **about)
