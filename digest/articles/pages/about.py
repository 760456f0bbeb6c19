"""What a page says around its article: section and tags, paragraphs, related articles, live and paywall marks."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from digest.articles import urls
from digest.articles.pages.lines import Line, Link, Outline, holds, word_list
from digest.articles.pages.linked import Linked, string, strings
from digest.articles.pages.metas import Metas
from digest.articles.text import cut, plain

MOST_PARAGRAPHS = 400
_CRUMBS = ("crumb", "section-path", "kicker-path")
_TAGS = re.compile(
    r"^(?:tags?|topics?|keywords?|filed under|themen|schlagworte|mots-clés|temas|etiquetas|"
    r"argomenti|תגיות|נושאים|تاغ|وسوم|关键词|標籤|タグ)\s*[:：]\s*",
    re.IGNORECASE,
)
_TAG_CLASS = ("tags", "topics", "keywords", "tag-list", "taglist")
_RELATED = re.compile(
    r"^(?:related|read (?:more|also|next)|more (?:on|from|stories)|see also|recommended|"
    r"you may (?:also )?like|mehr zum thema|lesen sie auch|lire aussi|à lire"
    r"|noticias relacionadas|leggi anche|leia também|עוד בנושא|כתבות קשורות|اقرأ أيضا|مواضيع|相关|関連|관련)",
    re.IGNORECASE,
)
_LIVE = re.compile(
    r"\blive(?:[ -]?(?:blog|updates?|ticker|coverage))?\b\s*[:|]|liveblog|newsblog|"
    r"live-ticker|livestream|en direct\s*[:|]",
    re.IGNORECASE,
)
_WALL = word_list(
    "paywall piano- premium-content subscriber-only subscribers-only metered plus-article regwall "
    "paid-content"
)
_CHORE = re.compile(
    r"^(?:share|tweet|follow|subscribe|sign up|advertisement|anzeige|werbung|publicité|"
    r"newsletter|print|comments?|copyright|©|all rights reserved|read more"
    r"|click here|continue reading)\b|^(?:photo|video|image|tags?|credit)\s*:|^(?:subscribe|sign up) to|never miss",
    re.IGNORECASE,
)
_BODY = frozenset({"p", "li", "blockquote", "div", "h2", "h3", "article", "section", "main", "td"})


def section(linked: Linked, metas: Metas, outline: Outline, title: str) -> str:
    """Return the path of sections to the article, the outermost first ("News / Israel at War"), "" for none."""
    said = [plain(one) for one in strings(linked.article.get("articleSection"))]
    crumbs = [plain(one) for one in linked.crumbs()] or _crumbs(outline)
    path = [one for one in crumbs if one and one.casefold() not in _HOMES and not _same(one, title)]
    found = [one for one in said if one][:1] or [
        plain(
            metas.first(
                "article:section", "section", "category", "parsely-section", "cxenseparse:recs:category"
            )
        )
    ]
    leaf = found[0] if found else ""
    if path and (not leaf or _same(path[-1], leaf) or any(_same(one, leaf) for one in path)):
        return cut(" / ".join(path[-4:]), 160)
    return leaf


_HOMES = frozenset(
    {
        "home",
        "homepage",
        "start",
        "startseite",
        "accueil",
        "inicio",
        "início",
        "ראשי",
        "דף הבית",
        "الرئيسية",
        "首页",
        "ホーム",
        "홈",
    }
)


def _crumbs(outline: Outline) -> list[str]:
    lines = [
        line for line in outline.lines[: max(outline.heading + 3, 0) or 60] if holds(line.names, _CRUMBS)
    ]
    parts = [link.text for line in lines for link in line.links] or [
        part for line in lines for part in re.split(r"\s*[>»›/|]\s*", line.text)
    ]
    return list(dict.fromkeys(part for part in parts if 1 < len(part) < 60))[:6]


def tags(linked: Linked, metas: Metas, outline: Outline) -> tuple[str, ...]:
    """Return the article's tags."""
    said = strings(linked.article.get("keywords")) or metas.all.get("article:tag", [])
    words = said or metas.first("news_keywords", "keywords", "parsely-tags", "sailthru.tags").split(",")
    found = [plain(word) for part in words for word in part.split(",")] or []
    if not any(found):
        found = _shown_tags(outline)
    return tuple(dict.fromkeys(word for word in found if word and len(word) <= 60))[:30]


