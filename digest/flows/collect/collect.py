"""Collect: read every source that is due, clean what it says, store it. One bad source stops no other."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import anyio
import structlog
from anyio import to_thread
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

import digest.articles.sources
from digest import plugins
from digest.app import App
from digest.articles import clean, health, polling, standing, text
from digest.articles.drafts import drafts
from digest.articles.health import Facts, Trouble
from digest.articles.reading import Document, Mark, Reading
from digest.config.schema import Source
from digest.errors import DigestError, PluginError, WorkerError
from digest.fetch import Fetcher
from digest.flows.collect.illustrate import Illustrated, illustrate
from digest.flows.collect.pages import read_pages
from digest.store import intake, source_health, sources
from digest.store.pages import PagesRead, note_cut
from digest.store.sources import MEND, SourceState

log = structlog.get_logger()

Progress = Callable[[int, int], object]
_USER = re.compile(r"//[^/@]*@")  # a name and password in an address are nobody's to read
STRAY = 3  # failures after which an address that we were moved to is doubted


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one source brought. *outcome* is in words; *error* is "" unless it could not be read.

    *seen* counts its items, *new* the articles told for the first time, *changed* those with a new
    version. *new_items* and *retitled* are the guids (or addresses) of items new to this source, and of
    known ones whose title changed. *problems* are small ones that did not stop the reading.
    """

    name: str
    outcome: str
    seen: int = 0
    new: int = 0
    changed: int = 0
    error: str = ""
    new_items: tuple[str, ...] = ()
    retitled: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collected:
    """A run of collect: one result for each source that was looked at, in the order of the configuration."""

    sources: tuple[Result, ...]
    pictures: Illustrated
    pages: PagesRead = field(default_factory=PagesRead)

    @property
    def new(self) -> int:
        return sum(result.new for result in self.sources)

    @property
    def changed(self) -> int:
        return sum(result.changed for result in self.sources)

    @property
    def failed(self) -> tuple[Result, ...]:
        """The sources that could not be read."""
        return tuple(result for result in self.sources if result.error)


