"""A block of an import in a temporary table, and from there into the tables: a statement each for all of it.

What a row leads to was decided before (`rules.moved`); here it is only written down. On PostgreSQL the block
arrives by COPY.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    false,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from subscribers.model import State
from subscribers.schema import UTCDateTime, consents, subscribers, subscriptions, suppressions

_metadata = MetaData()
incoming = Table(
    "incoming",
    _metadata,
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),  # poured in as `moment` writes it
    Column("confirmed_at", UTCDateTime),
    Column("act", Text, nullable=False),
    Column("state", Text, nullable=False),  # what it leads to; "" for nothing
    prefixes=["TEMPORARY"],
)
hashed = Table(
    "incoming_hashes",
    _metadata,
    Column("place", Integer, nullable=False),
    Column("address_hmac", LargeBinary, nullable=False),
    prefixes=["TEMPORARY"],
)


class Staged(NamedTuple):
    """A row of the temporary table, in the order of its columns."""

    place: int
    address: str
    address_key: str
    domain: str
    name: str
    language: str
    created_at: str  # as `moment` writes it
    confirmed_at: str | None
    act: str
    state: str


@dataclass(frozen=True, slots=True)
class Known:
    """What we hold of an address that is not new to us."""

    subscriber_id: int
    suppressed: bool
    state: State | None
    confirmed: bool


def prepare(connection: Connection) -> None:
    """Make the temporary tables, empty; they are this connection's own."""
    for table in (incoming, hashed):
        connection.execute(CreateTable(table, if_not_exists=True))
        connection.execute(table.delete())


def stage(connection: Connection, rows: Sequence[Staged]) -> None:
    """Put a block into the temporary table."""
    _poured(connection, "incoming", Staged._fields, rows)


def known(connection: Connection, newsletter: str) -> Mapping[int, Known]:
    """Return what we hold of the staged addresses, by place."""
    wish = and_(subscriptions.c.subscriber_id == subscribers.c.id, subscriptions.c.newsletter == newsletter)
    rows = connection.execute(
        select(
            incoming.c.place,
            subscribers.c.id,
            subscribers.c.suppressed,
            subscriptions.c.state,
            subscriptions.c.confirmed_at,
        )
        .join_from(incoming, subscribers, subscribers.c.address_key == incoming.c.address_key)
        .outerjoin(subscriptions, wish)
    )
    return {
        row[0]: Known(row[1], row[2], State(row[3]) if row[3] else None, row[4] is not None) for row in rows
    }


def suppressed(connection: Connection, hashes: Iterable[tuple[int, bytes]]) -> Mapping[int, str]:
    """Return by place the reasons of addresses of which only the keyed hash is left."""
    _poured(connection, "incoming_hashes", ("place", "address_hmac"), hashes)
    joined = select(hashed.c.place, suppressions.c.reason).join_from(
        hashed, suppressions, suppressions.c.address_hmac == hashed.c.address_hmac
    )
    return {row.place: row.reason for row in connection.execute(joined)}


def any_hashes(connection: Connection) -> bool:
    """Return whether there are suppressions of which only the hash is left."""
    orphans = suppressions.c.subscriber_id.is_(None)
    return connection.execute(select(suppressions.c.id).where(orphans).limit(1)).first() is not None


def settle(connection: Connection, states: Mapping[int, str]) -> None:
    """Write down what the rows at these places lead to, where that is not what a new address' would."""
    if states:
        change = (
            update(incoming).where(incoming.c.place == bindparam("at_place")).values(state=bindparam("to"))
        )
        connection.execute(change, [{"at_place": place, "to": state} for place, state in states.items()])


def store(connection: Connection, newsletter: str, source: str, at: datetime) -> None:
    """Carry the block into the tables: new subscribers, their wishes, what is lowered, and the records."""
    here = [column for column in incoming.c if column.name in subscribers.c]
    fresh = select(*here, literal("").label("zone"), false().label("suppressed")).where(
        incoming.c.state != ""
    )
    names = [*(column.name for column in here), "zone", "suppressed"]
    _let_be(connection, subscribers, names, fresh, "address_key")
    joined = incoming.join(subscribers, subscribers.c.address_key == incoming.c.address_key)
    lowered = select(subscribers.c.id).select_from(joined).where(incoming.c.state == State.ENDED)
    connection.execute(
        update(subscriptions)
        .where(subscriptions.c.newsletter == newsletter, subscriptions.c.subscriber_id.in_(lowered))
        .values(state=State.ENDED, paused_until=None, changed_at=at)
    )
    stamp, about = literal(at, UTCDateTime), literal(newsletter)
    wishes = select(about, subscribers.c.id, incoming.c.state, literal(""), incoming.c.confirmed_at, stamp)
    columns = ["newsletter", "subscriber_id", "state", "sections", "confirmed_at", "changed_at"]
    wanted = wishes.select_from(joined).where(incoming.c.state != "")
    _let_be(connection, subscriptions, columns, wanted, "newsletter", "subscriber_id")
    records = select(subscribers.c.id, about, incoming.c.act, incoming.c.state, stamp, literal(source))
    connection.execute(
        insert(consents).from_select(
            ["subscriber_id", "newsletter", "act", "state", "at", "source"],
            records.select_from(joined).where(incoming.c.state != ""),
        )
    )


def _let_be(connection: Connection, table: Table, names: Sequence[str], rows: Select[Any], *key: str) -> None:
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    adding = make(table).from_select(names, rows).on_conflict_do_nothing(index_elements=list(key))
    connection.execute(adding)


def _poured(
    connection: Connection, table: str, names: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    columns = ", ".join(names)
    if connection.dialect.name == "sqlite":
        plain = list(rows)
        if plain:
            marks = ", ".join("?" * len(names))
            connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) VALUES ({marks})", plain)  # noqa: S608
        return
    driver: Any = connection.connection.driver_connection
    text = "".join("\t".join(map(_copied, row)) + "\n" for row in rows)
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        copy.write(text)


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _copied(value: Any) -> str:
    """Return *value* as PostgreSQL's COPY reads it."""
    if isinstance(value, str):
        return value.translate(_ESCAPES) if "\\" in value or not value.isprintable() else value
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    return "\\N" if value is None else str(value)


def moment(at: datetime) -> str:
    """Return an aware time in UTC as both databases keep it in their tables."""
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(" ", "microseconds")[:26]
