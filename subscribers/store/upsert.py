"""INSERT that lets an existing row be, in the words of each database."""

from collections.abc import Mapping

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_or_ignore(connection: Connection, table: Table, row: Mapping[str, object], *columns: str) -> None:
    """Insert *row* where no row has the same *columns*."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(make(table).on_conflict_do_nothing(index_elements=list(columns)), dict(row))


def count_up(connection: Connection, table: Table, row: Mapping[str, object], *columns: str) -> int:
    """Insert *row* with a count of 1, or add 1 to the count of the row whose *columns* are the same."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    adding = make(table).values(**row, count=1)
    adding = adding.on_conflict_do_update(index_elements=list(columns), set_={"count": table.c.count + 1})
    found: int = connection.execute(adding.returning(table.c.count)).scalar_one()
    return found
