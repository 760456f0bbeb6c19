"""Corrections: which revision each reader got, and who is to hear that an earlier one was wrong."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, func, insert, select, update

from digest.editions.revisions import GOT, Revisions, Told
from digest.model import DeliveryState, Edition, EditionEvent, EditionState
from digest.store.editions import by_id, transition
from digest.store.schema import deliveries, editions
from digest.store.statements import Query


def reopen(connection: Connection, edition: int, now: datetime) -> bool:
    """Make an edition on its way a draft again and void every claim on its rows; return whether it was one.

    A worker that has not noticed yet holds claims that are nobody's now: its marks fail, so nothing that it
    has composed goes out. What was marked before stays marked: it is in a relay's hands, in its revision.
    """
    if not transition(connection, edition, EditionEvent.REOPEN, at=now):
        return False
    held = (deliveries.c.edition_id == edition, deliveries.c.state == DeliveryState.SENDING)
    free = {"state": DeliveryState.QUEUED, "claim": "", "lease": None, "at": now}
    connection.execute(update(deliveries).where(*held).values(**free))
    return True


def revisions_of(connection: Connection, saved: Edition) -> Revisions:
    """Return who has which revision of the edition *saved*, and what came of the correction mails about it."""
    mails = of(connection, saved.id)
    rows = _rows(connection, [saved.id, *(mail.id for mail in mails)])
    told = tuple(_of_mail(mail, rows.get(mail.id, {})) for mail in mails)
    return Revisions(
        standing=saved.revision,
        state=saved.state,
        begun=saved.started_at is not None,
        rows=rows.get(saved.id, {}),
        told=told,
    )


def _rows(connection: Connection, ids: Collection[int]) -> dict[int, dict[int, dict[DeliveryState, int]]]:
    """Return how many rows of each edition of *ids* are in which revision and state."""
    by = (deliveries.c.edition_id, deliveries.c.revision, deliveries.c.state)
    query = select(*by, func.count()).where(deliveries.c.edition_id.in_(ids)).group_by(*by)
    found: dict[int, dict[int, dict[DeliveryState, int]]] = {}
    for edition, revision, state, count in connection.execute(query):
        found.setdefault(edition, {}).setdefault(revision, {})[DeliveryState(state)] = count
    return found


def _of_mail(mail: Edition, rows: Mapping[int, Mapping[DeliveryState, int]]) -> Told:
    states = [pair for each in rows.values() for pair in each.items()]
    return Told(
        id=mail.id,
        revision=mail.corrected,
        subject=mail.subject,
        words=mail.note,
        state=mail.state,
        at=mail.started_at or mail.now,
        got=sum(count for state, count in states if state in GOT),
        total=sum(count for _, count in states),
    )


def of_those_who_got_it(audience: Query, saved: Edition) -> Query:
    """Return *audience*; for a correction mail only those of it who got a wrong revision, as the ledger says."""
    if not saved.corrects:
        return audience
    readers = audience.subquery()
    wrong = (
        deliveries.c.edition_id == saved.corrects,
        deliveries.c.subscriber_id == readers.c.subscriber_id,
        deliveries.c.revision < saved.corrected,
        deliveries.c.state.in_(GOT),
    )
    return select(readers).join(deliveries, and_(*wrong))


def begin(
    connection: Connection,
    wrong: Edition,
    *,
    subject: str,
    preheader: str,
    note: str,
    now: datetime,
    config_sha256: str,
) -> Edition | None:
    """Store the correction mail about *wrong* as an edition of its own; None where there is one for this revision."""
    where = (editions.c.corrects == wrong.id, editions.c.corrected == wrong.revision)
    if connection.execute(select(editions.c.id).where(*where)).first():
        return None
    values = {
        "newsletter": wrong.newsletter,
        "date": wrong.date,
        "issue": wrong.issue,
        "state": EditionState.APPROVED,
        "revision": 1,
        "now": now,
        "since": wrong.since,
        "config_sha256": config_sha256,
        "subject": subject,
        "preheader": preheader,
        "note": note,
        "approved_at": now,
        "corrects": wrong.id,
        "corrected": wrong.revision,
    }
    number = connection.execute(insert(editions).values(**values).returning(editions.c.id)).scalar_one()
    return by_id(connection, number)


def of(connection: Connection, edition: int) -> list[Edition]:
    """Return the correction mails about *edition*, oldest first."""
    query = select(editions.c.id).where(editions.c.corrects == edition).order_by(editions.c.id)
    found = (by_id(connection, number) for number in connection.execute(query).scalars().all())
    return [one for one in found if one is not None]


def revisions(connection: Connection, edition: int, before: int) -> list[int]:
    """Return the revisions earlier than *before* that readers got."""
    mine = (deliveries.c.edition_id == edition, deliveries.c.revision < before, deliveries.c.state.in_(GOT))
    return sorted(connection.execute(select(deliveries.c.revision).where(*mine).distinct()).scalars())
