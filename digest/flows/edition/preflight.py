"""Preflight: what the checks must know is gathered, then they decide; the network is asked only by `run_checks`.

run_checks an editor runs it: asks links, sources and the DNS, politely, and keeps what they said
findings   the list as a page shows it, from what is kept
proof      what an approval is decided by, from what is kept
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import anyio
import structlog
from anyio import to_thread
from sqlalchemy import Connection

from digest import endpoint
from digest.app import App
from digest.config import private_places
from digest.config.schema import Newsletter
from digest.editions import choices as wishes
from digest.editions import compose
from digest.editions import occurrences as calendar
from digest.editions.memory import MEMORY
from digest.editions.preflight import (
    Changed,
    Facts,
    Finding,
    Level,
    Link,
    Proof,
    Verdict,
    addresses,
    checklist,
)
from digest.errors import BlockedAddress, BlockedPort, DigestError, EditionError, FetchError, TooLarge
from digest.fetch import Fetcher
from digest.flows.edition.refresh import refresh
from digest.flows.newsroom import doctor
from digest.model import BENCH, Article, Choice, Composition, Edition, Role
from digest.model.choice import Hold
from digest.ops.doctor import Grade
from digest.store import articles, choices, compositions, editions, occurrences, preflight_cache, variants
from digest.stories import lumped

FRESH = timedelta(hours=1)  # a good answer is not asked for again within that time
AGAIN = timedelta(minutes=2)  # a bad one is, sooner: somebody may have mended it
KEPT = timedelta(days=1)  # and what is older says nothing any more
SECONDS, WHOLE = 10.0, 60.0  # for one link, and for all of them
MOST_BYTES = 1_000_000
DOMAIN = frozenset({"spf", "dkim", "dmarc", "bounces"})  # the doctor's checks that are about the From domain
LEVELS: Mapping[Grade, Level] = {Grade.GREEN: "ok", Grade.AMBER: "warn", Grade.RED: "stop"}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Progress = Callable[[int, int], None]
log = structlog.get_logger()


def findings(app: App, name: str, day: date) -> tuple[Finding, ...]:
    """Return the whole list for the edition of *name* on *day*, from what is known by now."""
    with app.db.read() as connection:
        edition = _edition(connection, name, day)
        return checklist(proof(app, connection, edition, app.newsletter(name)))


def proof(app: App, connection: Connection, edition: Edition, newsletter: Newsletter) -> Proof:
    """Return what the checks look at, with all the facts that are kept; nobody is asked."""
    kept = variants.existing(connection, edition)
    draft = compositions.of(connection, edition, newsletter)
    rendered = kept.rendered
    return Proof(
        draft, rendered, newsletter, _facts(app, connection, edition, draft, outside(app, rendered.html))
    )


def outside(app: App, html: str) -> list[str]:
    """Return the addresses that a mail links to, without our own pages: the doctor looks at those."""
    ours = f"{app.config.site.url}/".lower()
    return [url for url in addresses(html) if not f"{url}/".lower().startswith(ours)]


async def run_checks(
    app: App, name: str, day: date, *, progress: Progress | None = None
) -> tuple[Finding, ...]:
    """Ask every link, every own article and the sender's domain, keep the answers, and return the list.

    Nobody is asked again what was answered well within the hour, or at all within two minutes.
    """
    mailed, inside = await to_thread.run_sync(partial(_asked, app, name, day))
    async with anyio.create_task_group() as group:
        group.start_soon(to_thread.run_sync, partial(_ask_doctor, app, name))
        await _ask_links(app, inside, progress)
        await refresh(app, mailed)  # after the links: both ask the same hosts, and one at a time is polite
    return await to_thread.run_sync(partial(findings, app, name, day))


def _asked(app: App, name: str, day: date) -> tuple[list[Article], dict[str, frozenset[str]]]:
    """Return those of the draft's own articles, and of its links, that nobody has asked for lately.

    A link comes with the "host:port" that it may name although it is private.
    """
    now = app.now()
    with app.db.read() as connection:
        found = proof(app, connection, _edition(connection, name, day), app.newsletter(name))
        known = preflight_cache.of(connection, "link", outside(app, found.rendered.html), now - FRESH)
        mailed = _mailed(found.edition)
        pages = preflight_cache.of(connection, "page", [str(one.id) for one in mailed], now - AGAIN)
    lately = {url for url, (said, at) in known.items() if _is_good(Link(**said)) or now - at < AGAIN}
    urls = [url for url in outside(app, found.rendered.html) if url not in lately]
    inside = {url: _inside(app, found.edition, url) for url in urls}
    return [one for one in mailed if str(one.id) not in pages], inside


def _inside(app: App, draft: Composition, url: str) -> frozenset[str]:
    """Return host and port of *url* if it is an article's, whose source may be read there although private."""
    try:
        there = endpoint.of_url(url)
    except ValueError:
        return frozenset()
    linked = [one for story in draft.stories for one in (story.article, *story.also)]
    names = {one.source for one in linked if endpoint.of_url(one.url) == there}
    if names - set(
        app.config.sources
    ):  # an editor brought it in, from where this newsletter's sources may be read
        newsletter = app.newsletter(draft.newsletter)
        names |= {*newsletter.sources, *newsletter.witnesses}
    return private_places(app.config, names) & {there}


