"""One step of a newsletter's day: what is due is decided (`editions/due.py`), done once, and said in words.

    due - lead     the draft is built, and built again while articles come in
    due - freeze   automatic: each own article is looked at once more, the checks run, the last build is approved,
                   or held for a person where a check found something and `unattended` says so; else the checks run
    due (+ spread) nobody reads it: the day is quiet; approved: it goes out; with people and not approved: held,
                   and someone is notified
    deadline       whatever has not gone out is missed, and someone is notified

Every step is a conditional update or holds the occurrence's lease, so a second process finds nothing left to do.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import anyio
import structlog
from anyio import to_thread
from sqlalchemy import Connection

from digest.app import App
from digest.config.schema import Newsletter
from digest.editions import notices
from digest.editions.choices import SCHEDULE, approvals
from digest.editions.due import Day, Step, next_step, unchecked
from digest.editions.occurrences import Occurrence
from digest.editions.preflight import Finding, goes
from digest.errors import DigestError, EditionError
from digest.flows.collect.collect import collect
from digest.flows.edition import approve, preflight
from digest.flows.edition.build import build
from digest.flows.edition.refresh import refresh_edition
from digest.model import Built, EditionEvent, EditionState, OccurrenceState
from digest.store import choices, counts, editions, occurrences

log = structlog.get_logger()

LEASE = timedelta(minutes=5)
CHECKS = 120.0  # seconds that the checks may take: the lease is longer, and the freeze comes minutes before the hour
UNREAD = "it has no readers"


async def step(app: App, newsletter: Newsletter, occurrence: Occurrence, now: datetime) -> str:
    """Do the one thing that is due for *occurrence*; return it in words, "" for nothing."""
    day = await to_thread.run_sync(_day, app, newsletter, occurrence, now)
    match next_step(newsletter.schedule, day, now):
        case Step.FREEZE:
            return await _leased(app, occurrence, partial(_freeze, app, newsletter, occurrence))
        case Step.DRAFT:
            return await _leased(app, occurrence, partial(_draft, app, newsletter, occurrence))
        case Step.CHECK:
            return await _leased(app, occurrence, partial(_checked, app, newsletter.name, occurrence))
        case other:
            return await to_thread.run_sync(_at_once, app, newsletter, day, other, now)


def _day(app: App, newsletter: Newsletter, occurrence: Occurrence, now: datetime) -> Day:
    """Return what is known of the day: an edition would reach a reader, or a seed address of our own."""
    name = newsletter.name
    with app.db.read() as connection:
        edition = editions.get(connection, occurrence.newsletter, occurrence.date, occurrence.issue)
        approved = edition is not None and edition.state is EditionState.APPROVED
        people = (
            approvals(choices.of(connection, edition.id), edition.revision) if edition and approved else ()
        )
        readers = now < occurrence.due or bool(newsletter.seeds) or counts.any_reader(connection, name)
    by_schedule = approved and {one.by for one in people} == {SCHEDULE}
    return Day(occurrence=occurrence, edition=edition, schedule_approved=by_schedule, readers=readers)


def _at_once(app: App, newsletter: Newsletter, day: Day, due: Step, now: datetime) -> str:
    """Do what takes a single transaction."""
    occurrence, edition = day.occurrence, day.edition
    match due:
        case Step.CLOSE if edition is not None:
            return _close(app, occurrence, edition.state)
        case Step.THAW if edition is not None:
            thawed = approve.withdraw(app, edition, SCHEDULE)
            return "a draft again: it was frozen for an earlier hour" if thawed else ""
        case Step.MISS:
            return _miss(app, newsletter, occurrence)
        case Step.UNREAD:
            return _unread(app, newsletter, occurrence)
        case Step.SEND:
            return _start(app, occurrence, now)
        case Step.HOLD:
            return _hold(app, newsletter, occurrence)
        case _:
            return ""


async def _leased(app: App, occurrence: Occurrence, act: Callable[[], object]) -> str:
    """Run *act* while this process alone holds the occurrence; "" when another one does."""

    def claim() -> bool:
        with app.db.write() as connection:
            return occurrences.claim(connection, occurrence.id, LEASE)

    def release() -> None:
        with app.db.write() as connection:
            occurrences.release(connection, occurrence.id)

    if not await to_thread.run_sync(claim):
        return ""
    try:
        made = act()
        return str(await made) if hasattr(made, "__await__") else str(made)
    finally:
        await to_thread.run_sync(release)


async def _draft(app: App, newsletter: Newsletter, occurrence: Occurrence) -> str:
    late = app.now() >= occurrence.due
    if late:  # perhaps nobody has read anything since we stood still
        await collect(app, names=(*newsletter.sources, *newsletter.witnesses))
    built = await to_thread.run_sync(build, app, newsletter.name, occurrence.date)
    if built.saved is None:
        return await to_thread.run_sync(_quiet, app, newsletter, occurrence) if late else ""
    await to_thread.run_sync(_drafted, app, newsletter, occurrence, built)
    if unchecked(occurrence, newsletter.schedule, app.now()):
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
    await _run_checks(app, newsletter.name, occurrence)
    found = await to_thread.run_sync(preflight.findings, app, newsletter.name, occurrence.date)
    if newsletter.schedule.unattended == "hold" and not goes(found, "hold") and goes(found, "send"):
        return await to_thread.run_sync(_hold, app, newsletter, occurrence, found)
    approved = await to_thread.run_sync(approve.freeze, app, frozen, SCHEDULE)
    if not approved.approved:
        raise DigestError(approved.words, where=f"{newsletter.name} {occurrence.date}")
    said = "".join(f"; {change}" for change in changes)
    return f"approved by the schedule, revision {frozen.revision}{said}"


async def _checked(app: App, name: str, occurrence: Occurrence) -> str:
    """Run the checks once before people decide."""
    await _run_checks(app, name, occurrence)

    def record() -> None:
        with app.db.write() as connection:
            occurrences.notify_once(connection, occurrence.id, "checked")

    await to_thread.run_sync(record)
    return "the checks were run"


async def _run_checks(app: App, name: str, occurrence: Occurrence) -> None:
    """Run the checks; what goes wrong with that leaves them as not run, which is amber, and holds nothing up."""
    with anyio.move_on_after(CHECKS):
        try:
            await preflight.run_checks(app, name, occurrence.date)
        except Exception as problem:
            log.warning("occurrence.checks", newsletter=name, date=str(occurrence.date), why=str(problem))


def _drafted(app: App, newsletter: Newsletter, occurrence: Occurrence, built: Built) -> None:
    with app.db.write() as connection:
        building = (OccurrenceState.WAITING,)
        occurrences.settle(connection, occurrence.id, OccurrenceState.BUILDING, was=building)
        if occurrences.notify_once(connection, occurrence.id, "draft"):
            app.notify(connection, notices.draft_ready(newsletter, occurrence, built, app.config.site.url))


def _quiet(app: App, newsletter: Newsletter, occurrence: Occurrence) -> str:
    with app.db.write() as connection:
        if occurrences.settle(
            connection, occurrence.id, OccurrenceState.QUIET, "nothing new since the last edition"
        ):
            _cancel(connection, occurrence, app.now())
            app.notify(connection, notices.quiet(newsletter, occurrence))
    return "quiet: nothing new since the last edition, so no mail"


def _unread(app: App, newsletter: Newsletter, occurrence: Occurrence) -> str:
    """End a day that nobody reads: no mail, no alarm at each tick; said on the first such day in a row."""
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
            app.notify(connection, notices.unread(newsletter, occurrence))
    return f"quiet: {UNREAD}, so no mail"


def _hold(app: App, newsletter: Newsletter, occurrence: Occurrence, found: Sequence[Finding] = ()) -> str:
    with app.db.write() as connection:
        if not occurrences.notify_once(connection, occurrence.id, "held"):
            return ""
        app.notify(connection, notices.held(newsletter, occurrence, found, app.config.site.url))
    amber = sum(one.level == "warn" for one in found)
    return f"held: {amber} checks are amber" if amber else "held: nobody has approved it"


def _miss(app: App, newsletter: Newsletter, occurrence: Occurrence) -> str:
    with app.db.write() as connection:
        if not occurrences.settle(
            connection, occurrence.id, OccurrenceState.MISSED, "its freshness deadline passed"
        ):
            return ""
        _cancel(connection, occurrence, app.now())
        app.notify(connection, notices.missed(newsletter, occurrence))
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


def _close(app: App, occurrence: Occurrence, state: EditionState) -> str:
    """Close the occurrence of an edition that a person sent or cancelled."""
    ended = OccurrenceState.SKIPPED if state is EditionState.CANCELLED else OccurrenceState.DONE
    with app.db.write() as connection:
        closed = occurrences.settle(connection, occurrence.id, ended, "by hand")
    return f"is {state} already" if closed else ""
