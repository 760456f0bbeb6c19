"""When to come again: what the publisher asked for, within what the newsroom wants."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)
_NUMBER = re.compile("[0-9]+")  # and no other digits: "²" is one to Python, and no number
_NEVER_MORE = timedelta(days=3650)


def hold(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Return how long the answer's headers ask us to wait: the longest of Retry-After, max-age and Expires.

    RFC 9111, 5.2.2.1 and 5.3; RFC 9110, 10.2.3. With a max-age, Expires does not count.
    """
    asked = [retry_after(headers, now)]
    control = headers.get("cache-control", "")
    age = _MAX_AGE.search(control)
    if age:
        asked.append(min(timedelta(seconds=int(age[1])), _NEVER_MORE) - _age(headers))
    elif "no-cache" not in control.lower() and "no-store" not in control.lower():
        expires = _date(headers.get("expires", ""))
        if expires:
            asked.append(expires - (_date(headers.get("date", "")) or now))
    return max(timedelta(), *asked)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Return the wait that Retry-After asks for, in seconds or as a date; zero without one."""
    text = headers.get("retry-after", "").strip()
    if _NUMBER.fullmatch(text):
        return min(timedelta(seconds=int(text[:10])), _NEVER_MORE)
    at = _date(text)
    return max(at - now, timedelta()) if at else timedelta()


def next_poll(
    now: datetime, *, interval: timedelta, longest: timedelta, asked: timedelta, failures: int
) -> datetime:
    """Return when to read the source again: *interval*, or what was *asked*, doubled for each failure.

    Never later than *longest* from now (but for an *interval* that is itself longer).
    """
    wait = max(interval, asked)
    if failures:
        wait = max(wait, interval * 2 ** min(failures, 12))
    return now + min(wait, max(longest, interval))


def _age(headers: Mapping[str, str]) -> timedelta:
    text = headers.get("age", "").strip()
    return timedelta(seconds=int(text[:9])) if _NUMBER.fullmatch(text) else timedelta()


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
