"""Where an outlet may be read, as its own page says it: feeds, sitemaps, sections."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.articles import charsets, urls
from digest.articles.text import plain

MOST_FEEDS = 20
MOST_SECTIONS = 8
FEED_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/xml",
        "text/xml",
        "application/x-rss+xml",
        "application/atom",
        "application/rss",
    }
)
COMMON_FEEDS = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feeds",
    "/feed.json",
    "/index.rss",
)
COMMON_SITEMAPS = (
    "/news-sitemap.xml",
    "/sitemap-news.xml",
    "/sitemap_news.xml",
    "/sitemaps/news.xml",
    "/googlenews.xml",
    "/sitemap.xml",
    "/sitemap_index.xml",
)
_FEEDISH = re.compile(
    r"(?:^|[/._-])(?:rss|atom|feeds?|rdf)(?:[/._-]|\.?xml|\d|$)|\.(?:rss|atom|rdf)$|format=feed",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"comments?(?:/|-)?feed|/comments|kommentare|oembed|/wp-json", re.IGNORECASE)
_NEWS = re.compile(r"news|latest|recent|google", re.IGNORECASE)
_LINK = re.compile(r"<([^<>]{1,2000})>\s*((?:;[^,<]{0,300})*)")


@dataclass(frozen=True, slots=True)
class Place:
    """An address that may be a source: its *kind*, and what the page calls it."""

    url: str
    kind: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """What a page says of itself and of where else to read: its *site*'s name, its language, its feeds and sections."""

    site: str = ""
    language: str = ""
    feeds: tuple[Place, ...] = ()
    sections: tuple[Place, ...] = ()


def named(content: bytes, url: str, content_type: str = "", link_header: str = "") -> Named:
    """Return what the HTML page *content*, read from *url*, names; *link_header* is the answer's Link (RFC 8288)."""
    tree = LexborHTMLParser(charsets.of_page(content, content_type))
    base = tree.css_first("base[href]")
    start = (urls.absolute(base.attributes.get("href") or "", url) if base else "") or url
    feeds = {
        one.url: one
        for one in (*_header(link_header, url), *_alternates(tree, start), *_anchors(tree, start))
    }
    usable = [one for one in feeds.values() if not _COMMENTS.search(one.url)]
    name = tree.css_first('meta[property="og:site_name"]')
    title = tree.css_first("title")
    said = (name.attributes.get("content") or "") if name else ""
    root = tree.css_first("html")
    return Named(
        site=plain(said[:300]) or _called(plain(title.text(deep=True)[:500]) if title else "", url),
        language=((root.attributes.get("lang") or "") if root else "").partition("-")[0].lower()[:8],
        feeds=tuple(usable[:MOST_FEEDS]),
        sections=tuple(_sections(tree, start)),
    )


def _header(text: str, url: str) -> Iterator[Place]:
    for target, parameters in _LINK.findall(text[:20_000]):
        said = parameters.lower().replace(" ", "")
        if re.search(r'rel="?[^;"]*alternate', said) and any(
            f"type={quote}{kind}" in said for kind in FEED_TYPES for quote in ('"', "")
        ):
            yield from _place(target, url, "feed")


def _alternates(tree: LexborHTMLParser, start: str) -> Iterator[Place]:
    for node in tree.css("link[href]")[:2_000]:
        said = {name: (value or "") for name, value in node.attributes.items()}
        kind = said.get("type", "").partition(";")[0].strip().lower()
        rel = said.get("rel", "").lower().split()
        if (
            kind in FEED_TYPES
            and ("alternate" in rel or "feed" in rel or not rel)
            and not said.get("hreflang", "").strip()
        ):
            yield from _place(said["href"], start, "feed", said.get("title", ""))


def _anchors(tree: LexborHTMLParser, start: str) -> Iterator[Place]:
    """Give the feeds that a page links to as text, which lists of feeds do."""
    host = urls.host(start).removeprefix("www.")
    for node in tree.css("a[href]")[:5_000]:
        href = (node.attributes.get("href") or "").strip()[:2_000]
        path = _path(href)
        if _FEEDISH.search(path) and not re.search(r"\.(?:html?|php|png|jpg|svg)$", path):
            for one in _place(href, start, "feed", node.text(deep=True)[:200]):
                if urls.host(one.url).removeprefix("www.").endswith(host) or "feed" in urls.host(one.url):
                    yield one


def _path(href: str) -> str:
    """Return the path and query of a link as it is written, "" where it cannot be read."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _place(href: str, start: str, kind: str, title: str = "") -> Iterator[Place]:
    spelled = re.sub(r"^feed:(?://)?(?=https?:)", "", href.strip(), flags=re.IGNORECASE)
    found = urls.absolute(re.sub(r"^feed://", "https://", spelled, flags=re.IGNORECASE), start)
    if found:
        yield Place(found.partition("#")[0], kind, plain(title[:300]))


def _sections(tree: LexborHTMLParser, start: str) -> Iterator[Place]:
    """Give the sections that the menu names: one or two short words for a path of one or two parts."""
    found: dict[str, Place] = {}
    home = urls.host(start)
    for node in _menu(tree):
        place = (
            urls.canonical((node.attributes.get("href") or "").strip()[:2_000], start)
            if node.attributes.get("href")
            else ""
        )
        parts = urlsplit(place)
        names = [name for name in parts.path.split("/") if name]
        title = plain(node.text(deep=True)[:200])
        if urls.host(place) != home or not 1 <= len(names) <= 2 or parts.query or not 2 < len(title) < 30:
            continue
        if len(title.split()) <= 3 and not _NO_SECTION.search(parts.path):
            found.setdefault(place, Place(place, "page", title))
    yield from list(found.values())[:MOST_SECTIONS]


_NO_SECTION = re.compile(
    r"/(?:login|log-in|sign|subscri|abo\b|about|contact|kontakt|impressum|privacy|terms|newsletter|podcast|video|shop|jobs|search"
    r"|suche|account|user|tag|topic|author|live|weather|wetter|puzzle|crossword|games|epaper|archive|rss|feed|help|donate)"
    r"|\.(?:xml|rss|pdf|jpg|png)$",
    re.IGNORECASE,
)


def _menu(tree: LexborHTMLParser) -> Iterable[LexborNode]:
    return tree.css('nav a, header a, [role="navigation"] a, [class*="menu" i] a')[:400]


def _called(title: str, url: str) -> str:
    """Return the outlet's name in a page's title: the part that its host is called like, else the shortest."""
    parts = [part.strip() for part in re.split(r"\s[|–—·:-]\s|: ", title) if part.strip()]
    host = urls.host(url).replace("-", "").replace(".", "")
    like = [part for part in parts if len(key := re.sub(r"[^a-z0-9]", "", part.lower())) > 3 and key in host]
    return min(like or parts, key=len, default="")[:60]


def ordered_sitemaps(named_by_robots: Iterable[str]) -> list[str]:
    """Return the sitemaps of a robots.txt, those for news first, those of pictures and videos left out."""
    usable = [
        one for one in named_by_robots if not re.search(r"image|video|author|categor|tag", one, re.IGNORECASE)
    ]
    return sorted(usable, key=lambda one: not _NEWS.search(one))


def common(url: str, paths: Iterable[str]) -> list[str]:
    """Return the addresses of *paths* at the site of *url*."""
    return [urljoin(url, path) for path in paths]
