"""While an edition goes out, what comes in about it is looked at every few seconds, and stops what it must.

It reads beside the sender, so that no mail waits for it, and writes only where there is something to stop: the halt is
a row, and every run obeys it at its next look.
"""

import asyncio
import time
from datetime import datetime

import structlog
from anyio import to_thread
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from digest.app import App, Busy
from digest.delivery import alarms
from digest.delivery.breaker import Stop, Thresholds, judged
from digest.delivery.halts import RELAY
from digest.model import Edition, EditionEvent, EditionState
from digest.store import breaker, editions, halts
from digest.store.deliveries import plan
from digest.store.deliveries.mistrust import take_back
from subscribers.api import is_suppressed

EVERY = 3.0  # seconds between two looks
SHARE = 20  # a look that takes long is taken more rarely: it costs one part in so many of the time

log = structlog.get_logger()


async def watch(app: App, saved: Edition, every: float | None = None) -> None:
    """Look at what came in about the edition, until it is cancelled; a database that is away is waited for."""
    rest = EVERY if every is None else every
    while True:
        await asyncio.sleep(rest)
        began = time.monotonic()
        try:
            await to_thread.run_sync(examine, app, saved.id, abandon_on_cancel=True)
        except (DBAPIError, Busy) as problem:
            log.warning("breaker.waits", why=str(problem).partition("\n")[0])
        except Exception:
            log.exception(
                "breaker.failed", edition=saved.id
            )  # the next look may go better; the sender goes on
        rest = max(EVERY if every is None else every, SHARE * (time.monotonic() - began))


def examine(app: App, edition_id: int) -> dict[str, Stop]:
    """Leave alone whom the rows of an edition that is being sent ask for; return whom, and why ("" is everybody)."""
    limits = Thresholds.of(app.config.breaker)
    with app.db.read() as connection:
        saved = editions.existing(connection, edition_id)
        if saved.state is not EditionState.SENDING:
            return {}
        since = halts.reviewed_at(connection, edition_id)
        halted = halts.of(connection, edition_id)
        relays = [name.removeprefix(RELAY) for name in halted if name.startswith(RELAY)]
        found = breaker.counts(
            connection, edition_id, is_suppressed, since=since, events=limits.events, but=relays
        )
    stops = judged(found, halted, limits, looked=since is not None)
    if stops:
        with app.db.write() as connection:
            for provider, stop in stops.items():
                _stop(app, connection, saved, provider, stop, app.now())
    return stops


def _stop(app: App, connection: Connection, saved: Edition, provider: str, stop: Stop, now: datetime) -> None:
    """Halt *provider*, or the edition, and raise the alarm; once, whoever else sees it."""
    log.error("breaker.stops", edition=saved.id, provider=provider, why=stop.why)
    plan.locked(connection, saved.id)
    if not provider:
        if editions.transition(connection, saved.id, EditionEvent.HALT, at=now, why=stop.why):
            taken = take_back(connection, saved.id, now)
            app.notify(connection, alarms.halted(saved, f"{stop.why}\n\n{stop.cause}", taken, now))
    elif halts.halt(connection, saved.id, provider, stop.why, now):
        taken = take_back(connection, saved.id, now, provider)
        why = f"{stop.why}\n\n{stop.cause}"
        app.notify(connection, alarms.provider_halted(saved, provider, why, taken, now))
