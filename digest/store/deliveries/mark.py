"""The fence: the statement that every mail has to pass, and what writes down that the relay took it.

A `Fence` is compiled once for a run, for it is on the way of every message. Each call of a driver lets go of the
interpreter's lock and has to wait for it again; so a whole group is one call, and where nothing else is to be
written, one call that is a transaction of its own.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    literal_column,
    null,
    or_,
    select,
    update,
)

from digest.delivery.settle import Settlement
from digest.model import DeliveryState, EditionState
from digest.store.clock import moment
from digest.store.schema import UTCDateTime, deliveries, editions
from digest.store.statements import Prepared, ids_of, in_list, json_columns

MaySend = Callable[[ColumnElement[int]], ColumnElement[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who acts on which edition: *mine* is this worker's claim."""

    edition: int
    mine: str
    lease: timedelta


def in_state(*states: DeliveryState) -> ColumnElement[bool]:
    """Return the condition that a row is in one of *states*, spelled as the partial indexes have it.

    The states stand in the statement itself: a planner that is given them as parameters cannot use those.
    """
    names: list[ColumnElement[str]] = [literal_column(f"'{state.value}'") for state in states]
    return deliveries.c.state == names[0] if len(names) == 1 else deliveries.c.state.in_(names)


def sending(edition: int) -> ColumnElement[bool]:
    """Return the condition that *edition* is being sent at this moment."""
    return state_of(edition) == EditionState.SENDING


def state_of(edition: int) -> ColumnElement[str]:
    """Return the state of *edition* at this moment, as an expression."""
    return select(editions.c.state).where(editions.c.id == edition).scalar_subquery()


class Fence:
    """The statements of one holder: lease, pause, cancel, deadline, suppression and the reader's wish, in each."""

    def __init__(self, connection: Connection, holder: Holder, may_send: MaySend) -> None:
        self._mine = holder.mine
        passes, ours = _passes(connection, holder, may_send), deliveries.c.claim == holder.mine
        lease = moment(connection, holder.lease.total_seconds())
        listed_ = in_list(connection, deliveries.c.id, "ids")
        self._mark = Prepared(
            update(deliveries)
            .where(listed_, ours, passes)
            .values(state=DeliveryState.HANDED, at=_NOW, lease=lease),
            connection.dialect,
        )
        by_this = (in_state(DeliveryState.HANDED), deliveries.c.at == _NOW)
        self._which = Prepared(select(deliveries.c.id).where(listed_, ours, *by_this), connection.dialect)
        row = json_columns(connection.dialect, "rows", _ROW)
        answered = row["code"].is_not(None)
        settles = and_(answered, _ANSWERABLE)
        self._both = Prepared(
            update(deliveries)
            .where(deliveries.c.id == row["id"], ours, or_(settles, and_(row["code"].is_(None), passes)))
            .values(
                state=case((answered, DeliveryState.SENT), else_=DeliveryState.HANDED),
                lease=case((answered, null()), else_=lease),
                attempts=case((answered, deliveries.c.attempts + 1), else_=deliveries.c.attempts),
                **{
                    name: case((answered, row[name]), else_=deliveries.c[name])
                    for name in ("code", "reply", "relay")
                },
                at=_NOW,
            ),
            connection.dialect,
        )

    def mark(self, connection: Connection, ids: Collection[int], *, now: datetime) -> set[int]:
        """Return those of *ids* that may be handed over now; each other one is not to be sent.

        *now* is later than at any mark before. Nearly always all are marked, and then their number says it;
        `RETURNING` would cost a call for each row.
        """
        values = {"ids": ids_of(connection, ids), "now": now}
        if self._mark.count(connection, values) == len(ids):
            return set(ids)
        return self._granted(connection, values)

    def both(
        self, connection: Connection, sent: Sequence[Settlement], ids: Collection[int], *, now: datetime
    ) -> set[int]:
        """Return which of *ids* may be handed over, as `mark`; in the same statement write that *sent* were taken."""
        rows = [_row(one) for one in sent] + [{"id": one} for one in ids]
        values = {"rows": json.dumps(rows), "now": now}
        if self._both.count(connection, values) == len(rows):
            return set(ids)
        return self._granted(connection, {"ids": ids_of(connection, ids), "now": now})

    def _granted(self, connection: Connection, values: Mapping[str, object]) -> set[int]:
        return {row[0] for row in self._which.run(connection, values)}


def sent(connection: Connection, holder: Holder, settlements: Sequence[Settlement], *, now: datetime) -> None:
    """Write that the relay took the messages of *settlements*."""
    if settlements:
        values = {"rows": json.dumps([_row(one) for one in settlements]), "mine": holder.mine, "now": now}
        _sent(connection.dialect).count(connection, values)


@lru_cache(maxsize=4)
def _sent(dialect: Dialect) -> Prepared:
    row = json_columns(dialect, "rows", _ROW)
    ours = (deliveries.c.id == row["id"], deliveries.c.claim == bindparam("mine"), _ANSWERABLE)
    values = {name: row[name] for name in ("code", "reply", "relay")}
    state = {"state": DeliveryState.SENT, "attempts": deliveries.c.attempts + 1, "lease": None}
    return Prepared(update(deliveries).where(*ours).values(**state, **values, at=_NOW), dialect)


def _passes(connection: Connection, holder: Holder, may_send: MaySend) -> ColumnElement[bool]:
    ours = deliveries.c.subscriber_id < 0  # our own seeds
    return and_(
        in_state(DeliveryState.SENDING),
        deliveries.c.lease > moment(connection),
        deliveries.c.deadline > _NOW,
        sending(holder.edition),
        or_(ours, may_send(deliveries.c.subscriber_id)),
    )


def _row(one: Settlement) -> dict[str, object]:
    return {"id": one.delivery, "code": one.code, "reply": one.reply[:500], "relay": one.relay}


_NOW = bindparam("now", required=False, type_=UTCDateTime)
_ROW: dict[str, type[Integer] | type[Text]] = {
    "id": BigInteger,
    "code": Integer,
    "reply": Text,
    "relay": Text,
}
_ANSWERABLE = or_(
    in_state(DeliveryState.HANDED), in_state(DeliveryState.UNKNOWN)
)  # a late answer is an answer
