"""A front page or section page: its articles with their places, as its editors arranged them.

A place is the order on the page, moved by the weight of the headline: what is set largest stands on top, also where a
column of short news comes before it in the markup. Menus, footers, lists of the most read and what is advertised are
no editor's choice and are left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.articles import addresses, charsets, urls
from digest.articles.reading import Document
from digest.articles.sources import _refused
from digest.articles.sources._cards import picture, teaser, time, words
from digest.articles.sources._menus import HEADINGS, Regions
from digest.articles.text import plain
from digest.errors import ParseError
from digest.model import Item

MOST_ITEMS = 300
MOST_LINKS = 20_000
_HIGHEST = 12  # parents of a link among which its teaser, picture and time are looked for
_WEIGHT = 4  # places that one level of headline is worth
_NEAR = 40  # so many articles are near the top of a page
_LONGEST_TITLE = 300
_LEAST = 7
_LEAD = re.compile(
    r"(?:^|[-_ ])(?:lead|hero|top-?story|main-?story|splash|aufmacher|opener|featured?)(?:[-_ ]|$)",
    re.IGNORECASE,
)
_SMALL = re.compile(
    r"^(?:\d{1,3} (?:comments?|kommentare)|read more|more|weiterlesen|mehr|continue reading|watch|listen|video|live"
    r"|photos?|comments?)$",
    re.IGNORECASE,
)
_UNPARTED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_PROGRAM = re.compile(r"\.(?:php\d?|aspx?|jsp|cfm|do|cgi)$", re.IGNORECASE)


@dataclass(slots=True)
class _Found:
    """An article on its way: its links in their order, and the best headline among them."""

    url: str
    order: int
    title: str = ""
    level: int = _LEAST
    lead: bool = False
    nodes: list[LexborNode] = field(default_factory=list)


def front(content: bytes, url: str, content_type: str = "", language: str = "") -> Document:
    """Return the articles that the page *content*, read from *url*, links to, the topmost first.

    Raises ParseError for a page to log in and for a challenge against robots. Dates are the page's own `<time>`s,
    pictures and teasers what stands with a link; what is not there stays empty.
    """
    head = content[:20_000].lower()
    if not content.strip(b"\x00 \t\r\n"):
        raise ParseError("the answer is empty", where=url)
    if _refused.challenge(head):
        raise ParseError(f"what came back is {_refused.WORDS}.", where=url)
    tree = LexborHTMLParser(charsets.of_page(content, content_type))
    found, others = _links(tree, url)
    if not found and _refused.log_in(head, url):
        raise ParseError("what came back is a page to log in, not a front page.", where=url)
    if not found and (b"<rss" in head[:2000] or b"<feed" in head[:2000]):
        raise ParseError("is a feed, not a page.", where=url, do='Set kind = "feed" for it.')
    own = _owners(found)
    items = [_item(one, place, url, own) for place, one in enumerate(_ordered(found)[:MOST_ITEMS])]
    root = tree.css_first("html")
    site = tree.css_first('meta[property="og:site_name"]') or tree.css_first("title")
    name = (site.attributes.get("content") or site.text(deep=True)) if site else ""
    return Document(
        title=plain((name or "")[:500]),
        link=url,
        language=((root.attributes.get("lang") or "") if root else "") or language,
        encoding="utf-8",
        form="page",
        items=tuple(items),
        problems=tuple(_odd(found, others)),
    )


def _odd(found: list[_Found], others: int) -> Iterator[str]:
    if len(found) > MOST_ITEMS:
        yield f"only the first {MOST_ITEMS} articles were taken, {len(found) - MOST_ITEMS} left out"
    if not found and others:
        yield f"none of its {others} links looks like an article's"
    elif not found:
        yield "it has no links: a page that a script fills cannot be read"


def _links(tree: LexborHTMLParser, url: str) -> tuple[list[_Found], int]:
    """Return the articles that the page links to, by their first link; and how many other links there are.

    Where nearly all of them stand in parts that are called a menu or so, these are the page itself: then only elements
    count that are one.
    """
    base = tree.css_first("base[href]")
    start = (urls.absolute(base.attributes.get("href") or "", url) if base else "") or url
    home, known = _site(url), dict[str, str]()  # a link as it is written -> its key, "" for none
    keyed: list[tuple[LexborNode, str]] = []
    nodes = tree.css("a[href]")[:MOST_LINKS]
    for node in nodes:
        href = (node.attributes.get("href") or "").strip()[:3_000]
        if href not in known:
            known[href] = _key(href, start, home)
        if known[href] and not _running(node):
            keyed.append((node, known[href]))
    found = _articles(keyed, by_name=True)
    if 5 * len(found) < len({place for _, place in keyed}):
        found = _articles(keyed, by_name=False)
    return found, len(nodes)


def _articles(keyed: list[tuple[LexborNode, str]], *, by_name: bool) -> list[_Found]:
    found: dict[str, _Found] = {}
    regions = Regions(by_name=by_name)
    for order, (node, place) in enumerate(keyed):
        if regions.out(node):
            continue
        one = found.setdefault(place, _Found(place, order))
        if len(one.nodes) < 8:
            one.nodes.append(node)
            _headline(one, node, order)
    return sorted((one for one in found.values() if one.title), key=lambda one: one.order)


def _running(node: LexborNode) -> bool:
    """Return whether a link stands in running text: its words are no headline."""
    parent = node.parent
    if parent is None or (parent.tag or "") not in {"p", "li", "em", "strong", "span", "i", "b"}:
        return False
    at = parent if parent.tag in {"p", "li"} else parent.parent
    if at is None or (at.tag or "") != "p":
        return False
    return len(words(at)) > 1.6 * len(words(node)) + 20


def _key(href: str, start: str, home: str) -> str:
    """Return the article's address, "" for a link that leads elsewhere or to no article."""
    if href.startswith(("#", "javascript:", "mailto:", "tel:")):
        return ""
    place = urls.canonical(href, start)
    if not place or _site(place) != home:
        return ""
    bare = place.partition("?")[0]
    if addresses.article_like(bare) and not _PROGRAM.search(
        bare
    ):  # "?hpt=hp_t1" tells the place of a link, no article
        return bare
    return place if addresses.article_like(place) else ""


