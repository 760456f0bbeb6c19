"""A sitemap over HTTP: one for news, a plain one, or an index, of which the newest children are read.

A news sitemap gives headlines, dates, keywords and pictures. A plain one gives addresses only: an article's headline is
the one that its address spells, until its page has been read. Set `kind = "sitemap"` and the sitemap's own address.
Options: `zone` and `zones`, as for a feed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from digest.articles import dates, polling
from digest.articles.apart import apart
from digest.articles.reading import Document, Mark, Reading
from digest.articles.robots import robots
from digest.articles.sources import _answers, _sitemap
from digest.articles.sources._sitemap import Child, Sitemap
from digest.errors import ParseError, SourceError

if TYPE_CHECKING:  # a worker process imports this file: it needs no settings and no client
    from digest.config.schema import Source
    from digest.fetch import Answer, Fetcher

ACCEPT = "application/xml, text/xml;q=0.9, application/gzip;q=0.8, text/plain;q=0.7, */*;q=0.5"
MOST_CHILDREN = 6  # sitemaps of an index that are read at a visit
MOST_BYTES = 52_428_800  # the protocol's own limit for one file
_DEEPEST = 2  # indexes within indexes
_NO_NEWS = re.compile(
    r"(?:^|[/_-])(?:pages?|categor(?:y|ies)|tags?|authors?|users?|topics?|images?|videos?|static|products?|sections?"
    r"|archives?)(?:[/_-]|\d|\.|$)",
    re.IGNORECASE,
)
_NEWS = re.compile(r"news|latest|recent|today|aktuell|actualit", re.IGNORECASE)
_MONTH = re.compile(r"((?:19|20)\d\d)[^\d]?(?:(?:mm|month)?=?(\d{1,2}))?(?:[^\d]?(?:dd|day)?=?(\d{1,2}))?")


@dataclass(slots=True)
class _Visit:
    """A visit on its way: what has been asked for, what came, and how."""

    asked: set[str] = field(default_factory=set)
    documents: list[Document] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    children: int = 0


async def read(source: Source, http: Fetcher, mark: Mark, now: datetime) -> Reading:
    """Return what the sitemap lists now; raise SourceError when there is no answer or it is no sitemap."""
    if refusal := (await robots(http, mark.url, inside=source.allow_private)).refusal:
        return Reading(mark=mark, problem=refusal)
    headers = _answers.conditional(mark, ACCEPT)
    answer = await http.get(mark.url, headers=headers, most=MOST_BYTES, inside=source.allow_private)
    if (early := _answers.without_document(answer, mark, headers, now)) is not None:
        return early
    visit = _Visit({mark.url, answer.url})
    found = await _parsed(source, answer, now)
    visit.bodies.append(hashlib.sha256(answer.body).hexdigest())
    if found.children:
        await _follow(source, http, found.children, visit, now, 1)
        if not visit.documents:
            raise _barren(visit, mark.url)
    else:
        visit.documents.append(found.document)
    sha256 = hashlib.sha256("".join(visit.bodies).encode()).hexdigest()
    seen = Mark(mark.url, body_sha256=sha256)
    if not found.children:  # an index stays as it is while what it names changes
        seen = replace(
            seen, etag=answer.headers.get("etag", ""), last_modified=answer.headers.get("last-modified", "")
        )
    asked = polling.hold(answer.headers, now)
    if sha256 == mark.body_sha256:
        return Reading(mark=seen, hold=asked, moved_to=answer.moved_to)
    document = _joined(visit)
    return Reading(
        mark=seen, document=document, hold=asked, moved_to=answer.moved_to, problems=document.problems
    )


def parse(
    content: bytes,
    url: str = "",
    now: datetime | None = None,
    options: Any = None,
    language: str = "",
) -> Document:
    """Return the articles that the sitemap in *content* lists, the newest first; none where it is an index."""
    return sitemap(content, url, now, options, language).document


def sitemap(content: bytes, url: str, now: datetime | None, options: Any, language: str) -> Sitemap:
    """Return what the file in *content* says, in whatever shape; the whole run is bounded by the caller (`apart`)."""
    return _sitemap.sitemap(content, url, now, dates.zones(options or {}), language)


async def _parsed(source: Source, answer: Answer, now: datetime) -> Sitemap:
    return await apart(
        sitemap, answer.body, answer.url, now, source.options, source.language, where=answer.url
    )


async def _follow(
    source: Source, http: Fetcher, children: Sequence[Child], visit: _Visit, now: datetime, depth: int
) -> None:
    """Read the newest of *children*; one that cannot be had is a problem, and stops no other."""
    for child in chosen(children, now):
        if child.url in visit.asked or visit.children >= MOST_CHILDREN:
            continue
        visit.asked.add(child.url)
        visit.children += 1
        try:
            await _child(source, http, child, visit, now, depth)
        except SourceError as fault:
            visit.problems.append(f"{child.url}: {fault.what}")


async def _child(
    source: Source, http: Fetcher, child: Child, visit: _Visit, now: datetime, depth: int
) -> None:
    if refusal := (await robots(http, child.url, inside=source.allow_private)).refusal:
        raise SourceError(refusal, where=child.url)
    answer = await http.get(
        child.url, headers={"Accept": ACCEPT}, most=MOST_BYTES, inside=source.allow_private
    )
    if answer.status != 200:
        raise SourceError(_answers.words(answer), where=child.url)
    visit.asked.add(answer.url)
    found = await _parsed(source, answer, now)
    visit.bodies.append(hashlib.sha256(answer.body).hexdigest())
    if not found.children:
        visit.documents.append(found.document)
    elif depth < _DEEPEST:
        await _follow(source, http, found.children, visit, now, depth + 1)
    else:
        raise ParseError("is an index within an index within an index", where=child.url)


def chosen(children: Sequence[Child], now: datetime) -> list[Child]:
    """Return the sitemaps of an index that are worth a visit, the likeliest first, at most MOST_CHILDREN.

    Those that changed lately, news before others; where none says when it changed, those whose names hold the latest
    month, else the first and the last. Lists of sections, authors and pictures come only where there is nothing else.
    """
    apart_from_news = [
        one for one in children if not _NO_NEWS.search(one.url.partition("//")[2].partition("/")[2])
    ]
    usable = apart_from_news or list(children)
    recent = [one for one in usable if one.changed and now - _sitemap.RECENT <= one.changed]
    if recent:
        recent.sort(key=lambda one: (not _NEWS.search(one.url), -_seconds(one.changed)))
        return recent[:MOST_CHILDREN]
    if any(one.changed for one in usable):
        usable.sort(key=lambda one: (not _NEWS.search(one.url), -_seconds(one.changed)))
        return usable[:2]
    named = sorted(usable, key=lambda one: (bool(_NEWS.search(one.url)), _month(one.url)), reverse=True)
    if _NEWS.search(named[0].url) or any(_month(named[0].url)):
        return named[:3]
    return list(dict.fromkeys([*usable[:2], *usable[-2:]]))


def _seconds(moment: datetime | None) -> float:
    return (moment or datetime(1970, 1, 1, tzinfo=UTC)).timestamp()


def _month(url: str) -> tuple[int, int, int]:
    """Return the latest (year, month, day) that an address names, zeros for what it does not."""
    found = [tuple(int(part or 0) for part in match.groups()) for match in _MONTH.finditer(url)]
    likely = [(year, month, day) for year, month, day in found if month <= 12 and day <= 31]
    return max(likely, default=(0, 0, 0))


def _barren(visit: _Visit, url: str) -> SourceError:
    said = f": {visit.problems[0]}" if visit.problems else ""
    return SourceError(
        f"is an index, and none of the sitemaps that it names could be read{said}",
        where=url,
        do="Configure the address of one that lists articles.",
    )


def _joined(visit: _Visit) -> Document:
    """Return the documents of a visit as one, the newest article first; what two of them list is in it once."""
    items = {item.url: item for document in reversed(visit.documents) for item in document.items}
    ordered = sorted(
        items.values(), key=lambda item: _seconds(item.published or item.modified), reverse=True
    )[: _sitemap.MOST_ITEMS]
    first = visit.documents[0]
    problems = dict.fromkeys((*visit.problems, *(text for one in visit.documents for text in one.problems)))
    return replace(
        first,
        items=tuple(replace(item, position=place) for place, item in enumerate(ordered)),
        problems=tuple(problems),
    )
