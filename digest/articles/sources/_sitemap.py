"""Sitemaps (sitemaps.org 0.9) with Google's extensions for news and pictures, indexes of them, and lists in plain text.

What is read is the newest: a sitemap may list all that a paper ever printed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from lxml import etree

from digest.articles import addresses, charsets, dates, urls
from digest.articles.reading import Document
from digest.articles.sources import _entries, _refused, _repaired
from digest.articles.text import plain, whole
from digest.errors import ParseError
from digest.model import Item, Media

MOST_ITEMS = 2_000
MOST_ENTRIES = 50_000  # as many as the protocol allows in one file
MOST_PLAIN = 300  # articles of a sitemap that has no headlines, each of which costs its page a reading
RECENT = timedelta(days=3)
OLD = timedelta(days=2)  # a day in an address is younger than that: the time that it was first seen says more
_OLDEST = datetime(1, 1, 1, tzinfo=UTC)
_MOST_PICTURES = 5
_LONGEST = 5_000
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Child:
    """A sitemap that an index names, and when it changed, where the index says so."""

    url: str
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one file says: its articles, or, where it is an index, its *children*."""

    document: Document
    children: tuple[Child, ...] = ()


@dataclass(slots=True)
class _Entry:
    """A <url> or <sitemap> on its way: the texts of its elements by name, and its pictures."""

    texts: dict[str, str] = field(default_factory=dict)
    pictures: list[dict[str, str]] = field(default_factory=list)


def sitemap(
    content: bytes, url: str, now: datetime | None, own: dict[str, Any], language: str = ""
) -> Sitemap:
    """Return the sitemap or index in *content*, packed or not; raise ParseError if it is none.

    *now* is the time of the reading: of what has no date of publication, only what changed lately is taken. *own* are
    the source's zones (`dates.zones`).
    """
    for _ in range(2):  # a server may pack what is packed already
        content = _repaired.unpacked(content, url)
    if not content.strip(b"\x00 \t\r\n"):
        raise ParseError("the answer is empty", where=url)
    head = content[:2_000].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if head.startswith((b"http://", b"https://")):
        return Sitemap(_text(content, url))
    kind, entries = _entries_of(content)
    if kind == "sitemapindex":
        return Sitemap(Document(link=url), tuple(_children(entries, url, own)))
    if kind == "urlset":
        return Sitemap(_articles(entries, url, now, own, language))
    raise _no_sitemap(content, kind, url)


