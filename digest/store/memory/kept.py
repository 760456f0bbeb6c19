"""Reading and writing a newsroom's memory."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, func, insert, select

from digest.store.articles import chunks
from digest.store.memory.tables import memories, memory_off, memory_record
from digest.store.statements import insert_new
from digest.stories.memory import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An article of the record, by the *key* of its canonical address."""

    key: str
    day: date
    title: str
    dek: str = ""
    section: str = ""
    gain: float


@dataclass(frozen=True, slots=True)
class Version:
    """What was learnt at a moment from a *kind* of record; *body* is as `flows/newsroom/memory.py` writes it."""

    id: int
    at: datetime
    kind: str
    body: Mapping[str, object]


def record(connection: Connection, newsletter: str, kind: str, rows: Iterable[Row]) -> int:
    """Put *rows* into the record, over what was there of the same articles; return how many there are of them."""
    found = list(rows)
    for part in chunks([row.key for row in found]):
        mine = (memory_record.c.newsletter == newsletter) & (memory_record.c.kind == kind)
        connection.execute(delete(memory_record).where(mine, memory_record.c.key.in_(part)))
    for at in range(0, len(found), 500):
        connection.execute(
            insert(memory_record),
            [
                {
                    "newsletter": newsletter,
                    "kind": kind,
                    "key": row.key,
                    "day": row.day,
                    "title": row.title,
                    "dek": row.dek,
                    "section": row.section,
                    "gain": row.gain,
                }
                for row in found[at : at + 500]
            ],
        )
    return len(found)


def recorded_days(connection: Connection, newsletter: str) -> dict[str, int]:
    """Return of how many days there is a record, by its kind."""
    query = select(memory_record.c.kind, func.count(memory_record.c.day.distinct()))
    query = query.where(memory_record.c.newsletter == newsletter).group_by(memory_record.c.kind)
    return {kind: int(count) for kind, count in connection.execute(query)}


def keep(
    connection: Connection, newsletter: str, kind: str, since: date, before: date
) -> dict[date, dict[str, Kept]]:
    """Return the record of the days from *since* until the day before *before*, by day and by the article's key."""
    table = memory_record.c
    query = select(memory_record).where(
        table.newsletter == newsletter, table.kind == kind, table.day >= since, table.day < before
    )
    found: defaultdict[date, dict[str, Kept]] = defaultdict(dict)
    for row in connection.execute(query.order_by(table.day, table.key)):
        found[row.day][row.key] = Kept(row.title, row.dek, row.section, row.gain)
    return dict(found)


def store(
    connection: Connection, newsletter: str, kind: str, at: datetime, body: Mapping[str, object]
) -> int:
    """Keep what was learnt; return the id of the version."""
    row = {"newsletter": newsletter, "kind": kind, "at": at, "body": dict(body)}
    return int(connection.execute(insert(memories).values(**row).returning(memories.c.id)).scalar_one())


def latest(connection: Connection, newsletter: str, moment: datetime) -> Version | None:
    """Return what was known at *moment*, None where nothing was."""
    query = select(memories).where(memories.c.newsletter == newsletter, memories.c.at <= moment)
    row = connection.execute(
        query.order_by(memories.c.at.desc(), memories.c.id.desc()).limit(1)
    ).one_or_none()
    return Version(row.id, row.at, row.kind, row.body) if row else None


def off(connection: Connection, newsletter: str, moment: datetime) -> dict[str, frozenset[str]]:
    """Return what was switched off by *moment*: names by their kind."""
    query = select(memory_off.c.kind, memory_off.c.name).where(
        memory_off.c.newsletter == newsletter, memory_off.c.at <= moment
    )
    found: defaultdict[str, set[str]] = defaultdict(set)
    for kind, name in connection.execute(query):
        found[kind].add(name)
    return {kind: frozenset(names) for kind, names in found.items()}


def switch(
    connection: Connection, newsletter: str, kind: str, name: str, *, on: bool, by: str, at: datetime
) -> None:
    """Switch what the memory knows of *name* on or off."""
    table = memory_off.c
    if on:
        mine = (table.newsletter == newsletter) & (table.kind == kind) & (table.name == name)
        connection.execute(delete(memory_off).where(mine))
    else:
        row = {"newsletter": newsletter, "kind": kind, "name": name, "by": by, "at": at}
        insert_new(connection, memory_off, row)


def forget(connection: Connection, newsletter: str) -> None:
    """Forget all of it: the record, every version, and what was switched off."""
    for table in (memory_record, memories, memory_off):
        connection.execute(delete(table).where(table.c.newsletter == newsletter))
