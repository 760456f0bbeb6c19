"""A block of an import in a temporary table, and from there into the tables: a statement each for all of it.

What a row leads to was decided before (`rules.moved`); here it is only written down. On PostgreSQL the block
arrives by COPY. New readers have their ids before they are stored, so that nothing is asked for twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    and_,
    bindparam,
    case,
    false,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from subscribers import journal
from subscribers.model import State
from subscribers.schema import Query, UTCDateTime, consents, subscribers, subscriptions, suppressions
from subscribers.transfer.blocks import Block, Row

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
    Column("sections", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("paused_until", UTCDateTime),
    Column("note", Text, nullable=False),
    Column(
        "id", BigInteger, nullable=False, server_default=text("nextval('subscribers_id_seq')")
    ),  # of a new reader; SQLite has no sequences, and is given the number
    Column("known", BigInteger),  # the id of a reader whom we had before
    prefixes=["TEMPORARY"],
)
hashed = Table(
    "incoming_hashes",
    _metadata,
    Column("place", Integer, nullable=False),
    Column("address_hmac", LargeBinary, nullable=False),
    prefixes=["TEMPORARY"],
)
_SUBSCRIBER = func.coalesce(incoming.c.known, incoming.c.id)
_NOTHING = "\x1a"  # what COPY takes for NULL: no cell can hold it


@dataclass(frozen=True, slots=True)
class Known:
    """What we hold of an address that is not new to us."""

    subscriber_id: int
    suppressed: bool
    state: State | None
    confirmed: bool


def prepare(connection: Connection) -> None:
    """Make the temporary tables, empty; they are this connection's own."""
    embedded = connection.dialect.name == "sqlite"
    for table in (incoming, hashed):
        made = str(CreateTable(table, if_not_exists=True).compile(dialect=connection.dialect))
        connection.exec_driver_sql(
            made.replace("DEFAULT nextval('subscribers_id_seq')", "") if embedded else made
        )
        connection.exec_driver_sql(f"{'DELETE FROM' if embedded else 'TRUNCATE'} {table.name}")
    if embedded:  # each block writes most of an index anew: once in the file is enough
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint=20000")


def stage(connection: Connection, block: Block) -> None:
    """Put a block into the temporary table."""
    columns, driver = ", ".join(Row._fields), connection.connection.driver_connection
    assert driver is not None  # the transaction is open
    if connection.dialect.name == "sqlite":
        last = connection.exec_driver_sql(
            "SELECT seq FROM sqlite_sequence WHERE name = 'subscribers'"
        ).scalar()
        marks = ", ".join("?" * len(Row._fields))
        numbered = ((*row, place, (last or 0) + 1 + place) for place, row in enumerate(block.rows))
        driver.executemany(f"INSERT INTO incoming ({columns}, place, id) VALUES ({marks}, ?, ?)", numbered)  # noqa: S608
        return
    lines = [
        "\t".join([str(place), *(_NOTHING if cell is None else cell for cell in row)]) + "\n"
        for place, row in enumerate(block.rows)
    ]
    copying = f"COPY incoming (place, {columns}) FROM STDIN (NULL '{_NOTHING}')"
    with driver.cursor() as cursor, cursor.copy(copying) as copy:
        copy.write("".join(lines).replace("\\", "\\\\"))


def known(connection: Connection, newsletter: str) -> Mapping[int, Known]:
    """Return what we hold of the staged addresses, by place."""
    joined = and_(subscriptions.c.subscriber_id == subscribers.c.id, subscriptions.c.newsletter == newsletter)
    _by_index(connection, "off")
    rows = connection.execute(
        select(
            incoming.c.place,
            subscribers.c.id,
            subscribers.c.suppressed,
            subscriptions.c.state,
            subscriptions.c.confirmed_at,
        )
        .join_from(incoming, subscribers, subscribers.c.address_key == incoming.c.address_key)
        .outerjoin(subscriptions, joined)
    ).all()
    _by_index(connection, "default")
    return {
        row[0]: Known(row[1], row[2], State(row[3]) if row[3] else None, row[4] is not None) for row in rows
    }


def _by_index(connection: Connection, others: str) -> None:
    """Have PostgreSQL look each address up: left to itself it reads the whole list anew for every block."""
    if connection.dialect.name == "postgresql":
        for way in ("enable_hashjoin", "enable_mergejoin"):
            connection.exec_driver_sql(f"SET LOCAL {way} TO {others}")


