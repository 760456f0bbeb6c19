"""Soft bounces: a mailbox that is full or closed is counted for its reader, and too often it is suppressed.

What the relay says at once and what is reported days later count alike: `delivery/consequences.py` says how.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from digest.delivery.consequences import Earlier, Limits, soft_count
from digest.store.feedback import kept
from subscribers.api import Keys, address_standing, suppress


@dataclass(frozen=True, slots=True)
class SoftBounces:
    """Counts them for the readers of a site."""

    keys: Keys
    limits: Limits

    def earlier(
        self, connection: Connection, delivery: int, subscriber: int, proved: datetime | None, now: datetime
    ) -> list[Earlier]:
        """Return a reader's other mails that say something of the address: those since it was last *proved*."""
        mails = kept.earlier(connection, subscriber, delivery, now - self.limits.window)
        return [mail for mail in mails if proved is None or mail.sent > proved]

    def failed(
        self, connection: Connection, delivery: int, subscriber: int, words: str, now: datetime
    ) -> bool:
        """Count what the relay said just now of the reader's mailbox; return whether it is suppressed by that."""
        if subscriber <= 0 or not kept.count_soft(connection, delivery, subscriber, now, now):
            return False
        proved, _ = address_standing(connection, subscriber)
        mails = self.earlier(connection, delivery, subscriber, proved, now)
        count = soft_count([*mails, Earlier(now, soft=True, accepted=False)], self.limits, now)
        if count < self.limits.most:
            return False
        return suppress(
            connection, reason="bounce", at=now, subscriber_id=subscriber, keys=self.keys, words=words
        )
