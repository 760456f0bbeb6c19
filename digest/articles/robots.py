"""Whether a site's robots.txt lets us read an address (RFC 9309), and which sitemaps it names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin
from weakref import WeakKeyDictionary

from protego import Protego

from digest.articles import urls
from digest.articles.apart import apart
from digest.errors import FetchError, SourceError

if TYPE_CHECKING:  # a worker process imports this file: it needs no client
    from digest.fetch import Answer

AGENT = "newsroom-digest"
MOST_BYTES = 512_000  # RFC 9309, 2.5: at least 500 KiB are read
MOST_SITEMAPS = 50
SECONDS = 5.0


class Client(Protocol):
    """What asks the network: `digest.fetch.Fetcher`, or what stands for it."""

    async def get(
        self, url: str, *, most: int = 0, seconds: float = 0.0, inside: Collection[str] = ()
    ) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Robots:
    """What a robots.txt says of one address: *refusal* is "" where we may read it, else why not, in words."""

    refusal: str = ""
    sitemaps: tuple[str, ...] = ()


_files: WeakKeyDictionary[Client, dict[str, bytes | str]] = WeakKeyDictionary()  # of one run; str: away


async def robots(http: Client, url: str, *, inside: Collection[str] = ()) -> Robots:
    """Return what the robots.txt of *url*'s host says of it; the file is asked for once with each client.

    Without such a file everything may be read (RFC 9309, 2.3.1.3); where the server fails to say, nothing (2.3.1.4).
    It is judged in a process of its own, as all that strangers write.
    """
    place = urljoin(url, "/robots.txt")
    known = _files.setdefault(http, {})
    if place not in known:
        known[place] = await _asked(http, place, inside)
    found = known[place]
    if isinstance(found, str):
        return Robots(
            f"its robots.txt cannot be read ({found}), and without it nobody knows what we may read"
        )
    try:
        return await apart(judged, found, url, seconds=SECONDS, where=place) if found else Robots()
    except SourceError as fault:
        return Robots(f"its robots.txt {fault.what}")


async def _asked(http: Client, place: str, inside: Collection[str]) -> bytes | str:
    """Return the file, empty where there is none; as text, why the server does not say."""
    try:
        answer = await http.get(place, most=MOST_BYTES, inside=inside)
    except FetchError as fault:
        return fault.what
    if answer.status >= 500 or answer.status == 429:
        return f"the server answers {answer.status}"
    return answer.body if answer.status == 200 else b""


def judged(content: bytes, url: str) -> Robots:
    """Return what the robots.txt in *content* says of *url*."""
    rules = Protego.parse(content.decode("utf-8-sig", "replace"))
    named = dict.fromkeys(urls.absolute(text, url) for text in rules.sitemaps)
    sitemaps = tuple(filter(None, named))[:MOST_SITEMAPS]
    if rules.can_fetch(url, AGENT):
        return Robots(sitemaps=sitemaps)
    return Robots("the site's robots.txt does not let programs read it", sitemaps)
