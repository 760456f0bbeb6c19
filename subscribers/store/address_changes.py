"""A change of address: noted when it is asked for, done when it is confirmed at the new one."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, insert, select, update

from subscribers.address import Address, parse_address
from subscribers.links import Keys
from subscribers.model import Evidence
from subscribers.schema import moves, subscribers
from subscribers.store import people
from subscribers.store.consents import record_consent
from subscribers.store.suppressions import suppression_reason


def request_address_change(
    connection: Connection, subscriber_id: int, address: Address, at: datetime, keys: Keys | None = None
) -> bool:
    """Note the request; return whether a mail should go to the new address (it may be taken, or suppressed).

    What the reader reads is the same in each case: whether somebody else is here is nobody's business.
    """
    connection.execute(delete(moves).where(moves.c.subscriber_id == subscriber_id))
    connection.execute(insert(moves).values(subscriber_id=subscriber_id, address=address.text, asked_at=at))
    other = people.subscriber_by_key(connection, address.key)  # oneself, where only the spelling is to change
    never = suppression_reason(connection, key=address.key, keys=keys) if keys else None
    return never is None and (other is None or (other.id == subscriber_id and not other.suppressed))


def confirm_address_change(
    connection: Connection,
    subscriber_id: int,
    asked_at: datetime,
    keys: Keys,
    evidence: Evidence,
    *,
    test_domains: bool,
) -> Literal["moved", "taken", "gone"]:
    """Do what was asked for at that moment; a newer request takes its place, and a taken address stays whose it is."""
    row = connection.execute(
        select(moves.c.address, moves.c.asked_at).where(moves.c.subscriber_id == subscriber_id)
    ).one_or_none()
    if row is None or int(row.asked_at.timestamp()) != int(asked_at.timestamp()):
        return "gone"
    address = parse_address(row.address, test_domains=test_domains)
    if not isinstance(address, Address):
        return "gone"
    other = people.subscriber_by_key(connection, address.key)
    if (other and other.id != subscriber_id) or suppression_reason(connection, key=address.key, keys=keys):
        return "taken"
    connection.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber_id)
        .values(address=address.text, address_key=address.key, domain=address.domain)
    )
    connection.execute(delete(moves).where(moves.c.subscriber_id == subscriber_id))
    record_consent(connection, subscriber_id, "", "address", None, evidence)
    return "moved"
