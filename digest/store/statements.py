"""Statements that both databases understand, and those that are compiled once.

SQLAlchemy's own bookkeeping costs more than the database's work where a statement is run for each mail.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    UpdateBase,
    bindparam,
    cast,
    column,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPICursor

# A query and a row of it, where the columns are known by their names
Query: TypeAlias = Select[*tuple[Any, ...]]
AnyRow: TypeAlias = Row[*tuple[Any, ...]]
Plain: TypeAlias = Sequence[Any]  # a row as the driver or its JSON gives it


class Prepared:
    """A statement as the driver takes it. Parameters of its own are named in it by `bindparam`."""

    def __init__(self, statement: UpdateBase | Query, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self._sql = str(compiled)
        self._order = compiled.positiontup if compiled.positional else None
        processors = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect)
            for name, bind in compiled.binds.items()
        }
        self._processors: dict[str, Callable[[object], object]] = {
            name: processor for name, processor in processors.items() if processor is not None
        }
        fixed = compiled.construct_params({}, _check=False)
        self._fixed = {name: self._driver(name, value) for name, value in fixed.items()}

    def run(self, connection: Connection, values: Mapping[str, object]) -> Sequence[Plain]:
        """Return the rows that the statement returns, as the driver gives them; none where it returns none.

        The driver's own cursor is asked: on the way of every message nothing else of a result is needed.
        """
        cursor = self._cursor(connection)
        try:
            cursor.execute(self._sql, self._row(self._fixed | self._drivers(values)))
            return cursor.fetchall() if cursor.description else []
        finally:
            cursor.close()

    def count(self, connection: Connection, values: Mapping[str, object]) -> int:
        """Return how many rows the statement changed."""
        cursor = self._cursor(connection)
        try:
            cursor.execute(self._sql, self._row(self._fixed | self._drivers(values)))
            return cursor.rowcount
        finally:
            cursor.close()

    def _cursor(self, connection: Connection) -> DBAPICursor:
        return connection.connection.cursor()

    def _row(self, named: dict[str, object]) -> dict[str, object] | list[object]:
        return named if self._order is None else [named[name] for name in self._order]

    def _drivers(self, values: Mapping[str, object]) -> dict[str, object]:
        if self._processors.keys().isdisjoint(values):
            return dict(values)
        return {name: self._driver(name, value) for name, value in values.items()}

    def _driver(self, name: str, value: object) -> object:
        processor = self._processors.get(name)
        return value if processor is None or value is None else processor(value)


def in_list(connection: Connection, column: ColumnElement[int], name: str) -> ColumnElement[bool]:
    """Return the condition that *column* is in the list that the parameter *name* gives, see `ids_of`."""
    if connection.dialect.name == "sqlite":
        values = func.json_each(bindparam(name, required=False, type_=String)).table_valued("value")
        return column.in_(select(values.c.value))
    return column == func.any(bindparam(name, required=False, type_=ARRAY(BigInteger)))


def json_columns(
    dialect: Dialect, name: str, types: Mapping[str, type[Integer] | type[Text]]
) -> dict[str, ColumnElement[Any]]:
    """Return the columns of a list of JSON objects, which the parameter *name* gives as text, to join with."""
    text = bindparam(name, required=False, type_=Text)
    if dialect.name == "sqlite":
        value = func.json_each(text).table_valued("value", name="given").c.value
        return {key: func.json_extract(value, f"$.{key}", type_=kind) for key, kind in types.items()}
    columns = [column(key, kind) for key, kind in types.items()]
    rows = func.jsonb_to_recordset(cast(text, JSONB)).table_valued(*columns, name="given")
    return dict(rows.render_derived(with_types=True).c.items())


def ids_of(connection: Connection, ids: Collection[int]) -> str | list[int]:
    """Return *ids* as the parameter of `in_list`."""
    return json.dumps(list(ids)) if connection.dialect.name == "sqlite" else list(ids)


def insert_new(
    connection: Connection, table: Table, rows: Mapping[str, object] | Sequence[Mapping[str, object]]
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
