"""What a halted run said of addresses is taken back: it was about us, or the server was ill.

Why: docs/design-notes.md, "What a halted run said of addresses is taken back".
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, delete, func, insert, select, update

from digest.model import DeliveryState, EditionState
from digest.store import halts
from digest.store.deliveries.mark import in_state
from digest.store.deliveries.settle import ended
from digest.store.feedback.tables import soft_bounces
from digest.store.schema import deliveries, delivery_events, editions

ARRIVED = (DeliveryState.SENT, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)
FINAL = (*ARRIVED, DeliveryState.FAILED, DeliveryState.REFUSED, DeliveryState.UNDELIVERABLE)
WHY = "taken back: the run that said so was halted"


def share(connection: Connection, edition: int, *where: ColumnElement[bool]) -> tuple[int, int]:
    """Return how many mails of *edition* were accepted, of how many that have a final answer."""
    accepted = func.coalesce(func.sum(case((in_state(*ARRIVED), 1), else_=0)), 0)
    query = select(accepted, func.count()).where(deliveries.c.edition_id == edition, in_state(*FINAL), *where)
    row = connection.execute(query).one()
    return int(row[0]), int(row[1])


def mistrusted(connection: Connection, edition: int, *where: ColumnElement[bool]) -> bool:
    """Return whether fewer than half of the mails that have a final answer were accepted."""
    accepted, final = share(connection, edition, *where)
    return 2 * accepted < final


def failed(
    connection: Connection, edition: int, *where: ColumnElement[bool]
) -> list[tuple[int, int, int, str]]:
    """Return (delivery, subscriber, code, reply) of the rows of *edition* that failed by their address."""
    table = deliveries.c
    query = select(table.id, table.subscriber_id, table.code, table.reply).where(table.edition_id == edition)
    rows = connection.execute(query.where(ended(DeliveryState.FAILED), *where))
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def bounced(connection: Connection, edition: int, provider: str) -> list[int]:
    """Return the mails of *edition* that came back from *provider*."""
    own = (deliveries.c.edition_id == edition, deliveries.c.provider == provider)
    query = select(deliveries.c.id).where(*own, ended(DeliveryState.BOUNCED))
    return list(connection.execute(query).scalars())


def refused(
    connection: Connection,
    ids: Collection[int],
    *,
    now: datetime,
    why: str = WHY,
    state: DeliveryState = DeliveryState.FAILED,
) -> list[tuple[int, datetime]]:
    """Make failed rows, or those in *state*, refused ones; return (subscriber, when it failed) of each."""
    table, found = deliveries.c, list[tuple[int, datetime]]()
    every = sorted(ids)
    for some in (every[at : at + 500] for at in range(0, len(every), 500)):
        mine = (table.id.in_(some), ended(state))
        rows = connection.execute(select(table.id, table.subscriber_id, table.at).where(*mine)).all()
        connection.execute(update(deliveries).where(*mine).values(state=DeliveryState.REFUSED))
        events = [
            {"delivery_id": row.id, "at": now, "state": DeliveryState.REFUSED, "code": 0, "text": why}
            for row in rows
        ]
        if events:
            connection.execute(insert(delivery_events), events)
        connection.execute(delete(soft_bounces).where(soft_bounces.c.delivery_id.in_(some)))
        found += [(row.subscriber_id, row.at) for row in rows]
    return found


def halted(connection: Connection, edition: int) -> tuple[bool, frozenset[str]]:
    """Return whether *edition* is halted, and the providers and relays that are; whoever halts one waits for us."""
    query = select(editions.c.state).where(editions.c.id == edition).with_for_update(read=True)
    state = connection.execute(query).scalar_one()
    return state == EditionState.HALTED, frozenset(halts.of(connection, edition))


def of_halted(connection: Connection, ids: Collection[int], names: Collection[str]) -> set[int]:
    """Return those of the deliveries *ids* whose provider is among *names*."""
    if not names:
        return set()
    query = select(deliveries.c.id).where(deliveries.c.id.in_(ids), deliveries.c.provider.in_(names))
    return set(connection.execute(query).scalars())
