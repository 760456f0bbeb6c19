"""The planning of an edition: who has a row of it, and when it is due; the seeds first, then a first wave, then all.

Everything is in the rows: a run that takes over goes on with what it finds there.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection

from digest.config.schema import Newsletter, WarmUpRule
from digest.delivery.first_wave import FirstWave, due_by, planned, reconsidered, size
from digest.delivery.warm_up import WarmUp, cap, in_shares
from digest.errors import EditionError
from digest.model import Edition
from digest.store import corrections, editions, occurrences, providers
from digest.store.deliveries import first_wave, warm_up
from digest.store.deliveries import plan as plans
from digest.store.statements import Query
from subscribers.api import audience, by_consent, count_audience


@dataclass(slots=True, kw_only=True)
class Warming:
    """Who may get an edition today: *order* are all its readers, and *one* says what the day has room for."""

    one: WarmUp
    order: Sequence[int]
    _at: int = 0
    _planned: int = field(default=0)

    @property
    def begun(self) -> bool:
        """Whether readers of it are planned already, as far as was seen."""
        return self._planned > 0

    def chosen(self, connection: Connection, edition: int, most: int) -> Sequence[int]:
        """Return the next readers to plan, at most *most*; none when the day has no room, or nobody is left."""
        known = warm_up.of(connection, edition)
        if (
            known is None or known.planned != self._planned
        ):  # another run planned some, or a try of ours was undone
            self._at, self._planned = 0, known.planned if known else 0
        room = warm_up.room(connection, self.one)
        if not room:
            return ()
        some = self.order[self._at : self._at + min(most, room)]
        self._at += len(some)
        return some

    def took(self, connection: Connection, edition: int, rows: int) -> None:
        """Note that *rows* were planned."""
        warm_up.take(connection, edition, rows)
        self._planned += rows


@dataclass(slots=True, kw_only=True)
class Planning:
    """Who gets *edition*. *seeds* gives each seed address its row's number, *first* are the readers of a first wave."""

    edition: Edition
    audience: Query
    seeds: Mapping[str, int]
    deadline: datetime
    now: Callable[[], datetime]
    size: int = plans.CHUNK
    first: Sequence[int] = ()
    wait: timedelta = timedelta(0)
    wave: FirstWave | None = None
    warming: Warming | None = None
    _began: bool = field(default=False)

    def chunk(self, connection: Connection) -> int | None:
        """Plan a chunk of readers; return how many, 0 at the end, None where another run plans at this moment."""
        start, number = min(self.edition.started_at or self.now(), self.now()), self.edition.id
        if not self._began or plans.untouched(connection, number):  # the first try was undone
            self._began = True
            self._begin(connection, start)
            if self.warming is not None:
                return 1  # the day's room is asked for when others can see that we want some of it
        if self.warming is not None:
            return self._part(connection, start, self.warming)
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
        if self.warming is not None:
            warm_up.begin(connection, number, self.warming.one)
        elif self.wave is None and self.first and plans.untouched(connection, number):
            self._first(connection, start, self.first)

    def _first(self, connection: Connection, start: datetime, readers: Sequence[int]) -> int:
        """Plan the first wave, and note until when the rest waits; return how many rows were made."""
        made = self._planned(connection, start, readers, start)
        first_wave.begin(
            connection, self.edition.id, planned(made + len(self.seeds), self.wait, start, self.deadline)
        )
        self.wave = first_wave.of(connection, self.edition.id)
        return made

    def _planned(self, connection: Connection, start: datetime, readers: Sequence[int], due: datetime) -> int:
        return plans.plan_chosen(
            connection, self.edition, self.audience, readers, now=start, deadline=self.deadline, due=due
        )

    def _part(self, connection: Connection, start: datetime, warming: Warming) -> int:
        """Plan the next readers for whom the day of a warm-up has room; return 0 where that is nobody any more."""
        number = self.edition.id
        if editions.existing(connection, number).planned:
            return 0
        self.wave = first_wave.of(connection, number)
        opens = self.wave is None and bool(self.first) and not warming.begun
        some = warming.chosen(connection, number, len(self.first) if opens else self.size)
        if not some:
            plans.end(connection, number)
            return 0
        if opens:
            made = self._first(connection, start, some)
        else:
            made = self._planned(connection, start, some, self.wave.due if self.wave else start)
        warming.took(connection, number, made)
        return max(made, 1)

    def due_by(self, connection: Connection, now: datetime) -> datetime:
        """Return the due time up to which rows may be claimed at *now*; before the rest goes, the wave is looked at."""
        if self.wave is not None and not self.wave.through and now >= self.wave.rest_at:
            self.refresh_wave(connection)
        return due_by(self.wave, now)

    def longest(self, usual: timedelta) -> timedelta:
        """Return the longest wait that a row of this edition can have; *usual* is that of a retry."""
        return usual + (self.wave.wait if self.wave else timedelta(0))

    def refresh_wave(self, connection: Connection) -> None:
        """Take note of how the first wave stands, and put the rest off while most of it has no answer."""
        self.wave = before = first_wave.of(connection, self.edition.id)
        if before is None or before.through:
            return
        waiting = first_wave.still_open(connection, self.edition.id, before)
        self.wave = reconsidered(before, waiting, self.now(), self.deadline)
        if self.wave != before:
            first_wave.move(connection, self.edition.id, self.wave)


