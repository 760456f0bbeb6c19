"""What an article's page says about itself: JSON-LD first, then Open Graph, then the page's own elements."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from digest.articles import charsets, dates, shown, urls
from digest.articles.text import plain, whole

_ARTICLES = ("Article", "NewsArticle", "BlogPosting", "Report", "LiveBlogPosting", "OpinionNewsArticle")
# What publishing systems call it, the most common first.
_PUBLISHED = [
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.date",
    "dcterms.created",
    "dc.date.created",
    "pubdate",
    "publishdate",
    "publish-date",
    "publication_date",
    "parsely-pub-date",
    "sailthru.date",
    "citation_publication_date",
    "og:release_date",
    "article.published",
    "cxenseparse:recs:publishtime",
    "shareaholic:article_published_time",
    "article_date_original",
    "datecreated",
]
_AUTHOR = [
    "author",
    "article:author_name",
    "byl",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "cxenseparse:author",
    "shareaholic:article_author_name",
    "article:author",
]
_LOOSE = re.compile(r"\"datePublished\"\s*:\s*\"([^\"]{8,40})\"")
_CALLED = ("property", "name", "itemprop")
_MOST_SCRIPTS = 20
_LONGEST_SCRIPT = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An article page. *titles* are its headlines as it words them in several places, the surest first."""

    titles: tuple[str, ...] = ()
    site: str = ""
    canonical: str = ""
    description: str = ""
    byline: str = ""
    section: str = ""
    tags: tuple[str, ...] = ()
    image: str = ""
    image_alt: str = ""
    language: str = ""
    published: datetime | None = None
    modified: datetime | None = None


def page(content: bytes, url: str = "", content_type: str = "") -> Page:
    """Return what the HTML page *content*, read from *url*, says about itself; what is missing is empty."""
    tree = LexborHTMLParser(charsets.of_page(content, content_type))
    meta = _metas(tree)
    linked = _article(tree)

    def said(*names: str) -> str:
        return next((meta[name] for name in names if meta.get(name)), "")

    heading = tree.css_first("h1")
    title = tree.css_first("title")
    titles = (
        _string(linked.get("headline")),
        said("og:title"),
        said("twitter:title"),
        heading.text(deep=True) if heading else "",
        title.text(deep=True) if title else "",
    )
    link = tree.css_first('link[rel="canonical"]')
    canonical = (link.attributes.get("href") or "") if link else ""
    root = tree.css_first("html")
    published = _string(linked.get("datePublished")) or said(*_PUBLISHED)
    modified = _string(linked.get("dateModified")) or said("article:modified_time", "og:updated_time")
    image = _image(linked.get("image")) or said("og:image", "og:image:url", "twitter:image")
    keywords = meta.get("article:tag") or meta.get("news_keywords") or meta.get("keywords") or ""
    return Page(
        titles=tuple(dict.fromkeys(text for raw in titles if (text := plain(raw)))),
        site=plain(said("og:site_name")),
        canonical=urls.canonical(canonical or said("og:url"), url),
        description=plain(_string(linked.get("description")) or said("og:description", "description")),
        byline=plain(_authors(linked.get("author")) or _person(said(*_AUTHOR))) or shown.byline(tree),
        section=plain(_string(linked.get("articleSection")) or said("article:section")),
        tags=tuple(dict.fromkeys(word for part in keywords.split(",") if (word := plain(part)))),
        image=urls.absolute(image, url) if image else "",
        image_alt=plain(said("og:image:alt", "twitter:image:alt")),
        language=((root.attributes.get("lang") or "") if root else "") or said("og:locale"),
        published=_moment(published) or _loose(tree) or shown.published(tree, url, {}),
        modified=dates.moment(modified, {}) if modified else None,
    )


def _metas(tree: LexborHTMLParser) -> dict[str, str]:
    """Return the page's meta elements by lower-case name, the first of each; tags are joined by commas."""
    found: dict[str, str] = {}
    for node in tree.css("meta"):
        called = next((node.attributes[key] for key in _CALLED if node.attributes.get(key)), None) or ""
        name = called.strip().lower()
        value = (node.attributes.get("content") or "").strip()
        if name == "article:tag" and found.get(name):
            found[name] += f",{value}"
        elif name and value:
            found.setdefault(name, value)
    return found


def _article(tree: LexborHTMLParser) -> dict[str, Any]:
    """Return the page's JSON-LD about an article; a broken block hurts no other."""
    for node in tree.css('script[type="application/ld+json"]')[:_MOST_SCRIPTS]:
        text = node.text(deep=True)
        try:
            data = json.loads(text[:_LONGEST_SCRIPT], strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _things(data, 0):
            kinds = thing.get("@type")
            named = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(kind, str) and kind.endswith(_ARTICLES) for kind in named):
                return thing
    return {}


def _things(data: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > 6:
        return
    if isinstance(data, list):
        for part in data[:200]:
            yield from _things(part, depth + 1)
    elif isinstance(data, dict):
        yield data
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _things(data.get(name), depth + 1)


def _moment(text: str) -> datetime | None:
    return (dates.moment(text, {}) or shown.written(text)) if text else None


def _loose(tree: LexborHTMLParser) -> datetime | None:
    """Return the date in a JSON-LD block that is broken, or about a page of another kind."""
    for node in tree.css('script[type="application/ld+json"]')[:_MOST_SCRIPTS]:
        found = _LOOSE.search(node.text(deep=True)[:_LONGEST_SCRIPT])
        if found and (moment := _moment(found[1])):
            return moment
    return None


def _person(text: str) -> str:
    """Return *text*, or nothing where an address or a number stands for a name."""
    return "" if "://" in text or text.startswith("www.") or text.isdigit() else text


def _string(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return whole(value) if isinstance(value, str) else ""


def _image(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("url") or value.get("contentUrl")
    return whole(value) if isinstance(value, str) else ""


def _authors(value: Any) -> str:
    people = value if isinstance(value, list) else [value]
    names = [person.get("name") if isinstance(person, dict) else person for person in people]
    return ", ".join(whole(name) for name in names if isinstance(name, str) and name)
