"""Which item is which: a ladder of guid, then address, then title with content, within one source.

A guid is trusted where it is there. A publisher who renames guids makes new items, but the ladder still
finds their article, so nothing is mailed again. Title with content, of which a feed of headlines has none,
stands for an item only when it is dated or has no other name: "Today's weather" is a new article every day.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from digest.articles import urls
from digest.model import Item


@dataclass(frozen=True, slots=True)
class Keys:
    """The rungs of the ladder as SHA-256 in hex, "" where an item does not have one."""

    guid: str = ""
    url: str = ""
    content: str = ""

    @property
    def identity(self) -> str:
        """The first rung that is there: what the item is known by."""
        return self.guid or self.url or self.content


@dataclass(frozen=True, slots=True)
class Known:
    """An item in the store, as far as the ladder needs it."""

    id: int
    identity: str
    keys: Keys
    article: int | None
    title_key: str
    sha256: str


def keys(item: Item, url: str, title: str, body: str) -> Keys:
    """Return the rungs of *item*, whose canonical address is *url* and whose cleaned texts are given."""
    guid = item.guid.strip()
    dated = item.published.isoformat() if item.published else ""
    content = bool(dated) if guid or url else True
    return Keys(
        guid=_hash("guid", guid) if guid else "",
        url=urls.key(url) if url else "",
        content=_hash("content", title, body, dated) if content else "",
    )


class Ladder:
    """Finds items among those *known*. The identity decides what is new, any rung which article it tells."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._by: dict[str, dict[str, Known]] = {"identity": {}, "guid": {}, "url": {}, "content": {}}
        for item in known:
            self._by["identity"].setdefault(item.identity, item)
            for rung in ("guid", "url", "content"):
                key = getattr(item.keys, rung)
                if key and item.article is not None:
                    self._by[rung].setdefault(key, item)

    def item(self, wanted: Keys) -> Known | None:
        """Return the very item, None when it is new."""
        return self._by["identity"].get(wanted.identity)

    def article(self, wanted: Keys) -> int | None:
        """Return the article that an item with these keys tells, by the highest rung that knows it."""
        for rung in ("guid", "url", "content"):
            found = self._by[rung].get(getattr(wanted, rung))
            if found:
                return found.article
        return None


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
