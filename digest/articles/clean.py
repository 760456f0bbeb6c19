"""An Item as it came becomes a Draft as it can be mailed: text without markup, one address, one picture."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from digest.articles import bylines, identity, labels, languages, lead, quotes, standfirst, text, urls
from digest.articles.text import bare, cut, cut_sentence, line, plain
from digest.config.look import SectionRule
from digest.config.schema import Source
from digest.model import Article, Item, Media

LONGEST_TITLE = 220
LONGEST_DEK = 500
LONGEST_BODY = 6_000
_READ_FROM = 60_000  # as much markup as can hold the longest body
_MOST_TERMS = 30

_PATH = re.compile(r"\s*(?:/|>|»|›|\|)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A cleaned item that has no place in the store yet. *url* is canonical, or "" when there is none.

    *headline* is the title as published, with the outlet's name and labels, by which a change of it is noticed. *cut*
    says that the publisher cut the text that the dek was taken from.
    """

    keys: identity.Keys
    url: str
    title: str
    dek: str = ""
    byline: str = ""
    body: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    language: str = "en"
    picture: Media | None = None
    position: int = 0
    headline: str = ""
    cut: bool = False


def draft(item: Item, source: Source, *, base: str = "", feed_language: str = "") -> Draft | None:
    """Return *item* cleaned, or None when it has neither title nor text: there is nothing to tell.

    *base* is the feed's own address, for relative links; *feed_language* what the feed says of itself.
    """
    url = address(item, base)
    captions = {plain(media.caption) for media in item.media if media.caption}
    summary, content = _told(item, captions)
    body = cut(max(plain(summary[:_READ_FROM]), plain(content[:_READ_FROM]), key=len), LONGEST_BODY)
    said = cut(text.title(item.title[:20_000]), LONGEST_TITLE)
    title, marks = labels.told(said, (source.outlet,))
    dek = cut_sentence(
        standfirst.standfirst(summary, content, said, captions, plain(item.byline[:500])), LONGEST_DEK
    )
    title = title or cut(dek or body, 100)
    if not title:
        return None
    categories = (*item.categories[:_MOST_TERMS], source.section)  # its own word last: the fallback
    language = languages.language(
        f"{title} {dek} {body[:300]}", source.language, item.language or feed_language
    )
    title, dek = quotes.alike((title, dek), language)
    return Draft(
        keys=identity.keys(item, url, said or title, body),
        url=url,
        title=title,
        dek=dek,
        byline=bylines.byline(item.byline, source.outlet),
        body="" if body == dek else body,
        categories=_terms(categories),
        tags=_terms((*marks, *item.tags)),
        published=item.published,
        modified=item.modified,
        language=language,
        picture=lead.picture(item, url or base),
        position=item.position,
        headline=said or title,
        cut=standfirst.unfinished(summary or content, said, dek),
    )


def address(item: Item, base: str) -> str:
    """Return the item's canonical address: its link, or a guid that is one; "" where neither leads anywhere."""
    for said in (item.address, item.url, item.guid):
        found = (
            urls.canonical(urls.spelled_out(said, base), base if said != item.guid else "") if said else ""
        )
        if found:
            return found
    return ""


def placed_in(article: Article, rules: Sequence[SectionRule]) -> str:
    """Return the name of the rule that takes *article*, "" when none does.

    Its categories are tried in their order, the publisher's first one first, and only then its address: a
    newsroom's own word is worth more than a path. A category is matched whole or by a part of its path
    ("News/Israel at War", the inmost part first), case set aside; a rule's own name and title count as
    categories of it. An address pattern such as "/sport/" matches the beginning of the path, one with *
    the whole path, one with a host ("sport.example.org/") host and path.
    """
    for category in article.categories:
        for part in (category, *reversed(_PATH.split(category))):
            for rule in rules:
                if part.casefold() in {text.casefold() for text in (*rule.categories, rule.name, rule.title)}:
                    return rule.name
    parts = urlsplit(article.url)
    for rule in rules:
        if any(_leads(pattern.casefold(), parts.netloc, parts.path.casefold()) for pattern in rule.urls):
            return rule.name
    return ""


def undoubled(drafts: Sequence[Draft]) -> list[Draft]:
    """Return *drafts* with the first of each identity; a guid on items of different addresses is no guid."""
    addresses: dict[str, set[str]] = {}
    for found in drafts:
        addresses.setdefault(found.keys.guid, set()).add(found.keys.url)
    kept: dict[str, Draft] = {}
    for found in drafts:
        shared = found.keys.guid and len(addresses[found.keys.guid]) > 1
        draft = replace(found, keys=replace(found.keys, guid="")) if shared else found
        if draft.keys.identity:
            kept.setdefault(draft.keys.identity, draft)
    return list(kept.values())


def _told(item: Item, captions: set[str]) -> tuple[str, str]:
    """Return the item's summary and content, without a picture's caption that a parser took for either."""
    summary, content = item.summary, item.content
    if captions and plain(summary[:5_000]) in captions:
        return content, content
    if captions and plain(content[:5_000]) in captions:
        return summary, ""
    return summary, content


def _terms(found: Sequence[str]) -> tuple[str, ...]:
    named = dict.fromkeys(cut(line(bare(term[:500])), 80) for term in found[: 4 * _MOST_TERMS])
    return tuple(term for term in named if term)[:_MOST_TERMS]


def _leads(pattern: str, host: str, path: str) -> bool:
    pattern = re.sub(r"^https?://", "", pattern)
    place = path if pattern.startswith(("/", "*")) else f"{host}{path}"
    if "*" in pattern:
        return fnmatchcase(place, pattern)
    return place.startswith(pattern) or f"{place}/" == pattern
