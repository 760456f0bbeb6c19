"""The database: one door for SQLite and PostgreSQL, with reads and writes told apart."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, event, func, make_url, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as Full
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from digest.delivery.database_faults import away
from digest.errors import DigestError
from digest.store.queue import Busy, WriteQueue
from digest.store.schema import UTCDateTime

AWAY = (OperationalError, InterfaceError, InternalError, Full)  # the database: later it goes well
_WRITES, _WAITS = "digest_writes", "digest_waits"
LONG = 30.0  # seconds that a writer waits for SQLite's lock, where nothing else is said
SHORT = 1.0  # seconds that a writer waits for SQLite's lock before it looks whether it is to stop
POOL_WAIT = 5.0  # seconds that is waited for a connection: then a page says that it is busy
MOST, READERS, WRITERS = (
    50,
    8,
    2,
)  # connections to SQLite in a pool at most, and those that a crowd leaves open
STATEMENTS = (
    64  # prepared ones that a connection to SQLite keeps: a page asks fewer, and each takes its kilobytes
)
POLL = 0.001  # seconds between two tries for the lock, at first, and a fiftieth of the wait so far later on
_PATIENT = f"PRAGMA busy_timeout={round(LONG * 1000)}"
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # a commit survives a power cut, not only a killed process
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what a reader had erased is zeros in the file
)
# KiB of pages that a connection keeps while it writes, or reads; each has its own, and the system has the file, too
_ROOMY, _LEAN = "PRAGMA cache_size=-16000", "PRAGMA cache_size=-2000"
# A server that vanished without a word is noticed within half a minute, not when the kernel gives up
_NOTICED = {
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


class Database:
    """Two pools of connections, with `read()` and `write()` as the two kinds of transaction.

    Readers never wait for writers: they have a pool of their own, and on SQLite the writers of this process wait
    in one queue (`queue.py`), in which nobody holds a connection. The ledger (`writer`, `alone`) is not in it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url, WRITERS)  # whoever writes
        self.readers = _engine(url, READERS) if _has_pool(self.engine) else self.engine
        self.queue = WriteQueue()

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection in a transaction that only reads."""
        with _connected(self.readers) as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, patience: float | None = None) -> Iterator[Connection]:
        """Give a connection in a transaction that may write; on SQLite it holds the write lock from the start.

        Without that (`BEGIN IMMEDIATE`) a read followed by a write loses updates silently. *patience* is how
        many seconds the lock is waited for, where the half minute that is usual is not wanted.
        """
        waits = LONG if patience is None else patience
        with self._turn(waits), self._writing(patience) as connection, connection.begin():
            yield connection

    @contextmanager
    def write_unchecked(self) -> Iterator[Connection]:
        """Give a `write()` in which SQLite checks no foreign key: it can only make a table anew under its name so.

        The pragma does nothing inside a transaction, and is on again before anybody else has the connection.
        """
        with self._turn(LONG), self._writing() as connection:
            if self.is_sqlite:
                _sqlite(connection).execute("PRAGMA foreign_keys=OFF")
            try:
                with connection.begin():
                    yield connection
            finally:
                if self.is_sqlite:
                    _sqlite(connection).execute("PRAGMA foreign_keys=ON")

    def _turn(self, seconds: float) -> AbstractContextManager[None]:
        return self.queue.turn(seconds) if self.is_sqlite else nullcontext()

    @contextmanager
    def write_if_free(self) -> Iterator[Connection | None]:
        """Give a `write()`, or None at once where others are writing: for what the next request can do as well."""
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(self.write(patience=0.0))
            except OperationalError:
                yield None
                return
            yield connection

    def _writing(self, patience: float | None = None, **options: str) -> Connection:
        waits = LONG if patience is None else patience
        connection = _connected(self.engine).execution_options(**{_WRITES: True, _WAITS: waits, **options})
        if self.is_sqlite:
            driver = _sqlite(connection)
            driver.execute(_ROOMY)
            if patience is not None:
                driver.execute(
                    f"PRAGMA busy_timeout={round(patience * 1000)}"
                )  # until it is back in the pool
        return connection

    @contextmanager
    def writer(self) -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
        """Give a `write` for one thread that has many transactions to write: its connection stays open.

        It waits a second for SQLite's lock, no longer: whoever uses it tries again, and can be stopped between.
        """
        with self._held(lambda: self._writing(SHORT)) as held:

            @contextmanager
            def write() -> Iterator[Connection]:
                with held() as connection, connection.begin():
                    yield connection

            yield write

    @contextmanager
    def alone(self) -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
        """Give the same, but for single statements: each is a transaction of its own, as soon as it is executed."""
        with self._held(lambda: self._writing(SHORT, isolation_level="AUTOCOMMIT")) as held:
            yield held

    @contextmanager
    def _held(
        self, made: Callable[[], Connection]
    ) -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
        """Give a connection that stays open from one use to the next."""
        kept: list[Connection] = []

        @contextmanager
        def use() -> Iterator[Connection]:
            if not kept:
                kept.append(made())
            try:
                yield kept[0]
            except BaseException as problem:
                broken = kept.pop()  # whatever is wrong with it, the next one is new
                if away(problem):
                    broken.invalidate()
                broken.close()
                raise

        try:
            yield use
        finally:
            if kept:
                kept.pop().close()

    def now(self) -> datetime:
        """Return the database's clock: leases are measured by it, whoever holds them."""
        with self.read() as connection:
            return clock(connection)

    def checkpoint(self) -> bool:
        """Empty SQLite's write-ahead log, where deleted rows can still be read; return whether that was possible.

        Whoever reads at this moment is not waited for longer than a second: the next time does it.
        """
        if not self.is_sqlite:
            return True  # PostgreSQL's vacuum and its archiving are its administrator's
        with self.engine.connect() as connection:
            driver = _sqlite(connection)  # outside any transaction
            driver.execute(f"PRAGMA busy_timeout={round(SHORT * 1000)}")
            busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def close(self) -> None:
        self.engine.dispose()
        self.readers.dispose()