async def _ask_links(app: App, urls: Mapping[str, Collection[str]], progress: Progress | None) -> None:
    """Ask *urls*, one after the other on each host; those that there was no time for are asked the next time.

    Each comes with the "host:port" that it may name although it is private.
    """
    said: dict[str, Link] = {}

    async def one(url: str) -> None:
        said[url] = await _ask(http, url, urls[url])
        if progress:
            progress(len(said), len(urls))

    async with app.http() as http:
        with anyio.move_on_after(WHOLE):
            async with anyio.create_task_group() as group:
                for url in urls:
                    group.start_soon(one, url)
    await to_thread.run_sync(partial(_keep, app, "link", {url: asdict(link) for url, link in said.items()}))


async def _ask(http: Fetcher, url: str, inside: Collection[str]) -> Link:
    """Return what came of *url*: HEAD first, and GET where a server has no good answer to that."""
    try:
        answer = await http.get(url, seconds=SECONDS, method="HEAD", inside=inside)
        if answer.status >= 400:
            answer = await http.get(url, seconds=SECONDS, most=MOST_BYTES, inside=inside)
        return Link(answer.status)
    except BlockedAddress as fault:
        return Link(0, fault.what, private=not isinstance(fault, BlockedPort))
    except TooLarge:  # it answered, with more than we care to read
        return Link(200)
    except FetchError as fault:
        return Link(0, fault.what)


def _ask_doctor(app: App, name: str) -> None:
    if _is_local(app):
        return  # nobody out there could follow a link of ours yet
    try:
        lines = doctor.examined(app, name)
    except (DigestError, OSError) as problem:
        log.warning("preflight.doctor", newsletter=name, why=str(problem))
        return
    said = [
        asdict(
            Verdict(
                LEVELS[line.grade],
                f"{line.what}: {line.words}",
                f"Publish: {line.paste}" if line.paste else "",
            )
        )
        for line in lines
        if line.check in DOMAIN
    ]
    _keep(app, "doctor", {name: said})


def _keep(app: App, kind: str, said: Mapping[str, object]) -> None:
    now = app.now()
    with app.db.write() as connection:
        preflight_cache.forget(connection, now - 7 * KEPT)
        preflight_cache.keep(connection, kind, said, now)


def _edition(connection: Connection, name: str, day: date) -> Edition:
    found = editions.get(connection, name, day)
    if found is None:
        raise EditionError("there is no edition yet", where=f"{name} {day}", do=f"Try: digest build {name}")
    return found