def planning_of(
    connection: Connection,
    edition: Edition,
    newsletter: Newsletter,
    rules: Mapping[str, WarmUpRule],
    *,
    now: Callable[[], datetime],
    chunk: int = plans.CHUNK,
) -> Planning:
    """Return the planning of *edition*, *chunk* readers at a time; raise EditionError where it has not begun."""
    occurrence = occurrences.get(connection, edition.newsletter, edition.date, edition.issue)
    warming = warming_of(connection, edition, newsletter, rules)
    return Planning(
        edition=edition,
        audience=corrections.of_those_who_got_it(audience(edition.newsletter), edition),
        seeds={address: _seed(address) for address in newsletter.seeds},
        deadline=_deadline(edition, newsletter, occurrence.deadline if occurrence else None),
        now=now,
        size=chunk,
        first=first_readers(connection, edition, newsletter, warming),
        wait=newsletter.first_wave.wait,
        warming=warming,
    )


def first_readers(
    connection: Connection, edition: Edition, newsletter: Newsletter, warming: Warming | None = None
) -> Sequence[int]:
    """Return the readers of the first wave: those who confirmed last; none for a correction mail, which is urgent.

    In a warm-up they are those who come first in it.
    """
    chosen = newsletter.first_wave
    if not chosen.share or edition.corrects:
        return ()
    if warming is not None:
        today = min(warming.one.cap, len(warming.order))
        return warming.order[: size(today, chosen.share, chosen.readers)]
    if not plans.untouched(connection, edition.id):
        return ()
    many = size(count_audience(connection, edition.newsletter), chosen.share, chosen.readers)
    found = by_consent(connection, edition.newsletter, newest=True, most=many) if many else []
    return [number for number, _ in found]


def _deadline(edition: Edition, newsletter: Newsletter, due: datetime | None) -> datetime:
    """The occurrence's; one that a person starts after it has the newsletter's freshness from its start."""
    if edition.started_at is None:
        raise EditionError("has not begun", where=f"edition {edition.id}")
    return due if due and due > edition.started_at else edition.started_at + newsletter.schedule.freshness


def _seed(address: str) -> int:
    """Return the number of the row of a seed that is no reader: below 0, and the same each time."""
    return -1 - int.from_bytes(sha256(address.lower().encode()).digest()[:6], "big")


def warming_of(
    connection: Connection, edition: Edition, newsletter: Newsletter, rules: Mapping[str, WarmUpRule]
) -> Warming | None:
    """Return who may get *edition* today; None where its domain is warm, and for a correction mail.

    The day is that on which it began, in the newsletter's zone. An edition that was being planned already goes on by
    what its row says.
    """
    begun = warm_up.of(connection, edition.id)
    rule = rules.get(newsletter.sender.domain)
    if rule is None or edition.corrects or edition.planned or edition.started_at is None:
        return None
    if begun is None and not plans.untouched(connection, edition.id):
        return None
    day = edition.started_at.astimezone(newsletter.schedule.tz).date()
    most = begun.cap if begun else cap(day, rule.start, rule.first, rule.last, rule.days)
    if most is None:
        return None
    readers = by_consent(connection, edition.newsletter, newest=rule.order == "newest")
    receives = _providers(connection, {domain for _, domain in readers})
    order = in_shares((number, receives.get(domain, domain)) for number, domain in readers)
    one = WarmUp(domain=newsletter.sender.domain, day=day, cap=most, planned=0, readers=len(order))
    return Warming(one=begun or one, order=order)


def _providers(connection: Connection, domains: Collection[str]) -> dict[str, str]:
    every, found = sorted(domains), dict[str, str]()
    for at in range(0, len(every), 500):
        found |= providers.known(connection, every[at : at + 500])
    return found
