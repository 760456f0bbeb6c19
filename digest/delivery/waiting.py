"""Work on a database that is held up or away: it is tried again until it is back."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import structlog
from anyio import to_thread

from digest.delivery.database_faults import away, passing, reason
from digest.delivery.ledger_writer import AGAIN, BACK

T = TypeVar("T")
log = structlog.get_logger()


async def waited(work: Callable[[], T], stop: asyncio.Event | None = None) -> T | None:
    """Return what *work* returns in a thread, once the database is there; None when *stop* is set before.

    *work* has to be fit for a second try: of the first it may be unknown whether it was committed.
    """
    logged = False
    while True:
        try:
            return await to_thread.run_sync(work)
        except Exception as problem:
            if not passing(problem):
                raise
            if not logged:
                log.warning("database.waits", why=reason(problem), do="It goes on when the database is back.")
                logged = True
            pause = BACK if away(problem) else AGAIN
        if stop is not None and stop.is_set():
            return None
        await asyncio.sleep(pause)
