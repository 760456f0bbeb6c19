"""What both databases can say, said once."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Index, Table, text
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(
    connection: Connection, table: Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> int:
    """Insert the rows that break no unique rule; return how many were new."""
    many = [rows] if isinstance(rows, Mapping) else list(rows)
    if not many:
        return 0
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).values([dict(row) for row in many]).on_conflict_do_nothing()
    counted = statement.execution_options(preserve_rowcount=True)  # psycopg's count is lost otherwise
    return max(connection.execute(counted).rowcount, 0)


def partly(name: str, rows: str, *columns: str) -> Index:
    """Return an index of those *rows* only that the condition names."""
    return Index(name, *columns, sqlite_where=text(rows), postgresql_where=text(rows))
