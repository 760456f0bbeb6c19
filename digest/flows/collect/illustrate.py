"""Illustrate: fetch the lead pictures of our own articles, crop them, keep them by content hash."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import anyio
from anyio import to_thread
from sqlalchemy.exc import DBAPIError

from digest.app import App
from digest.articles.apart import apart
from digest.articles.pictures import Crops, crops
from digest.config import private_places
from digest.config.schema import Config
from digest.errors import FetchError, PictureError, SourceError, WorkerError
from digest.fetch import Fetcher
from digest.store import pictures
from digest.store.sources import MEND

MOST_BYTES = 12_000_000
SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Illustrated:
    """How many pictures were made, and for the others why not: (address, words)."""

    made: int = 0
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def hosts(self) -> list[str]:
        """The problems in a line for each host: how many, and the most frequent reasons, with an example."""
        by_host: dict[str, list[tuple[str, str]]] = {}
        for url, words in self.problems:
            by_host.setdefault(urlsplit(url).netloc.rpartition("@")[2] or url, []).append((url, words))
        return [_of_host(host, found) for host, found in sorted(by_host.items())]


def _of_host(host: str, found: list[tuple[str, str]]) -> str:
    """Return the line of one host: a single problem whole, several by their reasons."""
    if len(found) == 1:
        return f"picture {found[0][0]}: {found[0][1]}"
    reasons = Counter(words for _, words in found).most_common(3)
    said = "; ".join(f"{count} times: {words}" if count > 1 else words for words, count in reasons)
    example = next(url for url, words in found if words == reasons[0][0])
    return f"{len(found)} pictures of {host}: {said} (such as {example})"


def hosting(config: Config) -> tuple[str, ...]:
    """Return the sources whose pictures we serve: those that a newsletter with hosted pictures mails."""
    mailing = [letter for letter in config.newsletters.values() if letter.look.pictures == "host"]
    return tuple(dict.fromkeys(name for letter in mailing for name in letter.sources))


async def illustrate(
    app: App, http: Fetcher, *, again: bool = False, progress: Callable[[int, int], object] | None = None
) -> Illustrated:
    """Return what came of the pictures that recent own articles still lack.

    A picture that cannot be had is recorded with its reason and tried again only hours later.
    """
    now = app.now()
    urls = await to_thread.run_sync(_wanted, app, now, again)
    made = 0
    problems: list[tuple[str, str]] = []

    async def one(url: str) -> None:
        nonlocal made
        inside = private_places(app.config, urls[url])
        problem = await picture(app, http, url, now, inside=inside)
        if problem:
            problems.append((url, problem))
        made += not problem
        if progress:
            progress(made + len(problems), len(urls))

    async with anyio.create_task_group() as group:
        for url in urls:
            group.start_soon(one, url)
    return Illustrated(made, tuple(sorted(problems)))


def _wanted(app: App, now: datetime, again: bool) -> dict[str, set[str]]:
    names = hosting(app.config)
    if not names:
        return {}
    longest = max(letter.longest_window for letter in app.config.newsletters.values())
    with app.db.read() as connection:
        return pictures.wanted(connection, names, now - longest, now, again=again)


async def picture(app: App, http: Fetcher, url: str, now: datetime, *, inside: Collection[str] = ()) -> str:
    """Return "" when the picture at *url* is ours now, else why not; either is recorded, where there is room.

    *inside* lists the "host:port" at which it may lie although that is private.
    """
    problem, made = "", None
    try:
        answer = await http.get(
            url, headers={"Accept": "image/*"}, most=MOST_BYTES, seconds=SECONDS, inside=inside
        )
        if answer.status == 200:
            made = await apart(crops, answer.body)
        else:
            problem = f"the server answers {answer.status}"
    except WorkerError as fault:  # no fault of the picture, which is asked for again
        return fault.words
    except (FetchError, PictureError, SourceError) as fault:
        problem = fault.words
    try:
        await to_thread.run_sync(_record, app, url, made, problem, now)
    except (OSError, DBAPIError) as trouble:
        said = str(trouble.orig).strip() if isinstance(trouble, DBAPIError) else trouble.strerror or trouble
        return f"could not be kept: {said}. {MEND}"
    return problem


def _record(app: App, url: str, made: Crops | None, problem: str, now: datetime) -> None:
    wide = pictures.saved(app.data, made.wide) if made and made.wide else ""
    square = pictures.saved(app.data, made.square) if made else ""
    with app.db.write() as connection:
        pictures.record(connection, url, at=now, wide=wide, square=square, problem=problem)
