"""Learn who receives for the readers' domains, by their MX: beside a send or ahead of it, and never in its way.

What is not known is planned under its own domain. Without a DNS that answers, so is all but the large ones.
"""

import asyncio

import structlog
from anyio import CapacityLimiter, to_thread

from digest.app import App
from digest.delivery.providers import is_reserved, of_mx
from digest.ops.names import Found, Names
from digest.store import providers
from subscribers.api import audience

DOMAINS_AT_ONCE = 8
MOST = 400  # domains at a time: the most frequent first, the others another day
SECONDS = 30.0
FAULTS = 8  # questions in a row without an answer: there is no DNS here

log = structlog.get_logger()


async def learn(app: App, newsletter: str, names: Names, *, most: int = MOST, after: float = 0.0) -> int:
    """Ask for the domains of readers of *newsletter* that are not known; return how many were answered.

    It begins *after* so many seconds and ends by itself, whoever does not answer.
    """
    await asyncio.sleep(after)
    wanted = await to_thread.run_sync(_wanted, app, newsletter, most, abandon_on_cancel=True)
    found: dict[str, str] = {}
    try:
        async with asyncio.timeout(SECONDS):
            await _asked(wanted, names, found)
    except TimeoutError:
        log.info("providers.slow", answered=len(found), wanted=len(wanted))
    if found:
        await to_thread.run_sync(_kept, app, found)
    return len(found)


async def _asked(wanted: list[str], names: Names, found: dict[str, str]) -> None:
    """Ask for each of *wanted*, a few side by side; put what was answered into *found*."""
    limiter, faults = CapacityLimiter(DOMAINS_AT_ONCE), 0

    async def one(domain: str) -> Found:
        return await to_thread.run_sync(names.ask, domain, "MX", limiter=limiter, abandon_on_cancel=True)

    for at in range(0, len(wanted), DOMAINS_AT_ONCE):
        part = wanted[at : at + DOMAINS_AT_ONCE]
        for domain, answer in zip(part, await asyncio.gather(*map(one, part)), strict=True):
            faults = faults + 1 if answer.fault else 0
            if not answer.fault:
                found[domain] = of_mx(domain, answer.records)
        if faults >= FAULTS:
            return


def _wanted(app: App, newsletter: str, most: int) -> list[str]:
    with app.db.read() as connection:
        found = providers.asked_for(connection, audience(newsletter), app.now(), most)
    return [domain for domain in found if not is_reserved(domain)]


def _kept(app: App, found: dict[str, str]) -> None:
    with app.db.write() as connection:
        providers.keep(connection, found, app.now())


async def learn_all(app: App, names: Names) -> None:
    """Do so for every newsletter: what the clock of `digest serve` does now and then."""
    for newsletter in app.config.newsletters:
        await learn(app, newsletter, names)
