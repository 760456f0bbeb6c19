"""Which delivery a report is about, by what only that mail held: its return address, or its Message-ID.

Both carry a keyed hash, so whoever has one real mail can name that mail and no other. Addresses and names in a
report prove nothing.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy import Connection

from digest.delivery.feedback.tokens import MOST
from digest.messages.headers import message_ids_by
from digest.messages.return_path import MESSAGE_ID, delivery_of
from digest.model.feedback import FeedbackReport
from digest.store import editions
from digest.store.feedback import kept
from subscribers.api import Address, Links, parse_address, subscriber_by_key

RECENT = timedelta(days=14)  # a provider tells of a mail within days
_VERP = re.compile(r"(?<![a-z0-9])b\+([a-z2-7]{16,80})(?![a-z0-9])", re.IGNORECASE)
_ROW = re.compile(r"(\d{1,10})\.(\d{1,10})\.(-?\d{1,19})\.[0-9a-f]{16}@\S{1,255}")


def delivery(links: Links, connection: Connection, report: FeedbackReport) -> int | None:
    """Return the delivery that *report* is about; None where no token in it is ours."""
    for address in report.addressed[:MOST]:
        for token in _VERP.findall(address):
            found = delivery_of(links, f"b+{token}@")
            if found is not None:
                return found
    for message_id in report.message_ids[:MOST]:
        found = _by_message_id(links, connection, message_id.strip("<> \t"))
        if found is not None:
            return found
    return None


def newest(connection: Connection, report: FeedbackReport, now: datetime) -> int | None:
    """Return the newest delivery to a reader whom *report* names by address; only for what is proved by itself.

    Some providers put their own Message-ID and return path on each mail, so their events name the reader alone.
    """
    named = (*(one.address or "" for one in report.recipients), *report.addressed)
    for text in dict.fromkeys(named[:MOST]):
        address = parse_address(text, test_domains=True)
        person = subscriber_by_key(connection, address.key) if isinstance(address, Address) else None
        found = kept.newest(connection, person.id, now - RECENT) if person else None
        if found is not None:
            return found
    return None


def _by_message_id(links: Links, connection: Connection, message_id: str) -> int | None:
    found = _ROW.fullmatch(message_id)
    if found is None:
        return None
    edition, revision, reader = int(found[1]), int(found[2]), int(found[3])
    saved = editions.by_id(connection, edition) if edition < 2**31 else None
    if saved is None:
        return None
    domain = message_id.rpartition("@")[2]
    for key in links.keys.hashes(MESSAGE_ID, ""):
        of = message_ids_by(key, saved.newsletter, saved.date, edition, revision, domain)
        if of(reader) == f"<{message_id}>":
            return kept.of_reader(connection, edition, reader)
    return None
