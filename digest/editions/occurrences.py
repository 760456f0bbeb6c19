"""The calendar: on which dates a newsletter is due, and at which moment of each. Pure; nothing here waits.

A schedule is a wall-clock time in a zone. Each local date has exactly one moment: where the clocks skip the
time, the first minute after the gap; where they show it twice, the first of the two.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from digest.config.schema import WEEKDAYS, Schedule
from digest.model import MAIN, OccurrenceState

LONGEST_GAP = 24 * 60  # minutes; Samoa skipped a whole day in 2011


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """That an issue of a newsletter is due on a local date; *deadline* is when it is too late.

    *failures* counts the tries in a row that failed; it is not tried again before *retry_at*.
    """

    id: int
    newsletter: str
    date: date
    issue: str = MAIN
    due: datetime
    deadline: datetime
    state: OccurrenceState
    note: str = ""
    notified: tuple[str, ...] = ()
    failures: int = 0
    retry_at: datetime | None = None


def due(schedule: Schedule, day: date) -> datetime:
    """Return the moment (UTC) at which the newsletter goes out on the local date *day*."""
    return _moment(schedule, day).astimezone(UTC)


def start(schedule: Schedule, name: str, day: date, due: datetime) -> datetime:
    """Return when the newsletter *name* that is *due* on *day* is let go: a moment within the schedule's spread.

    It is the same each time it is asked for, and another for each newsletter and date.
    """
    seed = sha256(f"{name} {day.isoformat()}".encode()).digest()
    seconds = int(schedule.spread.total_seconds())
    return due + timedelta(seconds=int.from_bytes(seed[:8], "big") % (seconds + 1))


def is_day(schedule: Schedule, day: date) -> bool:
    """Whether the newsletter comes out on *day*: a weekday it names, not excluded, and there in its zone."""
    return (
        WEEKDAYS[day.weekday()] in schedule.days
        and day not in schedule.exclude
        and _moment(schedule, day).date() == day
    )


def days(schedule: Schedule, start: date) -> Iterator[date]:
    """Yield the dates from *start* on at which the newsletter comes out, ten years at most."""
    for offset in range(3660):
        day = start + timedelta(days=offset)
        if is_day(schedule, day):
            yield day


def upcoming(schedule: Schedule, after: datetime, count: int) -> list[datetime]:
    """Return the next *count* moments (UTC) strictly after *after*; fewer where the calendar has no more."""
    found: list[datetime] = []
    for day in days(schedule, after.astimezone(schedule.tz).date() - timedelta(days=1)):
        if len(found) == count:
            break
        moment = due(schedule, day)
        if moment > after:
            found.append(moment)
    return found


def _moment(schedule: Schedule, day: date) -> datetime:
    """Return the schedule's time on *day* in its zone, moved out of a gap.

    PEP 495: fold=0 is the first of two.
    """
    wanted = datetime.combine(day, schedule.time.replace(fold=0))
    for minutes in range(LONGEST_GAP + 1):
        local = (wanted + timedelta(minutes=minutes)).replace(tzinfo=schedule.tz)
        back = local.astimezone(UTC).astimezone(schedule.tz)
        if back.replace(tzinfo=None) == local.replace(tzinfo=None):
            return local
    return local


def hours(schedule: Schedule, day: date, known: Occurrence | None) -> tuple[datetime, datetime]:
    """Return when *day* is due, and its deadline: one that is *known* may keep an hour that the schedule has left."""
    if known is not None:
        return known.due, known.deadline
    at = due(schedule, day)
    return at, at + schedule.freshness
