"""Dates as publishers write them, and which of them we believe."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz
from time import struct_time
from typing import Any
from zoneinfo import ZoneInfo

EARLIEST = datetime(1990, 1, 2, tzinfo=UTC)  # before the web: 1970 and its kin are a server's empty field
AHEAD = timedelta(minutes=10)  # a publisher's clock may run a little fast
_NAME = re.compile(r"\b([A-Za-z]{2,5})\s*$")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
_ZONED = re.compile(r"(?:Z|[+-]\d{2}:?\d{2}|\b[A-Z]{1,5})\s*$")


def zone(text: str) -> tzinfo | None:
    """Return "+05:30" or "Asia/Jerusalem" as a zone, None for what is neither."""
    found = _OFFSET.fullmatch(text.strip())
    if found:
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(ahead if found[1] == "+" else -ahead) if ahead < timedelta(hours=24) else None
    try:
        return ZoneInfo(text.strip())
    except (ValueError, KeyError, OSError):
        return None


def zones(options: Any) -> dict[str, tzinfo]:
    """Return the source's own reading of zone names, from its option `zones = {IST = "Asia/Jerusalem"}`.

    The option `zone` stands under "" and is for dates that name no zone at all.
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


def moment(text: str, own: dict[str, tzinfo]) -> datetime | None:
    """Return *text* (ISO 8601 or the mail format) in UTC, or None; a date without a zone is taken as UTC.

    *own* says what zone names mean in this source: IST is Israel's, India's and Ireland's.
    """
    text = " ".join(text.split())[:80]
    named = misread(text, own)
    if named:
        text = _NAME.sub("", text).strip()
    found = _iso(text) or _mail(text)
    if found is None or found.year < 1900:
        return None
    if named or found.tzinfo is None:
        found = found.replace(tzinfo=named or own.get("", UTC))
    return _utc(found)


def misread(text: str, own: dict[str, tzinfo]) -> tzinfo | None:
    """Return the zone that *own* gives to the name at the end of *text*; None where it says nothing."""
    found = _NAME.search(text)
    if found:
        return own.get(found[1].upper())
    return None if _ZONED.search(text) else own.get("")


def of_parts(parts: struct_time | None) -> datetime | None:
    """Return a parser's UTC time tuple as a datetime; None for none or an impossible one."""
    if parts is None or parts[0] < 1900:  # "0001-01-01" is how some software writes "none"
        return None
    try:
        return datetime(*parts[:5], min(parts[5], 59), tzinfo=UTC)
    except (ValueError, OverflowError, TypeError):
        return None


def settled(published: datetime | None, first_seen: datetime) -> datetime:
    """Return when an article appeared: the publisher's date, or *first_seen* for a missing or absurd one."""
    if published is None or published < EARLIEST or published > first_seen + AHEAD:
        return first_seen
    return min(published, first_seen)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _mail(text: str) -> datetime | None:
    parts = parsedate_tz(text)
    if parts is None:
        return None
    try:
        found = datetime(*parts[:5], min(parts[5], 59))  # noqa: DTZ001 - its zone is set on the next line
        return found if parts[9] is None else found.replace(tzinfo=timezone(timedelta(seconds=parts[9])))
    except (ValueError, OverflowError):
        return None


def _utc(found: datetime) -> datetime | None:
    try:
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
