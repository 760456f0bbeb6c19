"""What the breaker asks of an edition's rows: by provider, how many mails have an answer, and how many went wrong."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, func, select

from digest.delivery.breaker import Counts
from digest.model import DeliveryState
from digest.store.deliveries.mark import in_state
from digest.store.deliveries.settle import ended
from digest.store.schema import deliveries

_BAD = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED, DeliveryState.REFUSED)
_ADDRESS = in_state(DeliveryState.FAILED, DeliveryState.BOUNCED)
_REFUSED = DeliveryState.REFUSED


def counts(
    connection: Connection,
    edition: int,
    dead: Callable[[ColumnElement[int]], ColumnElement[bool]],
    *,
    since: datetime | None,
    events: int,
    but: Collection[str] = (),
) -> dict[str, Counts]:
    """Return what became of the rows of *edition* since *since*, by provider; {} where fewer than *events* are bad.

    What is bad is in an index of its own, and little. To count all the others takes a second for a million rows, so
    it is done only where it can matter. *dead* says whether a reader's address is suppressed. What went through the
    relays *but* is left out: they are halted, and what they said is not believed of a provider.
    """
    table = deliveries.c
    ours = (
        table.edition_id == edition,
        *((table.at > since,) if since else ()),
        *((table.relay.not_in(list(but)),) if but else ()),
    )

    def many(where: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((where, 1), else_=0)), 0)

    hard, refused = many(_ADDRESS & dead(table.subscriber_id)), many(in_state(_REFUSED))
    bad = select(table.provider, hard, many(in_state(DeliveryState.COMPLAINED)), refused)
    found = {
        provider: Counts(hard=dead, complaints=complaints, refused=refused)
        for provider, dead, complaints, refused in connection.execute(
            bad.where(*ours, ended(*_BAD)).group_by(table.provider)
        )
        if provider
    }
    if sum(one.hard + one.complaints + one.refused for one in found.values()) < events:
        return {}
    every = select(table.provider, func.count()).where(*ours, in_state(DeliveryState.SENT, *_BAD))
    for provider, tries in connection.execute(every.group_by(table.provider)):
        if provider:
            found[provider] = replace(found.get(provider, Counts()), tries=tries)
    return {
        provider: replace(
            one, words=_last(connection, *ours, table.provider == provider, refused=one.refused >= one.hard)
        )
        if max(one.hard, one.refused) >= events
        else one
        for provider, one in found.items()
    }


def _last(connection: Connection, *where: ColumnElement[bool], refused: bool) -> str:
    """Return the last answer of those that refuse us, or else of those that name an address."""
    table, states = deliveries.c, (_REFUSED,) if refused else (DeliveryState.FAILED, DeliveryState.BOUNCED)
    query = select(table.code, table.reply).where(*where, ended(*states)).order_by(table.at.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return f"{row[0] or ''} {row[1]}".strip() if row else ""
