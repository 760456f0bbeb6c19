"""A mail provider posts what became of our mails: proved to be its word to us, taken, and only then answered with 200.

Who posts what is not proved hears 403 and no reason; the reason is in our log, and how often it happened is counted.
Any other answer than 200 makes the provider post it again later, so an event is lost by no outage of ours, and one
that comes twice does nothing the second time (`take`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from anyio import CapacityLimiter, to_thread

from digest import plugins
from digest.app import App
from digest.config.base import Settings
from digest.config.feedback import PROVIDERS, Provider
from digest.delivery.feedback import providers
from digest.delivery.feedback.providers import Event, Post, Refused
from digest.errors import FetchError
from digest.flows.feedback.reports import take
from digest.messages.headers import names_of
from digest.model.feedback import FeedbackKind
from digest.store.engine import AWAY
from digest.store.feedback import kept
from digest.store.feedback.kept import BROKEN, REFUSED

log = structlog.get_logger()

LARGEST = 50_000  # bytes of a certificate
SECONDS = 10.0
COUNTED = timedelta(seconds=10)  # between two writes of what was refused: a post costs a stranger nothing
FETCHES, WITHIN = 6, timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider hears."""

    status: int
    words: str


class Webhooks:
    """The webhooks of one process: its certificates, and what it has refused and not yet counted."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._threads = CapacityLimiter(2)  # of its own: a burst of events must not keep readers waiting
        self._certificates: dict[str, bytes] = {}
        self._asked: list[datetime] = []
        self._refused: dict[str, int] = {}
        self._counted: dict[str, datetime] = {}

    async def posted(self, name: str, post: Post) -> Answer:
        """Return the answer to *post*, which came for the provider *name*."""
        settings = configured(self._app, name)
        if settings is None:
            return Answer(404, "There is no such webhook.\n")
        try:
            provider = plugins.load(providers, name)
            if hasattr(provider, "certificate"):
                post = replace(
                    post, certificate=await self._certificate(provider.certificate(post, settings))
                )
            provider.verify(post, settings, self._app.now())
            url = provider.confirmation(post) if hasattr(provider, "confirmation") else ""
            if url:
                return await self._confirmed(name, url)
            return await to_thread.run_sync(
                partial(taken, self._app, name, provider.events, post), limiter=self._threads
            )
        except Refused as why:
            count = partial(self._refusal, name, post.peer, str(why))
            await to_thread.run_sync(count, limiter=self._threads)
            return Answer(403, "Refused.\n")
        except FetchError as problem:
            log.warning("feedback.unproved", provider=name, why=str(problem))
            return Answer(503, "This cannot be proved just now; please send it again.\n")

    async def _certificate(self, url: str) -> bytes:
        """Return the certificate at *url*, which was looked at: read once, kept while the process runs."""
        if url not in self._certificates:
            now = self._app.now()
            self._asked = [at for at in self._asked if at > now - WITHIN]
            if len(self._asked) >= FETCHES:
                raise FetchError("too many certificates were asked for within a minute", where=url)
            self._asked.append(now)
            found = await fetched(self._app, url)
            if len(self._certificates) >= FETCHES:
                self._certificates.pop(next(iter(self._certificates)))
            self._certificates[url] = found
        return self._certificates[url]

    async def _confirmed(self, name: str, url: str) -> Answer:
        """Read the address that confirms a subscription; the provider asks again where that does not go well."""
        await fetched(self._app, url)
        log.info("feedback.subscribed", provider=name)
        return Answer(200, "Confirmed.\n")

    def _refusal(self, name: str, peer: str, why: str) -> None:
        """Count one more refused post, and log why; of many at once there is one line, and one write."""
        now = self._app.now()
        self._refused[name] = self._refused.get(name, 0) + 1
        if now - self._counted.get(name, now - COUNTED) < COUNTED:
            return
        self._counted[name] = now
        many = self._refused.pop(name, 1)
        log.warning("feedback.refused", provider=name, peer=peer, why=why, posts=many)
        counted(self._app, REFUSED, name, many)


def configured(app: App, name: str) -> Provider | None:
    """Return the settings of the webhook *name*; None where there are none, or their secret is missing."""
    found: Settings | None = getattr(app.config.feedback, name) if name in PROVIDERS else None
    return found if isinstance(found, Provider) and not found.missing else None


async def fetched(app: App, url: str) -> bytes:
    """Return what is at *url*; raise FetchError where it cannot be had from that very address."""
    async with app.http() as http:
        answer = await http.get(url, most=LARGEST, seconds=SECONDS)
    if answer.url != url:
        raise FetchError("it leads elsewhere", where=url)
    if answer.status != 200:
        raise FetchError(f"it answers {answer.status}", where=url)
    return answer.body


def taken(
    app: App, name: str, events: Callable[[Post, frozenset[str]], providers.Batch], post: Post
) -> Answer:
    """Take what *post* says, event for event; return 200 where all that can be kept is kept."""
    ours = frozenset[str]().union(*(names_of(one) for one in app.config.newsletters.values()))
    batch = events(post, ours)
    broken = batch.broken
    for event in batch.events:
        if event.report.kind is FeedbackKind.DELIVERED:
            continue  # nothing follows from it, and there is one for each mail
        try:
            _take(app, name, event)
        except AWAY as problem:
            log.warning("feedback.unwritten", provider=name, why=str(getattr(problem, "orig", problem)))
            return Answer(503, "Our records cannot be reached just now; please send it again.\n")
        except Exception:
            log.exception("feedback.event", provider=name)
            broken += 1
    if broken:
        log.warning("feedback.broken", provider=name, events=broken)
        counted(app, BROKEN, name, broken)
    return Answer(200, f"{len(batch.events)} events.\n")


def _take(app: App, name: str, event: Event) -> None:
    take(app, event.report, event.raw, source=name, replay=event.replay, trusted=True)


def counted(app: App, what: str, name: str, more: int) -> None:
    """Count *more* of *what* for the provider *name*; a database that is away keeps nobody from an answer."""
    try:
        with app.db.write() as connection:
            kept.count(connection, what, provider=name, day=app.now().date(), more=more)
    except AWAY as problem:
        log.warning("feedback.uncounted", provider=name, why=str(getattr(problem, "orig", problem)))
