"""The alarms' webhook: each alarm is posted as JSON, at least once, until it is answered or a day has passed.

It is queued in the transaction that raises the alarm (`queue.py`), and posted by `digest serve`. A receiver that
gets it twice knows that by the header Idempotency-Key. The address may be a secret: it is never logged.
It may be a private one: the configuration names it, and no redirect is followed.
"""

import asyncio
import json
from datetime import timedelta
from functools import partial

import structlog
from anyio import to_thread

from digest.app import App
from digest.errors import FetchError, TooLarge
from digest.fetch import Fetcher
from digest.store import webhooks
from digest.store.webhooks import Call

LOOK = 2.0  # seconds between two looks for a call that is due
SECONDS = 10.0
FIRST, LONGEST = timedelta(seconds=15), timedelta(minutes=30)

log = structlog.get_logger()


async def run_due(app: App, stop: asyncio.Event) -> None:
    """Make the calls as they fall due, until *stop*."""
    while not stop.is_set():
        try:
            await deliver(app)
        except Exception:
            log.exception("webhook.failed")
        rest = asyncio.create_task(stop.wait())
        await asyncio.wait([rest], timeout=LOOK)
        rest.cancel()


async def deliver(app: App) -> int:
    """Make the calls that are due; return how many were answered well."""
    url = app.config.alarms.webhook
    if url is None or not await to_thread.run_sync(partial(_waiting, app)):
        return 0
    done = 0
    async with app.http() as http:
        for call in await to_thread.run_sync(partial(_taken, app)):
            problem = await _post(http, url, call)
            await to_thread.run_sync(partial(_settled, app, call, problem))
            done += not problem
    return done


async def _post(http: Fetcher, url: str, call: Call) -> str:
    """Return "" when the call was answered well, else why not."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": call.key}
    body = json.dumps(dict(call.body), ensure_ascii=False).encode()
    try:
        answer = await http.post(url, body, headers=headers, seconds=SECONDS)
    except TooLarge:
        return ""  # it answered, with more than we care to read
    except FetchError as fault:
        return fault.what
    return "" if 200 <= answer.status < 300 else f"it answers {answer.status}"


def _waiting(app: App) -> bool:
    with app.db.read() as connection:
        return webhooks.waiting(connection, app.now())


def _taken(app: App) -> list[Call]:
    with app.db.write() as connection:
        return webhooks.take(connection, app.now(), app.now() + FIRST + timedelta(seconds=2 * SECONDS))


def _settled(app: App, call: Call, problem: str) -> None:
    now = app.now()
    wait = min(FIRST * 2 ** min(call.attempts, 10), LONGEST)
    with app.db.write() as connection:
        done = None if problem else now
        webhooks.settle(connection, call.id, done=done, due=now + wait, problem=problem)
    if problem:
        log.warning("webhook.unanswered", alarm=call.body["kind"], attempts=call.attempts + 1, why=problem)
