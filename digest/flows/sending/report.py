"""Report: how an edition went, who is unknown, and "did she get it?"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from digest.app import App
from digest.delivery import late_reports
from digest.delivery.first_wave import FirstWave
from digest.delivery.warm_up import WarmUp
from digest.editions import occurrences as calendar
from digest.editions.revisions import Revisions
from digest.messages.headers import names_of
from digest.model import DeliveryState
from digest.store import corrections, editions, halts, occurrences, reports
from digest.store.deliveries import first_wave, mistrust, plan, warm_up
from digest.store.feedback import kept
from digest.store.reports import Event, Row, Sent
from subscribers.api import InvalidAddress, parse_address, subscriber_by_key


@dataclass(frozen=True, slots=True)
class Report:
    """An edition's counts, and the rows that a person should know of, each kind up to *limit*."""

    sent: Sent
    unknown: tuple[Row, ...]
    missing: tuple[Row, ...]  # by no fault of their address: `send --missing` sends to these again
    halts: dict[str, str]  # providers that get nothing more until it is resumed, and why
    revisions: Revisions  # who has which one, and the correction mails
    late: Mapping[str, Mapping[str, int]]  # what came back after it was accepted, by provider
    wave: FirstWave | None = None  # it goes out in two parts
    warm_up: WarmUp | None = None  # its domain is new: not all readers get it


@dataclass(frozen=True, slots=True)
class Answer:
    """One mail to a reader, and what happened to it on the way."""

    row: Row
    events: tuple[Event, ...]


def report(app: App, edition_id: int, *, limit: int = 1000) -> Report:
    """Return how the edition with this id went; raise EditionError when there is none."""
    with app.db.read() as connection:
        sent = reports.sent(connection, edition_id)

        def rows(state: DeliveryState) -> list[Row]:
            return reports.in_state(connection, edition_id, state, limit=limit)

        unknown = rows(DeliveryState.UNKNOWN)
        missing = [row for state in plan.MISSING for row in rows(state)]
        letter = app.config.newsletters.get(sent.newsletter)
        wrong = mistrust.misjudged(connection, edition_id, names_of(letter)) if letter else set()
        missing += [row for row in rows(DeliveryState.FAILED) if row.delivery in wrong]
        halted = halts.of(connection, edition_id)
        saved = editions.existing(connection, edition_id)
        revisions = corrections.revisions_of(connection, saved)
        wave, warming = first_wave.of(connection, edition_id), warm_up.of(connection, edition_id)
        late = late_reports.by_provider(late_reports.late(kept.counts(connection, edition_id)))
    return Report(sent, tuple(unknown), tuple(missing[:limit]), halted, revisions, late, wave, warming)


def next_send(app: App, name: str) -> datetime | None:
    """Return when the next edition of *name* is let go, in its own zone; None where its schedule has no day."""
    newsletter = app.newsletter(name)
    schedule, now = newsletter.schedule, app.now()
    with app.db.read() as connection:
        waiting = occurrences.unsettled(connection, name)
    coming = [calendar.start(schedule, name, one.date, one.due) for one in waiting if one.deadline > now]
    coming += [
        calendar.start(schedule, name, due.astimezone(schedule.tz).date(), due)
        for due in calendar.upcoming(schedule, now, 1)
    ]
    return min(coming).astimezone(schedule.tz) if coming else None


def reader(app: App, address: str, *, limit: int = 30) -> list[Answer] | None:
    """Return what became of the newest mails to *address*, the newest first; None when it is nobody's."""
    known = parse_address(address.strip(), test_domains=True)
    if isinstance(known, InvalidAddress):
        return None
    with app.db.read() as connection:
        person = subscriber_by_key(connection, known.key)
        if person is None:
            return None
        found = reports.of_reader(connection, person.id, limit=limit)
        return [Answer(row, tuple(reports.events(connection, row.delivery))) for row in found]