def suppressed(connection: Connection, hashes: Iterable[tuple[int, bytes]]) -> Mapping[int, str]:
    """Return by place the reasons of addresses of which only the keyed hash is left."""
    rows = [{"place": place, "address_hmac": digest} for place, digest in hashes]
    if rows:
        connection.execute(insert(hashed), rows)
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


def store(connection: Connection, newsletter: str, source: str, at: datetime, *, new: bool) -> None:
    """Carry the block into the tables: new subscribers, their subscriptions, what is lowered, and the records.

    *new* says that no row is about somebody we know: most blocks are such, and quicker.
    """
    if not new:
        _recognise(connection)
        lowered = select(incoming.c.known).where(
            incoming.c.state == State.ENDED, incoming.c.known.is_not(None)
        )
        connection.execute(
            update(subscriptions)
            .where(subscriptions.c.newsletter == newsletter, subscriptions.c.subscriber_id.in_(lowered))
            .values(state=State.ENDED, paused_until=None, changed_at=at)
        )
        _pause(connection, newsletter, at)
    _admit(connection)
    stamp, about, moved = literal(at, UTCDateTime), literal(newsletter), incoming.c.state != ""
    adding = select(
        about,
        _SUBSCRIBER,
        incoming.c.state,
        incoming.c.sections,
        incoming.c.confirmed_at,
        incoming.c.paused_until,
        stamp,
    )
    columns = [
        "newsletter",
        "subscriber_id",
        "state",
        "sections",
        "confirmed_at",
        "paused_until",
        "changed_at",
    ]
    _let_be(connection, subscriptions, columns, adding.where(moved), "newsletter", "subscriber_id")
    whence = case(
        (incoming.c.note == "", literal(source)), else_=literal(f"{source}; ").concat(incoming.c.note)
    )
    records = select(_SUBSCRIBER, about, incoming.c.act, incoming.c.state, stamp, whence)
    connection.execute(
        insert(consents).from_select(
            ["subscriber_id", "newsletter", "act", "state", "at", "source"], records.where(moved)
        )
    )
    for subscriber_id in connection.execute(
        select(_SUBSCRIBER).where(incoming.c.state == State.ENDED)
    ).scalars():
        journal.append(connection, "end", at, reader=subscriber_id, list=newsletter)


def _pause(connection: Connection, newsletter: str, at: datetime) -> None:
    """Pause those whom we have and who are active, until their row's date."""
    paused = (incoming.c.state == State.PAUSED, incoming.c.known.is_not(None))
    until = (
        select(incoming.c.paused_until)
        .where(incoming.c.known == subscriptions.c.subscriber_id, *paused)
        .scalar_subquery()
    )
    connection.execute(
        update(subscriptions)
        .where(
            subscriptions.c.newsletter == newsletter,
            subscriptions.c.state == State.ACTIVE,
            subscriptions.c.subscriber_id.in_(select(incoming.c.known).where(*paused)),
        )
        .values(state=State.PAUSED, paused_until=until, changed_at=at)
    )


def _admit(connection: Connection) -> None:
    """Store the new subscribers under their ids; one who signed up a moment ago keeps the one they have."""
    here = [
        incoming.c[name]
        for name in ("id", "address", "address_key", "domain", "name", "language", "created_at", "zone")
    ]
    fresh = select(*here, false().label("suppressed")).where(
        incoming.c.state != "", incoming.c.known.is_(None)
    )
    names = [*(column.name for column in here), "suppressed"]
    expected = connection.execute(select(func.count()).select_from(fresh.subquery())).scalar_one()
    if _let_be(connection, subscribers, names, fresh, "address_key") != expected:
        _recognise(connection)


def _recognise(connection: Connection) -> None:
    """Note the ids of those we have."""
    mine = (
        select(subscribers.c.id).where(subscribers.c.address_key == incoming.c.address_key).scalar_subquery()
    )
    connection.execute(update(incoming).values(known=mine))


def _let_be(connection: Connection, table: Table, names: Sequence[str], rows: Query, *key: str) -> int:
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    adding = make(table).from_select(names, rows).on_conflict_do_nothing(index_elements=list(key))
    return connection.execute(adding.execution_options(preserve_rowcount=True)).rowcount
