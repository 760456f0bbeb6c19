"""The warm-up of a From domain, as rows: what each edition took of a day's cap, and who waits for another day."""

from sqlalchemy import Column, Connection, Date, ForeignKey, Integer, String, Table, func, select, update

from digest.delivery.warm_up import WarmUp
from digest.store.schema import editions, metadata
from digest.store.statements import insert_new

warm_ups = Table(
    "warm_ups",
    metadata,
    Column("edition_id", ForeignKey("editions.id"), primary_key=True, autoincrement=False),
    Column("domain", String(255), nullable=False),
    Column("day", Date, nullable=False),  # in the newsletter's zone
    Column("cap", Integer, nullable=False),  # of all editions of the domain on that day
    Column("planned", Integer, nullable=False),  # rows that this edition took of it
    Column("readers", Integer, nullable=False),  # who would get it without a cap
)


def begin(connection: Connection, edition: int, one: WarmUp) -> None:
    """Note that *edition* is one of a warm-up's; nothing changes where that is noted already.

    It is marked as begun: whoever goes on does not plan it from its beginning.
    """
    row = {"edition_id": edition, "domain": one.domain, "day": one.day, "cap": one.cap}
    insert_new(connection, warm_ups, {**row, "planned": 0, "readers": one.readers})
    fresh = (editions.c.id == edition, editions.c.planned_to == 0)
    connection.execute(update(editions).where(*fresh).values(planned_to=-1))


def of(connection: Connection, edition: int) -> WarmUp | None:
    """Return what the warm-up made of *edition*; None where its domain has none."""
    row = connection.execute(select(warm_ups).where(warm_ups.c.edition_id == edition)).one_or_none()
    if row is None:
        return None
    return WarmUp(domain=row.domain, day=row.day, cap=row.cap, planned=row.planned, readers=row.readers)


def room(connection: Connection, one: WarmUp) -> int:
    """Return how many more rows the day has room for; until this transaction ends nobody else takes any of it."""
    mine = (warm_ups.c.domain == one.domain, warm_ups.c.day == one.day)
    connection.execute(select(warm_ups.c.edition_id).where(*mine).order_by("edition_id").with_for_update())
    taken = select(func.coalesce(func.sum(warm_ups.c.planned), 0)).where(*mine)
    return max(0, one.cap - int(connection.execute(taken).scalar_one()))


def take(connection: Connection, edition: int, rows: int) -> None:
    """Note that *edition* took *rows* more of its day."""
    ours = warm_ups.c.edition_id == edition
    connection.execute(update(warm_ups).where(ours).values(planned=warm_ups.c.planned + rows))
