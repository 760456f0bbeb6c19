"""What the newsroom's tables hold of a reader: gone in the transaction that erases the reader."""

from collections.abc import Collection

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, delete, func, or_, select, update

from digest.model import DeliveryState
from digest.store.feedback import kept
from digest.store.schema import deliveries, delivery_events, editions, halts, outbox

ERASED = "[erased]"
_TO_READERS = ("confirm", "already", "welcome", "manage", "move", "move-asked", "moved")
_OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.HANDED)


def forget(connection: Connection, subscriber: int, addresses: Collection[str]) -> None:
    """Delete the single mails to *addresses*, waiting ones too, and take them out of what relays answered.

    An alarm that waits stays: it is for a mailbox of the newsroom, which the configuration names. The rows of the
    ledger stay, too: without the reader they say that somebody got an edition, no more.
    """
    keys = sorted({address.lower() for address in addresses})
    kept.forget(connection, subscriber, keys)
    waiting_alarm = and_(outbox.c.kind == "alarm", outbox.c.state.in_(_OPEN))
    connection.execute(delete(outbox).where(_is_one(outbox.c.recipient, [*addresses, *keys]), ~waiting_alarm))
    # what went to an address that the reader had before: `subscribers.pages.mails` puts the number into the key
    theirs = outbox.c.key.like(f"%:{subscriber}:%"), outbox.c.kind.in_(_TO_READERS)
    connection.execute(delete(outbox).where(*theirs))
    # by edition and reader: the ledger's unique key, where a search by the reader alone would read it all
    mine = and_(deliveries.c.edition_id.in_(select(editions.c.id)), deliveries.c.subscriber_id == subscriber)
    for address in keys:
        ours = select(deliveries.c.id).where(mine)
        _taken_out(connection, deliveries, deliveries.c.reply, address, mine)
        _taken_out(
            connection,
            delivery_events,
            delivery_events.c.text,
            address,
            delivery_events.c.delivery_id.in_(ours),
        )
        for table, column in ((halts, halts.c.why), (editions, editions.c.halt)):
            _taken_out(connection, table, column, address)


def _is_one(column: Column[str], addresses: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that *column* is one of *addresses*; SQLite lowers ASCII only, hence both forms."""
    return or_(column.in_(addresses), func.lower(column).in_(addresses))


def _taken_out(
    connection: Connection, table: Table, column: Column[str], address: str, *where: ColumnElement[bool]
) -> None:
    """Put a word in place of the text where it names *address*, in any case."""
    names = func.lower(column).contains(address, autoescape=True)
    connection.execute(update(table).where(*where, names).values({column: ERASED}))
