"""The audit: who did what and when, append-only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, insert, select

from digest.store.accounts.tables import audit

LONGEST = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act: *what* says what it was about, *edition* is 0 where it was about none."""

    id: int
    at: datetime
    user: str
    act: str
    edition: int
    what: str


def record(
    connection: Connection, at: datetime, user: str, act: str, about: str = "", *, edition: int = 0
) -> None:
    """Write down that *user* did *act*; part of the caller's transaction, so the act and its row stand together."""
    values = {"at": at, "user": user[:40], "act": act[:40], "edition_id": edition, "what": about[:LONGEST]}
    connection.execute(insert(audit).values(**values))


def page(
    connection: Connection,
    *,
    user: str = "",
    act: str = "",
    edition: int = 0,
    before: int = 0,
    limit: int = 50,
) -> list[Entry]:
    """Return up to *limit* entries, the newest first, those older than the id *before* where it is given."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    for column, wanted in ((audit.c.user, user), (audit.c.act, act), (audit.c.edition_id, edition)):
        if wanted:
            query = query.where(column == wanted)
    if before:
        query = query.where(audit.c.id < before)
    return [
        Entry(id=row.id, at=row.at, user=row.user, act=row.act, edition=row.edition_id, what=row.what)
        for row in connection.execute(query)
    ]


def happened(connection: Connection, act: str, since: datetime) -> bool:
    """Return whether *act* was done by anybody at *since* or later."""
    found = select(exists().where(audit.c.act == act, audit.c.at >= since))
    return bool(connection.execute(found).scalar_one())
