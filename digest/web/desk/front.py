"""The front page of the desk: the newsletters with their last days, what is next for each, and the sources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.config.schema import Schedule
from digest.editions import occurrences as calendar
from digest.editions.outlook import OPEN, outlook
from digest.flows.collect import health
from digest.flows.collect.health import SourceReport
from digest.flows.edition import front as flow
from digest.model import Edition, EditionState, OccurrenceState
from digest.web.accounts.guard import require
from digest.web.desk import labels
from digest.web.desk.context import app_of, page
from digest.web.desk.day import Timing, timing

DONE, WAITING = OccurrenceState.DONE, OccurrenceState.WAITING


@dataclass(frozen=True, slots=True)
class FrontDay:
    """A day of a newsletter: its edition and its occurrence, None where there is none."""

    date: date
    edition: Edition | None
    row: calendar.Occurrence | None
    timing: Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontNewsletter:
    """A newsletter: its last days, newest first; *next* is when one goes out next, in its own time zone."""

    name: str
    title: str
    zone: str
    next: datetime | None
    wait: str
    readers: int
    days: tuple[FrontDay, ...]


@dataclass(frozen=True, slots=True)
class FrontView:
    """What the front page prints; *tab* warns of editions that are late in the browser's tab."""

    newsletters: tuple[FrontNewsletter, ...]
    sources: list[SourceReport]
    trouble: list[SourceReport]
    tab: str


@require("viewer")
async def front(request: Request) -> Response:
    """Show the newsletters, what is next for each, and the sources."""
    return page(request, "desk/front.html", await to_thread.run_sync(partial(_front, app_of(request))))


def _front(app: App) -> FrontView:
    now = app.now()
    found, known = flow.front(app, rows=14, made=10), health.of_all(app)
    trouble = [one for one in known if one.problems]
    newsletters = tuple(_newsletter(one, now) for one in found)
    late = [one.title for one in newsletters if any(day.timing.outlook.kind == "late" for day in one.days)]
    return FrontView(newsletters, known, trouble, f"LATE: {', '.join(late)} · " if late else "")


def _newsletter(found: flow.NewsletterDays, now: datetime) -> FrontNewsletter:
    schedule = found.newsletter.schedule
    coming = _coming(found, schedule, now)
    return FrontNewsletter(
        name=found.newsletter.name,
        title=found.newsletter.title,
        zone=schedule.zone,
        next=coming.astimezone(schedule.tz) if coming else None,
        wait=labels.until_words(now, coming) if coming else "",
        readers=found.readers,
        days=tuple(_days(found, now)),
    )


def _days(found: flow.NewsletterDays, now: datetime) -> Iterator[FrontDay]:
    """Yield the days with an edition, and those of which the schedule has something to report; newest first."""
    schedule = found.newsletter.schedule
    reported = (
        day
        for day, row in found.occurrences.items()
        if row.state is not DONE and (row.state is not WAITING or row.due <= now)
    )
    for day in sorted({*found.editions, *reported}, reverse=True):
        edition, row = found.editions.get(day), found.occurrences.get(day)
        due = row.due if row else calendar.due(schedule, day)
        expected = outlook(
            edition.state if edition else None,
            row.state if row else None,
            begun=edition is not None and edition.started_at is not None,
            scheduled=calendar.is_day(schedule, day),
            due=due,
            deadline=row.deadline if row else due + schedule.freshness,
            now=now,
        )
        yield FrontDay(day, edition, row, timing(expected, found.newsletter, now))


def _coming(found: flow.NewsletterDays, schedule: Schedule, now: datetime) -> datetime | None:
    """Return when the next edition goes out, None where no date is coming."""
    return next(
        (
            due
            for due in calendar.upcoming(schedule, now, 8)
            if _comes(found.editions, found.occurrences, due.astimezone(schedule.tz).date())
        ),
        None,
    )


def _comes(made: Mapping[date, Edition], rows: Mapping[date, calendar.Occurrence], day: date) -> bool:
    """Return whether *day*'s edition is still to go out: not sent already, cancelled, or settled otherwise."""
    edition, row = made.get(day), rows.get(day)
    gone = edition is not None and (edition.started_at is not None or edition.state is EditionState.CANCELLED)
    return not gone and (row is None or row.state in OPEN)
