"""Occurrences: one row for each newsletter and local date, unique, so that no day is built or sent twice."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Row, or_, select, update

from digest.model import OccurrenceState
from digest.store.engine import clock
from digest.store.schema import occurrences
from digest.store.sql import insert_new

OPEN = (OccurrenceState.WAITING, OccurrenceState.BUILDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """That a newsletter is due on a local date; *deadline* is when it is too late."""

    id: int
    newsletter: str
    date: date
    due: datetime
    deadline: datetime
    state: OccurrenceState
    note: str = ""
    notified: tuple[str, ...] = ()


def ensure(
    connection: Connection,
    newsletter: str,
    day: date,
    *,
    due: datetime,
    deadline: datetime,
    state: OccurrenceState = OccurrenceState.WAITING,
    note: str = "",
) -> Occurrence:
    """Return the occurrence of *newsletter* on *day*, made now if there was none."""
    row = {
        "newsletter": newsletter,
        "date": day,
        "due": due,
        "deadline": deadline,
        "state": state,
        "note": note,
    }
    insert_new(connection, occurrences, {**row, "notified": []})
    found = get(connection, newsletter, day)
    assert found is not None
    return found


def get(connection: Connection, newsletter: str, day: date) -> Occurrence | None:
    """Return the occurrence of *newsletter* on *day*, or None."""
    where = (occurrences.c.newsletter == newsletter, occurrences.c.date == day)
    row = connection.execute(select(occurrences).where(*where)).one_or_none()
    return _occurrence(row) if row else None


def latest(connection: Connection, newsletter: str, limit: int = 1) -> list[Occurrence]:
    """Return the newest occurrences of *newsletter*, newest first."""
    query = select(occurrences).where(occurrences.c.newsletter == newsletter)
    return [
        _occurrence(row) for row in connection.execute(query.order_by(occurrences.c.date.desc()).limit(limit))
    ]


def unsettled(connection: Connection, newsletter: str) -> list[Occurrence]:
    """Return the occurrences of *newsletter* that still wait for something, oldest first."""
    query = select(occurrences).where(occurrences.c.newsletter == newsletter, occurrences.c.state.in_(OPEN))
    return [_occurrence(row) for row in connection.execute(query.order_by(occurrences.c.date))]


def claim(connection: Connection, occurrence: int, lease: timedelta) -> bool:
    """Take the occurrence for this process until *lease* is over by the database's clock; False if it is taken."""
    now = clock(connection)
    free = or_(occurrences.c.claimed_until.is_(None), occurrences.c.claimed_until < now)
    statement = update(occurrences).where(occurrences.c.id == occurrence, occurrences.c.state.in_(OPEN), free)
    return connection.execute(statement.values(claimed_until=now + lease)).rowcount == 1


def release(connection: Connection, occurrence: int) -> None:
    """Give the occurrence back before its lease is over."""
    connection.execute(update(occurrences).where(occurrences.c.id == occurrence).values(claimed_until=None))


def settle(
    connection: Connection,
    occurrence: int,
    state: OccurrenceState,
    note: str = "",
    *,
    was: Collection[OccurrenceState] = OPEN,
) -> bool:
    """Move the occurrence to *state* if it still is in one of *was*; return whether it moved."""
    where = (occurrences.c.id == occurrence, occurrences.c.state.in_(was))
    return connection.execute(update(occurrences).where(*where).values(state=state, note=note)).rowcount == 1


def notify_once(connection: Connection, occurrence: int, kind: str) -> bool:
    """Return True for the first caller who wants to tell people *kind* about this occurrence, else False."""
    query = select(occurrences.c.notified).where(occurrences.c.id == occurrence).with_for_update()
    told = list(connection.execute(query).scalar_one())
    if kind in told:
        return False
    connection.execute(
        update(occurrences).where(occurrences.c.id == occurrence).values(notified=[*told, kind])
    )
    return True


def _occurrence(row: Row) -> Occurrence:  # type: ignore[type-arg]
    return Occurrence(
        id=row.id,
        newsletter=row.newsletter,
        date=row.date,
        due=row.due,
        deadline=row.deadline,
        state=OccurrenceState(row.state),
        note=row.note,
        notified=tuple(row.notified),
    )