def _shown_tags(outline: Outline) -> list[str]:
    marked = [mark.text for mark in outline.marks if "tag" in mark.names.split() and mark.apart < 3]
    if marked:
        return marked[:20]
    for line in outline.lines[max(outline.heading, 0) :]:
        label = _TAGS.match(line.text) if line.apart < 3 and len(line.text) < 300 else None
        if label:
            return [link.text for link in line.links] or re.split(r"\s*[,|;·•#]\s*", line.text[label.end() :])
    return [
        line.text
        for line in outline.lines
        if holds(line.names[-60:], _TAG_CLASS) and line.apart < 3 and line.links and len(line.text) < 40
    ][:20]


def paragraphs(outline: Outline, title: str, description: str, caption: str = "") -> tuple[str, ...]:
    """Return the article's paragraphs: what stands between the headline and what is about others."""
    lines = outline.lines[outline.heading + 1 :]
    found: list[str] = []
    for line in lines:
        text = line.text
        if len(text) < 60 and len(found) > 2 and _RELATED.match(text):
            break
        if line.apart or line.tag not in _BODY or _CHORE.search(text) or text == title:
            continue
        if len(text) < 60 and not (line.tag == "p" and text.endswith((".", "!", "?", "”", '"', "。", "؟"))):
            continue
        if _linkish(line) or text == description or (len(caption) > 10 and text.startswith(caption)):
            continue
        found.append(text)
    return tuple(dict.fromkeys(found))[:MOST_PARAGRAPHS]


def _linkish(line: Line) -> bool:
    return sum(len(link.text) for link in line.links) > 0.6 * len(line.text)


def related(outline: Outline, url: str) -> tuple[Link, ...]:
    """Return the articles that the page names as related, by their headlines."""
    host = urlsplit(url).hostname
    found: dict[str, Link] = {}
    inside = False
    for line in outline.lines[max(outline.heading, 0) :]:
        if len(line.text) < 60 and _RELATED.match(line.text):
            inside = True
            continue
        heads = line.tag in {"h1", "h2", "h3", "h4", "h5", "h6", "li", "p"}
        if not (line.apart == 3 or inside) or (not heads and inside and line.apart < 3):
            continue
        for link in line.links if len(found) < 20 else ():
            if len(link.text.split()) < 4:
                continue
            address = urls.canonical(link.url, url)
            if urlsplit(address).hostname == host and urlsplit(address).path.count("/") >= 1:
                found.setdefault(address, Link(address, cut(plain(link.text), 200)))
    return tuple(found.values())[:20]


def live(linked: Linked, titles: Sequence[str]) -> bool:
    """Return whether the page is written on while its story goes on."""
    coverage = linked.is_a("LiveBlogPosting") or any(
        string(thing.get("@type")) == "LiveBlogPosting" for thing in linked.things
    )
    return coverage or any(_LIVE.search(title) for title in titles[:2])


def paywalled(linked: Linked, metas: Metas, outline: Outline) -> bool:
    """Return whether only subscribers may read the whole of the article."""
    free = linked.article.get("isAccessibleForFree")
    if free is not None:
        return str(free).lower() in {"false", "no", "0"}
    tier = metas.first("article:content_tier", "og:article:content_tier").lower()
    if tier:
        return tier in {"locked", "metered"}
    return any(
        holds(line.names, _WALL) for line in outline.lines[max(outline.heading, 0) :][:200] if line.apart < 3
    )


def _same(one: str, other: str) -> bool:
    first, second = ("".join(mark for mark in text.casefold() if mark.isalnum()) for text in (one, other))
    return first == second
