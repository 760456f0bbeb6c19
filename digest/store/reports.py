"""Questions to the ledger: who is in a state, and what became of one reader's mails."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, select

from digest.model import DeliveryState, EditionState
from digest.store.deliveries import plan
from digest.store.editions import existing
from digest.store.schema import deliveries, delivery_events, editions, variants


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A delivery as a report shows it: ids, never addresses. *reply* is the last answer (code, queue id)."""

    delivery: int
    newsletter: str
    date: date
    subscriber: int
    revision: int
    sha256: str  # of what she got, the same as in the preview; "" where that was never rendered
    state: DeliveryState
    at: datetime
    attempts: int
    code: int
    reply: str
    relay: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a delivery, other than a plain acceptance."""

    at: datetime
    state: DeliveryState
    code: int
    text: str


MAILED = (
    select(variants.c.sha256)
    .where(variants.c.edition_id == deliveries.c.edition_id, variants.c.revision == deliveries.c.revision)
    .order_by(variants.c.id)
    .limit(1)
    .scalar_subquery()
)
_ROW = select(deliveries, editions.c.newsletter, editions.c.date, MAILED.label("sha256")).join(
    editions, editions.c.id == deliveries.c.edition_id
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How an edition stands: its state, and how many of its rows are in which."""

    edition: int
    newsletter: str
    date: date
    state: EditionState
    counts: dict[DeliveryState, int]
    why: str = ""  # it is halted

    @property
    def readers(self) -> int:
        """How many rows there are."""
        return sum(self.counts.values())


def sent(connection: Connection, edition_id: int) -> Sent:
    """Return how the edition with this id stands at this moment; raise EditionError when there is none."""
    saved = existing(connection, edition_id)
    return Sent(
        edition=saved.id,
        newsletter=saved.newsletter,
        date=saved.date,
        state=saved.state,
        counts=plan.counts(connection, edition_id),
        why=saved.halt,
    )


def in_state(
    connection: Connection, edition: int, state: DeliveryState, *, after: int = 0, limit: int = 1000
) -> list[Row]:
    """Return the rows of *edition* in *state* with ids above *after*, in the order of their ids."""
    where = (deliveries.c.edition_id == edition, deliveries.c.state == state, deliveries.c.id > after)
    return [
        _row(row)
        for row in connection.execute(_ROW.where(*where).order_by(deliveries.c.id).limit(limit)).mappings()
    ]


def of_reader(connection: Connection, subscriber: int, *, limit: int = 30) -> list[Row]:
    """Return the newest rows of one reader, the newest first: "did she get it?"."""
    query = _ROW.where(deliveries.c.subscriber_id == subscriber).order_by(deliveries.c.id.desc())
    return [_row(row) for row in connection.execute(query.limit(limit)).mappings()]


def by_id(connection: Connection, delivery: int) -> Row | None:
    """Return one row, or None."""
    row = connection.execute(_ROW.where(deliveries.c.id == delivery)).mappings().one_or_none()
    return _row(row) if row else None


def events(connection: Connection, delivery: int) -> list[Event]:
    """Return what happened to *delivery*, in order."""
    query = select(delivery_events).where(delivery_events.c.delivery_id == delivery)
    return [
        Event(row.at, DeliveryState(row.state), row.code, row.text)
        for row in connection.execute(query.order_by(delivery_events.c.id))
    ]


def _row(values: RowMapping) -> Row:
    return Row(
        delivery=values["id"],
        newsletter=values["newsletter"],
        date=values["date"],
        subscriber=values["subscriber_id"],
        revision=values["revision"],
        sha256=values["sha256"] or "",
        state=DeliveryState(values["state"]),
        at=values["at"],
        attempts=values["attempts"],
        code=values["code"],
        reply=values["reply"],
        relay=values["relay"],
    )
