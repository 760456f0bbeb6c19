"""Refresh: look at our own articles once more at the publisher's, just before an edition is frozen."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import anyio
from anyio import to_thread

from digest.app import App
from digest.articles import headline
from digest.articles.apart import apart
from digest.articles.page import page
from digest.config import private_places
from digest.errors import FetchError, SourceError, WorkerError
from digest.fetch import Answer, Fetcher
from digest.model import Article, Composition, Role
from digest.store import articles as stored
from digest.store import preflight_cache
from digest.store.articles import LatestVersion

NO_TIME = "there was no time left"
SECONDS = 15.0
WHOLE = 90.0  # seconds for all pages together: an edition does not wait for a slow site
MOST_BYTES = 6_000_000

Outcome = Literal["gone", "retitled", "same", "unreachable"]


@dataclass(frozen=True, slots=True)
class Change:
    """What an article's page said: *title* is the new one of a retitled article, *why* is for people."""

    article: int
    outcome: Outcome
    known: str
    title: str = ""
    why: str = ""

    def __str__(self) -> str:
        words = {
            "gone": f"“{self.known}” is gone at the publisher ({self.why}) and was dropped",
            "retitled": f"“{self.known}” has a new headline at the publisher: “{self.title}”",
            "same": f"“{self.known}” is unchanged",
            "unreachable": f"“{self.known}” could not be looked at again ({self.why}) and was kept",
        }
        return words[self.outcome]


async def refresh_edition(app: App, edition: Composition) -> list[Change]:
    """Return which own articles that *edition* mails are gone or retitled at the publisher's."""
    mailed = [article for story in edition.stories for article in (story.article, *story.also)]
    changes = await refresh(app, [article for article in mailed if article.role is Role.OWN])
    return [change for change in changes if change.outcome in {"gone", "retitled"}]


async def refresh(app: App, articles: Iterable[Article]) -> list[Change]:
    """Return one Change for each of *articles*, in their order, and record what is gone or retitled.

    Only what the publisher says for certain counts: 404, 410 or a redirect to the front page is gone. Any
    other trouble, ours or theirs, leaves an article as it is.
    """
    wanted = {article.id: article for article in articles}
    versions = await to_thread.run_sync(_latest, app, list(wanted))
    found: dict[int, Change] = {}

    async def one(known: LatestVersion) -> None:
        inside = private_places(app.config, [wanted[known.article].source])
        found[known.article] = await _looked_at(http, known, inside)

    async with app.http() as http:
        with anyio.move_on_after(WHOLE):
            async with anyio.create_task_group() as group:
                for known in versions.values():
                    group.start_soon(one, known)
    for number, known in versions.items():
        found.setdefault(number, Change(number, "unreachable", known.title, why=NO_TIME))
    changes = [found[number] for number in wanted if number in found]
    await to_thread.run_sync(_record, app, changes, app.now())
    return changes


def _latest(app: App, ids: list[int]) -> dict[int, LatestVersion]:
    with app.db.read() as connection:
        return stored.latest(connection, ids)


def _record(app: App, changes: list[Change], now: datetime) -> None:
    """Record what was found, and that these articles were looked at: a check that nobody ran must not look green."""
    with app.db.write() as connection:
        preflight_cache.keep(
            connection, "page", {str(one.article): one.outcome for one in changes if one.why != NO_TIME}, now
        )
        for change in changes:
            if change.outcome == "gone":
                stored.gone(connection, change.article, now)
            elif change.outcome == "retitled":
                stored.retitled(connection, change.article, change.title, now)


async def _looked_at(http: Fetcher, known: LatestVersion, inside: Collection[str]) -> Change:
    try:
        accept = {"Accept": "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"}
        answer = await http.get(known.url, headers=accept, most=MOST_BYTES, seconds=SECONDS, inside=inside)
        missing = _missing(known.url, answer)
        if missing:
            return Change(known.article, "gone", known.title, why=missing)
        if answer.status != 200:
            return _unreachable(known, f"the server answers {answer.status}")
        if "html" not in answer.headers.get("content-type", "html"):
            return _unreachable(known, "what came back is no page")
        said = await apart(page, answer.body, answer.url, answer.headers.get("content-type", ""))
    except (FetchError, SourceError, WorkerError) as fault:
        return _unreachable(known, fault.what)
    title = headline.renewed(known.title, said, known.seen_at)
    if title:
        return Change(known.article, "retitled", known.title, title=title)
    return Change(known.article, "same", known.title)


def _unreachable(known: LatestVersion, why: str) -> Change:
    return Change(known.article, "unreachable", known.title, why=why)


def _missing(url: str, answer: Answer) -> str:
    """Return how the server says that the article is no more, "" when it does not say so."""
    if answer.status in {404, 410}:
        return str(answer.status)
    before, after = urlsplit(url), urlsplit(answer.url)
    home = after.path in {"", "/"} and not after.query and before.path not in {"", "/"}
    if answer.status == 200 and home and before.hostname == after.hostname:
        return "its address leads to the front page"
    return ""
