"""What an article's page shows its readers of who wrote it and when, where its metadata say neither.

Each rung of a ladder is weaker than the one before: elements marked for machines (microdata, `rel=author`,
`<time>`), the date in the address, then short texts in elements whose class speaks of a date or an author.
What stands in comments, side columns, teasers and footers is about other articles and does not count, unless
the headline stands in there, too.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from itertools import islice
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.articles import dates
from digest.articles.text import plain

_MOST_NODES = 400
_DEEPEST = 40
_ATTRIBUTES = ("content", "datetime", "title")
_APART_TAGS = frozenset({"aside", "footer", "nav", "form", "select", "noscript", "script", "style"})
_APART = re.compile(
    r"comment|kommentar|related|sidebar|side-bar|widget|footer|teaser|recommend|recent|popular|trending|copyright"
    r"|navigation|newsletter|archive|more-|most-|carousel|reply",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"date|dat[uo]m|publi|posted|time|zeit|fecha|data\b|meta|byline|info|author", re.IGNORECASE
)
_AUTHOR_WORD = re.compile(
    r"^\s*(?:(?:(?:view |see )?(?:all )?posts|written|posted|published|words|story|text|report) by|by"
    r"|von|vom|par|por|di|da|av|af|door"
    r"|author|autor(?:in)?|auteur|autore|redaktion|text|geschrieben von|erstellt von|מאת)\b[\s:]*",
    re.IGNORECASE,
)
_AUTHOR_ENDS = re.compile(
    r"\s*(?:[|•·–—/(\n]|,?\s(?:on|am|le|el|il|den|at|um|updated)\s|\s-\s|\d).*$", re.DOTALL
)
# The first letters of a month in the languages of Europe; a longer beginning stands before a shorter one.
_MONTHS = {
    **dict.fromkeys(("jan", "gen", "ene", "jän", "янв", "ינו"), 1),
    **dict.fromkeys(("feb", "fév", "fev", "fev", "фев", "פבר"), 2),
    **dict.fromkeys(("mar", "mär", "mae", "mrz", "maa", "мар", "מרץ", "מרס"), 3),
    **dict.fromkeys(("apr", "avr", "abr", "апр", "אפר"), 4),
    **dict.fromkeys(("may", "mai", "mag", "mei", "maj", "мая", "май", "מאי"), 5),
    **dict.fromkeys(("juin", "jun", "giu", "июн", "יוני"), 6),
    **dict.fromkeys(("juil", "jul", "lug", "июл", "יולי"), 7),
    **dict.fromkeys(("aug", "aoû", "aou", "ago", "авг", "אוג"), 8),
    **dict.fromkeys(("sep", "set", "сен", "ספט"), 9),
    **dict.fromkeys(("oct", "okt", "ott", "out", "окт", "אוק"), 10),
    **dict.fromkeys(("nov", "ноя", "נוב"), 11),
    **dict.fromkeys(("dec", "déc", "dez", "dic", "des", "дек", "דצמ"), 12),
}
_NAME = r"(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")[^\W\d_]{0,9}"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_WRITTEN = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d){_YEAR}\s?[-/.年]\s?(?P<number>\d{{1,2}})\s?[-/.月]\s?(?P<day>\d{{1,2}})(?!\d)",
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?(?:\s+(?:de|of))?[\s\-]+ב?{_NAME}\.?,?(?:\s+del?)?[\s\-]+{_YEAR}",
        rf"\b{_NAME}\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}",
        rf"(?<!\d)(?P<day>\d{{1,2}})\.\s?(?P<number>\d{{1,2}})\.\s?{_YEAR}",
        rf"(?<![\d/])(?P<day>\d{{1,2}})[/-](?P<number>\d{{1,2}})[/-]{_YEAR}",
    )
)
_SHORT_YEAR = re.compile(r"(?<!\d)(?P<day>\d{1,2})\.\s?(?P<number>\d{1,2})\.\s?(?P<year>[0-4]\d)(?!\d)")
_SMALL = "p, span, div, li, dd, em, small, td, h2, h5, h6"
_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/\-]?(0[1-9]|1[0-2])[/\-]?(0[1-9]|[12]\d|3[01])(?=[/\-_.]|$)")


def published(tree: LexborHTMLParser, url: str, own: dict[str, tzinfo]) -> datetime | None:
    """Return when the page shows it was published; None where it does not, and for a front page."""
    if urlsplit(url).path in {"", "/"} and url:
        return None
    for selector in ('[itemprop~="datePublished"]', "time[pubdate]", '[property$=":dateCreated"]'):
        found = next(_moments(tree, selector, own), None)
        if found:
            return found
    in_path = _IN_PATH.search(unquote(urlsplit(url).path))
    if in_path:
        return _day(int(in_path[1]), int(in_path[2]), int(in_path[3]))
    return next(_moments(tree, "time", own), None) or _short_text(tree)


def byline(tree: LexborHTMLParser) -> str:
    """Return the names of those whom the page shows as its authors, parted by commas; "" for none."""
    for selector in (
        '[itemprop~="author"]',
        '[rel~="author"]',
        'a[href*="/author/"], a[href*="/authors/"], a[href*="/autor/"]',
        '[class*="byline" i], [class*="author" i], [class*="autor" i]',
    ):
        loose = selector.startswith("[class")
        names = [name for node in _near(tree, selector) if (name := _name(node, loose=loose))]
        if names:
            return ", ".join(dict.fromkeys(names[:1] if loose else names[:6]))
    return ""


def written(text: str) -> datetime | None:
    """Return the first date that stands in *text*, as people write it, at midnight UTC; None without one."""
    for pattern in _WRITTEN:
        for found in pattern.finditer(text):
            moment = _of_parts(found)
            if moment:
                return moment
    return None


def _of_parts(found: re.Match[str] | None, *, century: int = 0) -> datetime | None:
    if found is None:
        return None
    parts = found.groupdict()
    name = parts.get("month")
    month = _MONTHS[name.lower()] if name else int(parts["number"] or 0)
    day = int(parts["day"] or 0)
    if not name and month > 12 >= day:  # 12/27/2014: the month comes first in America
        month, day = day, month
    return _day(int(parts["year"] or 0) + century, month, day)


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _moments(tree: LexborHTMLParser, selector: str, own: dict[str, tzinfo]) -> Iterator[datetime]:
    for node in _near(tree, selector):
        said = next((node.attributes[name] for name in _ATTRIBUTES if node.attributes.get(name)), None) or ""
        text = said or _text(node, 160)
        found = dates.moment(text, own) or written(text)
        if found:
            yield found


def _short_text(tree: LexborHTMLParser) -> datetime | None:
    """Return the date in the first short text that is named for one, or that says little else."""
    for selector, named in (("[class], [id]", True), (_SMALL, False)):
        for node in _near(tree, selector, most=4_000):
            if named and not _DATED.search(_names(node)):
                continue
            text = _text(node, 160 if named else 40)
            if not text:
                continue
            found = written(text) or _of_parts(_SHORT_YEAR.search(text), century=2000)
            if found:
                return found
    return None


def _near(tree: LexborHTMLParser, selector: str, most: int = _MOST_NODES) -> Iterator[LexborNode]:
    """Return what *selector* finds outside of comments, side columns and footers."""
    around = _around_headline(tree)
    for node in tree.css(selector)[:most]:
        if not _stands_apart(node, around):
            yield node


def _around_headline(tree: LexborHTMLParser) -> frozenset[int]:
    here = tree.css_first("h1")
    found: set[int] = set()
    while here is not None and len(found) < _DEEPEST:
        found.add(here.mem_id)
        here = here.parent
    return frozenset(found)


def _stands_apart(node: LexborNode, around: frozenset[int]) -> bool:
    here: LexborNode | None = node
    for _ in range(_DEEPEST):
        if here is None or here.tag in {"body", "html", "main"} or here.mem_id in around:
            return False
        if here.tag in _APART_TAGS or _APART.search(_names(here)):
            return True
        here = here.parent
    return True


def _text(node: LexborNode, most: int) -> str:
    """Return the text in *node*, "" when it is longer than *most*: what holds half the page is not read."""
    parts: list[str] = []
    open_: list[LexborNode] = [node]
    length = steps = 0
    while open_:
        here = open_.pop()
        steps += 1
        if here.tag == "-text":
            parts.append(" ".join((here.text_content or "")[: most + 500].split()))
            length += len(parts[-1])
        elif here.tag not in {"script", "style"}:
            open_ += reversed(list(islice(here.iter(include_text=True), most)))
        if length > most or steps > most:
            return ""
    return " ".join(part for part in parts if part)


def _names(node: LexborNode) -> str:
    if not node.attributes:
        return ""
    return f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"


def _name(node: LexborNode, *, loose: bool) -> str:
    """Return the name in *node*; a *loose* one must look like one: "by" before it, or words in capitals."""
    inner = node.css_first('[itemprop~="name"]') or node.css_first('[rel~="author"]') or node
    said = inner.attributes.get("content") or node.attributes.get("content")
    text = plain(said[:400] if said else _text(inner, 400))
    name = _AUTHOR_ENDS.sub("", _AUTHOR_WORD.sub("", text)).strip(" ,;:.|")
    if not 2 < len(name) <= 60 or len(name.split()) > 6 or "://" in name:
        return ""
    capitals = len(name.split()) > 1 and all(not word[0].islower() for word in name.split())
    return name if not loose or _AUTHOR_WORD.match(text) or capitals else ""
