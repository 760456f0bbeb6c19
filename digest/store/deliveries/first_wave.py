"""The first wave of an edition: its readers are planned first, and a row of its own says when the rest goes."""

from datetime import datetime, timedelta

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    Table,
    and_,
    func,
    or_,
    select,
    update,
)

from digest.delivery.first_wave import FirstWave
from digest.model import DeliveryState
from digest.store.deliveries.mark import in_state
from digest.store.deliveries.settle import HELD
from digest.store.schema import UTCDateTime, deliveries, metadata
from digest.store.statements import insert_new

first_waves = Table(
    "first_waves",
    metadata,
    Column("edition_id", ForeignKey("editions.id"), primary_key=True, autoincrement=False),
    Column("readers", Integer, nullable=False),  # rows of the first wave, seeds among them
    Column("wait", Integer, nullable=False),  # seconds
    Column("due", UTCDateTime, nullable=False),  # what the rows of the rest say
    Column("rest_at", UTCDateTime, nullable=False),  # from when on they may be claimed
    Column("through", Boolean, nullable=False, default=False),  # most of the wave is answered: the wait runs
)


def begin(connection: Connection, edition: int, wave: FirstWave) -> None:
    """Note that *edition* goes out in two parts; nothing changes where that is noted already."""
    row = {
        "edition_id": edition,
        "readers": wave.readers,
        "wait": round(wave.wait.total_seconds()),
        "due": wave.due,
        "rest_at": wave.rest_at,
        "through": False,
    }
    insert_new(connection, first_waves, row)


def of(connection: Connection, edition: int) -> FirstWave | None:
    """Return how the first wave of *edition* stands; None where it goes out as one."""
    query = select(first_waves).where(first_waves.c.edition_id == edition)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return FirstWave(
        readers=row.readers,
        wait=timedelta(seconds=row.wait),
        due=row.due,
        rest_at=row.rest_at,
        through=row.through,
    )


def still_open(connection: Connection, edition: int, wave: FirstWave) -> int:
    """Return how many rows of the first wave have no answer yet."""
    waits = and_(in_state(DeliveryState.QUEUED), deliveries.c.due < wave.due)
    held = in_state(*HELD)
    query = select(func.count()).where(deliveries.c.edition_id == edition, or_(waits, held))
    return int(connection.execute(query).scalar_one())


def move(connection: Connection, edition: int, wave: FirstWave) -> None:
    """Write when the rest may go, and whether that is fixed."""
    ours = first_waves.c.edition_id == edition
    connection.execute(update(first_waves).where(ours).values(rest_at=wave.rest_at, through=wave.through))


def let_go(connection: Connection, edition: int, now: datetime) -> bool:
    """Let the rest go at *now*; return whether it still waited."""
    ours = (first_waves.c.edition_id == edition, first_waves.c.rest_at > now)
    values = {"rest_at": now, "through": True}
    return connection.execute(update(first_waves).where(*ours).values(**values)).rowcount == 1
