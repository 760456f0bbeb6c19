"""The planning of an edition: who has a row of it, and when it is due; the seeds first, then a first wave, then all.

Everything is in the rows: a run that takes over goes on with what it finds there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Select

from digest.app import App
from digest.config.schema import Newsletter
from digest.delivery.first_wave import FirstWave, due_by, looked_at, planned, size
from digest.errors import EditionError
from digest.model import Edition
from digest.store import corrections, occurrences
from digest.store.deliveries import first_wave
from digest.store.deliveries import plan as plans
from subscribers.api import audience, by_consent, count_audience


@dataclass(slots=True, kw_only=True)
class Planning:
    """Who gets *edition*. *seeds* gives each seed address its row's number, *first* are the readers of a first wave."""

    edition: Edition
    audience: Select[Any]
    seeds: Mapping[str, int]
    deadline: datetime
    now: Callable[[], datetime]
    size: int = plans.CHUNK
    first: Sequence[int] = ()
    wait: timedelta = timedelta(0)
    wave: FirstWave | None = None
    _began: bool = field(default=False)

    def chunk(self, connection: Connection) -> int | None:
        """Plan a chunk of readers; return how many, 0 at the end, None where another run plans at this moment."""
        start = min(self.edition.started_at or self.now(), self.now())
        if not self._began or plans.untouched(connection, self.edition.id):  # the first try was undone
            self._begin(connection, start)
            self._began = True
        due = self.wave.due if self.wave else start
        return plans.plan_chunk(
            connection,
            self.edition,
            self.audience,
            now=start,
            deadline=self.deadline,
            size=self.size,
            due=due,
        )

    def _begin(self, connection: Connection, start: datetime) -> None:
        """Plan the seeds, and the first wave where nobody has a row yet."""
        number = self.edition.id
        plans.plan_seeds(
            connection, self.edition, self.audience, self.seeds, now=start, deadline=self.deadline
        )
        self.wave = first_wave.of(connection, number)
        if self.wave is None and self.first and plans.untouched(connection, number):
            made = plans.plan_chosen(
                connection, self.edition, self.audience, self.first, now=start, deadline=self.deadline
            )
            first_wave.begin(connection, number, planned(made + len(self.seeds), self.wait, start))
            self.wave = first_wave.of(connection, number)

    def due_by(self, now: datetime) -> datetime:
        """Return the due time up to which rows may be claimed at *now*."""
        return due_by(self.wave, now)

    def longest(self, usual: timedelta) -> timedelta:
        """Return the longest wait that a row of this edition can have; *usual* is that of a retry."""
        return usual + (self.wave.wait if self.wave else timedelta(0))

    def look(self, connection: Connection) -> None:
        """Take note of how the first wave stands, and put the rest off while most of it has no answer."""
        self.wave = before = first_wave.of(connection, self.edition.id)
        if before is None or before.through:
            return
        waiting = first_wave.still_open(connection, self.edition.id, before)
        self.wave = looked_at(before, waiting, self.now(), self.deadline)
        if self.wave != before:
            first_wave.move(connection, self.edition.id, self.wave)


def planning_of(
    app: App, connection: Connection, edition: Edition, newsletter: Newsletter, chunk: int
) -> Planning:
    """Return the planning of *edition*, *chunk* readers at a time; raise EditionError where it has not begun."""
    occurrence = occurrences.get(connection, edition.newsletter, edition.date, edition.issue)
    return Planning(
        edition=edition,
        audience=corrections.of_those_who_got_it(audience(edition.newsletter), edition),
        seeds={address: _seed(address) for address in newsletter.seeds},
        deadline=_deadline(edition, newsletter, occurrence.deadline if occurrence else None),
        now=app.now,
        size=chunk,
        first=first_readers(connection, edition, newsletter),
        wait=newsletter.first_wave.wait,
    )


def first_readers(connection: Connection, edition: Edition, newsletter: Newsletter) -> list[int]:
    """Return the readers of the first wave: those who confirmed last; none for a correction mail, which is urgent."""
    chosen = newsletter.first_wave
    if not chosen.share or edition.corrects or not plans.untouched(connection, edition.id):
        return []
    many = size(count_audience(connection, edition.newsletter), chosen.share, chosen.readers)
    return by_consent(connection, edition.newsletter, newest=True, most=many) if many else []


def _deadline(edition: Edition, newsletter: Newsletter, due: datetime | None) -> datetime:
    """The occurrence's; one that a person starts after it has the newsletter's freshness from its start."""
    if edition.started_at is None:
        raise EditionError("has not begun", where=f"edition {edition.id}")
    return due if due and due > edition.started_at else edition.started_at + newsletter.schedule.freshness


def _seed(address: str) -> int:
    """Return the number of the row of a seed that is no reader: below 0, and the same each time."""
    return -1 - int.from_bytes(sha256(address.lower().encode()).digest()[:6], "big")