def _connected(engine: Engine) -> Connection:
    """Return a connection; raise Busy where all are in use, and stay so for `POOL_WAIT` seconds."""
    try:
        return engine.connect()
    except Full:
        raise Busy(f"no connection was free within {POOL_WAIT:g} s") from None


def _has_pool(engine: Engine) -> bool:
    """Return whether *engine* may have a second one beside it: a database in memory is one connection's own."""
    return isinstance(engine.pool, QueuePool)


def clock(connection: Connection) -> datetime:
    """Return the time by the database's own clock, aware and in UTC."""
    if connection.dialect.name == "sqlite":
        text = connection.execute(select(func.strftime("%Y-%m-%d %H:%M:%f", "now"))).scalar_one()
        return datetime.fromisoformat(f"{text}+00:00")
    found: datetime = connection.execute(select(func.clock_timestamp(type_=UTCDateTime))).scalar_one()
    return found


def _engine(url: str, kept: int) -> Engine:
    """Return the engine for *url*; *kept* connections of SQLite stay open when nobody uses them."""
    target = make_url(url)
    if target.get_backend_name() == "postgresql":
        # a process that was stopped inside a transaction must not hold its locks for ever
        limits = {"options": "-c idle_in_transaction_session_timeout=60s", **_NOTICED}
        limits = {name: value for name, value in limits.items() if name not in target.query}
        target = target.set(drivername="postgresql+psycopg")
        return create_engine(
            target,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=10,
            pool_timeout=POOL_WAIT,
            connect_args=limits,
        )
    if target.get_backend_name() != "sqlite":
        raise DigestError(
            f"the database {target.get_backend_name()!r} is not supported",
            where="database.url",
            do="Use sqlite:///path or postgresql://user@host/name.",
        )
    if target.database and target.database != ":memory:":
        Path(target.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
    pooled = bool(target.database) and target.database != ":memory:"
    sizes = {"pool_size": kept, "max_overflow": MOST - kept, "pool_timeout": POOL_WAIT} if pooled else {}
    engine = create_engine(target, connect_args={"timeout": 30, "cached_statements": STATEMENTS}, **sizes)

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the stdlib driver's own BEGIN comes too late
        for pragma in (*_PRAGMAS, _LEAN):
            connection.execute(pragma)

    @event.listens_for(engine, "checkout")
    def taken(connection: sqlite3.Connection, _entry: ConnectionPoolEntry, _proxy: object) -> None:
        connection.execute(_PATIENT)  # whoever had it before may have been less so

    @event.listens_for(engine, "checkin")
    def given_back(connection: sqlite3.Connection | None, _entry: ConnectionPoolEntry) -> None:
        if connection is not None:
            connection.execute(_LEAN)
            connection.execute(
                "PRAGMA shrink_memory"
            )  # or each that waits in the pool would keep what it last read

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get(_WRITES, False):
            _lock(connection, options[_WAITS])
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _sqlite(connection: Connection) -> sqlite3.Connection:
    """Return the standard library's connection behind *connection*, which is one to SQLite."""
    driver: object = connection.connection.dbapi_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError(f"{type(driver).__name__} is no connection to SQLite")
    return driver


def _lock(connection: Connection, waits: float) -> None:
    """Begin with SQLite's write lock; raise OperationalError where it is not to be had within *waits* seconds.

    SQLite's own handler sleeps longer and longer, up to a tenth of a second: beside a sender that commits six
    hundred times a second a reader's click waited half a second for a gap that was there every two milliseconds.
    """
    driver = _sqlite(connection)
    began = time.monotonic()
    (usual,) = driver.execute("PRAGMA busy_timeout").fetchone()
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while (waited := time.monotonic() - began) < waits:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as problem:
                if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
                time.sleep(max(POLL, waited / 50))
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the last try, whose words are told
    finally:
        driver.execute(f"PRAGMA busy_timeout={usual}")


def reachable(database: Database) -> str:
    """Return "" when the database answers, else why it does not."""
    try:
        database.now()
    except OperationalError as problem:
        return str(problem.orig or problem)
    return ""