def _entries_of(content: bytes) -> tuple[str, list[_Entry]]:
    """Return the name of the root, and the <url>s or <sitemap>s below it; nothing outside the file is read."""
    parser = etree.XMLPullParser(
        events=("end",),
        tag=("{*}url", "{*}sitemap"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root, entries = "", list[_Entry]()
    try:
        for at in range(0, len(content), 65_536):
            parser.feed(content[at : at + 65_536])
            for _, node in parser.read_events():
                root = root or _name(node.getroottree().getroot())
                if len(entries) < MOST_ENTRIES:
                    entries.append(_entry(node))
                node.clear()
                while node.getprevious() is not None:
                    del node.getparent()[0]
        root = root or _name(parser.close())
    except etree.XMLSyntaxError:  # what was read before it counts
        pass
    return root, entries


def _entry(node: Any) -> _Entry:
    made = _Entry()
    for part in node.iter(etree.Element):  # no entities: what they stand for is not ours to read
        if part is node:
            continue
        name, parent, text = _name(part), _name(part.getparent()), (part.text or "").strip()[:_LONGEST]
        if name == "image" and len(made.pictures) < _MOST_PICTURES:
            made.pictures.append({})
        elif parent == "image":
            if made.pictures:
                made.pictures[-1].setdefault(name, text)
        elif text and parent in {"url", "sitemap", "news", "publication"}:
            made.texts.setdefault(f"{parent}.{name}", whole(text))
    return made


@cache
def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _name(node: Any) -> str:
    """Return the element's name without its namespace, for many sitemaps misspell theirs."""
    return _local(node.tag) if node is not None and isinstance(node.tag, str) else ""


def _moment(text: str, own: dict[str, Any], languages: tuple[str, ...]) -> datetime | None:
    """Return the W3C date *text* as a moment; the quick way first, for there may be 50,000 of them."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return dates.moment(text, own, languages) if text else None
    return (
        found.astimezone(UTC) if found.tzinfo and found.year >= 1900 else dates.moment(text, own, languages)
    )


def _children(entries: Sequence[_Entry], url: str, own: dict[str, Any]) -> Iterator[Child]:
    for entry in entries:
        place = urls.absolute(entry.texts.get("sitemap.loc", ""), url)
        if place:
            yield Child(place, _moment(entry.texts.get("sitemap.lastmod", ""), own, ()))


def _articles(
    entries: Sequence[_Entry], url: str, now: datetime | None, own: dict[str, Any], language: str
) -> Document:
    spoken = next(filter(None, (entry.texts.get("publication.language", "") for entry in entries)), "")
    languages = tuple(filter(None, (spoken, language)))
    unread: list[str] = []
    listed = [_listed_at(entry, own, languages, unread) for entry in entries if entry.texts.get("url.loc")]
    news = [one for one in listed if one.entry.texts.get("news.title")]
    problems = list(_entries.unread(unread))
    if not news:
        items, said = _plain(listed, url, now)
        problems += said
    else:
        news.sort(key=lambda one: one.latest, reverse=True)
        items = [item for one in news[:MOST_ITEMS] if (item := _item(one, url))]
        if len(news) > MOST_ITEMS:
            left = len(news) - MOST_ITEMS
            problems.append(f"only the newest {MOST_ITEMS} articles were taken, {left} left out")
    names = (entry.texts.get("publication.name", "") for entry in entries)
    return _document(items, problems, url, plain(next(filter(None, names), "")), spoken.replace("_", "-"))


def _document(
    items: Sequence[Item], problems: Sequence[str], url: str, title: str = "", language: str = ""
) -> Document:
    return Document(
        title=title,
        link=url,
        language=language,
        encoding="utf-8",
        form="sitemap",
        items=tuple(replace(item, position=place) for place, item in enumerate(items)),
        problems=tuple(problems),
    )


@dataclass(frozen=True, slots=True)
class _Listed:
    """An address that a sitemap lists, and its dates; the article is made of it when it is taken."""

    entry: _Entry
    published: datetime | None = None
    changed: datetime | None = None

    @property
    def latest(self) -> datetime:
        return self.published or self.changed or _OLDEST


def _listed_at(entry: _Entry, own: dict[str, Any], languages: tuple[str, ...], unread: list[str]) -> _Listed:
    said = [entry.texts.get(name, "") for name in ("news.publication_date", "url.lastmod")]
    moments = [_moment(text, own, languages) for text in said]
    unread += [text for text, moment in zip(said, moments, strict=True) if text and moment is None]
    return _Listed(entry, *moments)


def _item(one: _Listed, url: str) -> Item | None:
    texts = one.entry.texts
    place = urls.absolute(texts["url.loc"], url)
    words = (word.strip() for word in texts.get("news.keywords", "").split(","))
    media = (
        Media(
            url=urls.absolute(said.get("loc", ""), place),
            caption=said.get("caption", ""),
            alt=said.get("title", ""),
        )
        for said in one.entry.pictures
    )
    item = Item(
        url=place,
        title=texts.get("news.title", ""),
        published=one.published,
        modified=one.changed,
        tags=tuple(filter(None, words)),
        media=tuple(found for found in media if found.url),
        language=texts.get("publication.language", "").replace("_", "-"),
    )
    return item if place else None


def _plain(listed: Sequence[_Listed], url: str, now: datetime | None) -> tuple[list[Item], list[str]]:
    """Return the articles of a sitemap without headlines, each with the one that its address spells, and what is odd.

    When they were published is not said: only that they changed. A sitemap whose every address changed at one moment
    says when it was made itself, and nothing of its articles.
    """
    changed = [one.changed for one in listed if one.changed]
    problems = []
    if len(listed) >= 20 and len(changed) == len(listed) and len(set(changed)) == 1:
        problems.append("all its addresses have one date, which is no article's: it counts for nothing")
        listed = [replace(one, changed=None) for one in listed]
    elif changed and now is not None:
        since, until = now - RECENT, now + dates.EMBARGO
        listed = [one for one in listed if one.changed and since <= one.changed <= until]
    likely = [one for one in listed if addresses.article_like(one.entry.texts["url.loc"])]
    likely.sort(key=lambda one: one.latest, reverse=True)
    found = [item for one in likely[:MOST_PLAIN] if (item := _item(one, url))]
    spelled = [(item, addresses.spelled_headline(item.url)) for item in found]
    if silent := sum(not title for _, title in spelled):
        what = "1 address spells" if silent == 1 else f"{silent} addresses spell"
        problems.append(f"{what} no headline, and the sitemap has none: left out")
    return [
        replace(item, title=title, published=_old(item, now)) for item, title in spelled if title
    ], problems


def _old(item: Item, now: datetime | None) -> datetime | None:
    """Return the day in the item's address where it is past: a page of 2019 that changes today is no news."""
    day = addresses.spelled_date(item.url)
    return day if day and (now is None or now - day > OLD) else None


def _text(content: bytes, url: str) -> Document:
    """Return the articles of a sitemap that is a list of addresses in plain text, the last first."""
    lines = content.decode("utf-8-sig", "replace").split()[:MOST_ENTRIES]
    listed = [_Listed(_Entry({"url.loc": text})) for text in reversed(lines) if len(text) < _LONGEST]
    items, problems = _plain(listed, url, None)
    return _document(items, problems, url)


def _no_sitemap(content: bytes, root: str, url: str) -> ParseError:
    head = content[:20_000].lower()
    if root in {"rss", "feed", "rdf"}:
        return ParseError("is a feed, not a sitemap.", where=url, do='Set kind = "feed" for it.')
    if root == "html" or b"<html" in head or b"<!doctype html" in head:
        if _refused.challenge(head):
            return ParseError(f"what came back is {_refused.WORDS}, not a sitemap.", where=url)
        if _refused.log_in(head, url):
            return ParseError("what came back is a page to log in, not a sitemap.", where=url)
        do = 'Configure the sitemap\'s own address; robots.txt names it. A front page is kind = "page".'
        return ParseError("what came back is a web page, not a sitemap.", where=url, do=do)
    text = charsets.decoded(content[:200], "utf-8") or ""
    seen = f" It begins: {' '.join(text.split())[:60]!r}" if text.strip() else ""
    return ParseError(
        "what came back is no sitemap.", where=url, do=f"Open the address in a browser and see.{seen}"
    )
