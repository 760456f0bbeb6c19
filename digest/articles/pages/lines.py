"""A page as the lines that its readers see, in their order, each with where it stands: what all rules read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode


def word_list(text: str) -> tuple[str, ...]:
    """Return the words of *text*."""
    return tuple(text.split())


MOST_LINES = 6_000
LONGEST = 20_000
_MOST_NODES = 150_000
_DEEPEST = 60
_SILENT = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "select",
        "textarea",
        "head",
        "iframe",
        "button",
    }
)
_BLOCKS = frozenset(
    [
        "html",
        "body",
        "main",
        "article",
        "section",
        "div",
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "tbody",
        "tr",
        "td",
        "th",
        "header",
        "footer",
        "aside",
        "nav",
        "figure",
        "figcaption",
        "blockquote",
        "address",
        "form",
        "fieldset",
        "pre",
        "hr",
        "details",
        "summary",
        "center",
    ]
)
# What is about other articles, and what is only set aside from this one: words in names, which are many and short, so
# that looking for each is faster than any pattern.
_OTHERS = word_list(
    "comment kommentar related recommend recent popular trending teaser carousel most- more- "
    "archive reply similar read-next readnext read-more readmore read-also see-also latest "
    "top-stories topstories up-next outbrain taboola promo- promo_"
)
_ASIDE = word_list(
    "sidebar side-bar widget footer copyright navigation newsletter subscribe cookie consent menu "
    "share- share_ sharebar sharedaddy sharing social"
)
_OWN = word_list("byline by-line author autor date publish submitted meta timestamp")
_NEVER_OWN = word_list("comment kommentar reply related recommend recent popular trending latest")
_NAMING = ("class", "id", "itemprop")
_ROOTS = frozenset({"body", "html", "main"})
_PROPS = re.compile(r"date|author|creator|name|keyword|section|headline", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a line: where it leads and what it says."""

    url: str
    text: str
    rel: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page. *names* are the classes, ids and properties around and in it, in small letters; *apart*
    is 0 for what belongs to the article, 1 for what a name sets aside, 2 for footers and asides, 3 for other articles'.
    """

    text: str
    tag: str
    names: str
    apart: int
    links: tuple[Link, ...] = ()
    runs: tuple[str, ...] = ()  # the texts of the elements in it, one by one


@dataclass(frozen=True, slots=True)
class Mark:
    """An element meant for machines: its properties, the value that it carries, and the text that it shows."""

    tag: str
    names: str
    value: str
    text: str
    apart: int
    line: int
    href: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """An <img> of the page with its attributes, and the line before which it stands."""

    attributes: dict[str, str]
    apart: int
    line: int
    names: str


@dataclass(slots=True)
class Outline:
    """The lines, marks and pictures of a page; *heading* is the index of its headline's line, -1 without one."""

    lines: list[Line] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    heading: int = -1

    def near(self, before: int = 8, after: int = 30) -> list[Line]:
        """Return the lines around the headline, the nearest first; the first ones where there is no headline."""
        if self.heading < 0:
            return self.lines[: before + after]
        behind = self.lines[self.heading + 1 : self.heading + 1 + after]
        ahead = self.lines[max(0, self.heading - before) : self.heading][::-1]
        return [*behind[:6], *ahead[:3], *behind[6:], *ahead[3:]]


@dataclass(slots=True)
class _Place:
    block: int
    tag: str
    names: str
    apart: int
    link: str
    rel: str
    silent: bool


def outline(tree: LexborHTMLParser, titled: str = "") -> Outline:
    """Return the lines that the page shows, in their order; *titled* is what its title and metadata call it."""
    root = tree.body or tree.root
    return _Walk(_headline(tree, titled)).walk(root) if root is not None else Outline()


