"""Mistrust: what a server that accepts fewer than half of our mails says of addresses is not believed.

`docs/delivery.md` argues why nothing of it is left behind, whatever is killed when.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from digest.delivery.blame import classified
from digest.delivery.halts import LEAST, RELAY
from digest.delivery.settle import Settlement
from digest.model import DeliveryState
from digest.outcomes import Rejected
from digest.store.deliveries import take_back as takeback
from digest.store.schema import deliveries
from subscribers.api import retract_bounce, subscriber_by_id


def believed(connection: Connection, edition: int, settlements: Sequence[Settlement]) -> list[Settlement]:
    """Return *settlements*; what a halted provider, relay or run says of an address is about us.

    Whoever halts one of them waits until this transaction is over.
    """
    stopped, names = takeback.halted(connection, edition)
    failed = [one.delivery for one in settlements if one.state is DeliveryState.FAILED]
    theirs = takeback.of_halted(connection, failed, names)

    def ours(one: Settlement) -> bool:
        return stopped or one.delivery in theirs or f"{RELAY}{one.relay}" in names

    return [
        replace(one, state=DeliveryState.REFUSED, suppress=False)
        if one.state is DeliveryState.FAILED and ours(one)
        else one
        for one in settlements
    ]


def overdue(connection: Connection, edition: int, halted: Collection[str]) -> str:
    """Return why a run before should have halted *edition*, leaving *halted* providers aside; "" where none should."""
    accepted, final = takeback.share(connection, edition, deliveries.c.provider.not_in(halted))
    return f"{accepted} of {final} mails were accepted" if final >= LEAST and 2 * accepted < final else ""


def take_back(connection: Connection, edition: int, now: datetime, who: str = "") -> int:
    """Take back what was said of addresses where fewer than half of the mails were accepted.

    *who* is a provider, or a relay as "relay NAME"; without, all of *edition* is meant. Returns how many suppressions
    were taken back: exactly those that were made together with a row that failed.
    """
    table, relay = deliveries.c, who.removeprefix(RELAY)
    where = [] if not who else [table.provider == who] if relay == who else [table.relay == relay]
    if not takeback.mistrusted(connection, edition, *where):
        return 0
    failed = [row for row, *_ in takeback.failed(connection, edition, *where)]
    made = takeback.refused(connection, failed, now=now)
    return sum(retract_bounce(connection, reader, at, now) for reader, at in made)


def take_back_late(connection: Connection, edition: int, provider: str, now: datetime) -> int:
    """Take back what *provider* said of addresses in reports that came later; return how many suppressions that was."""
    rows = takeback.bounced(connection, edition, provider)
    made = takeback.refused(connection, rows, now=now, state=DeliveryState.BOUNCED)
    return sum(retract_bounce(connection, reader, at, now) for reader, at in made)


def misjudged(connection: Connection, edition_id: int, names: frozenset[str]) -> set[int]:
    """Return the rows that failed by our fault (*names* are ours) or the relay's, as their answer is judged now."""
    found = set[int]()
    for row, reader, code, reply in takeback.failed(connection, edition_id):
        if not code or isinstance(classified("rcpt", code, reply, names), Rejected):
            continue
        person = subscriber_by_id(connection, reader)  # who reads at our own domain is not our sender
        address = person.address if person else ""
        if not isinstance(classified("rcpt", code, reply, names, reader=address), Rejected):
            found.add(row)
    return found
