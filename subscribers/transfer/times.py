"""Times as lists write them: ISO 8601, numbers, days and months in either order, months by name."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from babel import Locale

from subscribers.transfer.phrases import normalized, tokens

_CLOCK = r"(?:[ T,]+(?:at |um |à |kl |o )?(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?(?:\s*([AaPp])\.?[Mm]\.?)?)?"
_ZONE = r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
SHORT = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})\.?" + _CLOCK + _ZONE)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?" + _CLOCK + _ZONE)
_CJK = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]" + _CLOCK)
_IN_TEXT = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*([AaPp])?\.?(?:[Mm]\.?)?")
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d+))?")  # a day as spreadsheets count them
_LANGUAGES = "en de fr es pt it nl sv da nb fi pl cs sk hu ro ru uk bg hr sl lt lv et tr el he ca id"
_LOCALES = _LANGUAGES.split()
_SMALL = (
    "at um de del of the den le klo kl o г года р utc gmt sept uhr mon tue wed thu fri sat sun monday tuesday "
    "wednesday thursday friday saturday sunday coordinated universal time st nd rd th i in a"
)
_NOISE = frozenset(_SMALL.split())
_LONGEST = 120  # characters: "Mon Mar 04 2024 05:10:00 GMT+0200 (Central European Standard Time)" has 68
EARLIEST = 1971  # before it there was no mail: a zero that somebody took for a time


@lru_cache(maxsize=1)
def _months() -> Mapping[str, int]:
    """Return the months by name, long and short, in many languages; a name that two of them dispute is left out."""
    found: dict[str, set[int]] = {}
    for code in _LOCALES:
        for kind in Locale.parse(code).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in kind[width].items():
                    found.setdefault(normalized(name), set()).add(number)
    return {name: next(iter(numbers)) for name, numbers in found.items() if len(numbers) == 1} | {"sept": 9}


def date_order(text: str) -> str:
    """Return what a cell shows of the order of day and month: "day" or "month" first, "dots", or "" for nothing.

    Dots alone hint at the day: no country writes the month first with them.
    """
    found = SHORT.fullmatch(text)
    if not found:
        return ""
    if int(found[1]) > 12 or int(found[3]) > 12:
        return "day" if int(found[1]) > 12 else "month"
    return "dots" if found[2] == "." else ""


def parse_time(text: str, *, month_first: bool = False) -> datetime | None:
    """Return the time in a cell, taken as UTC where it names no zone; None for none or an absurd one.

    A day and a month in the wrong order are not turned round: `13/04/2024` has no meaning where months come first.
    """
    if not text or len(text) > _LONGEST:
        return None
    try:
        found = _read(text, month_first)
        return found if found is not None and found.year >= EARLIEST else None
    except (ValueError, OverflowError):
        return None


def _read(text: str, month_first: bool) -> datetime | None:
    if text[4:5] == "-":
        try:
            if len(text) <= 19:  # no zone: said here at once, as most lists have a time or two in each row
                return datetime.fromisoformat(f"{text}+00:00" if len(text) > 10 else f"{text}T00:00+00:00")
            return _zoned(datetime.fromisoformat(_offset(text)))
        except ValueError:
            pass
    if text.isdecimal() and len(text) in (10, 13):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    short = SHORT.fullmatch(text)
    if short:
        one, two, year = int(short[1]), int(short[3]), _century(int(short[4]), len(short[4]))
        day, month = (two, one) if month_first else (one, two)
        return _at(year, month, day, short.group(5, 6, 7, 8), short[9])
    first = _YEAR_FIRST.fullmatch(text)
    if first:
        return _at(int(first[1]), int(first[3]), int(first[4]), first.group(5, 6, 7, 8), first[9])
    asian = _CJK.fullmatch(text)
    if asian:
        return _at(int(asian[1]), int(asian[2]), int(asian[3]), asian.group(4, 5, 6, 7), None)
    if text.isdecimal() and len(text) == 8:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    serial = _SERIAL.fullmatch(text)
    if serial:
        part = float(f"0.{serial[2] or 0}")
        whole = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=int(serial[1]))
        return whole + timedelta(seconds=round(part * 86400))
    return _worded(text)


def _worded(text: str) -> datetime | None:
    """Return a time with its month by name, in any order: "13 avril 2024 09:12", "Apr 3, 2024 9:12 PM"."""
    zone = re.search(r"(?:GMT|UTC|\s)([+-]\d{2}:?\d{2})\b", text)
    clock = _IN_TEXT.search(text)
    rest = re.sub(r"(?:GMT|UTC|\s)[+-]\d{2}:?\d{2}\b|\(.*\)", " ", text)
    rest = _IN_TEXT.sub(" ", rest) if clock else rest
    words = [word for each in tokens(rest) for word in re.findall(r"\d+|\D+", each)]
    months = [_months()[word] for word in words if word in _months()]
    numbers = [word for word in words if word.isdecimal()]
    odd = [word for word in words if word not in _months() and word not in _NOISE and not word.isdecimal()]
    if len(months) != 1 or len(numbers) != 2 or (odd and not _weekday(odd)):
        return None
    one, two = numbers
    day, year = (two, one) if len(one) == 4 else (one, two)
    return _at(
        _century(int(year), len(year)), months[0], int(day), clock.groups() if clock else (), zone and zone[1]
    )


def _weekday(words: list[str]) -> bool:
    return len(words) == 1 and words[0] in _weekdays()


@lru_cache(maxsize=1)
def _weekdays() -> frozenset[str]:
    kinds = (Locale.parse(code).days["format"] for code in _LOCALES)
    return frozenset(
        normalized(name)
        for kind in kinds
        for width in ("wide", "abbreviated")
        for name in kind[width].values()
    )


def _century(year: int, digits: int) -> int:
    return year if digits > 2 else year + (2000 if year < 70 else 1900)


def _at(year: int, month: int, day: int, clock: tuple[str | None, ...], zone: str | None) -> datetime:
    hour, minute, second = (int(part or 0) for part in (*clock[:3], *(None,) * (3 - len(clock[:3]))))
    half = clock[3] if len(clock) > 3 else None
    if half:
        hour = hour % 12 + (12 if half in "pP" else 0)
    return datetime(year, month, day, hour, minute, second, tzinfo=_place(zone)).astimezone(UTC)


def _place(zone: str | None) -> timezone:
    if not zone or zone in ("Z", "UTC", "GMT"):
        return UTC
    found = datetime.strptime(zone.replace(":", ""), "%z").utcoffset() or timedelta()
    return timezone(found)


def _offset(text: str) -> str:
    """Return *text* with its zone as ISO 8601 writes it."""
    text = re.sub(r"\s+(UTC|GMT|Z)$", "+00:00", text)
    return re.sub(r"\s+([+-]\d\d):?(\d\d)$", r"\1:\2", text)


def _zoned(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
