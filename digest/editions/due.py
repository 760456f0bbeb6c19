"""What is due for a day of a newsletter at a moment: one step, by what its rows say. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from digest.config.schema import Schedule
from digest.editions.occurrences import Occurrence, start
from digest.model import Edition, EditionState

REBUILD = timedelta(minutes=5)


class Step(Enum):
    """What a scheduler tick does for one day."""

    NOTHING = auto()
    CLOSE = auto()  # a person sent or cancelled its edition
    THAW = auto()  # the schedule approved it for an earlier hour: it is a draft again
    MISS = auto()  # too late
    UNREAD = auto()  # nobody would get it
    SEND = auto()
    FREEZE = auto()  # build for the last time, check, approve
    HOLD = auto()  # it is time, and nobody has approved
    DRAFT = auto()  # build, or build again
    CHECK = auto()  # people are about to decide


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What is known of a day: its *occurrence* and *edition*, whether the *schedule_approved* it, and has *readers*."""

    occurrence: Occurrence
    edition: Edition | None
    schedule_approved: bool = False  # and no person
    readers: bool = True


def next_step(schedule: Schedule, day: Day, now: datetime) -> Step:
    """Return what is to be done for *day* at *now*."""
    occurrence, edition = day.occurrence, day.edition
    state = edition.state if edition else None
    if state not in (None, EditionState.DRAFT, EditionState.APPROVED):
        return Step.CLOSE
    if state is EditionState.APPROVED and now < occurrence.due - schedule.freeze and day.schedule_approved:
        return Step.THAW
    if now < occurrence.due - schedule.lead:
        return Step.NOTHING
    if now >= occurrence.deadline:
        return Step.MISS
    if now >= occurrence.due and edition is not None and not day.readers:
        return Step.UNREAD
    if state is EditionState.APPROVED:
        goes = start(schedule, occurrence.newsletter, occurrence.date, occurrence.due)
        return Step.SEND if now >= goes else Step.NOTHING
    return _of_draft(schedule, occurrence, edition, now)


def _of_draft(schedule: Schedule, occurrence: Occurrence, edition: Edition | None, now: datetime) -> Step:
    automatic = schedule.approval == "automatic"
    open_in_editor = edition is not None and edition.watched_until is not None and edition.watched_until > now
    rested = edition is None or now - edition.now >= REBUILD
    if automatic and now >= occurrence.due - schedule.freeze:
        # where a person is asked it is tried again all the same, for what was amber may be mended
        waits = "held" in occurrence.notified and (open_in_editor or not rested)
        return Step.NOTHING if waits else Step.FREEZE
    if not automatic and now >= occurrence.due and edition is not None:
        return Step.HOLD
    if edition is None or (rested and not open_in_editor):
        return Step.DRAFT
    return Step.CHECK if unchecked(occurrence, schedule, now) else Step.NOTHING


def unchecked(occurrence: Occurrence, schedule: Schedule, now: datetime) -> bool:
    """Return whether people are about to decide and the checks were not run for them; the schedule runs its own."""
    soon = now >= occurrence.due - schedule.freeze
    return schedule.approval != "automatic" and soon and "checked" not in occurrence.notified
