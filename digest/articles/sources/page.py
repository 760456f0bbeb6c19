"""An outlet's front page or section page over HTTP: the articles that it links to, with their places on it.

Set `kind = "page"` and the page's own address. Its robots.txt is kept. An article without a date counts as published
when it was first seen there.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from digest.articles import polling
from digest.articles.apart import apart
from digest.articles.reading import Document, Mark, Reading
from digest.articles.robots import robots
from digest.articles.sources import _answers, _front

if TYPE_CHECKING:  # a worker process imports this file: it needs no settings and no client
    from digest.config.schema import Source
    from digest.fetch import Fetcher

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"


async def read(source: Source, http: Fetcher, mark: Mark, now: datetime) -> Reading:
    """Return what stands on the page now; raise SourceError when there is no answer or it is no such page."""
    if refusal := (await robots(http, mark.url, inside=source.allow_private)).refusal:
        return Reading(mark=mark, problem=refusal)
    headers = _answers.conditional(mark, ACCEPT)
    answer = await http.get(mark.url, headers=headers, inside=source.allow_private)
    if (early := _answers.without_document(answer, mark, headers, now)) is not None:
        return early
    sha256 = hashlib.sha256(answer.body).hexdigest()
    seen = Mark(mark.url, answer.headers.get("etag", ""), answer.headers.get("last-modified", ""), sha256)
    asked = polling.hold(answer.headers, now)
    if sha256 == mark.body_sha256:
        return Reading(mark=seen, hold=asked, moved_to=answer.moved_to)
    content_type = answer.headers.get("content-type", "")
    document = await apart(parse, answer.body, answer.url, content_type, source.language, where=mark.url)
    return Reading(
        mark=seen, document=document, hold=asked, moved_to=answer.moved_to, problems=document.problems
    )


def parse(content: bytes, url: str = "", content_type: str = "", language: str = "") -> Document:
    """Return the articles that the page in *content* links to, the topmost first."""
    return _front.front(content, url, content_type, language)
