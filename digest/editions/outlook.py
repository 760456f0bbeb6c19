"""Outlook: how an edition stands to its hour, as every page says it: coming, late, missed, gone out, or by hand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from digest.model import EditionState, OccurrenceState

Kind = Literal["coming", "starting", "late", "missed", "by hand", "stopped", "gone", "over"]
OPEN = (OccurrenceState.WAITING, OccurrenceState.BUILDING)
BEFORE = (EditionState.DRAFT, EditionState.APPROVED)


@dataclass(frozen=True, slots=True)
class Outlook:
    """How an edition stands to its hour. *due* and *deadline* are in UTC."""

    kind: Kind
    due: datetime
    deadline: datetime

    @property
    def red(self) -> bool:
        """Whether readers get it late, or not at all, unless a person does something."""
        return self.kind in ("late", "missed")


def outlook(
    state: EditionState | None,
    occurrence: OccurrenceState | None,
    *,
    begun: bool,
    scheduled: bool,
    due: datetime,
    deadline: datetime,
    now: datetime,
) -> Outlook:
    """Return the outlook of a day's edition in *state* (None: there is none yet).

    *occurrence* is the state of the day's row, None where the clock has not made one; *scheduled* says whether the
    newsletter comes out on that day; *begun* says that some of it has gone out.
    """
    return Outlook(_kind(state, occurrence, begun, scheduled, due, deadline, now), due, deadline)


def _kind(
    state: EditionState | None,
    occurrence: OccurrenceState | None,
    begun: bool,
    scheduled: bool,
    due: datetime,
    deadline: datetime,
    now: datetime,
) -> Kind:
    if state is EditionState.CANCELLED:
        return "missed" if occurrence is OccurrenceState.MISSED else "over"
    if state is not None and state not in BEFORE:
        return "gone"
    if begun:
        return "stopped"
    if occurrence is OccurrenceState.MISSED:
        return "missed"
    if occurrence not in OPEN and (occurrence is not None or not scheduled):
        return "by hand"
    if now < due:
        return "coming"
    if now >= deadline:
        return "missed"
    return "starting" if state is EditionState.APPROVED else "late"
