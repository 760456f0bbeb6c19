"""What both databases can say, said once."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
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


KEY = 120  # characters of a column that keeps what makes a second row superfluous


def fitted(key: str) -> str:
    """Return *key* in at most KEY characters: two long ones that differ anywhere still differ.

    Cut off at the end, the keys of two people's mails about one thing were the same key.
    """
    if len(key) <= KEY:
        return key
    digest = sha256(key.encode()).hexdigest()[:40]
    return f"{key[: KEY - len(digest) - 1]}#{digest}"
