"""Occurrences: one row for each newsletter, local date and issue, unique, so that none is built or sent twice."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Executable, RowMapping, and_, delete, or_, select, update

from digest.editions.occurrences import Occurrence
from digest.editions.reschedule import Change
from digest.model import MAIN, OccurrenceState
from digest.store.engine import clock
from digest.store.schema import clocks, occurrences
from digest.store.statements import insert_new

OPEN = (OccurrenceState.WAITING, OccurrenceState.BUILDING)


def write(connection: Connection, newsletter: str, change: Change, issue: str = MAIN) -> bool:
    """Make the row of *newsletter* that *change* asks for, or move the one that it names; return whether it was done.

    A day that has a row of this *issue* gets no second one, and one that is settled for good is not moved.
    """
    values = {"due": change.due, "deadline": change.deadline, "state": change.state, "note": change.note}
    if not change.id:
        fresh = {**values, "newsletter": newsletter, "date": change.day, "issue": issue, "notified": []}
        return insert_new(connection, occurrences, fresh) == 1
    mine = (occurrences.c.id == change.id, occurrences.c.state.in_((*OPEN, OccurrenceState.SKIPPED)))
    # What was told or tried for the moment that it had says nothing about the new one.
    kept = [one for one in _notified(connection, change.id) if one not in ("held", "failed", "checked")]
    again = {**values, "notified": kept, "failures": 0, "retry_at": None}
    return connection.execute(update(occurrences).where(*mine).values(**again)).rowcount == 1


def known(
    connection: Connection, newsletter: str, since: date, notes: Collection[str], issue: str = MAIN
) -> list[Occurrence]:
    """Return what the calendar must know: the rows since a date, the open ones, and those skipped with one of *notes*.

    In a transaction that writes they are locked: nobody else settles them meanwhile.
    """
    skipped = and_(occurrences.c.state == OccurrenceState.SKIPPED, occurrences.c.note.in_(notes))
    wanted = or_(occurrences.c.date >= since, occurrences.c.state.in_(OPEN), skipped)
    query = select(occurrences).where(*_of(newsletter, issue), wanted)
    return _all(connection, query.order_by(occurrences.c.date).with_for_update())


def last_tick(connection: Connection, newsletter: str) -> datetime | None:
    """Return when the scheduler last looked at *newsletter*; None when it never did."""
    found: datetime | None = connection.execute(
        select(clocks.c.rang_at).where(clocks.c.newsletter == newsletter)
    ).scalar()
    return found


def record_tick(connection: Connection, newsletter: str, at: datetime) -> None:
    """Record that the scheduler looked at *newsletter*; of two processes' clocks the later one counts."""
    if insert_new(connection, clocks, {"newsletter": newsletter, "rang_at": at}) == 0:
        mine = (clocks.c.newsletter == newsletter, clocks.c.rang_at < at)
        connection.execute(update(clocks).where(*mine).values(rang_at=at))


def left_behind(connection: Connection, newsletters: Collection[str]) -> list[Occurrence]:
    """Return the open occurrences of newsletters other than *newsletters*, and forget the last ticks of those."""
    connection.execute(delete(clocks).where(clocks.c.newsletter.not_in(newsletters)))
    others = (occurrences.c.newsletter.not_in(newsletters), occurrences.c.state.in_(OPEN))
    query = select(occurrences).where(*others).order_by(occurrences.c.newsletter, occurrences.c.date)
    return _all(connection, query)


def failed(connection: Connection, occurrence: int, retry_at: datetime) -> bool:
    """Record that a try failed; return whether it is the first in a row."""
    values = {"failures": occurrences.c.failures + 1, "retry_at": retry_at}
    query = update(occurrences).where(occurrences.c.id == occurrence).values(**values)
    count: int = connection.execute(query.returning(occurrences.c.failures)).scalar_one()
    return count == 1


def recovered(connection: Connection, occurrence: int) -> None:
    """Record that a try went well after some that failed: the next failure is reported anew."""
    connection.execute(
        update(occurrences).where(occurrences.c.id == occurrence).values(failures=0, retry_at=None)
    )


def get(connection: Connection, newsletter: str, day: date, issue: str = MAIN) -> Occurrence | None:
    """Return the occurrence of *newsletter* on *day*, or None."""
    found = _all(connection, select(occurrences).where(*_of(newsletter, issue), occurrences.c.date == day))
    return found[0] if found else None


def latest(connection: Connection, newsletter: str, limit: int = 1, issue: str = MAIN) -> list[Occurrence]:
    """Return the newest occurrences of *newsletter*, newest first."""
    query = select(occurrences).where(*_of(newsletter, issue))
    return _all(connection, query.order_by(occurrences.c.date.desc()).limit(limit))


def unsettled(connection: Connection, newsletter: str, issue: str = MAIN) -> list[Occurrence]:
    """Return the occurrences of *newsletter* that still wait for something, oldest first."""
    query = select(occurrences).where(*_of(newsletter, issue), occurrences.c.state.in_(OPEN))
    return _all(connection, query.order_by(occurrences.c.date))


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
    due: datetime | None = None,
) -> bool:
    """Move the occurrence to *state* if it still is in one of *was*, and due at *due*; return whether it moved."""
    where = [occurrences.c.id == occurrence, occurrences.c.state.in_(was)]
    if due is not None:
        where.append(occurrences.c.due == due)
    return connection.execute(update(occurrences).where(*where).values(state=state, note=note)).rowcount == 1


def notify_once(connection: Connection, occurrence: int, kind: str) -> bool:
    """Return True for the first caller who wants to tell people *kind* about this occurrence, else False."""
    notified = _notified(connection, occurrence)
    if kind in notified:
        return False
    connection.execute(
        update(occurrences).where(occurrences.c.id == occurrence).values(notified=[*notified, kind])
    )
    return True


def _notified(connection: Connection, occurrence: int) -> list[str]:
    query = select(occurrences.c.notified).where(occurrences.c.id == occurrence).with_for_update()
    return list(connection.execute(query).scalar_one())


def _of(newsletter: str, issue: str) -> tuple[ColumnElement[bool], ...]:
    return occurrences.c.newsletter == newsletter, occurrences.c.issue == issue


def _all(connection: Connection, query: Executable) -> list[Occurrence]:
    return [_occurrence(row) for row in connection.execute(query).mappings()]


def _occurrence(row: RowMapping) -> Occurrence:
    return Occurrence(
        id=row["id"],
        newsletter=row["newsletter"],
        date=row["date"],
        issue=row["issue"],
        due=row["due"],
        deadline=row["deadline"],
        state=OccurrenceState(row["state"]),
        note=row["note"],
        notified=tuple(row["notified"]),
        failures=row["failures"],
        retry_at=row["retry_at"],
    )
