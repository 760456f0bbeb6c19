"""Pages: read an article's own page where its feed left out dek, picture, byline or date, or cut the dek.

Only articles of our own sources; politely: robots.txt is asked, a host gets one request at a time, a page is read once
for each version of its article, a source has a budget. Killed at any point it has lost nothing: a page is stored in one
transaction with the version of its article, and reading one again changes nothing.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import anyio
import structlog
from anyio import to_thread
from sqlalchemy.exc import DBAPIError

from digest.app import App
from digest.articles import clean, dates
from digest.articles.apart import apart
from digest.articles.page import MOST_BYTES, item, page, refusal
from digest.articles.robots import robots
from digest.config import private_places
from digest.config.schema import Source
from digest.errors import FetchError, SourceError, WorkerError
from digest.fetch import Answer, Fetcher
from digest.store import pages, sources
from digest.store.contents import Said
from digest.store.pages import ROBOTS, PagesRead, Wanted
from digest.store.sources import MEND

log = structlog.get_logger()

SECONDS = 15.0
WHOLE = 120.0  # seconds for all pages of a run: an edition does not wait for slow sites
ACCEPT = "text/html, application/xhtml+xml;q=0.9"
_UNREACHED = 2  # failures in a row after which a host is left alone until the next run


@dataclass(slots=True)
class _Run:
    """A run so far."""

    app: App
    http: Fetcher
    now: datetime
    read: int = 0
    filled: int = 0
    unchanged: int = 0
    problems: dict[str, list[str]] = field(default_factory=dict)


async def read_pages(
    app: App, http: Fetcher, *, names: Collection[str] | None = None, again: bool = False
) -> PagesRead:
    """Return what came of the pages that recent own articles need; only of the sources *names* where given."""
    run = _Run(app, http, app.now())
    found = await to_thread.run_sync(_wanted, app, run.now, names, again)
    by_host: dict[str, list[Wanted]] = {}
    for one in found:
        by_host.setdefault(urlsplit(one.url).netloc, []).append(one)
    with anyio.move_on_after(WHOLE):
        async with anyio.create_task_group() as group:
            for listed in by_host.values():
                group.start_soon(_of_host, run, listed)
    made = PagesRead(
        run.read, run.filled, run.unchanged, {name: tuple(words) for name, words in run.problems.items()}
    )
    with suppress(DBAPIError):
        await to_thread.run_sync(_record_problems, app, {one.source for one in found}, made)
    return made


def budgets(app: App, names: Collection[str] | None = None) -> dict[str, int]:
    """Return how many pages of each of our own sources one collect may read."""
    own = {name for letter in app.config.newsletters.values() for name in letter.sources}
    most = app.config.fetch.pages
    given = {name: app.config.sources[name] for name in own if names is None or name in names}
    return {
        name: source.pages if source.pages is not None else most
        for name, source in given.items()
        if source.kind != "folder"
    }


def _wanted(app: App, now: datetime, names: Collection[str] | None, again: bool) -> list[Wanted]:
    allowed = {name: most for name, most in budgets(app, names).items() if most}
    if not allowed:
        return []
    longest = max(letter.longest_window for letter in app.config.newsletters.values())
    with app.db.read() as connection:
        found = pages.wanted(connection, list(allowed), now - longest, now, again=again)
    return pages.budgeted(found, allowed)


async def _of_host(run: _Run, listed: list[Wanted]) -> None:
    """Read the pages of one host one after another; one that does not answer twice is left alone."""
    unreached = 0
    for one in listed:
        problem, reached = await _one(run, one)
        if problem:
            run.problems.setdefault(one.source, []).append(problem)
        unreached = 0 if reached else unreached + 1
        if unreached >= _UNREACHED:
            return


async def _one(run: _Run, one: Wanted) -> tuple[str, bool]:
    """Return why the page could not be read, "" where it was, and whether its host answered; either is recorded."""
    source = run.app.config.sources[one.source]
    inside = private_places(run.app.config, [one.source])
    reached = True
    try:
        allowed = await robots(run.http, one.url, inside=inside)
        if allowed.refusal:
            reached = "robots.txt does not let" in allowed.refusal
            problem = ROBOTS if reached else allowed.refusal
        else:
            answer = await run.http.get(
                one.url, headers=_headers(one), most=MOST_BYTES, seconds=SECONDS, inside=inside
            )
            problem = await _taken(run, one, source, answer)
    except WorkerError as fault:  # no fault of the page, which stays due
        return fault.words, True
    except FetchError as fault:
        problem, reached = fault.words, False
    except SourceError as fault:
        problem = fault.words
    except DBAPIError as trouble:
        return f"could not be stored: {str(trouble.orig).strip()}. {MEND}", True
    except Exception as bug:
        log.exception("collect.page", url=one.url)
        problem = f"a fault of ours while reading it: {type(bug).__name__}"
    if problem:
        with suppress(DBAPIError):  # what cannot be recorded is due still
            await to_thread.run_sync(_failed, run.app, one, problem, run.now)
    return problem, reached


def _headers(one: Wanted) -> dict[str, str]:
    found = {"Accept": ACCEPT}
    if one.said is not None and one.etag:
        found["If-None-Match"] = one.etag
    if one.said is not None and one.last_modified:
        found["If-Modified-Since"] = one.last_modified
    return found


async def _taken(run: _Run, one: Wanted, source: Source, answer: Answer) -> str:
    """Store what the page says; return in words why it is no article's, "" where it is one's."""
    kind = answer.headers.get("content-type", "text/html")
    if answer.status == 304 and one.said is not None:
        said = one.said
        run.unchanged += 1
    elif answer.status != 200:
        return f"the server answers {answer.status}"
    elif "html" not in kind:
        return f"no page came back but {kind.partition(';')[0][:60]}"
    else:
        made = await apart(
            drawn, answer.body, answer.url, kind, source.language, source.options, run.now, where=one.url
        )
        if isinstance(made, str):
            return made
        said = pages.said_of(made)
    mark = (answer.headers.get("etag", one.etag), answer.headers.get("last-modified", one.last_modified))
    run.filled += await to_thread.run_sync(_fill, run.app, one, said, run.now, mark)
    run.read += 1
    return ""


def drawn(
    content: bytes, url: str, content_type: str, language: str, options: Mapping[str, object], now: datetime
) -> clean.Draft | str:
    """Return the page in *content* as a draft, or in words why it is no article's: what runs in a worker process."""
    own = dates.zones(options).get("")
    said = page(content, url, content_type, language, now, *([own] if own else []))
    refused = refusal(said, url)
    draft = None if refused else clean.draft(item(said, url), Source(url=url, language=language), base=url)
    return draft or refused or "the page has no headline"


def _fill(app: App, one: Wanted, said: Said, now: datetime, mark: tuple[str, str]) -> bool:
    with app.db.write() as connection:
        return pages.fill(connection, one, said, now, etag=mark[0][:500], last_modified=mark[1][:100])


def _failed(app: App, one: Wanted, problem: str, now: datetime) -> None:
    with app.db.write() as connection:
        pages.failed(connection, one, problem, now)


def _record_problems(app: App, names: Collection[str], made: PagesRead) -> None:
    """Record with each source what is wrong with its pages, for whoever asks how it is doing."""
    with app.db.write() as connection:
        for name in names:
            sources.record_page_problems(connection, name, made.of(name))
