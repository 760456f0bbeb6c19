"""The <meta> elements of a page: by lower-case name, every value of each in its order."""

from selectolax.lexbor import LexborHTMLParser

_CALLED = ("property", "name", "itemprop")
_MOST = 1_000


class Metas:
    """What a page's meta elements say."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self.all: dict[str, list[str]] = {}
        for node in tree.css("meta")[:_MOST]:
            given = node.attributes
            value = (given.get("content") or "").strip()
            called = next((given[key] for key in _CALLED if given.get(key)), None) or ""
            for name in called.lower().split():
                if value:
                    self.all.setdefault(name, []).append(value)

    def first(self, *names: str) -> str:
        """Return the first value of the first of *names* that is there, "" for none."""
        return next((self.all[name][0] for name in names if name in self.all), "")

    def every(self, *names: str) -> list[str]:
        """Return all values of the first of *names* that is there."""
        return next((self.all[name] for name in names if name in self.all), [])
