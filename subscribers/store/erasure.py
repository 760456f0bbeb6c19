"""Erasing a person: what stays is a keyed hash of the address, so that no list can import them again.

Why: docs/design-notes.md, "Erasing reaches what was mailed and answered, too".
"""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import Connection, and_, delete, exists, or_, select

from subscribers import journal
from subscribers.links import Keys
from subscribers.model import Reason, State
from subscribers.schema import consents, moves, subscribers, subscriptions, suppressions
from subscribers.store import people
from subscribers.store.consents import for_newsletter, is_withdrawal
from subscribers.store.suppressions import HASH, suppression_reason
from subscribers.store.upsert import insert_or_ignore

ForgetElsewhere = Callable[[Connection, int, Collection[str]], None]


def erase_person(
    connection: Connection,
    subscriber_id: int,
    keys: Keys,
    at: datetime,
    *,
    forget: ForgetElsewhere | None = None,
) -> bool:
    """Delete all that is held about a person but the hash and the reason; return whether there was anybody.

    *forget* is called in the same transaction with the person's number and addresses, the new one that waits for
    its confirmation among them: it deletes what others keep beside these tables. A bounce or a complaint stays the
    reason it was. Links in old mails stay good for nothing but "you are out": ids are never used again.
    """
    person = people.subscriber_by_id(connection, subscriber_id)
    if person is None:
        return False
    reason = suppression_reason(connection, subscriber_id=subscriber_id) or Reason.ERASED
    digests = keys.hashes(HASH, person.address.lower())
    if forget is not None:
        waiting = connection.execute(select(moves.c.address).where(moves.c.subscriber_id == subscriber_id))
        forget(connection, subscriber_id, [person.address, *waiting.scalars()])
    for table in (subscriptions, consents, moves):
        connection.execute(delete(table).where(table.c.subscriber_id == subscriber_id))
    connection.execute(delete(suppressions).where(suppressions.c.subscriber_id == subscriber_id))
    connection.execute(delete(subscribers).where(subscribers.c.id == subscriber_id))
    row = {"address_hmac": digests[0], "subscriber_id": None, "reason": reason, "at": at}
    insert_or_ignore(connection, suppressions, row, "address_hmac")
    journal.append(connection, "erase", at, reader=subscriber_id, hash=digests[0].hex(), reason=str(reason))
    return True


def forget_unconfirmed(connection: Connection, before: datetime, *, limit: int = 1000) -> int:
    """Delete subscriptions that were asked for before *before* and never confirmed; return how many.

    Who was a reader once, or has ever said no, goes back to `ended`, so that no list imports them; who never
    was goes away altogether.
    """
    stale = subscriptions.c.state == State.PENDING, subscriptions.c.asked_at < before
    left = exists().where(
        consents.c.subscriber_id == subscriptions.c.subscriber_id,
        for_newsletter(subscriptions.c.newsletter),
        is_withdrawal(),
    )
    once = and_(*stale, or_(subscriptions.c.confirmed_at.is_not(None), left))
    connection.execute(subscriptions.update().where(once).values(state=State.ENDED))
    found = connection.execute(
        select(subscriptions.c.subscriber_id, subscriptions.c.newsletter).where(*stale).limit(limit)
    ).all()
    for subscriber_id, newsletter in found:
        own = subscriptions.c.subscriber_id == subscriber_id
        connection.execute(delete(subscriptions).where(own, subscriptions.c.newsletter == newsletter))
        others = connection.execute(select(subscriptions.c.newsletter).where(own).limit(1)).first()
        if others is None and suppression_reason(connection, subscriber_id=subscriber_id) is None:
            connection.execute(delete(moves).where(moves.c.subscriber_id == subscriber_id))
            connection.execute(delete(consents).where(consents.c.subscriber_id == subscriber_id))
            connection.execute(delete(subscribers).where(subscribers.c.id == subscriber_id))
    return len(found)
