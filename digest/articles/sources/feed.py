"""A feed over HTTP: RSS, Atom, RDF or JSON Feed, told apart by what comes back, not by what it is called.

Options of a source of this kind: `zones = {IST = "Asia/Jerusalem"}` says what a zone name means here, and
`zone = "Asia/Jerusalem"` where dates were written that name no zone, or one of which there are several.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from feedparser import FeedParserDict

from digest.articles import charsets, dates, polling, urls
from digest.articles.apart import apart
from digest.articles.reading import Document, Mark, Reading
from digest.articles.sources import _answers, _entries, _jsonfeed, _media, _reader, _refused, _repaired
from digest.errors import ParseError

if TYPE_CHECKING:  # a worker process imports this file: it needs no settings and no client
    from digest.config.schema import Source
    from digest.fetch import Fetcher

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.5"
)
MOST_ITEMS = 2_000
_NUMBER = re.compile("[0-9]+")
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 720, "yearly": 8760}


async def read(source: Source, http: Fetcher, mark: Mark, now: datetime) -> Reading:
    """Return what the feed says now; raise SourceError when there is no answer or it is no feed."""
    headers = _answers.conditional(mark, ACCEPT)
    answer = await http.get(mark.url, headers=headers, inside=source.allow_private)
    if (early := _answers.without_document(answer, mark, headers, now)) is not None:
        return early
    asked = polling.hold(answer.headers, now)
    sha256 = hashlib.sha256(answer.body).hexdigest()
    seen = Mark(mark.url, answer.headers.get("etag", ""), answer.headers.get("last-modified", ""), sha256)
    if sha256 == mark.body_sha256:
        return Reading(mark=seen, hold=asked, moved_to=answer.moved_to)
    content_type = answer.headers.get("content-type", "")
    document = await apart(
        parse,
        answer.body,
        answer.url,
        content_type,
        source.options,
        source.encoding,
        source.language,
        where=mark.url,
    )
    return Reading(
        mark=seen,
        document=document,
        hold=max(asked, document.ttl),
        moved_to=answer.moved_to,
        problems=document.problems,
    )


def parse(
    content: bytes,
    url: str = "",
    content_type: str = "",
    options: object = None,
    encoding: str = "",
    language: str = "",
) -> Document:
    """Return the feed in *content*, whatever its format and however broken; raise ParseError if it is none.

    *encoding* overrides what the feed says about itself; *language* is the newsroom's word for what it is written
    in. The whole run is bounded by the caller (`apart`).
    """
    content = _repaired.unpacked(content, url)
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
        content, content_type = text.encode("utf-8"), "application/xml; charset=utf-8"
    mended = _repaired.repaired(content, content_type, language)
    return _xml(mended.content, url, mended.content_type, own, language, mended.problems)


def _xml(
    content: bytes, url: str, content_type: str, own: dict[str, tzinfo], language: str, said: tuple[str, ...]
) -> Document:
    found = _reader.parsed(_media.undescribed(content), content_type, url)
    encoding = charsets.known_as(str(found.get("encoding", "")))
    said = said or _repaired.guessed(content, content_type, encoding)
    if not found.entries and not found.get("version"):  # which no empty document has
        raise _no_feed(content, url)
    manner = _entries.manner_of(found, url, own, language)
    pictures = _media.by_item(content, len(found.entries))
    items = _entries.items(found, manner, pictures, MOST_ITEMS)
    left = len(found.entries) - len(items)
    capped = (f"only the first {MOST_ITEMS} items were taken, {left} left out",) if left else ()
    return Document(
        title=str(found.feed.get("title", "")),
        link=_entries.joined(url, urls.spelled_out(str(found.feed.get("link", "")), url)),
        language=str(found.feed.get("language", "")),
        encoding=encoding,
        ttl=_ttl(found.feed),
        items=items,
        problems=(*said, *_entries.unread(manner.unread), *capped),
        form=_form(str(found.get("version") or "")),
        made=next(
            (at for name in ("updated", "published") if (at := _entries.date(found.feed, name, manner))), None
        ),
    )


def _form(version: str) -> str:
    """Return what feedparser's *version* is, in the words of `Document.form`: "rss090" and "rss10" are RDF."""
    if version in {"rss090", "rss10"}:
        return "rdf"
    return next((form for form in ("atom", "rss", "cdf") if version.startswith(form)), "")


def _no_feed(content: bytes, url: str) -> ParseError:
    head = content[:20_000].lower()
    if b"<html" in head or b"<!doctype html" in head or b"<body" in head:
        if _refused.challenge(head):
            return ParseError(f"what came back is {_answers.GUARDED}", where=url)
        other = _media.advertised(content, url)
        if other:
            return ParseError(
                "what came back is a web page, not a feed.",
                where=url,
                do=f"The page names this feed: {other}",
            )
        if _refused.log_in(head, url):
            advice = "Ask the publisher for an address of the feed that needs no log-in, or a token in its address."
            return ParseError("what came back is a page to log in, not a feed.", where=url, do=advice)
        return ParseError(
            "what came back is a web page, not a feed.", where=url, do="Configure the feed's own address."
        )
    if b"<urlset" in head or b"<sitemapindex" in head:
        return ParseError("is a sitemap, not a feed.", where=url, do='Set kind = "sitemap" for it.')
    return ParseError("what came back is no feed.", where=url, do="Open the address in a browser and see.")


def _ttl(feed: FeedParserDict) -> timedelta:
    """Return the wait that the feed asks for, by `ttl` or by the syndication module."""
    minutes = str(feed.get("ttl", "")).strip()
    asked = timedelta(minutes=int(minutes[:6])) if _NUMBER.fullmatch(minutes) else timedelta()
    hours = _PERIODS.get(str(feed.get("sy_updateperiod", "")).strip().lower(), 0)
    times = str(feed.get("sy_updatefrequency", "1")).strip()
    often = max(int(times[:6]), 1) if _NUMBER.fullmatch(times) else 1
    return max(asked, timedelta(hours=hours) / often)
