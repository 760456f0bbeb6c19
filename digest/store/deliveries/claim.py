"""The claim: due rows become a worker's own, with their readers as the database knows them at this moment.

The rows come out as one text of JSON. A driver lets go of the interpreter's lock for each row that it fetches and
has to wait for it again, while marks wait for the ledger's thread: a claim of a thousand rows took longer that way
than to send thirty messages.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import JSON, Connection, Integer, String, bindparam, cast, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from digest.delivery.settle import Claimed
from digest.model import DeliveryState, Recipient
from digest.store.clock import moment
from digest.store.deliveries.mark import Holder, in_state, sending
from digest.store.schema import UTCDateTime, deliveries, editions
from digest.store.statements import Plain, Prepared, Query, ids_of, in_list

_NOW = bindparam("now", required=False, type_=UTCDateTime)
_DUE_BY = bindparam("due_by", required=False, type_=UTCDateTime)
_ROW = ("due", "id", "subscriber_id", "provider", "attempts", "losses", "deadline")
_READER = ("subscriber_id", "address", "name", "language", "sections")


class Claim:
    """The statements by which one holder claims, compiled once for a run. *seeds*: row number -> address."""

    def __init__(
        self, connection: Connection, holder: Holder, audience: Query, seeds: Mapping[int, str]
    ) -> None:
        self._seeds = seeds
        dialect = connection.dialect
        self._due = Prepared(_due(connection, holder), dialect)
        self._readers = Prepared(_readers(connection, audience), dialect)
        ours = (in_list(connection, deliveries.c.id, "ids"), in_state(DeliveryState.QUEUED))
        revision = select(editions.c.revision).where(editions.c.id == holder.edition).scalar_subquery()
        taken = {"claim": holder.mine, "at": _NOW, "lease": moment(connection, holder.lease.total_seconds())}
        state = {"state": DeliveryState.SENDING, "revision": revision}
        self._take = Prepared(update(deliveries).where(*ours).values(**state, **taken), dialect)
        left = update(deliveries).where(in_list(connection, deliveries.c.id, "ids"))
        gone = {"state": DeliveryState.SUPPRESSED, "at": _NOW, "claim": holder.mine}
        self._left = Prepared(left.values(**gone), dialect)

    def rows(
        self,
        connection: Connection,
        *,
        now: datetime,
        limit: int,
        halted: Collection[str] = (),
        only: str = "",
        due_by: datetime | None = None,
    ) -> list[Claimed]:
        """Return up to *limit* due rows, now ours for a lease, the earliest due first; seeds are due first of all.

        The readers' data is read here, not at planning: a row whose reader has left meanwhile becomes
        suppressed. Each row says from now on that it goes out in the edition's present revision. Rows of the
        providers that are *halted* are left alone; with *only*, all but those of that provider. The transaction
        holds the rows from the first statement on. *due_by* is given where rows wait for another moment than they say.
        """
        values = {
            "now": now,
            "due_by": due_by or now,
            "limit": limit,
            "halted": json.dumps(sorted(halted)),
            "only": only,
        }
        rows = sorted(_rows(self._due.run(connection, values)), key=lambda row: (row[0], row[1]))
        if not rows:
            return []
        readers = self._people(connection, [row[2] for row in rows])
        claimed = [_claimed(row, readers[row[2]]) for row in rows if row[2] in readers]
        ours = [one.id for one in claimed]
        self._write(connection, self._take, ours, now)
        self._write(connection, self._left, {row[1] for row in rows}.difference(ours), now)
        return claimed

    def _people(self, connection: Connection, numbers: Sequence[int]) -> dict[int, Recipient]:
        wanted = ids_of(connection, [one for one in numbers if one > 0])
        known = {
            one: Recipient(subscriber=one, address=self._seeds[one]) for one in numbers if one in self._seeds
        }
        for number, address, name, language, sections in _rows(
            self._readers.run(connection, {"ids": wanted})
        ):
            known[number] = Recipient(
                subscriber=number, address=address, name=name, language=language, sections=_sections(sections)
            )
        return known

    def _write(
        self, connection: Connection, statement: Prepared, ids: Collection[int], now: datetime
    ) -> None:
        if ids:
            statement.count(connection, {"ids": ids_of(connection, ids), "now": now})


def _claimed(row: Plain, reader: Recipient) -> Claimed:
    _, number, _, provider, attempts, losses, deadline = row
    return Claimed(
        id=number,
        recipient=reader,
        provider=provider,
        deadline=_time(deadline),
        attempts=attempts,
        losses=losses,
    )


def _due(connection: Connection, holder: Holder) -> Query:
    """Return the query whose one value is a list of lists, in no order: the due rows."""
    due = (
        select(*(deliveries.c[name] for name in _ROW))
        .where(
            deliveries.c.edition_id == holder.edition,
            in_state(DeliveryState.QUEUED),
            deliveries.c.due <= _DUE_BY,
            deliveries.c.deadline > _NOW,
            sending(holder.edition),
            or_(
                bindparam("halted", required=False, type_=String) == "[]",
                ~_among(connection, deliveries.c.provider),
            ),
            or_(
                bindparam("only", "", type_=String) == "",
                deliveries.c.provider == bindparam("only", "", type_=String),
            ),
        )
        .order_by(deliveries.c.due)
        .limit(bindparam("limit", required=False, type_=Integer))
    )
    if connection.dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    return _as_list(connection, due)


def _readers(connection: Connection, audience: Query) -> Query:
    """Return the query whose one value is a list of lists: the readers among the parameter `ids`."""
    people = audience.subquery()
    found = select(*(people.c[name] for name in _READER)).where(
        in_list(connection, people.c.subscriber_id, "ids")
    )
    return _as_list(connection, found)


def _as_list(connection: Connection, rows: Query) -> Query:
    inner = rows.subquery()
    if connection.dialect.name == "sqlite":
        return select(func.json_group_array(func.json_array(*inner.c)))
    return select(func.json_agg(func.json_build_array(*inner.c)))


def _rows(found: Sequence[Plain]) -> Sequence[Plain]:
    """Return the rows of the one value that *found* holds; a driver gives JSON as text or read."""
    ((value,),) = found
    rows: Sequence[Plain] = json.loads(value or "[]") if isinstance(value, str | None) else value
    return rows


def _among(connection: Connection, column: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that *column* is in the JSON list that the parameter `halted` gives."""
    text = bindparam("halted", required=False, type_=String)
    if connection.dialect.name == "sqlite":
        return column.in_(select(func.json_each(text).table_valued("value").c.value))
    return column.in_(select(func.json_array_elements_text(cast(text, JSON)).column_valued()))


@lru_cache(maxsize=4096)
def _sections(names: str) -> frozenset[str] | None:
    return frozenset(names.split(",")) if names else None


@lru_cache(maxsize=256)
def _time(text: str) -> datetime:
    """Return the time as either database writes it; without a zone it is UTC."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
