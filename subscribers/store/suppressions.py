"""Addresses we must not write to. The flag on the subscriber is kept in step, for single statements."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from subscribers import journal
from subscribers.address import InvalidAddress, parse_address
from subscribers.links import Keys
from subscribers.model import Evidence, Reason
from subscribers.rules import outweighs
from subscribers.schema import AnyRow, subscribers, suppressions
from subscribers.store.consents import record_consent
from subscribers.store.people import get_or_create, subscriber_by_id, subscriber_by_key

HASH = "suppressed-address"
LONGEST = 500  # characters that are kept of the words that caused it


def suppress(
    connection: Connection,
    *,
    reason: str,
    at: datetime,
    address: str | None = None,
    subscriber_id: int | None = None,
    keys: Keys | None = None,
    words: str = "",
) -> bool:
    """Mark the address or subscriber as not to be written to; return whether that, or the reason, is new.

    *words* are those that caused it: they may name the address, so they are only kept beside a reader.

    An address that is nobody's is kept as a keyed hash where *keys* are given; without them as a subscriber
    without subscriptions. One that is no address is left alone.
    """
    reason = Reason(reason)
    subscriber = subscriber_by_id(connection, subscriber_id) if subscriber_id is not None else None
    if subscriber is None and address is not None:
        good = parse_address(address, test_domains=True)
        if isinstance(good, InvalidAddress):
            return False
        subscriber = subscriber_by_key(connection, good.key)
        if subscriber is None and keys is not None:
            return store_suppression(connection, None, keys.hashes(HASH, good.key)[0], reason, at)
        subscriber = subscriber or get_or_create(connection, good, at)
    if subscriber is None:
        return False
    if subscriber.suppressed and not outweighs(
        reason, suppression_reason(connection, subscriber_id=subscriber.id)
    ):
        return False
    digest = keys.hashes(HASH, subscriber.address.lower())[0] if keys else None
    store_suppression(connection, subscriber.id, digest, reason, at, words)
    _flag(connection, subscriber.id, True)
    record_consent(connection, subscriber.id, "", "suppress", None, Evidence(at, reason))
    return True


def store_suppression(
    connection: Connection,
    subscriber_id: int | None,
    digest: bytes | None,
    reason: Reason,
    at: datetime,
    words: str = "",
) -> bool:
    """Keep a suppression of a reader, of a hash, or of both; return whether it, or its reason, is new."""
    same = or_(
        and_(suppressions.c.subscriber_id.is_not(None), suppressions.c.subscriber_id == subscriber_id),
        and_(suppressions.c.address_hmac == digest, suppressions.c.address_hmac.is_not(None)),
    )
    found = connection.execute(select(suppressions).where(same)).first()
    if found and not outweighs(reason, Reason(found.reason)):
        return False
    hexed = digest.hex() if digest else ""
    journal.append(connection, "suppress", at, reader=subscriber_id or 0, hash=hexed, reason=str(reason))
    values = {"subscriber_id": subscriber_id, "reason": reason, "at": at, "words": words[:LONGEST]}
    if found:
        values["subscriber_id"] = subscriber_id or found.subscriber_id
        connection.execute(update(suppressions).where(suppressions.c.id == found.id).values(**values))
    else:
        connection.execute(insert(suppressions).values(address_hmac=digest, **values))
    return True


def suppression_reason(
    connection: Connection, *, subscriber_id: int | None = None, key: str = "", keys: Keys | None = None
) -> Reason | None:
    """Return why the subscriber, or the address with *key*, must not be written to; None where it may."""
    digests = keys.hashes(HASH, key) if keys and key else ()
    found = connection.execute(
        select(suppressions.c.reason).where(
            or_(
                suppressions.c.address_hmac.in_(digests),
                and_(
                    suppressions.c.subscriber_id == subscriber_id, suppressions.c.subscriber_id.is_not(None)
                ),
            )
        )
    ).first()
    return Reason(found[0]) if found else None


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why and since when an address is not written to, and the *words* that caused it; *subscriber_id* may be none."""

    id: int
    subscriber_id: int | None
    reason: Reason
    at: datetime
    words: str


