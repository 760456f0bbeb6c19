"""Which rows the calendar wants at this moment: the waiting days follow the configuration. Pure.

A day's occurrence follows the newsletter's time, zone, days and exclusions at each look, until its edition is on
its way. It is never moved to a moment that has passed: then it keeps the one it had. `docs/delivery.md` has the
states and the argument.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from digest.config.schema import Schedule
from digest.editions import occurrences as calendar
from digest.editions.occurrences import Occurrence
from digest.model import OccurrenceState

CATCH_UP = 14  # days looked back for occurrences that nobody was there for
OPEN = (OccurrenceState.WAITING, OccurrenceState.BUILDING)
OFF = "its day is not in the schedule any more"
GONE = "its newsletter is not in the configuration any more"
BEFORE = "was due before this newsletter's clock first ran"
PARKED = (OFF, GONE)  # notes of skipped days that come back when their day does


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of *day*: a new row, or the row *id* with another moment or state."""

    day: date
    due: datetime
    deadline: datetime
    state: OccurrenceState
    note: str = ""
    id: int = 0


def changes(
    schedule: Schedule, known: Iterable[Occurrence], now: datetime, last_tick: datetime | None
) -> list[Change]:
    """Return what the newsletter's rows need at *now*; *last_tick* is that of the scheduler, None if never.

    *known* are its rows: those that are open or parked, and those of the last days.
    """
    rows = {one.date: one for one in known}
    moved = [found for one in rows.values() if (found := _followed(schedule, one, now))]
    return [*moved, *_fresh(schedule, rows, now, last_tick)]


def _followed(schedule: Schedule, one: Occurrence, now: datetime) -> Change | None:
    """Return what becomes of a row that is there; None where it stays as it is."""
    wanted = calendar.due(schedule, one.date) if calendar.is_day(schedule, one.date) else None
    if one.state in OPEN:
        if wanted is None:
            return Change(one.date, one.due, one.deadline, OccurrenceState.SKIPPED, OFF, one.id)
        due = wanted if wanted > now else one.due
        if (due, due + schedule.freshness) == (one.due, one.deadline):
            return None
        return Change(one.date, due, due + schedule.freshness, one.state, one.note, one.id)
    parked = one.state is OccurrenceState.SKIPPED and one.note in PARKED
    if parked and wanted is not None and wanted > now:
        return Change(one.date, wanted, wanted + schedule.freshness, OccurrenceState.WAITING, "", one.id)
    return None


def _fresh(
    schedule: Schedule, rows: Mapping[date, Occurrence], now: datetime, last_tick: datetime | None
) -> Iterator[Change]:
    """Yield the days that have no row yet: what fell due since the last tick, and the next one.

    A moment that had passed at the last tick, and had no row then, was not in the schedule: it was put
    into the past by a change of the configuration, and nobody waits for it.
    """
    since = last_tick or now
    today = now.astimezone(schedule.tz).date()
    first = max(since.astimezone(schedule.tz).date() - timedelta(days=1), today - timedelta(days=CATCH_UP))
    last = (now + schedule.lead).astimezone(schedule.tz).date() + timedelta(days=1)
    wanted = {
        day: calendar.due(schedule, day)
        for day in (first + timedelta(days=offset) for offset in range((last - first).days + 1))
        if calendar.is_day(schedule, day)
    }
    for due in calendar.upcoming(schedule, now, 1):
        wanted[due.astimezone(schedule.tz).date()] = due
    coming = min((due for due in wanted.values() if due > now), default=now)
    for day, due in sorted(wanted.items()):
        late = since < due <= now
        soon = due > now and (due <= coming or due - schedule.lead <= now)
        if day not in rows and (late or soon):
            yield Change(day, due, due + schedule.freshness, OccurrenceState.WAITING)
        elif day not in rows and not rows and last_tick is None and day == today:
            # So that a new installation says what became of this morning's edition.
            yield Change(day, due, due + schedule.freshness, OccurrenceState.SKIPPED, BEFORE)
