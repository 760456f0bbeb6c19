"""Bring in: a page that an editor names by its address becomes an article of ours, and stands in the edition."""

from collections.abc import Collection
from datetime import date
from urllib.parse import urlsplit

from anyio import to_thread

from digest import endpoint
from digest.app import App
from digest.articles import clean, urls
from digest.articles.apart import apart
from digest.articles.page import item, page, refusal
from digest.config import private_places
from digest.config.schema import Newsletter, Source
from digest.editions.choices import active, acts
from digest.editions.edits import Acted, closed
from digest.errors import BlockedAddress, BlockedPort, FetchError, SourceError, WorkerError
from digest.fetch import Fetcher
from digest.flows.collect.illustrate import picture
from digest.flows.edition import edit
from digest.model import EditionState
from digest.model.choice import Add, Spot
from digest.store import articles, choices, intake, sources

BY_HAND = "_by-hand"  # the source of what no feed brought: a name that no configured source can have
SECONDS = 20.0
MOST_BYTES = 6_000_000


async def add_by_address(
    app: App, name: str, day: date, address: str, *, where: Spot, by: str, seen: int
) -> Acted:
    """Fetch the article at *address*, store it, and put it *where*; words where it cannot be."""
    edition = await to_thread.run_sync(app.edition, name, day)
    if edition.state is not EditionState.DRAFT:
        return Acted(False, closed(edition))
    url = urls.canonical(address.strip() if "//" in address else f"https://{address.strip()}")
    if not url:
        return Acted(False, "That is no web address. It should look like https://example.org/an-article.")
    async with app.http() as http:
        inside = _inside(app, app.newsletter(name), url)
        told = await _read(http, url, inside)
        if isinstance(told, str):
            return Acted(False, told)
        draft, image = told
        number = await to_thread.run_sync(_stored, app, app.newsletter(name), draft, url)
        if image and app.newsletter(name).look.pictures == "host":
            await picture(app, http, image, app.now(), inside=inside)

    def record() -> Acted:
        with app.db.read() as connection:
            made = active(choices.of(connection, edition.id))
        if any(one.article == number for _, one in acts(made, Add)):
            return Acted(False, f"“{draft.title}” was added already.")
        return edit.act(
            app, name, day, [Add(number, where)], by=by, seen=max((one.id for one in made), default=seen)
        )

    return await to_thread.run_sync(record)


def _inside(app: App, newsletter: Newsletter, url: str) -> frozenset[str]:
    """Return host and port of *url* if a source of *newsletter* may be read there although private."""
    listed = private_places(app.config, (*newsletter.sources, *newsletter.witnesses))
    return listed & {endpoint.of_url(url)}


async def _read(http: Fetcher, url: str, inside: Collection[str]) -> tuple[clean.Draft, str] | str:
    """Return the article at *url* and its picture's address, or in words why there is none."""
    try:
        accept = {"Accept": "text/html, application/xhtml+xml;q=0.9"}
        answer = await http.get(url, headers=accept, most=MOST_BYTES, seconds=SECONDS, inside=inside)
        kind = answer.headers.get("content-type", "text/html")
        if answer.status != 200:
            return f"The page could not be read: its server answers {answer.status}."
        if "html" not in kind:
            return f"That address leads to no page with an article but to {kind.partition(';')[0]}."
        said = await apart(page, answer.body, answer.url, kind)
    except BlockedAddress as fault:
        kind = "unusual ports" if isinstance(fault, BlockedPort) else "private addresses"
        return f"We do not read {kind}: {fault.where} {fault.words}"
    except (FetchError, SourceError, WorkerError) as fault:
        return f"The page could not be read: {fault.what}"
    refused = refusal(said, answer.url)
    if refused:
        return f"There is no article at that address: {refused}."
    draft = clean.draft(item(said, answer.url), Source(url=url), base=answer.url)
    return (draft, draft.picture.url if draft.picture else "") if draft else "The page has no headline."


def _stored(app: App, newsletter: Newsletter, draft: clean.Draft, url: str) -> int:
    """Return the id of the article that *draft* is, stored now where no source has brought it."""
    with app.db.write() as connection:
        known = articles.id_of(connection, draft.keys.url)
        if known is None:
            state = sources.known(connection, {BY_HAND: ""})[BY_HAND]
            intake.take(connection, state.id, _outlet(app, newsletter, url), [draft], app.now())
            known = articles.id_of(connection, draft.keys.url)
        if known is None:
            raise SourceError("the article could not be stored", where=url)
        return known


def _outlet(app: App, newsletter: Newsletter, url: str) -> str:
    """Return who publishes at *url*: the outlet of a source of ours on the same site, else the host's name."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    for name in newsletter.sources:
        source = app.config.sources[name]
        if (urlsplit(source.url).hostname or "").removeprefix("www.") == host:
            return source.outlet or name
    return host
