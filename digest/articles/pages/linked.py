"""JSON-LD of a page (json-ld.org, schema.org): every block, @graph and references, and what is left of a broken one."""

import json
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from digest.articles.pages.lines import word_list
from digest.articles.text import plain, whole

_ARTICLES = word_list(
    "Article BlogPosting Report LiveBlogPosting SocialMediaPosting ClaimReview PodcastEpisode VideoObject"
)
_PAGES = word_list("WebPage ItemPage CreativeWork BlogPosting Recipe Product MediaObject Episode")
_MOST_SCRIPTS = 40
_LONGEST_SCRIPT = 500_000
_COMMENT = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?://\s*)?(?:-->|\]\]>)\s*;?\s*$"
)
_TRAILING = re.compile(r",(\s*[}\]])")
_LOOSE = re.compile(r"\"(datePublished|dateModified|headline)\"\s*:\s*\"((?:[^\"\\]|\\.){4,400})\"")
Thing = dict[str, object]


class Linked:
    """What the JSON-LD of a page says of its article."""

    def __init__(self, tree: LexborHTMLParser, url: str) -> None:
        blocks = [
            _text(node.text(deep=True)) for node in tree.css('script[type*="ld+json" i]')[:_MOST_SCRIPTS]
        ]
        read = [(text, _read(text)) for text in blocks]
        self.things = [thing for _, data in read for thing in _things(data, 0)]
        self._by_id = {str(thing["@id"]): thing for thing in self.things if len(thing) > 2 and "@id" in thing}
        broken = [text for text, data in read if data is None]
        self.article = _article(self.things, url) or _loose(broken)
        self._loose = _loose(blocks)

    def string(self, name: str) -> str:
        """Return the article's property *name* as a string, "" for none."""
        return string(self.article.get(name))

    def date(self, name: str) -> str:
        """Return a date of the article, or the first one of any block."""
        return self.string(name) or string(self._loose.get(name)) or self._of_page(name)

    def _of_page(self, name: str) -> str:
        return next(
            (found for thing in self.things if is_a(thing, _PAGES) and (found := string(thing.get(name)))), ""
        )

    def people(self) -> list[tuple[str, str]]:
        """Return (name, type) of the authors in their order."""
        said = self.article.get("author") or self.article.get("creator") or self.article.get("authors")
        return list(self._people(said, 0))[:20]

    def image(self) -> str:
        """Return the address of the article's picture."""
        return self._image(self.article.get("image") or self.article.get("thumbnailUrl"), 0)

    def images(self) -> list[Thing]:
        """Return the image objects of the article, with their captions and credits."""
        said = self.article.get("image")
        listed = said if isinstance(said, list) else [said]
        return [found for one in listed if isinstance(found := self._resolved(one), dict)]

    def crumbs(self) -> list[str]:
        """Return the names of the first BreadcrumbList."""
        listed = next((thing for thing in self.things if is_a(thing, ("BreadcrumbList",))), None)
        found = listed.get("itemListElement") if listed else None
        names = []
        for one in found[:12] if isinstance(found, list) else []:
            if isinstance(one, dict):
                inner = one.get("item")
                names.append(
                    string(one.get("name")) or (string(inner.get("name")) if isinstance(inner, dict) else "")
                )
        return [name for name in names if name]

    def is_a(self, *types: str) -> bool:
        """Return whether the article is of one of *types*."""
        return is_a(self.article, types)

    def _resolved(self, value: object) -> object:
        if (
            isinstance(value, dict)
            and set(value) <= {"@id", "@type", "name"}
            and not string(value.get("name"))
        ):
            return self._by_id.get(str(value.get("@id")), value)
        return value

    def _people(self, value: object, depth: int) -> Iterator[tuple[str, str]]:
        value = self._resolved(value)
        if isinstance(value, list) and depth < 3:
            for one in value[:30]:
                yield from self._people(one, depth + 1)
        elif isinstance(value, dict):
            name = value.get("name")
            for one in name if isinstance(name, list) else [name]:
                if said := string(one):
                    yield said, string(value.get("@type"))
        elif isinstance(value, str) and value.strip():
            yield whole(value), ""

    def _image(self, value: object, depth: int) -> str:
        value = self._resolved(value)
        if isinstance(value, list):
            return next(
                (found for one in value[:10] if depth < 3 and (found := self._image(one, depth + 1))), ""
            )
        if isinstance(value, dict):
            value = value.get("url") or value.get("contentUrl") or value.get("@id")
            return self._image(value, depth + 1) if isinstance(value, list) and depth < 3 else string(value)
        return string(value)


def string(value: object) -> str:
    """Return a value of JSON-LD as a string, its first where it is a list; "" for what is none."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("@value", "")
    return whole(value) if isinstance(value, str) else ""


def strings(value: object) -> list[str]:
    """Return all strings of a value; one that lists words with commas is several."""
    if isinstance(value, str):
        return [whole(part) for part in value.split(",")]
    return [string(one) for one in value[:60]] if isinstance(value, list) else []


def is_a(thing: Thing, types: tuple[str, ...]) -> bool:
    """Return whether *thing* is of one of *types*; "NewsArticle" is an "Article", an address of a type is the type."""
    kinds = thing.get("@type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(kind, str) and kind.endswith(types) for kind in named)


def _text(text: str) -> str:
    return _COMMENT.sub("", text[:_LONGEST_SCRIPT])


def _read(text: str) -> object:
    """Return a block as data, its commonest faults mended; None for one that is broken."""
    for attempt in (text, _TRAILING.sub(r"\1", text).strip().rstrip(";")):
        try:
            return json.loads(attempt, strict=False) or []
        except (ValueError, RecursionError):
            continue
    return None


def _things(data: object, depth: int) -> Iterator[Thing]:
    if depth > 6:
        return
    if isinstance(data, list):
        for part in data[:200]:
            yield from _things(part, depth + 1)
    elif isinstance(data, dict):
        yield data
        for name in ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "itemReviewed"):
            if isinstance(data.get(name), (list, dict)):
                yield from _things(data[name], depth + 1)


def _article(things: list[Thing], url: str) -> Thing:
    """Return the thing that is this page's article: of several the one of this address, then the one that says most."""
    found = [thing for thing in things if is_a(thing, _ARTICLES)]
    if not found:
        return {}
    here = url.split("?", maxsplit=1)[0].rstrip("/")
    order = {kind: -at for at, kind in enumerate(_ARTICLES)}

    def worth(thing: Thing) -> tuple[int, bool, bool, int]:
        said = [string(thing.get("url")), string(thing.get("@id")), _main(thing)]
        mine = any(here and address.split("?")[0].split("#")[0].rstrip("/") == here for address in said)
        best = max((order[kind] for kind in _ARTICLES if is_a(thing, (kind,))), default=-99)
        return (
            best if best < -4 else 0,
            mine,
            bool(thing.get("datePublished")),
            sum(map(bool, thing.values())) // 4,
        )

    return max(found, key=worth)


def _main(thing: Thing) -> str:
    main = thing.get("mainEntityOfPage")
    return string(main.get("@id")) if isinstance(main, dict) else string(main)


def _loose(blocks: list[str]) -> Thing:
    """Return what can still be read in blocks that are broken."""
    found: Thing = {}
    for text in blocks:
        for name, said in _LOOSE.findall(text):
            found.setdefault(name, plain(said.replace('\\"', '"').replace("\\/", "/")))
    return found
