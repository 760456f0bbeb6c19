"""Discover: where an outlet may be read. Each address that its page, its robots.txt or custom names is tried."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

import anyio

import digest.articles.sources
from digest import plugins
from digest.articles import discovery, urls
from digest.articles.apart import apart
from digest.articles.discovery import Named, Place
from digest.articles.reading import Document, Mark, Reading
from digest.articles.robots import robots
from digest.articles.sources import _answers, _refused
from digest.config.schema import Source
from digest.config.written import Proposal, distinct, slug
from digest.errors import DigestError, SourceError, UsageError
from digest.fetch import Answer, Fetcher

MOST_TRIALS = 30
_KINDS = {"feed": 0, "sitemap": 1, "page": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What one address gave: *items*, the *newest* of them, how many have a picture and a date; or the *problem*.

    *known* is the configured source that has this address, *advised* whether it is one of those to take.
    """

    proposal: Proposal
    items: int = 0
    newest: datetime | None = None
    pictured: int = 0
    dated: int = 0
    problem: str = ""
    known: str = ""
    advised: bool = False
    addresses: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def words(self) -> str:
        """What it gave, in a sentence."""
        if self.problem:
            return self.problem
        newest = f", the newest of {self.newest:%Y-%m-%d %H:%M} UTC" if self.newest else ", none with a date"
        return f"{self.items} item{'' if self.items == 1 else 's'}{newest}, {self.pictured} with a picture"


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found at an outlet: addresses that can be read, the best first, and those that cannot."""

    url: str
    site: str
    found: tuple[Candidate, ...]
    failed: tuple[Candidate, ...] = ()

    @property
    def advised(self) -> tuple[Candidate, ...]:
        """Those to take: the best feed or news sitemap, and the front page."""
        return tuple(one for one in self.found if one.advised)


def address(text: str) -> str:
    """Return what somebody typed as the address of a site; raise UsageError where it is none."""
    typed = text.strip()
    spelled = typed if "://" in typed else f"https://{typed}"
    found = urls.absolute(spelled)
    host = urls.host(found)
    if not found or ("." not in host and host != "localhost" and ":" not in host) or " " in typed:
        raise UsageError(f"{text!r} is no web address.", do="Write it as https://outlet.example")
    return found


async def discover(
    http: Fetcher, url: str, now: datetime, *, known: Mapping[str, str], inside: Collection[str] = ()
) -> Discovery:
    """Return what can be read at *url*, an outlet's site, a section of it, a feed or a sitemap; each was tried.

    *known* are the addresses of configured sources, with their names. Raises SourceError where the address itself
    gives nothing: away, private, refused, a page to log in.
    """
    answer = await _asked(http, url, inside)
    trials = _Trials(http, now, known, tuple(inside))
    for kind in ("feed", "sitemap"):
        if (one := await trials.read(Place(answer.url, kind))).items:
            return Discovery(url, one.proposal.outlet, tuple(_named([replace(one, advised=True)], known)))
    page = await apart(
        discovery.named,
        answer.body,
        answer.url,
        answer.headers.get("content-type", ""),
        answer.headers.get("link", ""),
        where=url,
    )
    trials.site, trials.language = page.site, page.language
    await _feeds(trials, page, answer.url)
    await _sitemaps(http, trials, answer.url, inside)
    front = Place(answer.url, "page", "front")
    await trials.all([front, *page.sections])
    if not trials.found and _refused.log_in(answer.body[:20_000].lower(), answer.url):
        raise SourceError(
            "is a page to log in, and names nothing that can be read without.",
            where=url,
            do="Ask the publisher for the address of a feed.",
        )
    return Discovery(url, page.site, tuple(_named(_advised(trials.found), known)), tuple(trials.failed))


async def _asked(http: Fetcher, url: str, inside: Collection[str]) -> Answer:
    answer = await http.get(url, headers={"Accept": "text/html, */*;q=0.8"}, inside=inside)
    if answer.status != 200:
        raise SourceError(_answers.words(answer), where=url, do="Look at the address in a browser.")
    if not answer.body.strip():
        raise SourceError("the answer is empty", where=url)
    return answer


async def _feeds(trials: "_Trials", page: Named, url: str) -> None:
    """Try the feeds that the page names; where none can be read, the usual addresses, and what they name in turn."""
    await trials.all(page.feeds)
    if trials.items_of("feed"):
        return
    await trials.all(
        [Place(one, "feed") for one in discovery.common(url, discovery.COMMON_FEEDS)], quiet=True
    )


async def _sitemaps(http: Fetcher, trials: "_Trials", url: str, inside: Collection[str]) -> None:
    named = discovery.ordered_sitemaps((await robots(http, url, inside=inside)).sitemaps)[:6]
    await trials.all([Place(one, "sitemap") for one in named])
    if not trials.items_of("sitemap"):
        usual = discovery.common(url, discovery.COMMON_SITEMAPS)
        await trials.all([Place(one, "sitemap") for one in usual if one not in named], quiet=True)


class _Trials:
    """Tries addresses, each once and so many in all; keeps what could be read, and what was named and could not."""

    def __init__(
        self, http: Fetcher, now: datetime, known: Mapping[str, str], inside: tuple[str, ...]
    ) -> None:
        self._http, self._now, self._known, self._inside = http, now, known, inside
        self._asked: set[tuple[str, str]] = set()
        self.site = self.language = ""
        self.found: list[Candidate] = []
        self.failed: list[Candidate] = []

    def items_of(self, kind: str) -> int:
        return sum(one.items for one in self.found if one.proposal.kind == kind)

    async def all(self, places: Iterable[Place], *, quiet: bool = False) -> None:
        """Try *places* side by side; *quiet* keeps those to itself that cannot be read: nobody named them."""
        fresh = [one for one in places if (one.kind, one.url) not in self._asked]
        fresh = list({(one.kind, one.url): one for one in fresh}.values())[: MOST_TRIALS - len(self._asked)]
        tried: dict[int, Candidate] = {}

        async def one(at: int, place: Place) -> None:
            tried[at] = await self.read(place)

        async with anyio.create_task_group() as group:
            for at, place in enumerate(fresh):
                group.start_soon(partial(one, at, place))
        for at in sorted(tried):
            candidate = tried[at]
            if candidate.items and not self._twin(candidate):
                self.found.append(candidate)
            elif not candidate.items and not quiet:
                self.failed.append(candidate)

    def _twin(self, candidate: Candidate) -> bool:
        """Return whether another address of that kind gives the same articles, as RSS and Atom of one list do."""
        return any(
            one.proposal.kind == candidate.proposal.kind and one.addresses == candidate.addresses
            for one in self.found
        )

    async def read(self, place: Place) -> Candidate:
        """Return what *place* gives; whatever is wrong with it becomes words."""
        self._asked.add((place.kind, place.url))
        there = urlsplit(place.url).netloc if urlsplit(place.url).netloc in self._inside else ""
        proposal = Proposal(
            name=slug(_short(self.site, place), "source"),
            url=place.url,
            kind=place.kind,
            outlet=self.site,
            language=self.language,
            allow_private=(there,) if there else (),
        )
        reader = plugins.load(digest.articles.sources, place.kind)
        source = Source(kind=place.kind, url=place.url, allow_private=proposal.allow_private)
        try:
            reading: Reading = await reader.read(source, self._http, Mark(place.url), self._now)
        except DigestError as fault:
            return Candidate(proposal=proposal, problem=fault.what)
        except Exception as bug:  # a stranger's site must not end the command
            return Candidate(proposal=proposal, problem=f"{type(bug).__name__}: {bug}")
        if reading.problem or reading.document is None:
            return Candidate(proposal=proposal, problem=reading.problem or "answered without a document")
        return _judged(proposal, reading.document, self._known.get(place.url, ""))


def _judged(proposal: Proposal, document: Document, known: str) -> Candidate:
    dates = [item.published for item in document.items if item.published]
    pictured = sum(bool(item.media) or "<img" in (item.content or item.summary) for item in document.items)
    if not proposal.outlet and document.title:
        proposal = replace(proposal, outlet=document.title.strip()[:60])
    problem = "" if document.items else (document.problems[0] if document.problems else "has no items")
    return Candidate(
        proposal=proposal,
        items=len(document.items),
        newest=max(dates, default=None),
        pictured=pictured,
        dated=len(dates),
        problem=problem,
        known=known,
        addresses=frozenset(item.url for item in document.items),
    )


def _short(site: str, place: Place) -> str:
    """Return what a source of this place may be called: the host's main word, and what tells it from the others."""
    host = urls.host(place.url).removeprefix("www.").split(".")
    main = host[-2] if len(host) > 1 and len(host[-2]) > 3 else host[0] if len(host) > 1 else site or "source"
    parts = [name for name in urlsplit(place.url).path.split("/") if name]
    if place.kind == "page":
        return f"{main}-{'-'.join(parts) or 'front'}"
    if place.kind == "sitemap":
        return f"{main}-news" if "news" in place.url else f"{main}-sitemap"
    told = [name for name in parts if not name.lower().startswith(("rss", "feed", "atom", "index"))]
    return "-".join([main, *told[-1:]]).removesuffix(".xml").removesuffix("-rss")


def _advised(found: list[Candidate]) -> list[Candidate]:
    """Return *found*, the best first, with those advised that bring most together: articles, and the front page."""
    ordered = sorted(found, key=lambda one: _KINDS.get(one.proposal.kind, 9))
    told = [one for one in ordered if one.proposal.kind != "page" and one.dated]
    best = max(told, key=lambda one: (one.proposal.kind == "feed", one is told[0]), default=None)
    front = next((one for one in ordered if one.proposal.kind == "page"), None)
    return [replace(one, advised=(one is best or one is front) and not one.known) for one in ordered]


def _named(found: Iterable[Candidate], known: Mapping[str, str]) -> list[Candidate]:
    """Return *found* under names that no source has; each with what it gave as its note."""
    listed = list(found)
    made = distinct([replace(one.proposal, note=one.words) for one in listed], known.values())
    return [replace(one, proposal=proposal) for one, proposal in zip(listed, made, strict=True)]
