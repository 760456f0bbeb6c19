"""The entries that feedparser found, as Items: addresses made absolute, dates in the source's manner, words whole."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from urllib.parse import urljoin

from feedparser import FeedParserDict

from digest.articles import dates, urls, written_dates
from digest.articles.sources import _media
from digest.articles.text import escaped, whole
from digest.model import Item, Media

LONGEST_TEXT = 200_000
_DATES = ("published", "created", "updated")


@dataclass(slots=True)
class Manner:
    """How a feed is to be read: where its relative links start, how it writes dates; and which of these failed."""

    url: str
    base: str
    dates: written_dates.Manner
    unread: list[str] = field(default_factory=list)


def base_of(feed: FeedParserDict, version: str, url: str) -> str:
    """Return where the feed's relative links start.

    That is the channel's own link, for a feed often lies at another host or deeper than its site; an Atom feed at
    its site's host has its own address as base, as RFC 4287 says.
    """
    site = urls.absolute(urls.spelled_out(str(feed.get("link", "")), url), url)
    if version.startswith("atom") and urls.host(site) == urls.host(url):
        return url or site
    return site or url


def manner_of(found: FeedParserDict, url: str, own: dict[str, tzinfo], language: str) -> Manner:
    """Return how the parsed feed *found* is to be read; *language* is the newsroom's word."""
    languages = [said for said in (str(found.feed.get("language", "")), language) if said]
    written = (text for entry in found.entries for name in _DATES if (text := _said(entry, name)))
    first = written_dates.day_first(written)
    base = base_of(found.feed, str(found.get("version") or ""), url)
    return Manner(url, base, written_dates.Manner(own, tuple(dict.fromkeys(languages)), first))


def items(
    found: FeedParserDict, manner: Manner, pictures: tuple[tuple[Media, ...], ...], most: int
) -> tuple[Item, ...]:
    """Return the first *most* entries as Items; *pictures* are those of Media RSS by entry, or none at all."""
    literal = str(found.get("version") or "").startswith("atom")
    return tuple(
        item(entry, place, manner, pictures[place] if pictures else (), literal=literal)
        for place, entry in enumerate(found.entries[:most])
    )


def item(
    entry: FeedParserDict, place: int, manner: Manner, pictures: tuple[Media, ...], *, literal: bool
) -> Item:
    """Return one entry as an Item; in a *literal* feed a title of type "text" holds no markup (RFC 4287, 3.1.1)."""
    contents = [str(part.get("value", "")) for part in entry.get("content", [])]
    updated = date(entry, "updated", manner)
    published = date(entry, "published", manner) or date(entry, "created", manner) or updated
    if published is None and any(_said(entry, name) for name in _DATES):
        manner.unread.append(next(text for name in _DATES if (text := _said(entry, name))))
    tags, categories = _terms(entry)
    detail = entry.get("title_detail", {})
    title = str(entry.get("title", ""))[:LONGEST_TEXT]
    if literal and detail.get("type") == "text/plain":
        title = escaped(title)
    return Item(
        guid=_guid(entry, manner.url),
        url=joined(manner.url, whole(str(entry.get("link", ""))).strip()),
        address=address(entry, manner.base),
        title=title,
        summary=str(entry.get("summary", ""))[:LONGEST_TEXT],
        content=max(contents, key=len, default="")[:LONGEST_TEXT],
        byline=_byline(entry),
        published=published,
        modified=updated,
        categories=categories,
        tags=tags,
        media=pictures or _media.of_entry(entry),
        language=str(detail.get("language") or ""),
        position=place,
    )


def address(entry: FeedParserDict, base: str) -> str:
    """Return the article's address: what FeedBurner kept of it, its link, any other link, or a guid that is one."""
    links = [
        link for link in entry.get("links", []) if link.get("rel", "alternate") not in {"enclosure", "self"}
    ]
    offered = [entry.get(name, "") for name in ("feedburner_origlink", "pheedo_origlink", "link")]
    for text in (*offered, *(link.get("href", "") for link in links)):
        said = whole(str(text)).strip()
        found = urls.absolute(urls.spelled_out(said, base), base) if said else ""
        if found:
            return urls.behind(found)
    return urls.absolute(urls.spelled_out(whole(str(entry.get("id", ""))).strip(), base))


def date(entry: FeedParserDict, name: str, manner: Manner) -> datetime | None:
    """Return the entry's date of that name; None where it has none that can be read.

    What we do not read is left to feedparser where it begins in one of its standard forms: for anything else it
    knows a date, too, and mostly a wrong one.
    """
    text = _said(entry, name)
    if not text:
        return None
    own = dict(manner.dates.own)
    found = dates.moment(text, own, manner.dates.languages, day_first=manner.dates.day_first)
    if found or not dates.standard(text):
        return found
    return dates.of_parts(entry.get(f"{name}_parsed"))


def unread(texts: Iterable[str]) -> Iterator[str]:
    """Give a sentence on the dates that could not be read, with an example; nothing where there are none."""
    listed = list(texts)
    if listed:
        what = "1 date" if len(listed) == 1 else f"{len(listed)} dates"
        yield f"{what} could not be read, such as {listed[0][:40]!r}"


def _said(entry: FeedParserDict, name: str) -> str:
    # Not `get`: feedparser answers for a missing "updated" with "published", and warns.
    return str(dict.get(entry, name) or "").strip() if dict.__contains__(entry, name) else ""


def _guid(entry: FeedParserDict, url: str) -> str:
    said = whole(str(entry.get("id", "")))
    return joined(url, said) if entry.get("guidislink") and said.startswith("/") else said


def joined(base: str, link: str) -> str:
    """Return *link* absolute against *base* where both are addresses, else as it is."""
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def _terms(entry: FeedParserDict) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the entry's tags and its categories: a scheme that speaks of keywords makes a term a tag."""
    tags: dict[str, None] = {}
    categories: dict[str, None] = {}
    for term in entry.get("tags", []):
        word = str(term.get("term") or term.get("label") or "")
        scheme = str(term.get("scheme") or "").lower()
        (tags if "keyword" in scheme or "/tag" in scheme else categories)[word] = None
    return tuple(filter(None, tags)), tuple(filter(None, categories))


def _byline(entry: FeedParserDict) -> str:
    names = [str(author.get("name", "")) for author in entry.get("authors", []) if author]
    named = [name for name in dict.fromkeys(names) if name]
    return ", ".join(named) if len(named) > 1 else str(entry.get("author", ""))
