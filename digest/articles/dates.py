"""When an article appeared: a publisher's date read in the source's manner, and which dates we believe."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from time import struct_time

from digest.articles import written_dates, zone_names

EARLIEST = datetime(1990, 1, 2, tzinfo=UTC)  # before the web: 1970 and its kin are a server's empty field
AHEAD = timedelta(minutes=10)  # a publisher's clock may run a little fast
UNDATED = timedelta(days=366)  # how old an article without a date counts at its source's first reading
LARGEST_SHIFT = 14  # whole hours by which a clock in a wrong zone is ahead
EMBARGO = timedelta(days=31)  # a date further ahead than this is an event's, or a slip
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
# feedparser reads more forms than we do, and makes a date of nearly anything: only these are left to it.
_STANDARD = re.compile(
    r"(?:[A-Za-z]{3}, ?)?\d{1,2} [A-Za-z]{3,9} \d{2,4}\b|-?-?\d{2,4}-|-\d{4}\b|\d{4}(?:\d{4})?$|\d{7}$"
)


def zone(text: str) -> tzinfo | None:
    """Return "+05:30" or "Asia/Jerusalem" as a zone, None for what is neither."""
    found = _OFFSET.fullmatch(text.strip())
    if found:
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(ahead if found[1] == "+" else -ahead) if ahead < timedelta(hours=24) else None
    return zone_names.by_place(text.strip())


def zones(options: object) -> dict[str, tzinfo]:
    """Return the source's own reading of zone names, from its option `zones = {IST = "Asia/Jerusalem"}`.

    The option `zone` stands under "": it is for dates that name no zone, or one whose name several zones have.
    """
    given = options if isinstance(options, dict) else {}
    table = given.get("zones", {})
    named = list(table.items()) if isinstance(table, dict) else []
    found: dict[str, tzinfo] = {}
    for name, text in [*named, ("", given.get("zone", ""))]:
        place = zone(str(text)) if text else None
        if place:
            found[str(name).upper()] = place
    return found


def moment(
    text: str, own: dict[str, tzinfo], languages: Sequence[str] = (), *, day_first: bool | None = None
) -> datetime | None:
    """Return *text* as a moment in UTC, or None; a date without a zone is in the source's own, else in UTC.

    *own* says what zone names mean in this source: IST is Israel's, India's and Ireland's. *languages* are those
    whose names of months are tried after the English ones; *day_first* says whether 3/4/2026 is in April.
    """
    found = written_dates.moment(text, written_dates.Manner(own, tuple(languages), day_first))
    return found if found and found.year >= 1900 else None


def standard(text: str) -> bool:
    """Return whether *text* begins as dates of mail and of ISO 8601 do."""
    return _STANDARD.match(text.strip()) is not None


def of_parts(parts: struct_time | None) -> datetime | None:
    """Return a parser's UTC time tuple as a datetime; None for none or an impossible one."""
    if parts is None or parts[0] < 1900:  # "0001-01-01" is how some software writes "none"
        return None
    try:
        return datetime(*parts[:5], min(parts[5], 59), tzinfo=UTC)
    except (ValueError, OverflowError, TypeError):
        return None


def settled(published: datetime | None, first_seen: datetime) -> datetime:
    """Return when an article appeared: the publisher's date, or *first_seen* for a missing or absurd one.

    A date ahead of us, by up to EMBARGO, stands: the article waits for it.
    """
    if published is None or not believable(published, first_seen):
        return first_seen
    return published if embargoed(published, first_seen) else min(published, first_seen)


def believable(published: datetime | None, now: datetime) -> bool:
    """Return whether there is a date, and it is neither of before the web nor far ahead."""
    return published is not None and EARLIEST <= published <= now + EMBARGO


def embargoed(published: datetime | None, now: datetime) -> bool:
    """Return whether an article waits for its date; a date too far ahead is none."""
    return published is not None and now + AHEAD < published <= now + EMBARGO


def ahead_by(published: Sequence[datetime | None], made: datetime | None, now: datetime) -> int:
    """Return by how many whole hours a source's clock is ahead, judged by the dates of its new items; 0 for right.

    It is wrong where the feed says that it was *made* whole hours ahead of *now*, or where most of the new items,
    at different times, lie within the same hour ahead. Several at one time are an embargo, and so is one.
    """
    ahead = [date for date in published if date is not None and embargoed(date, now)]
    if made is not None and ahead:
        hours = (made - now) / timedelta(hours=1)
        if 1 <= round(hours) <= LARGEST_SHIFT and abs(hours - round(hours)) <= 0.25:
            return round(hours)
    if 2 * len(ahead) <= len(published) or len(set(ahead)) < 2 or len(ahead) < 3:
        return 0
    shifts = {math.ceil((date - AHEAD - now) / timedelta(hours=1)) for date in ahead}
    return shifts.pop() if len(shifts) == 1 and min(shifts) <= LARGEST_SHIFT else 0
