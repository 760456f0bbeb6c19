"""What an answer of a server means for a source, whatever its kind: nothing new, a fault in words, a document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from digest.articles import polling
from digest.articles.reading import Mark, Reading
from digest.articles.sources import _refused

if TYPE_CHECKING:  # a worker process imports this file: it needs no client
    from digest.fetch import Answer

GUARDED = (
    f"{_refused.WORDS}: no program gets past it. Ask the publisher to let this newsroom's address or its user agent "
    "read the feed, or for another address of it."
)
_WORDS = {
    401: "the server wants a password (401)",
    403: "the server refuses us (403)",
    404: "there is nothing at this address (404)",
    410: "the publisher has taken it away for good (410)",
    429: "the server says that we ask too often (429)",
}


def conditional(mark: Mark, accept: str) -> dict[str, str]:
    """Return the headers of a request that asks only for what has changed since *mark* (RFC 9110, 13.1)."""
    headers = {"Accept": accept}
    if mark.etag:
        headers["If-None-Match"] = mark.etag
    if mark.last_modified:
        headers["If-Modified-Since"] = mark.last_modified
    return headers


def words(answer: Answer) -> str:
    """Return what an answer without a document says, in words."""
    said = _WORDS.get(answer.status, f"the server answers {answer.status}")
    return f"{said}: {GUARDED}" if _refused.by_headers(answer.headers) else said


def without_document(answer: Answer, mark: Mark, headers: Mapping[str, str], now: datetime) -> Reading | None:
    """Return the reading that an answer without a document is; None where it brings one."""
    if answer.status == 304 and headers.keys() == {"Accept"}:
        said = "the server answers that nothing has changed (304), although nobody asked for changes"
        return Reading(mark=mark, problem=said, hold=polling.hold(answer.headers, now))
    if answer.status == 304:
        return Reading(mark=mark, hold=polling.hold(answer.headers, now), moved_to=answer.moved_to)
    if answer.status == 200:
        return None
    return Reading(
        mark=mark,
        problem=words(answer),
        hold=polling.retry_after(answer.headers, now),
        gone=answer.status == 410,
        moved_to=answer.moved_to,
    )