def _facts(app: App, connection: Connection, edition: Edition, draft: Composition, urls: list[str]) -> Facts:
    name, since = edition.newsletter, app.now() - KEPT
    said = preflight_cache.of(connection, "link", urls, since)
    examined = preflight_cache.of(connection, "doctor", [name], since)
    mailed = tuple(dict.fromkeys(one.id for one in _mailed(draft)))
    pages = preflight_cache.of(connection, "page", [str(one) for one in mailed], since)
    unseen = tuple(one for one in mailed if str(one) not in pages)
    before = editions.last_sent(connection, name, edition.date)
    occurrence = occurrences.get(connection, name, edition.date)
    due, _ = calendar.hours(app.newsletter(name).schedule, edition.date, occurrence)
    return Facts(
        links={url: Link(**link) for url, (link, _) in said.items()} if said or not urls else None,
        unasked=tuple(url for url in urls if url not in said),
        weights=_weights(app, draft),
        before=(before.subject, before.preheader) if before else None,
        carried=editions.carried(connection, name, edition.date - MEMORY, edition.date),
        embargoes=embargoes(choices.of(connection, edition.id)),
        due=max(due, app.now()),
        lumps=_lumps(connection, draft, app.newsletter(name), before.now if before else None),
        changes=_changes(connection, edition),
        unseen=unseen,
        domain=tuple(Verdict(**one) for one in examined[name][0]) if name in examined else None,
        local=_is_local(app),
    )


def _lumps(
    connection: Connection, draft: Composition, newsletter: Newsletter, last: datetime | None
) -> tuple[str, ...]:
    """Return what `build` says of stories that hold much of a source, of the stories that are placed now."""
    since = compose.window(draft.now, last, newsletter)
    wanted = (*newsletter.sources, *newsletter.witnesses)
    source = articles.sources_of(connection, wanted, since, draft.now)
    groups = [(one.title, [source[each] for each in one.members if each in source]) for one in draft.stories]
    return lumped.said(groups, Counter(source.values()))


def _is_local(app: App) -> bool:
    return urlsplit(app.config.site.url).hostname in LOOPBACK


def _mailed(draft: Composition) -> list[Article]:
    """Return the articles of our own that *draft* leads to."""
    return [one for story in draft.stories for one in (story.article, *story.also) if one.role is Role.OWN]


def embargoes(made: tuple[Choice, ...]) -> dict[int, datetime]:
    """Return until when which article is held by an editor's choices; the later word on each counts."""
    held: dict[int, datetime] = {}
    for _, hold in wishes.acts(wishes.active(made), Hold):
        held.pop(hold.article, None)
        held |= {hold.article: hold.until} if hold.until else {}
    return held


def _weights(app: App, draft: Composition) -> dict[str, int]:
    names = {
        crop
        for story in draft.stories
        if (it := story.article.picture)
        for crop in (it.wide, it.square)
        if crop
    }
    files = {name: app.data / "pictures" / name[:2] / f"{name}.jpg" for name in names}
    there = {name: file for name, file in files.items() if file.is_file()}
    return {f"{app.config.site.url}/p/{name}.jpg": file.stat().st_size for name, file in there.items()}


def _changes(connection: Connection, edition: Edition) -> tuple[Changed, ...]:
    """Return which placed articles are gone, or have a later version with another title."""
    placed = [
        line for line in editions.lines(connection, edition.id, edition.revision) if line.section != BENCH
    ]
    latest = articles.latest(connection, [line.article for line in placed])
    were = articles.titles(connection, {(line.article, line.version) for line in placed})
    found = []
    for line in placed:
        now, was = latest.get(line.article), were.get((line.article, line.version), line.title)
        if now is None:
            continue
        if now.gone_at is not None:
            found.append(Changed(line.article, was))
        elif now.title != was:
            found.append(Changed(line.article, was, now.title))
    return tuple(found)


def _is_good(link: Link) -> bool:
    return 200 <= link.status < 400