def _site(url: str) -> str:
    """Return the host without its first name where that says nothing: www, m, edition."""
    host = urls.host(url).removeprefix("www.")
    parts = host.split(".")
    short = parts[-2] in _SECOND and len(parts) > 2 if len(parts) > 1 else False
    return ".".join(parts[-3:] if short else parts[-2:])


_SECOND = frozenset({"co", "com", "org", "net", "gov", "ac", "edu", "or", "ne", "go", "gob", "gouv"})


def _headline(one: _Found, node: LexborNode, order: int) -> None:
    """Take the headline that *node* gives its article where it is better than the one known: set larger, or longer.

    The article stands where that link stands: one in a strip of short news above is not its place.
    """
    level, text = _set(node)
    if not text or _SMALL.match(text) or not _told(text):
        return
    if level < one.level or not one.title:
        one.title, one.level, one.order = text, level, order
    elif level == one.level == _LEAST and len(one.title) < 25 < len(text) < 160:
        one.title = text
    one.lead = one.lead or bool(_LEAD.search(" ".join(_classes(node, 5))))


def _set(node: LexborNode) -> tuple[int, str]:
    """Return how large the link's headline is set, 1 for <h1>, and its text."""
    inner = node.css_first("h1, h2, h3, h4, h5, h6")
    if inner is not None:
        return HEADINGS[inner.tag or "h6"], words(inner)
    text = words(_titled(node) or node)
    at: LexborNode | None = node.parent
    for _ in range(3):
        if at is None:
            break
        if (at.tag or "") in HEADINGS:
            return HEADINGS[at.tag or "h6"], text
        at = at.parent
    return _LEAST, text


def _titled(node: LexborNode) -> LexborNode | None:
    """Return the part of a link that is called its headline: cards whose whole is a link have a teaser in it, too."""
    return node.css_first('[class*="headline" i], [class*="title" i], [data-testid*="headline" i]')


def _told(title: str) -> bool:
    """Return whether *title* is a headline: three words or more, or as much in a script that parts no words."""
    if len(title) > _LONGEST_TITLE:
        return False
    letters = sum(mark.isalpha() for mark in title)
    return (letters >= 11 and len(title.split()) >= 3) or len(_UNPARTED.findall(title)) >= 8


def _classes(node: LexborNode, levels: int) -> Iterator[str]:
    at: LexborNode | None = node
    for _ in range(levels):
        if at is None or at.tag in {"body", "main", "html"}:
            return
        yield (at.attributes.get("class") or "")[:200]
        at = at.parent


def _ordered(found: list[_Found]) -> list[_Found]:
    """Return *found*, which are in the order of the page, by their place: that order moved by the headlines' weight.

    The one headline that is larger than all others leads, where it stands near the top.
    """
    levels = sorted({one.level for one in found})
    rank = {level: at + 3 * (level == _LEAST) for at, level in enumerate(levels)}
    largest = [one for one in found[:_NEAR] if one.level == levels[0]]
    if len(largest) == 1 and len(levels) > 1:
        largest[0].lead = True

    def place(at: int, one: _Found) -> int:
        return at + _WEIGHT * rank[one.level] - (3 * _WEIGHT if one.lead and at < _NEAR else 0)

    return [one for _, one in sorted(enumerate(found), key=lambda pair: (place(*pair), pair[0]))]


def _owners(found: list[_Found]) -> dict[int, str]:
    """Return, by node, the article whose links alone are in it; "" for a node with links of several."""
    owner: dict[int, str] = {}
    for one in found:
        for node in one.nodes:
            at: LexborNode | None = node
            for _ in range(_HIGHEST):
                if at is None:
                    break
                known = owner.setdefault(at.mem_id, one.url)
                if known not in {one.url, ""}:
                    owner[at.mem_id] = ""
                at = at.parent
    return owner


def _card(one: _Found, owner: dict[int, str]) -> list[LexborNode]:
    """Return, for each link of the article, the largest part of the page that speaks of it alone."""
    cards = []
    for node in one.nodes[:3]:
        best, at = node, node.parent
        for _ in range(_HIGHEST - 1):
            if at is None or at.tag in {"body", "html", "main"} or owner.get(at.mem_id) != one.url:
                break
            best, at = at, at.parent
        cards.append(best)
    return cards


def _item(one: _Found, place: int, url: str, owner: dict[int, str]) -> Item:
    cards = _card(one, owner)
    return Item(
        url=one.url,
        title=one.title.replace("&", "&amp;").replace("<", "&lt;"),
        summary=next((text for card in cards if (text := teaser(card, one.title))), ""),
        published=next((moment for card in cards if (moment := time(card))), None),
        media=tuple(media for card in cards if (media := picture(card, url)) is not None)[:1],
        position=place,
    )
