"""What a report about a mail asks of the readers' tables: when the address was shown to work, and an end."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from subscribers.links import newsletter_mark
from subscribers.model import Act, Evidence, State
from subscribers.schema import consents
from subscribers.store.renames import current_name
from subscribers.store.subscriptions import unsubscribe

_PROVE = (Act.CONFIRM, Act.UNDO, "lift")


def address_standing(connection: Connection, subscriber_id: int) -> tuple[datetime | None, datetime | None]:
    """Return when the reader last showed that the address works (or a person let it in again), and changed it."""

    def last(*acts: str) -> datetime | None:
        mine = (consents.c.subscriber_id == subscriber_id, consents.c.act.in_(acts))
        found: datetime | None = connection.execute(select(func.max(consents.c.at)).where(*mine)).scalar_one()
        return found

    return last(*_PROVE), last("address")


def end_subscription(connection: Connection, subscriber_id: int, newsletter: str, evidence: Evidence) -> bool:
    """End the reader's subscription to *newsletter*, whatever it is called now; return whether one was ended."""
    names = dict.fromkeys((newsletter, current_name(connection, newsletter)))
    done = [unsubscribe(connection, subscriber_id, newsletter_mark(name), evidence) for name in names]
    return any(one is not None and one.before is not State.ENDED for one in done)