async def collect(
    app: App,
    *,
    names: Collection[str] | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Collected:
    """Return what the sources that are due brought; *names* narrows them, *force* asks those not due, too.

    Every source is read and stored on its own, so a run that is killed has lost nothing and a source that
    fails is named in the result and hurts no other.
    """
    wanted = _wanted(app, names)
    states = await to_thread.run_sync(_states, app, wanted)
    due = [name for name in wanted if force or _due(states[name], app.now())]
    results: dict[str, Result] = {}

    async def one(name: str) -> None:
        results[name] = await _collected(app, http, name, states[name], force)
        if progress:
            progress(len(results), len(due))

    async with app.http() as http:
        async with anyio.create_task_group() as group:
            for name in due:
                group.start_soon(one, name)
        pages = await read_pages(app, http, names=names, again=force)
        pictures = await illustrate(app, http, again=force)
    for name in wanted:
        results.setdefault(name, Result(name=name, outcome=_waits(states[name])))
    return Collected(tuple(_with_pages(results[name], pages) for name in wanted), pictures, pages)


def _with_pages(result: Result, pages: PagesRead) -> Result:
    said = pages.of(result.name)
    return replace(result, problems=(*result.problems, said)) if said else result


def _wanted(app: App, names: Collection[str] | None) -> list[str]:
    unknown = sorted(set(names or ()) - set(app.config.sources))
    if unknown:
        there = ", ".join(app.config.sources)
        raise DigestError(
            f"no such source: {', '.join(unknown)}.", where="sources", do=f"There are: {there}."
        )
    return [name for name in app.config.sources if not names or name in names]


def _states(app: App, names: Collection[str]) -> dict[str, SourceState]:
    with app.db.write() as connection:
        return sources.known(connection, {name: app.config.sources[name].url for name in names})


def _due(state: SourceState, now: datetime) -> bool:
    return state.retired_at is None and (state.next_poll is None or state.next_poll <= now)


def _waits(state: SourceState) -> str:
    if state.retired_at:
        return f"retired on {state.retired_at:%Y-%m-%d}: the publisher has taken it away for good"
    return f"not due before {state.next_poll:%Y-%m-%d %H:%M} UTC" if state.next_poll else "not read"


async def _collected(app: App, http: Fetcher, name: str, state: SourceState, force: bool) -> Result:
    """Return what the source *name* brought; whatever goes wrong with it becomes words in the result."""
    source = app.config.sources[name]
    now = app.now()
    try:
        reader = plugins.load(digest.articles.sources, source.kind)
        mark = Mark(state.moved_to or source.url, state.etag, state.last_modified, state.body_sha256)
        reading = await reader.read(source, http, mark if not force else Mark(mark.url), now)
        return await to_thread.run_sync(_store, app, name, state, reading, now)
    except WorkerError as fault:  # no fault of the source, which stays due
        return Result(name=name, outcome="not read", error=f"{name}: {fault.words}")
    except PluginError as fault:
        error = str(fault)
    except DigestError as fault:
        error = fault.words
    except DBAPIError as trouble:
        return _unkept(name, trouble)
    except Exception as bug:
        log.exception("collect.source", source=name)
        error = f"{whose(source.kind)} while reading it: {type(bug).__name__}: {bug}"
    try:
        return await to_thread.run_sync(
            _failure, app, name, state, Reading(mark=mark_of(state), problem=error), now
        )
    except DBAPIError as trouble:
        return _unkept(name, trouble)


def whose(kind: str) -> str:
    """Return whose an unexpected fault is, in words: an extension's is not ours."""
    own = plugins.extends(digest.articles.sources, kind)
    return f"a fault of the extension {kind}" if own else "a fault of ours"


def _unkept(name: str, trouble: DBAPIError) -> Result:
    """Return that the database did not take what was read: no fault of the source, which stays due."""
    error = f"{name}: could not be stored: {str(trouble.orig).strip()}. {MEND}"
    return Result(name=name, outcome="not stored", error=error)


def mark_of(state: SourceState) -> Mark:
    """Return where *state* reads, without validators."""
    return Mark(state.moved_to or state.url)


def _store(app: App, name: str, state: SourceState, reading: Reading, now: datetime) -> Result:
    if reading.problem:
        return _failure(app, name, state, reading, now)
    source = app.config.sources[name]
    document = reading.document
    found = drafts(document, source, reading.mark.url) if document else []
    learnt = standing.learnt(found, state.standing) if document else {}
    found = [standing.without(draft, learnt) for draft in found]
    with app.db.write() as connection:
        own = {row.id for row in sources.states(connection, _own(app))}
        outlet = source.outlet or name
        taken = intake.Taken()
        if document:
            visit = intake.Visit(
                first=state.first_ok is None and source.kind != "folder",
                made=document.made,
                placed=source.kind == "page",
            )
            taken = intake.take(connection, state.id, outlet, found, now, own=own, visit=visit)
            note_cut(connection, state.id, {draft.keys.url for draft in found if draft.cut and draft.url})
            sources.told(connection, state.id, learnt, "; ".join(_problems(document, reading, taken)))
        _watch(app, connection, state, document, found, taken, now)
        ttl = document.ttl if document else timedelta(seconds=state.ttl)
        sources.read(
            connection,
            state.id,
            sources.Reading(
                at=now,
                next_poll=_next(app, source, max(reading.hold, ttl), 0, now),
                etag=reading.mark.etag,
                last_modified=reading.mark.last_modified,
                body_sha256=reading.mark.body_sha256,
                moved_to=reading.moved_to,
                ttl=ttl,
            ),
        )
    outcome = "read" if document else "unchanged"
    if reading.moved_to and reading.moved_to != state.moved_to:
        outcome += f"; it has moved to {reading.moved_to}"
    return _result(name, outcome, taken, document, reading)


def _result(
    name: str, outcome: str, taken: intake.Taken, document: Document | None, reading: Reading
) -> Result:
    by_place = {item.position: item.guid or item.url for item in document.items} if document else {}
    return Result(
        name=name,
        outcome=outcome,
        seen=taken.seen,
        new=taken.new,
        changed=taken.changed,
        new_items=tuple(by_place.get(place, "") for place in taken.new_items),
        retitled=tuple(by_place.get(place, "") for place in taken.retitled),
        problems=_problems(document, reading, taken),
    )


def _problems(document: Document | None, reading: Reading, taken: intake.Taken) -> tuple[str, ...]:
    """Return what was dropped or mended in a reading, in words."""
    return (*reading.problems, *_left_out(document), *_of_dates(taken))


def _left_out(document: Document | None) -> Iterator[str]:
    """Give a sentence on the items that make no article: without an address nothing can be linked."""
    lost = [item for item in document.items if not clean.address(item, document.link)] if document else []
    if lost:
        names = ", ".join(repr(text.title(item.title[:500])[:40] or item.guid[:40]) for item in lost[:3])
        what = "1 item has" if len(lost) == 1 else f"{len(lost)} items have"
        yield f"{what} no web address and became no article: {names}"


def _of_dates(taken: intake.Taken) -> Iterator[str]:
    """Give a sentence on each thing that a reading's dates made of its articles."""
    if taken.undated:
        many = taken.undated > 1
        what = f"{taken.undated} undated items" if many else "1 undated item"
        yield f"{what}: at a source's first reading {'they count' if many else 'it counts'} as old"
    if taken.ahead_by:
        yield f"its clock is {taken.ahead_by} h ahead: the time of the reading counts (set options.zone if it stays so)"
    if taken.waiting:
        what = "1 article is" if taken.waiting == 1 else f"{taken.waiting} articles are"
        yield f"{what} dated ahead: until then no edition has it"


def _failure(app: App, name: str, state: SourceState, reading: Reading, now: datetime) -> Result:
    failures = state.failures + 1
    error = f"{_USER.sub('//', reading.mark.url)}: {reading.problem}"
    with app.db.write() as connection:
        sources.failed(
            connection,
            state.id,
            error=error,
            failures=failures,
            next_poll=_next(app, app.config.sources[name], reading.hold, failures, now),
            retired_at=now.astimezone(UTC) if reading.gone else None,
            forget_move=bool(state.moved_to) and failures >= STRAY,
        )
        _tell_of_failure(app, connection, state, failures, error, now, gone=reading.gone)
    return Result(name=name, outcome="retired" if reading.gone else "failed", error=error)


def _watch(
    app: App,
    connection: Connection,
    state: SourceState,
    document: Document | None,
    drafts: Sequence[clean.Draft],
    taken: intake.Taken,
    now: datetime,
) -> None:
    """Keep what a reading says of the source's health, in the reading's transaction; None is an unchanged document."""
    known = source_health.of(connection, state.id)
    if document is not None:
        known = health.after(known, _facts(document, drafts, taken), now)
        source_health.keep(connection, state.id, known)
    for trouble in source_health.troubles(connection, state.id, known, now):
        _tell(app, connection, state.name, trouble)


def _facts(document: Document, drafts: Sequence[clean.Draft], taken: intake.Taken) -> Facts:
    """Return what a document was, with what became of its items."""
    return Facts(
        form=document.form,
        seen=len(document.items),
        undated=sum(draft.published is None for draft in drafts),
        unpictured=len(document.items) - sum(draft.picture is not None for draft in drafts),
        new=len(taken.new_items),
    )


def _tell_of_failure(
    app: App,
    connection: Connection,
    state: SourceState,
    failures: int,
    error: str,
    now: datetime,
    *,
    gone: bool,
) -> None:
    """Tell of a source that could not be read for a day, or that its publisher has taken away, in the transaction."""
    if gone:
        _tell(
            app,
            connection,
            state.name,
            Trouble(kind="gone", since=now, words="its publisher has taken it away"),
        )
    elif trouble := health.failing(failures, state.last_ok, error, now):
        _tell(app, connection, state.name, trouble)


def _tell(app: App, connection: Connection, name: str, trouble: Trouble) -> None:
    """Queue the alarm; its key is the same for as long as the trouble lasts, so that it goes out once."""
    source = app.config.sources.get(name)
    text = (
        f"{trouble.words[:1].upper()}{trouble.words[1:]}.\n\n"
        f"Its address: {source.url if source else '-'}\n"
        f"How all sources are doing: {app.config.site.url}/sources, or digest sources\n"
    )
    key = f"source {name} {trouble.kind} {trouble.since:%Y%m%d%H%M}"
    subject = f"The source {name}: {trouble.words[:120]}"
    app.notify(connection, app.alarm("source", key, subject, text))


def _next(app: App, source: Source, asked: timedelta, failures: int, now: datetime) -> datetime:
    fetch = app.config.fetch
    interval = source.interval or fetch.interval
    return polling.next_poll(
        now, interval=interval, longest=fetch.longest_interval, asked=asked, failures=failures
    )


def _own(app: App) -> set[str]:
    return {name for letter in app.config.newsletters.values() for name in letter.sources}
