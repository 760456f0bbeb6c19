"""The bell: whatever is due at this moment for any newsletter is done, once, however many processes ring.

    due - lead     the draft is built, and built again while articles come in
    due - freeze   automatic: each own article is looked at once more, the checks run, the last build is approved,
                   or held for a person where a check found something and `unattended` says so; else the checks run
    due (+ spread) nobody reads it: the day is quiet; approved: it goes out; with people and not approved: held,
                   and someone is told
    deadline       whatever has not gone out is missed, and someone is told

The rows decide, never the clock's memory: a process that was down does on its next ring what is due by
then. Every step is a conditional update or holds the occurrence's lease, so a second process finds nothing
left to do.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

import anyio
import structlog
from anyio import to_thread
from sqlalchemy import Connection

from digest.app import App
from digest.config.schema import Newsletter, Schedule
from digest.editions import occurrences as calendar
from digest.editions.choices import SCHEDULE, approvals
from digest.editions.occurrences import Occurrence
from digest.editions.preflight import Finding, goes
from digest.errors import DigestError, EditionError
from digest.flows.clock import troubles
from digest.flows.clock.follow import waiting_of
from digest.flows.collect.collect import collect
from digest.flows.edition import approve, preflight
from digest.flows.edition.build import build
from digest.flows.edition.refresh import refresh_edition
from digest.flows.notify import notices
from digest.model import Built, Edition, EditionEvent, EditionState, OccurrenceState
from digest.store import choices, counts, editions, occurrences

log = structlog.get_logger()

LEASE = timedelta(minutes=5)
REBUILD = timedelta(minutes=5)
CHECKS = 120.0  # seconds that the checks may take: the lease is longer, and the freeze comes minutes before the hour
UNREAD = "it has no readers"


async def ring(app: App) -> list[str]:
    """Do what is due now; return what was done, a line each.

    Whatever goes wrong with one newsletter is told, tried again later, and stops no other.
    """
    done: list[str] = []
    for name, newsletter in app.config.newsletters.items():
        now = app.now()
        try:
            waiting = await to_thread.run_sync(waiting_of, app, newsletter, now)
        except Exception as problem:
            done.append(f"{name}: {await troubles.of_newsletter(app, newsletter, problem)}")
            continue
        for occurrence in waiting:
            if occurrence.retry_at is not None and occurrence.retry_at > now:
                continue
            words = await _tried(app, newsletter, occurrence, now)
            if words:
                done.append(f"{name} {occurrence.date}: {words}")
                log.info("occurrence", newsletter=name, date=str(occurrence.date), did=words)
    return done + await troubles.left_behind(app)


async def _tried(app: App, newsletter: Newsletter, occurrence: Occurrence, now: datetime) -> str:
    """Do what is due for *occurrence*, and record whether it went well; return it in words."""
    try:
        words = await _advance(app, newsletter, occurrence, now)
    except Exception as problem:
        return await troubles.of_occurrence(app, newsletter, occurrence, problem)
    if words and occurrence.failures:
        await to_thread.run_sync(troubles.over, app, occurrence)
    return words


def moments(app: App, now: datetime) -> Iterator[datetime]:
    """Yield the coming moments at which a ring has something to do, for each newsletter."""
    for name, newsletter in app.config.newsletters.items():
        schedule = newsletter.schedule
        for due in calendar.upcoming(schedule, now - schedule.spread, 3 if schedule.spread else 2):
            start = calendar.start(schedule, name, due.astimezone(schedule.tz).date(), due)
            each = (due - schedule.lead, due - schedule.freeze, due, *([start] if start > due else ()))
            yield from (at for at in each if at > now)


async def _advance(  # noqa: PLR0911 - one answer for each thing that may be due
    app: App, newsletter: Newsletter, occurrence: Occurrence, now: datetime
) -> str:
    """Do the one thing that is due for *occurrence*; return it in words, "" for nothing."""
    schedule = newsletter.schedule
    edition = await to_thread.run_sync(_edition, app, occurrence)
    state = edition.state if edition else None
    if state is not None and state not in (EditionState.DRAFT, EditionState.APPROVED):
        return await _settled(app, occurrence, state)
    early = now < occurrence.due - schedule.freeze
    if edition is not None and early and await to_thread.run_sync(_thawed, app, edition):
        return "a draft again: it was frozen for an earlier hour"
    if now < occurrence.due - schedule.lead:
        return ""
    if now >= occurrence.deadline:
        return await to_thread.run_sync(_miss, app, newsletter, occurrence)
    if (
        now >= occurrence.due
        and edition is not None
        and not await to_thread.run_sync(_has_readers, app, newsletter.name)
    ):
        return await to_thread.run_sync(_unread, app, newsletter, occurrence)
    if state is EditionState.APPROVED:
        start = calendar.start(schedule, newsletter.name, occurrence.date, occurrence.due)
        return await to_thread.run_sync(_start, app, occurrence, now) if now >= start else ""
    automatic = schedule.approval == "automatic"
    watched = edition is not None and edition.watched_until is not None and edition.watched_until > now
    rested = edition is None or now - edition.now >= REBUILD
    if automatic and now >= occurrence.due - schedule.freeze:
        if "held" in occurrence.notified and (watched or not rested):
            return ""  # a person is asked; it is tried again all the same, for what was amber may be mended
        return await _leased(app, occurrence, partial(_freeze, app, newsletter, occurrence))
    if not automatic and now >= occurrence.due and edition is not None:
        return await to_thread.run_sync(_hold, app, newsletter, occurrence)
    if edition is None or (rested and not watched):
        return await _leased(app, occurrence, partial(_draft, app, newsletter, occurrence))
    if _unchecked(occurrence, schedule, now):
        return await _leased(app, occurrence, partial(_checked, app, newsletter.name, occurrence))
    return ""


def _edition(app: App, occurrence: Occurrence) -> Edition | None:
    with app.db.read() as connection:
        return editions.get(connection, occurrence.newsletter, occurrence.date, occurrence.issue)


def _thawed(app: App, edition: Edition) -> bool:
    """Make *edition* a draft again where the schedule, and no person, approved it; return whether it did."""
    if edition.state is not EditionState.APPROVED:
        return False
    with app.db.read() as connection:
        people = {one.by for one in approvals(choices.of(connection, edition.id), edition.revision)}
    return people == {SCHEDULE} and approve.withdraw(app, edition, SCHEDULE)


async def _leased(app: App, occurrence: Occurrence, act: Callable[[], object]) -> str:
    """Run *act* while this process alone holds the occurrence; "" when another one does."""

    def take() -> bool:
        with app.db.write() as connection:
            return occurrences.claim(connection, occurrence.id, LEASE)

    def give_back() -> None:
        with app.db.write() as connection:
            occurrences.release(connection, occurrence.id)

    if not await to_thread.run_sync(take):
        return ""
    try:
        made = act()
        return str(await made) if hasattr(made, "__await__") else str(made)
    finally:
        await to_thread.run_sync(give_back)


async def _draft(app: App, newsletter: Newsletter, occurrence: Occurrence) -> str:
    late = app.now() >= occurrence.due
    if late:  # perhaps nobody has read anything since we stood still
        await collect(app, names=(*newsletter.sources, *newsletter.witnesses))
    built = await to_thread.run_sync(build, app, newsletter.name, occurrence.date)
    if built.saved is None:
        return await to_thread.run_sync(_quiet, app, newsletter, occurrence) if late else ""
    await to_thread.run_sync(_drafted, app, newsletter, occurrence, built)
    if _unchecked(occurrence, newsletter.schedule, app.now()):
        await _checked(app, newsletter.name, occurrence)
    return f"draft, revision {built.saved.revision}, {len(built.edition.stories)} stories"


async def _freeze(app: App, newsletter: Newsletter, occurrence: Occurrence) -> str:
    """Read what is due, look at each own article once more, build for the last time, approve."""
    await collect(app, names=(*newsletter.sources, *newsletter.witnesses))
    built = await to_thread.run_sync(build, app, newsletter.name, occurrence.date)
    changes = await refresh_edition(app, built.edition) if built.saved else ()
    if changes:
        built = await to_thread.run_sync(build, app, newsletter.name, occurrence.date)
    frozen = built.saved
    if frozen is None:
        return await to_thread.run_sync(_quiet, app, newsletter, occurrence)
    await _look(app, newsletter.name, occurrence)
    found = await to_thread.run_sync(preflight.listed, app, newsletter.name, occurrence.date)
    if newsletter.schedule.unattended == "hold" and not goes(found, "hold") and goes(found, "send"):
        return await to_thread.run_sync(_hold, app, newsletter, occurrence, found)
    approved = await to_thread.run_sync(approve.freeze, app, frozen, SCHEDULE)
    if not approved.approved:
        raise DigestError(approved.words, where=f"{newsletter.name} {occurrence.date}")
    said = "".join(f"; {change}" for change in changes)
    return f"approved by the schedule, revision {frozen.revision}{said}"


def _unchecked(occurrence: Occurrence, schedule: Schedule, now: datetime) -> bool:
    """Return whether people are about to decide and the checks were not run for them; the schedule runs its own."""
    soon = now >= occurrence.due - schedule.freeze
    return schedule.approval != "automatic" and soon and "checked" not in occurrence.notified


async def _checked(app: App, name: str, occurrence: Occurrence) -> str:
    """Run the checks once before people decide."""
    await _look(app, name, occurrence)

    def told() -> None:
        with app.db.write() as connection:
            occurrences.notify_once(connection, occurrence.id, "checked")

    await to_thread.run_sync(told)
    return "the checks were run"


async def _look(app: App, name: str, occurrence: Occurrence) -> None:
    """Run the checks; what goes wrong with that leaves them as not run, which is amber, and holds nothing up."""
    with anyio.move_on_after(CHECKS):
        try:
            await preflight.look(app, name, occurrence.date)
        except Exception as problem:
            log.warning("occurrence.checks", newsletter=name, date=str(occurrence.date), why=str(problem))


def _drafted(app: App, newsletter: Newsletter, occurrence: Occurrence, built: Built) -> None:
    with app.db.write() as connection:
        building = (OccurrenceState.WAITING,)
        occurrences.settle(connection, occurrence.id, OccurrenceState.BUILDING, was=building)
        if occurrences.notify_once(connection, occurrence.id, "draft"):
            notices.draft_ready(app, connection, newsletter, occurrence, built)


def _quiet(app: App, newsletter: Newsletter, occurrence: Occurrence) -> str:
    with app.db.write() as connection:
        if occurrences.settle(
            connection, occurrence.id, OccurrenceState.QUIET, "nothing new since the last edition"
        ):
            _cancel(connection, occurrence, app.now())
            notices.quiet(app, connection, newsletter, occurrence)
    return "quiet: nothing new since the last edition, so no mail"


def _has_readers(app: App, name: str) -> bool:
    """Return whether an edition would reach anybody: a reader, or a seed address of our own."""
    with app.db.read() as connection:
        return bool(app.config.newsletters[name].seeds) or counts.any_reader(connection, name)


def _unread(app: App, newsletter: Newsletter, occurrence: Occurrence) -> str:
    """End a day that nobody reads: no mail, no alarm at each ring; told on the first such day in a row."""
    with app.db.write() as connection:
        before = [
            one for one in occurrences.latest(connection, newsletter.name, 7) if one.date < occurrence.date
        ]
        if not occurrences.settle(
            connection, occurrence.id, OccurrenceState.QUIET, UNREAD, due=occurrence.due
        ):
            return ""
        _cancel(connection, occurrence, app.now())
        if not before or before[0].note != UNREAD:
            notices.unread(app, connection, newsletter, occurrence)
    return f"quiet: {UNREAD}, so no mail"


def _hold(app: App, newsletter: Newsletter, occurrence: Occurrence, found: Sequence[Finding] = ()) -> str:
    with app.db.write() as connection:
        if not occurrences.notify_once(connection, occurrence.id, "held"):
            return ""
        notices.held(app, connection, newsletter, occurrence, found)
    amber = sum(one.level == "warn" for one in found)
    return f"held: {amber} checks are amber" if amber else "held: nobody has approved it"


def _miss(app: App, newsletter: Newsletter, occurrence: Occurrence) -> str:
    with app.db.write() as connection:
        if not occurrences.settle(
            connection, occurrence.id, OccurrenceState.MISSED, "its freshness deadline passed"
        ):
            return ""
        _cancel(connection, occurrence, app.now())
        notices.missed(app, connection, newsletter, occurrence)
    return "missed: its freshness deadline passed"


def _cancel(connection: Connection, occurrence: Occurrence, now: datetime) -> None:
    """Cancel what was built for *occurrence* and never went out."""
    edition = editions.get(connection, occurrence.newsletter, occurrence.date, occurrence.issue)
    if edition is not None:
        editions.transition(connection, edition.id, EditionEvent.MISS, at=now)


def _start(app: App, occurrence: Occurrence, now: datetime) -> str:
    """Let the edition go: the sender finds it by its state.

    The occurrence must still be open and due at the same moment: the configuration may have changed just now.
    """
    with app.db.write() as connection:
        edition = editions.get(connection, occurrence.newsletter, occurrence.date, occurrence.issue)
        if edition is None or edition.state is not EditionState.APPROVED:
            return ""
        if not occurrences.settle(connection, occurrence.id, OccurrenceState.DONE, due=occurrence.due):
            return ""
        if not editions.transition(connection, edition.id, EditionEvent.BEGIN, at=now):
            raise EditionError("changed a moment ago", where=f"{occurrence.newsletter} {occurrence.date}")
    return f"sending revision {edition.revision}"


async def _settled(app: App, occurrence: Occurrence, state: EditionState) -> str:
    """Close the occurrence of an edition that a person sent or cancelled."""

    def close() -> bool:
        ended = OccurrenceState.SKIPPED if state is EditionState.CANCELLED else OccurrenceState.DONE
        with app.db.write() as connection:
            return occurrences.settle(connection, occurrence.id, ended, "by hand")

    return f"is {state} already" if await to_thread.run_sync(close) else ""
