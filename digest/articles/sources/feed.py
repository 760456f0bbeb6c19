"""A feed over HTTP: RSS, Atom, RDF or JSON Feed, told apart by what comes back, not by what it is called.

Options of a source of this kind: `zones = {IST = "Asia/Jerusalem"}` says what a zone name means here, and
`zone = "Asia/Jerusalem"` where dates without any zone were written.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from digest.articles import charsets, dates, polling
from digest.articles.apart import apart
from digest.articles.reading import Document, Mark, Reading
from digest.articles.sources import _jsonfeed, _media, _reader
from digest.articles.text import whole
from digest.errors import ParseError
from digest.model import Item, Media

if TYPE_CHECKING:  # a worker process imports this file: it needs no settings and no client
    from digest.config.schema import Source
    from digest.fetch import Answer, Fetcher

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"
)
MOST_ITEMS = 2_000
_LONGEST_TEXT = 200_000
_NUMBER = re.compile("[0-9]+")
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 720, "yearly": 8760}


async def read(source: Source, http: Fetcher, mark: Mark, now: datetime) -> Reading:
    """Return what the feed says now; raise SourceError when there is no answer or it is no feed."""
    headers = {"Accept": ACCEPT}
    if mark.etag:
        headers["If-None-Match"] = mark.etag
    if mark.last_modified:
        headers["If-Modified-Since"] = mark.last_modified
    answer = await http.get(mark.url, headers=headers, inside=source.allow_private)
    asked = polling.hold(answer.headers, now)
    if answer.status == 304:
        return Reading(mark=mark, hold=asked, moved_to=answer.moved_to)
    if answer.status != 200:
        return _failed(answer, mark, now)
    sha256 = hashlib.sha256(answer.body).hexdigest()
    seen = Mark(mark.url, answer.headers.get("etag", ""), answer.headers.get("last-modified", ""), sha256)
    if sha256 == mark.body_sha256:
        return Reading(mark=seen, hold=asked, moved_to=answer.moved_to)
    content_type = answer.headers.get("content-type", "")
    document = await apart(
        parse, answer.body, answer.url, content_type, source.options, source.encoding, where=mark.url
    )
    return Reading(
        mark=seen,
        document=document,
        hold=max(asked, document.ttl),
        moved_to=answer.moved_to,
        problems=document.problems,
    )


def _failed(answer: Answer, mark: Mark, now: datetime) -> Reading:
    words = {
        401: "the server wants a password (401)",
        403: "the server refuses us (403)",
        404: "there is nothing at this address (404)",
        410: "the publisher has taken the feed away for good (410)",
        429: "the server says that we ask too often (429)",
    }
    said = words.get(answer.status, f"the server answers {answer.status}")
    asked = polling.retry_after(answer.headers, now)
    return Reading(mark=mark, problem=said, hold=asked, gone=answer.status == 410, moved_to=answer.moved_to)


def parse(
    content: bytes, url: str = "", content_type: str = "", options: Any = None, encoding: str = ""
) -> Document:
    """Return the feed in *content*, whatever its format and however broken; raise ParseError if it is none.

    *encoding* overrides what the feed says about itself. The whole run is bounded by the caller (`apart`).
    """
    if not content.strip(b"\x00 \t\r\n"):
        raise ParseError("the answer is empty", where=url)
    own = dates.zones(options or {})
    looks_json = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
    if looks_json or "json" in content_type.partition(";")[0]:
        try:
            return _jsonfeed.parse(json.loads(content.decode("utf-8-sig", "replace")), url, own)
        except (ValueError, RecursionError):
            if looks_json:
                raise ParseError("is broken JSON", where=url) from None
    if encoding:
        text = charsets.decoded(content, encoding)
        if text is None:
            raise ParseError(
                f"there is no charset {encoding!r}", where=url, do="Mend encoding in its settings."
            )
        content = text.encode("utf-8")
        content_type = "application/xml; charset=utf-8"
    return _xml(content, url, content_type, own)


def _xml(content: bytes, url: str, content_type: str, own: dict[str, tzinfo]) -> Document:
    found = _reader.parsed(content, url, content_type)
    if not found.entries and not found.version:
        raise _no_feed(content, url)
    captions = _media.by_item(content, len(found.entries))
    entries = found.entries[:MOST_ITEMS]
    items = tuple(_item(entry, place, own, captions) for place, entry in enumerate(entries))
    left = len(found.entries) - len(entries)
    return Document(
        title=str(found.feed.get("title", "")),
        link=str(found.feed.get("link", "")),
        language=str(found.feed.get("language", "")),
        encoding=str(found.get("encoding", "")),
        ttl=_ttl(found.feed),
        items=items,
        problems=(f"only the first {MOST_ITEMS} items were taken, {left} left out",) if left else (),
    )


def _no_feed(content: bytes, url: str) -> ParseError:
    head = content[:2_000].lower()
    if b"<html" in head or b"<!doctype html" in head or b"<body" in head:
        other = _media.advertised(content, url)
        advice = f"The page names this feed: {other}" if other else "Configure the feed's own address."
        return ParseError("what came back is a web page, not a feed.", where=url, do=advice)
    if b"<urlset" in head or b"<sitemapindex" in head:
        return ParseError("is a sitemap, not a feed.", where=url, do="Configure the feed's own address.")
    return ParseError("what came back is no feed.", where=url, do="Open the address in a browser and see.")


def _item(entry: Any, place: int, own: dict[str, tzinfo], captions: tuple[tuple[Media, ...], ...]) -> Item:
    contents = [str(part.get("value", "")) for part in entry.get("content", [])]
    updated = _date(entry, "updated", own)
    published = _date(entry, "published", own) or _date(entry, "created", own) or updated
    tags, categories = _terms(entry)
    own_media = captions[place] if captions else ()
    return Item(
        guid=whole(str(entry.get("id", ""))),
        url=whole(str(entry.get("link", ""))).strip(),
        title=str(entry.get("title", ""))[:_LONGEST_TEXT],
        summary=str(entry.get("summary", ""))[:_LONGEST_TEXT],
        content=max(contents, key=len, default="")[:_LONGEST_TEXT],
        byline=_byline(entry),
        published=published,
        modified=updated,
        categories=categories,
        tags=tags,
        media=own_media or _media.of_entry(entry),
        language=str(entry.get("title_detail", {}).get("language") or ""),
        position=place,
    )


def _terms(entry: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the entry's tags and its categories: a scheme that speaks of keywords makes a term a tag."""
    tags: dict[str, None] = {}
    categories: dict[str, None] = {}
    for term in entry.get("tags", []):
        word = str(term.get("term") or term.get("label") or "")
        scheme = str(term.get("scheme") or "").lower()
        (tags if "keyword" in scheme or "/tag" in scheme else categories)[word] = None
    return tuple(filter(None, tags)), tuple(filter(None, categories))


