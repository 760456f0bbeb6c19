"""What is remembered about each source between two readings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select, update

from digest.store.schema import sources

MEND = "Make room or mend the database and collect again; nothing that was stored before is lost."
_LOCK = 0x6469_6765  # any number of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """A row of *sources*: where to read, the validators verbatim, when next, and how it went.

    *standing* are words that most of its items have, by their place; *said* what the last reading dropped or mended.
    """

    id: int
    name: str
    url: str
    moved_to: str = ""
    etag: str = ""
    last_modified: str = ""
    body_sha256: str = ""
    next_poll: datetime | None = None
    failures: int = 0
    last_error: str = ""
    last_ok: datetime | None = None
    first_ok: datetime | None = None
    ttl: int = 0
    retired_at: datetime | None = None
    standing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    said: str = ""


_COLUMNS = [sources.c[name] for name in SourceState.__slots__]


def alone(connection: Connection) -> None:
    """Let no other process write what it collected until this transaction ends; SQLite knows no other way."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def known(connection: Connection, configured: Mapping[str, str]) -> dict[str, SourceState]:
    """Return the state of every source in *configured* (name -> URL), making rows for new ones.

    A source whose configured URL has changed starts anew: validators, moves, failures and a retirement
    belong to the old address.
    """
    alone(connection)
    found = {row.name: row for row in connection.execute(select(*_COLUMNS))}
    for name, url in configured.items():
        if name not in found:
            connection.execute(insert(sources).values(name=name, url=url))
        elif found[name].url != url:
            forget(connection, name, url)
    rows = connection.execute(select(*_COLUMNS).where(sources.c.name.in_(list(configured))))
    return {row.name: SourceState(**row._mapping) for row in rows}


def states(connection: Connection, names: Collection[str] = ()) -> list[SourceState]:
    """Return the sources that were ever read, by name; only *names* where given."""
    wanted = select(*_COLUMNS).order_by(sources.c.name)
    if names:
        wanted = wanted.where(sources.c.name.in_(list(names)))
    return [SourceState(**row._mapping) for row in connection.execute(wanted)]


def forget(connection: Connection, name: str, url: str) -> None:
    """Let the source *name* start anew at *url*; its items and articles stay."""
    connection.execute(
        update(sources)
        .where(sources.c.name == name)
        .values(
            url=url,
            moved_to="",
            etag="",
            last_modified="",
            body_sha256="",
            next_poll=None,
            failures=0,
            last_error="",
            ttl=0,
            retired_at=None,
            standing={},
            said="",
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A reading that went well; *moved_to* "" and *ttl* None leave what is known."""

    at: datetime
    next_poll: datetime
    etag: str
    last_modified: str
    body_sha256: str
    moved_to: str = ""
    ttl: timedelta | None = None


def read(connection: Connection, source_id: int, reading: Reading) -> None:
    """Record *reading* of a source."""
    values: dict[str, object] = {
        "etag": reading.etag,
        "last_modified": reading.last_modified,
        "body_sha256": reading.body_sha256,
        "next_poll": reading.next_poll,
        "failures": 0,
        "last_error": "",
        "last_ok": reading.at,
    }
    if reading.moved_to:
        values["moved_to"] = reading.moved_to
    if reading.ttl is not None:
        values["ttl"] = int(min(reading.ttl, timedelta(days=365)).total_seconds())
    mine = sources.c.id == source_id
    connection.execute(update(sources).where(mine).values(values))
    connection.execute(update(sources).where(mine, sources.c.first_ok.is_(None)).values(first_ok=reading.at))


def told(connection: Connection, source_id: int, standing: Mapping[str, Sequence[str]], said: str) -> None:
    """Record what a document told of its source: the words that most of its items have, and what was mended."""
    values = {"standing": {place: list(words) for place, words in standing.items()}, "said": said[:2000]}
    connection.execute(update(sources).where(sources.c.id == source_id).values(values))


_PAGES = "pages that could not be read"


def record_page_problems(connection: Connection, name: str, said: str) -> None:
    """Record what is wrong with the pages of the source *name*, behind what its last document told; "" for nothing."""
    row = connection.execute(select(sources.c.said).where(sources.c.name == name)).first()
    if row is None:
        return
    before = row.said.partition(_PAGES)[0].rstrip("; ")
    now = "; ".join(part for part in (before[:1500], said) if part)
    if now != row.said:
        connection.execute(update(sources).where(sources.c.name == name).values(said=now[:2000]))


def failed(
    connection: Connection,
    source_id: int,
    *,
    error: str,
    failures: int,
    next_poll: datetime,
    retired_at: datetime | None = None,
    forget_move: bool = False,
) -> None:
    """Record a reading that failed and why; nothing that was collected is touched."""
    values: dict[str, object] = {"failures": failures, "last_error": error[:2000], "next_poll": next_poll}
    if retired_at:
        values["retired_at"] = retired_at
    if forget_move:
        values["moved_to"] = ""
    connection.execute(update(sources).where(sources.c.id == source_id).values(values))
