"""Troubles of the clock: what went wrong with a newsletter is told once, tried again later, and stops no other."""

from datetime import timedelta

import structlog
from anyio import to_thread
from sqlalchemy.exc import DBAPIError

from digest.app import App
from digest.config.schema import Newsletter
from digest.delivery.database_faults import passing, reason
from digest.editions.occurrences import Occurrence
from digest.editions.reschedule import GONE
from digest.errors import DigestError
from digest.flows.notify import notices
from digest.model import OccurrenceState
from digest.store import occurrences

FIRST, LONGEST = timedelta(seconds=30), timedelta(minutes=5)

log = structlog.get_logger()


def again(failures: int) -> timedelta:
    """Return how long to wait after so many *failures* in a row: twice as long each time, five minutes at most."""
    wait: timedelta = FIRST * 2 ** min(failures, 10)
    return min(wait, LONGEST)


async def of_occurrence(app: App, newsletter: Newsletter, occurrence: Occurrence, problem: Exception) -> str:
    """Record that *occurrence* could not be advanced, and tell people at the first time in a row."""
    words = _words(problem)
    _logged("occurrence.failed", problem, newsletter=newsletter.name, date=str(occurrence.date))

    def record() -> None:
        with app.db.write() as connection:
            first = occurrences.failed(connection, occurrence.id, app.now() + again(occurrence.failures))
            if first and not _passes(problem):
                notices.failed(app, connection, newsletter, occurrence, words)

    try:
        await to_thread.run_sync(record)
    except Exception:  # the database itself, most likely: the next ring tries again
        log.exception("occurrence.failed.untold", newsletter=newsletter.name)
    return f"failed: {words}"


async def of_newsletter(app: App, newsletter: Newsletter, problem: Exception) -> str:
    """Tell people, once a day, that the days of *name* could not even be looked at."""
    words = _words(problem)
    _logged("newsletter.failed", problem, newsletter=newsletter.name)

    def record() -> None:
        with app.db.write() as connection:
            notices.stuck(app, connection, newsletter, words)

    try:
        if not _passes(problem):
            await to_thread.run_sync(record)
    except Exception:
        log.exception("newsletter.failed.untold", newsletter=newsletter.name)
    return f"failed: {words}"


async def left_behind(app: App) -> list[str]:
    """Close the waiting days of newsletters that the configuration does not name any more, and say so."""

    def close() -> list[str]:
        done = []
        with app.db.write() as connection:
            for one in occurrences.left_behind(connection, list(app.config.newsletters)):
                if occurrences.settle(connection, one.id, OccurrenceState.SKIPPED, GONE):
                    notices.gone(app, connection, one)
                    done.append(f"{one.newsletter} {one.date}: skipped, {GONE}")
        return done

    try:
        return await to_thread.run_sync(close)
    except Exception as problem:
        _logged("newsletters.left", problem)
        return []


def over(app: App, occurrence: Occurrence) -> None:
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
