"""The parts of a web page that are no editor's choice: menus, footers, lists of the most read, advertisements."""

import re

from selectolax.lexbor import LexborNode

from digest.articles.text import line

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_OUT_TAGS = frozenset(
    {"nav", "footer", "form", "dialog", "template", "noscript", "script", "style", "svg", "select"}
)
_OUT = re.compile(
    r"(?:^|[-_ /])(?:nav|navigation|navbar|menu|footer|breadcrumbs?"
    r"|most-?(?:read|popular|viewed|shared|commented)|mostread|mostpopular|popular|trending|meistgelesen|plus-lus"
    r"|mas-leid[ao]s|mas-vist[ao]s|piu-letti|mest-?laest|mest-?lest|newsletter|cookie|consent|gdpr|social|share|sharing"
    r"|advert|adverts|advertisement|advertorial|sponsored|sponsor|paid-?(?:post|content)|promoted|partner-?content"
    r"|outbrain|taboola|related-?topics|tag-?cloud|login|subscribe|skip-?link)(?:[-_ /]|$)",
    re.IGNORECASE,
)
_MOST_READ = re.compile(
    r"^(?:most (?:read|popular|viewed|shared|commented|watched)|popular|trending(?: now)?|meistgelesen"
    r"|am meisten gelesen|les plus lus?|(?:lo )?m[aá]s (?:le[ií]d[oa]s?|visto|popular)|(?:i )?pi[uù] lett[io]"
    r"|mais lidas?|mest (?:l[aæ]st|lest|læste)|najczęściej czytane|самое читаемое|הנקראות ביותר|הכי נקראות"
    r"|الأكثر قراءة|よく読まれている記事|advertisement|sponsored|anzeige)\b",
    re.IGNORECASE,
)


class Regions:
    """Which parts of the page are no editor's choice; what is known of a parent is asked for once."""

    def __init__(self, *, by_name: bool) -> None:
        self._by_name = by_name
        self._known: dict[int, bool] = {}

    def out(self, node: LexborNode) -> bool:
        """Return whether *node* stands in a menu, a footer, a list of the most read, an advertisement."""
        chain: list[int] = []
        at = node.parent
        while at is not None and at.mem_id not in self._known and len(chain) < 2_000:
            chain.append(at.mem_id)
            if _is_menu(at) or (self._by_name and _is_called_out(at)):
                self._known.update(dict.fromkeys(chain, True))
                return True
            at = at.parent
        found = at is not None and self._known.get(at.mem_id, False)
        self._known.update(dict.fromkeys(chain, found))
        return found


def _is_menu(node: LexborNode) -> bool:
    said = node.attributes
    roles = {"navigation", "contentinfo", "search", "menu"}
    return (node.tag or "") in _OUT_TAGS or said.get("role") in roles or "hidden" in said


def _is_called_out(node: LexborNode) -> bool:
    """Return whether an element is called a menu, a list of the most read and the like, by its names or its heading."""
    tag, said = node.tag or "", node.attributes
    if tag in {"body", "html", "main"}:
        return False
    names = " ".join((said.get(name) or "")[:200] for name in ("class", "id", "aria-label", "data-component"))
    if names.strip() and _OUT.search(re.sub(r"([a-z])([A-Z])", r"\1-\2", names)):
        return True
    return (
        tag in {"section", "aside", "div", "ol", "ul"} and _MOST_READ.match(_first_heading(node)) is not None
    )


def _first_heading(node: LexborNode) -> str:
    """Return the heading that a part of the page begins with, "" where it begins with something else."""
    first = node.child
    for _ in range(6):
        if first is None:
            return ""
        if (first.tag or "") in HEADINGS:
            return line(first.text(deep=True)[:200])[:80]
        first = first.next if (first.tag or "") in {"-text", "_comment", "-comment", "!--"} else first.child
    return ""