def find_suppression(connection: Connection, key: str, keys: Keys) -> Suppression | None:
    """Return the suppression of the address with *key*, a reader's or nobody's; None where there is none."""
    person = subscriber_by_key(connection, key)
    same: list[ColumnElement[bool]] = [suppressions.c.address_hmac.in_(keys.hashes(HASH, key))]
    if person is not None:
        same.append(suppressions.c.subscriber_id == person.id)
    found = connection.execute(
        select(suppressions).where(or_(*same)).order_by(suppressions.c.subscriber_id)
    ).first()
    return _read(found) if found else None


def find_suppressions(connection: Connection, ids: Collection[int]) -> dict[int, Suppression]:
    """Return the suppressions of the subscribers *ids*, by subscriber."""
    found = connection.execute(select(suppressions).where(suppressions.c.subscriber_id.in_(ids)))
    return {row.subscriber_id: _read(row) for row in found}


def lift_suppression(connection: Connection, key: str, keys: Keys, evidence: Evidence) -> Suppression | None:
    """Let the address with *key* be written to again on a person's word; return what it was suppressed for.

    Subscriptions stay as they are. What an erasure left is not lifted: it is returned, and stays.
    """
    found = find_suppression(connection, key, keys)
    if found is None or found.reason is Reason.ERASED:
        return found
    digest = connection.execute(
        delete(suppressions).where(suppressions.c.id == found.id).returning(suppressions.c.address_hmac)
    ).scalar_one()
    reader = found.subscriber_id or 0
    if reader:
        _flag(connection, reader, False)
        record_consent(connection, reader, "", "lift", None, evidence)
    journal.append(connection, "lift", evidence.at, reader=reader, hash=digest.hex() if digest else "")
    return found


def _read(row: AnyRow) -> Suppression:
    return Suppression(row.id, row.subscriber_id, Reason(row.reason), row.at, row.words)


def lift_for_reasons(
    connection: Connection, subscriber_id: int, reasons: Collection[Reason], at: datetime
) -> bool:
    """Take the suppression back if it is for one of *reasons*; return whether it was."""
    own = (suppressions.c.subscriber_id == subscriber_id, suppressions.c.reason.in_(reasons))
    found = connection.execute(select(suppressions.c.address_hmac).where(*own)).one_or_none()
    if found is None:
        return False
    connection.execute(delete(suppressions).where(*own))
    _flag(connection, subscriber_id, False)
    journal.append(connection, "lift", at, reader=subscriber_id, hash=found[0].hex() if found[0] else "")
    return True


def retract_bounce(connection: Connection, subscriber_id: int, made: datetime, at: datetime) -> bool:
    """Take back the suppression for a bounce that was made at *made*, and no other; return whether there was one."""
    own = (suppressions.c.subscriber_id == subscriber_id, suppressions.c.at == made)
    if connection.execute(select(suppressions.c.id).where(*own)).first() is None:
        return False
    if not lift_for_reasons(connection, subscriber_id, (Reason.BOUNCE,), at):
        return False
    record_consent(
        connection, subscriber_id, "", "lift", None, Evidence(at, "taken back: the send was halted")
    )
    return True


def claim_suppression(connection: Connection, subscriber_id: int, key: str, keys: Keys) -> Reason | None:
    """Tie a suppression that outlived an erasure to the subscriber who came anew; return its reason."""
    digests = keys.hashes(HASH, key)
    found = connection.execute(
        select(suppressions.c.id, suppressions.c.reason).where(suppressions.c.address_hmac.in_(digests))
    ).first()
    if found is None:
        return None
    connection.execute(
        update(suppressions).where(suppressions.c.id == found.id).values(subscriber_id=subscriber_id)
    )
    _flag(connection, subscriber_id, True)
    return Reason(found.reason)


def _flag(connection: Connection, subscriber_id: int, suppressed: bool) -> None:
    connection.execute(
        update(subscribers).where(subscribers.c.id == subscriber_id).values(suppressed=suppressed)
    )
