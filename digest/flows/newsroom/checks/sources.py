"""The sources: each is read once, as `digest collect` reads it, and nothing of it is stored."""

from collections.abc import Iterator
from datetime import datetime

import anyio

from digest import plugins
from digest.app import App
from digest.articles import sources
from digest.articles.drafts import drafts
from digest.articles.reading import Mark, Reading
from digest.config.schema import Source
from digest.errors import DigestError, PluginError
from digest.fetch import Fetcher
from digest.ops.findings import Finding, many

PLACE = 2


def examine(app: App, offline: bool) -> Iterator[Finding]:
    """Yield, for each source, what it brings, or why it cannot be read; *offline*, only whether we know its kind."""
    used = {
        name for letter in app.config.newsletters.values() for name in (*letter.sources, *letter.witnesses)
    }
    found = {} if offline else anyio.run(_read_all, app)
    for name, source in app.config.sources.items():
        if offline:
            yield from _kind(name, source)
        else:
            yield found[name]
        if name not in used:
            yield Finding(f"source {name}", True, "no newsletter uses it; it is read all the same", note=True)


def _kind(name: str, source: Source) -> Iterator[Finding]:
    try:
        plugins.load(sources, source.kind)
    except (DigestError, ImportError) as problem:
        yield Finding(f"source {name}", False, str(problem))


async def _read_all(app: App) -> dict[str, Finding]:
    """Return a finding for each source; they are asked side by side."""
    found: dict[str, Finding] = {}

    async def one(name: str, source: Source) -> None:
        what = f"source {name}"
        try:
            found[name] = await _read(app, http, what, source)
        except PluginError as problem:
            found[name] = Finding(what, False, str(problem))
        except DigestError as problem:
            found[name] = Finding(what, False, problem.words)
        except Exception as bug:
            own = plugins.extends(sources, source.kind)
            whose = (
                f"a fault of the extension {source.kind}" if own else "an unexpected fault, please report it,"
            )
            words = f"{whose} while reading it: {type(bug).__name__}: {bug}"
            found[name] = Finding(what, False, words)

    async with app.http() as http, anyio.create_task_group() as group:
        for name, source in app.config.sources.items():
            group.start_soon(one, name, source)
    return found


async def _read(app: App, http: Fetcher, what: str, source: Source) -> Finding:
    now = app.now()
    reader = plugins.load(sources, source.kind)
    reading: Reading = await reader.read(source, http, Mark(source.url), now)
    if reading.problem:
        return Finding(what, False, reading.problem)
    if reading.moved_to and reading.moved_to != source.url:
        words = f"has moved to {reading.moved_to}: put that address into the configuration"
        return Finding(what, True, words, note=True)
    if reading.document is None:
        return Finding(what, False, "answered without a document, though none was known")
    dated = [one.published for one in drafts(reading.document, source, reading.mark.url) if one.published]
    if not reading.document.items:
        return Finding(what, True, "can be read, and has no items", note=True)
    count = many(len(reading.document.items), "item")
    problems = f"; {'; '.join(reading.problems[:3])}" if reading.problems else ""
    return _aged(app, what, count, problems, max(dated, default=None), now)


def _aged(app: App, what: str, count: str, problems: str, newest: datetime | None, now: datetime) -> Finding:
    """Return how fresh a source is: what is older than any newsletter looks back to is worth a note."""
    if newest is None:
        return Finding(what, True, f"{count}, none with a date{problems}", note=True)
    said = f"{count}, the newest of {newest:%Y-%m-%d %H:%M} UTC"
    longest = max(letter.longest_window for letter in app.config.newsletters.values())
    if now - newest > longest:
        return Finding(what, True, f"{said}: older than any newsletter looks back to{problems}", note=True)
    return Finding(what, True, said + problems, note=bool(problems))
