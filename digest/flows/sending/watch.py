"""What a page asks while an edition goes out and afterwards, and whether one reader got it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.app import App
from digest.delivery.first_wave import FirstWave
from digest.delivery.warm_up import WarmUp
from digest.editions.revisions import Revisions
from digest.errors import EditionError
from digest.model import DeliveryState, Edition
from digest.store import corrections, watching
from digest.store.deliveries import first_wave, warm_up
from digest.store.watching import Row, Trouble
from subscribers.api import (
    InvalidAddress,
    Person,
    Subscriber,
    count_unsubscribes,
    list_subscriptions,
    load_person,
    parse_address,
    subscriber_by_key,
)

__all__ = ["Row", "Trouble", "answers", "find_reader", "progress"]

AFTERWARDS = timedelta(days=3)  # in which an unsubscription counts as an answer to the edition
FOUND = 20  # readers whom a search lists
EVENTS_OF = 10  # of a reader's deliveries, those whose history is shown
Providers = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How the sending of an edition stands: who has which revision, rows by provider, the last troubles."""

    reach: Revisions
    providers: Providers
    troubles: list[Trouble]
    wave: FirstWave | None = None  # it goes out in two parts
    warm_up: WarmUp | None = None  # its domain is new: not all readers get it


@dataclass(frozen=True, slots=True)
class Answers:
    """What a look at every row costs: (state, code, reply, count), rows a minute, and how many left afterwards."""

    answers: list[tuple[str, int, str, int]]
    moments: list[tuple[datetime, int]]
    unsubscribed: int


@dataclass(frozen=True, slots=True)
class Reader:
    """A search for a reader: the *person*, or several *matches*; the deliveries, and the history of the newest."""

    person: Person | None
    matches: list[Subscriber]
    rows: list[Row] = field(default_factory=list)
    events: dict[int, list[Trouble]] = field(default_factory=dict)


def progress(
    app: App, edition: Edition, by_provider: Callable[[Callable[[], Providers]], Providers]
) -> Progress:
    """Return how the sending of *edition* stands; *by_provider* may keep the costly part for a while."""
    with app.db.read() as connection:
        return Progress(
            reach=corrections.revisions_of(connection, edition),
            providers=by_provider(lambda: watching.providers(connection, edition.id)),
            troubles=watching.troubles(connection, edition.id),
            wave=first_wave.of(connection, edition.id),
            warm_up=warm_up.of(connection, edition.id),
        )


def answers(app: App, edition: Edition, *states: DeliveryState) -> Answers:
    """Return what the rows of *edition* in *states* were answered; raise EditionError where it has not begun."""
    if edition.started_at is None:
        raise EditionError("has not been sent", where=f"{edition.newsletter} {edition.date}")
    with app.db.read() as connection:
        return Answers(
            answers=watching.answers(connection, edition.id, list(states)),
            moments=watching.moments(connection, edition.id),
            unsubscribed=count_unsubscribes(
                connection, edition.newsletter, edition.started_at, edition.started_at + AFTERWARDS
            ),
        )


def find_reader(app: App, query: str, chosen: int) -> Reader:
    """Return the reader with the number *chosen*, else whom *query* finds: one, or several to choose from."""
    with app.db.read() as connection:
        person = load_person(connection, chosen) if chosen else None
        matches: list[Subscriber] = []
        if person is None and query:
            read = parse_address(query)
            exact = None if isinstance(read, InvalidAddress) else subscriber_by_key(connection, read.key)
            found = (
                [exact]
                if exact
                else [pair[0] for pair in list_subscriptions(connection, text=query, limit=FOUND * 3)]
            )
            matches = list({one.id: one for one in found}.values())[:FOUND]
            if len(matches) == 1:
                person = load_person(connection, matches[0].id)
        rows = watching.of_reader(connection, person.subscriber.id) if person else []
        events = {row.id: watching.events(connection, row.id) for row in rows[:EVENTS_OF]}
    return Reader(person, matches, rows, events)
