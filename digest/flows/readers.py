"""Readers by hand: what `digest subscribers` asks of the readers' package."""

from dataclasses import dataclass

from digest.app import App
from digest.errors import DigestError
from digest.flows.build import newsletter_of
from digest.flows.letters import links_of
from subscribers import suppress as suppressing
from subscribers.address import Address, NoAddress, parsed
from subscribers.model import Count, Reason, Witness
from subscribers.rules import written
from subscribers.store import people
from subscribers.store.admission import Wanted
from subscribers.store.admission import add as admitted


@dataclass(frozen=True, slots=True)
class Did:
    """Whether it was done, and what to say about it."""

    done: bool
    words: str


@dataclass(frozen=True, slots=True)
class Reader:
    """One wish of one reader, as a line of a list."""

    id: int
    address: str
    name: str
    newsletter: str
    state: str
    sections: str


def add(app: App, newsletter: str, address: str, *, source: str, name: str = "", sections: str = "") -> Did:
    """Subscribe *address* on the operator's word that it agreed to that; *source* says where."""
    rules = newsletter_of(app, newsletter).sections
    known = [rule.name for rule in rules]
    chosen = [part.strip() for part in sections.split(",") if part.strip()]
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        raise DigestError(
            f"{newsletter} has no section {unknown[0]!r}", do=f"There are: {', '.join(known) or 'none'}."
        )
    wanted = Wanted(_parsed(address), newsletter, name, sections=written(chosen, known) if chosen else "")
    with app.db.write() as connection:
        made = admitted(connection, links_of(app).keys, wanted, Witness(app.now(), f"operator: {source}"))
    match made.outcome:
        case "added":
            return Did(True, f"{address} gets {newsletter} from now on")
        case "already":
            return Did(True, f"{address} is {made.why} already; nothing was changed")
    return Did(False, f"{address} was not added: {made.why}; only the reader can change that, by signing up")


def listed(app: App, newsletter: str = "", *, search: str = "", limit: int = 100) -> list[Reader]:
    """Return up to *limit* readers' wishes, by id."""
    if newsletter:
        newsletter_of(app, newsletter)
    with app.db.read() as connection:
        found = people.page(connection, newsletter=newsletter, text=search, limit=limit)
    return [
        Reader(
            person.id,
            person.address,
            person.name,
            wish.newsletter,
            _state(person.suppressed, wish.state),
            wish.sections,
        )
        for person, wish in found
    ]


def totals(app: App) -> list[Count]:
    """Return how many readers of each newsletter are in each state."""
    with app.db.read() as connection:
        return people.counts(connection, at=app.now())


def suppress(app: App, address: str) -> str:
    """Suppress *address* for good, known or not; return what was done, in words."""
    found = _parsed(address)
    with app.db.write() as connection:
        suppressing(
            connection, reason=Reason.MANUAL, at=app.now(), address=found.text, keys=links_of(app).keys
        )
    return f"{address} gets nothing from us any more"


def _parsed(address: str) -> Address:
    found = parsed(address, test_domains=True)
    if isinstance(found, NoAddress):
        raise DigestError(f"{address!r} is no mail address: {found.why}")
    return found


def _state(suppressed: bool, state: str) -> str:
    return "suppressed" if suppressed else str(state)