def _byline(entry: Any) -> str:
    names = [str(author.get("name", "")) for author in entry.get("authors", []) if author]
    named = [name for name in dict.fromkeys(names) if name]
    return ", ".join(named) if len(named) > 1 else str(entry.get("author", ""))


def _date(entry: Any, name: str, own: dict[str, tzinfo]) -> datetime | None:
    # `in` and not `get`: feedparser answers for a missing "updated" with "published", and warns.
    if f"{name}_parsed" not in entry:
        return None
    text = str(entry.get(name, ""))
    if own and dates.misread(text, own):
        return dates.moment(text, own)
    return dates.of_parts(entry.get(f"{name}_parsed"))


def _ttl(feed: Any) -> timedelta:
    """Return the wait that the feed asks for, by `ttl` or by the syndication module."""
    minutes = str(feed.get("ttl", "")).strip()
    asked = timedelta(minutes=int(minutes[:6])) if _NUMBER.fullmatch(minutes) else timedelta()
    hours = _PERIODS.get(str(feed.get("sy_updateperiod", "")).strip().lower(), 0)
    times = str(feed.get("sy_updatefrequency", "1")).strip()
    often = max(int(times[:6]), 1) if _NUMBER.fullmatch(times) else 1
    return max(asked, timedelta(hours=hours) / often)
