"""What we hold, handed out: a list as CSV, one person's data as plain values for JSON."""

import csv
from datetime import datetime
from typing import TextIO

from sqlalchemy import Connection

from subscribers.model import Json, State, Subscription
from subscribers.store import consents, people

HEADER = (
    "email",
    "name",
    "newsletter",
    "status",
    "sections",
    "language",
    "time zone",
    "created_at",
    "confirmed_at",
    "paused_until",
    "suppressed",
)

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(text: str) -> str:
    """Return *text* such that a spreadsheet does not take it for a formula (OWASP: CSV injection).

    A text that looks as if it were guarded already is guarded once more, so that an import gets it back whole.
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULAS) else text


def export_csv(
    connection: Connection, file: TextIO, *, newsletter: str = "", state: State | None = None
) -> int:
    """Write the readers as CSV with a header; return how many rows there were. Memory holds a block."""
    writer = csv.writer(file)
    writer.writerow(HEADER)
    count = 0
    for reader, subscription in people.iterate_subscriptions(connection, newsletter=newsletter, state=state):
        times = (reader.created_at, subscription.confirmed_at, subscription.paused_until)
        about = (
            reader.address,
            reader.name,
            subscription.newsletter,
            subscription.state,
            subscription.sections,
            reader.language,
            reader.zone,
        )
        writer.writerow([*map(escape_formula, about), *map(_iso, times), "yes" if reader.suppressed else ""])
        count += 1
    return count


def export_person(connection: Connection, subscriber_id: int) -> dict[str, Json] | None:
    """Return all that is held about one person, as values that JSON takes; None where there is nobody."""
    person = people.load_person(connection, subscriber_id)
    if person is None:
        return None
    reader = person.subscriber
    return {
        "address": reader.address,
        "name": reader.name,
        "language": reader.language,
        "time_zone": reader.zone,
        "created_at": _iso(reader.created_at),
        "suppressed": reader.suppressed,
        "subscriptions": [_as_json(one) for one in person.subscriptions],
        "history": [
            {
                "at": _iso(entry.at),
                "newsletter": entry.newsletter,
                "act": entry.act,
                "state": entry.state,
                "source": entry.source,
                "text_shown": entry.text,
            }
            for entry in consents.consent_history(connection, subscriber_id)
        ],
    }


def _as_json(subscription: Subscription) -> Json:
    sections: list[Json] = [*subscription.sections.split(",")]
    return {
        "newsletter": subscription.newsletter,
        "state": str(subscription.state),
        "sections": sections if subscription.sections else "all",
        "asked_at": _iso(subscription.asked_at),
        "confirmed_at": _iso(subscription.confirmed_at),
        "paused_until": _iso(subscription.paused_until),
    }


def _iso(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