class _Walk:
    """One walk through the elements of a page."""

    def __init__(self, headline: LexborNode | None) -> None:
        self.headline = headline.mem_id if headline is not None else -1
        self.around = _around(headline)
        self.found = Outline()
        self.places: dict[int, _Place] = {}
        self.parts: list[str] = []
        self.links: list[Link] = []
        self.inner: dict[str, None] = {}
        self.open: _Place | None = None

    def walk(self, root: LexborNode) -> Outline:
        self.places[root.mem_id] = _Place(root.mem_id, "body", "", 0, "", "", silent=False)
        for node in islice(root.traverse(include_text=True), _MOST_NODES):
            if node.mem_id == root.mem_id:
                continue
            parent = node.parent
            place = self.places.get(parent.mem_id) if parent is not None else None
            if place is None or len(self.found.lines) >= MOST_LINES:
                continue
            tag = node.tag or ""
            if tag == "-text":
                if not place.silent:
                    self._text(node.text_content or "", place)
            elif not tag.startswith(("-", "!", "_")):
                self._element(node, tag, place)
        self._flush()
        return self.found

    def _element(self, node: LexborNode, tag: str, place: _Place) -> None:
        if tag == "br":
            self._flush()
            return
        given = node.attributes
        attributes = {name: value or "" for name, value in given.items()} if given else {}
        if tag == "img" and not place.silent:
            picture = Picture(attributes, place.apart, len(self.found.lines), place.names)
            self.found.pictures.append(picture)
            return
        self.places[node.mem_id] = inside = self._inside(node, tag, attributes, place)
        if not inside.silent and attributes:
            self._mark(node, tag, attributes, inside)

    def _inside(self, node: LexborNode, tag: str, attributes: dict[str, str], place: _Place) -> _Place:
        block = tag in _BLOCKS
        own = " ".join(attributes[name] for name in _NAMING if attributes.get(name)).strip().lower()
        apart = place.apart
        if node.mem_id in self.around or tag in _ROOTS:
            apart = 0
        elif apart < 3:
            apart = max(apart, _set_apart(tag, own))
        if not own and not block and tag != "a":
            return place if tag not in _SILENT else _Place(place.block, tag, "", apart, "", "", silent=True)
        names = f"{place.names[-160:]} {own}" if own else place.names
        return _Place(
            node.mem_id if block else place.block,
            tag if block else place.tag,
            names,
            apart,
            attributes.get("href", "") if tag == "a" else place.link,
            attributes.get("rel", "") if tag == "a" else place.rel,
            silent=place.silent or tag in _SILENT,
        )

    def _mark(self, node: LexborNode, tag: str, attributes: dict[str, str], place: _Place) -> None:
        prop = f"{attributes.get('itemprop', '')} {attributes.get('property', '')}".strip()
        rel = attributes.get("rel", "") if tag == "a" else ""
        if not (tag == "time" or rel in {"author", "tag"} or (prop and _PROPS.search(prop))):
            return
        value = next(
            (attributes[name] for name in ("content", "datetime", "title") if attributes.get(name)), ""
        )
        names = f"{prop} {rel} {attributes.get('class', '')}".strip()
        self.found.marks.append(
            Mark(
                tag,
                names,
                value,
                text_of(node, 200),
                place.apart,
                len(self.found.lines),
                attributes.get("href", ""),
            )
        )

    def _text(self, text: str, place: _Place) -> None:
        if self.open is None or place.block != self.open.block:
            self._flush()
            self.open = place
        self.parts.append(text[:LONGEST])
        if place.names is not self.open.names and text.strip():
            self.inner[place.names] = None
        if place.link and text.strip():
            self.links.append(Link(place.link, " ".join(text.split())[:300], place.rel))

    def _flush(self) -> None:
        if self.open is not None and self.parts:
            text = " ".join("".join(self.parts)[:LONGEST].split())
            if text:
                names = " ".join((self.open.names, *self.inner))[-400:]
                runs = [run for part in self.parts if (run := part.strip())] if len(text) < 300 else []
                if self.open.block == self.headline and self.found.heading < 0:
                    self.found.heading = len(self.found.lines)
                self.found.lines.append(
                    Line(text, self.open.tag, names, self.open.apart, tuple(self.links), tuple(runs))
                )
        self.parts, self.links, self.inner, self.open = [], [], {}, None


@lru_cache(maxsize=8_192)
def _set_apart(tag: str, names: str) -> int:
    if tag == "nav":
        return 3
    beside = 2 if tag in {"aside", "footer", "form"} else 0
    if names and holds(names, _OWN) and not holds(names, _NEVER_OWN):
        return beside
    if names and holds(names, _OTHERS):
        return 3
    return beside or int(holds(names, _ASIDE))


def holds(names: str, words: tuple[str, ...]) -> bool:
    """Return whether one of *words* stands in *names*, which are in small letters."""
    return any(word in names for word in words)


def _headline(tree: LexborHTMLParser, titled: str) -> LexborNode | None:
    """Return the heading that says what the page's title says, the first <h1> where none does."""
    words = set(re.findall(r"\w+", titled.casefold()))
    first = tree.css_first("h1")
    for selector in ("h1", "h2, h3"):
        best, share = None, 0.5
        for node in tree.css(selector)[:40] if words else []:
            said = set(re.findall(r"\w+", text_of(node, 400).casefold()))
            shared = len(said & words) / len(said) if len(said) > 1 else 0.0
            if shared > share or (shared == share and best is not None and len(said) > 8):
                best, share = node, shared
        if best is not None:
            return best
    return first


def _around(headline: LexborNode | None) -> frozenset[int]:
    """Return the elements around the headline: a name of theirs does not set the article apart from itself."""
    here = headline
    found: set[int] = set()
    while here is not None and len(found) < _DEEPEST:
        found.add(here.mem_id)
        here = here.parent
    return frozenset(found)


def text_of(node: LexborNode, most: int) -> str:
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
            open_ += reversed(list(_children(here, most)))
        if length > most or steps > most:
            return ""
    return " ".join(part for part in parts if part)


def _children(node: LexborNode, most: int) -> Iterator[LexborNode]:
    return islice(node.iter(include_text=True), most)
