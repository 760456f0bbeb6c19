"""What a row of somebody's list says about a reader."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """What the other system says of this reader."""

    SUBSCRIBED = "subscribed"  # from here on, the graver the later
    PENDING = "pending"  # asked there, but never confirmed
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    DELETED = "deleted"


class Entry(NamedTuple):
    """A row, read: *address* is as it stands there; times are aware. A tuple: there are millions of them.

    *created_at* is when the reader signed up, or confirmed where only that is told.
    """

    address: str
    status: Status = Status.SUBSCRIBED
    first_name: str = ""
    last_name: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    created_at: datetime | None = None
    confirmed_at: datetime | None = None
