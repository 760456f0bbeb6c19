"""What a row of somebody's list says about a reader."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class ImportStatus(StrEnum):
    """What the other system says of this reader; from top to bottom ever less consent."""

    SUBSCRIBED = "subscribed"
    PAUSED = "paused"  # of our own export: until a date
    UNKNOWN = "unknown"  # it says something that we do not understand, or nothing where others say something
    PENDING = "pending"  # asked there, but never confirmed
    UNSUBSCRIBED = "unsubscribed"
    DELETED = "deleted"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"  # the address must not be written to


GRAVITY = {status: place for place, status in enumerate(ImportStatus)}


class Entry(NamedTuple):
    """A row, read: *address* is as it is written there; times are aware. A tuple: there are millions of them.

    *created_at* is when the reader signed up, or confirmed where only that is said; *undated* is what stood
    there instead of a time that can be read. *why* says what in the row made its status unknown.
    """

    address: str
    status: ImportStatus = ImportStatus.SUBSCRIBED
    first_name: str = ""
    last_name: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    created_at: datetime | None = None
    confirmed_at: datetime | None = None
    why: str = ""
    undated: str = ""
    newsletter: str = ""  # these four: of our own export only
    sections: str = ""
    zone: str = ""
    paused_until: datetime | None = None
