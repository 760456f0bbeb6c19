"""Dates as people and software write them, in any order and in the languages of feeds, to a moment or to none.

A text is read as a whole: what it says beyond a date, a time, a weekday and a zone makes it none, so that a sentence
with a number in it is never taken for a date.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from digest.articles import month_names, zone_names

LONGEST = 120
_EPOCHS = {9: 1, 10: 1, 12: 1_000, 13: 1_000, 16: 1_000_000}  # digits -> parts of a second
_EPOCH = re.compile(r"(\d{9,16})(?:\.\d{1,9})?")
_COMPACT = re.compile(
    r"(\d{4})(\d\d)(\d\d)(?:[T ]?(\d\d)(\d\d)(\d\d)?(?:\.\d+)?)?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d)?"
)
_CLOCK = r"(?<![\d:.])(?P<hour>\d{1,2})(?:\s?[:h]\s?(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,:]\d{1,9})?)?(?![\d:])h?)"
_HALVES = r"(?P<half>[ap](?:\.\s?m\.?|m\b)|上午|下午|오전|오후|ص\b|م\b|πμ|μμ|de\.|du\.)"
_TIME = re.compile(rf"{_CLOCK}(?:\s*{_HALVES})?", re.IGNORECASE)
_HALF_BEFORE = re.compile(rf"{_HALVES}\s*{_CLOCK}", re.IGNORECASE)
_HOUR = re.compile(rf"(?<![\d:.])(?P<hour>\d{{1,2}})\s*{_HALVES}", re.IGNORECASE)
_CJK_TIME = re.compile(
    r"(?P<half>上午|下午|오전|오후)?\s*(?P<hour>\d{1,2})[時时시点]\s?(?:(?P<minute>\d{1,2})[分분])?(?:(?P<second>\d{1,2})[秒초])?"
)
_DOTTED_TIME = re.compile(r"(?<![\d.])(?P<hour>\d{1,2})\.(?P<minute>\d\d)(?:\.(?P<second>\d\d))?(?![\d.])")
_LATER = ("p", "下午", "오후", "م", "μμ", "du.")
_OFFSET = re.compile(
    r"(?:\b(?:GMT|UTC?|Z)\s?|(?<=[\s\x1f])|^)([+\-\u2212])(\d{2}):?(\d{2})(?![\d/.\-])", re.IGNORECASE
)
_SHORT_OFFSET = re.compile(
    r"(?:\b(?:GMT|UTC)\s?|\x1f\s?)([+\-\u2212])(\d{1,2})(?::(\d\d))?(?![\d/.:\-])", re.IGNORECASE
)
_ZONE = re.compile(
    r"(?<![^\W\d_])(?:[A-Z]{1,5}(?:\d[A-Z]{3})?|[A-Z][A-Za-z]+/[A-Za-z_]+(?:/[A-Za-z_]+)?)(?![^\W\d_/])"
)
_COMMENT = re.compile(r"\([^()]{0,60}\)")
_BIG_FIRST = re.compile(r"(?<!\d)(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})\.?(?!\d)")
_CJK = re.compile(r"(?<!\d)(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]?(?!\d)")
_BIG_LAST = re.compile(r"(?<!\d)(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d)")
_VIETNAMESE = re.compile(r"(?<!\d)(\d{1,2}),?\s?(?:tháng|thg)\s?(\d{1,2}),?\s?(?:năm\s?)?(\d{4})(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:19|20|25)\d\d(?!\d)")
_NUMBER = re.compile(r"(?<!\d)(\d{4}|\d{1,2})(?!\d)")
_JOINING = re.compile(
    r"(?<![^\W\d_])(?:of|the|at|on|de|del|den|der|dem|am|um|uhr|le|a|as|il|alle|ore|el|las|los|kl|klo|om|ob|o|hod|godz|g|r|ur|"
    r"в|г|года|год|у|о|at|th|st|nd|rd|er|h|hs|hrs|ngay|luc|pukul|saat|วนท|ท|και|στις|בשעה|ב|في|الساعة|ساعت|di|da|gada)(?![^\W\d_])"
)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|re|º|ª|o|a|\.|ה)(?![^\W\d_])")
_FIRST_WORD = re.compile(r"^[^\W\d_]{1,12}[.,]{1,2}(?=\s*\d)")
_LABEL = re.compile(r"^[^\W\d_]{3,20}(?: [^\W\d_]{2,6})?: (?=\D{0,20}\d)")
_PLAINEST = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:([+-])(\d\d)(\d\d)|GMT|UTC|Z)"
)
_AMERICAN = ("en-US", "en-PH", "en")  # where the month comes first: a feed that says "en" is mostly American


@dataclass(frozen=True, slots=True)
class Manner:
    """How a source writes dates: its zones by name (its own under ""), its languages, and whether 3/4 is the third
    of April; None where its language has to tell.
    """

    own: Mapping[str, tzinfo]
    languages: tuple[str, ...] = ()
    day_first: bool | None = None


@dataclass(frozen=True, slots=True)
class _Clock:
    hour: int = 0
    minute: int = 0
    second: int = 0


def moment(text: str, manner: Manner) -> datetime | None:
    """Return the moment that *text* names, in UTC; None where it is no date, or no day that there is.

    A date without a zone is in the source's own, else in UTC; one without a time begins its day.
    """
    text = _plain(text)
    if not text or len(text) > LONGEST:
        return None
    found = _plainest(text) or _iso(text, manner) or _epoch(text) or _compact(text, manner)
    if found:
        return found
    rest, clock = _timed(re.sub(r"(?<=\d)[Tt](?=\d)|(?<=/\d{4}):", " ", _LABEL.sub("", text)))
    if clock is None:
        return None
    rest, offset = _offset(rest)
    for language in _tried(manner, rest):
        day = _day(rest, language, manner, offset is None)
        if day:
            return _at(day[0], clock, offset or day[1] or manner.own.get("") or UTC)
    return None


def day_first(texts: Iterator[str]) -> bool | None:
    """Return whether dates such as 28/11/2026 among *texts* begin with the day; None where none of them tells."""
    first = second = 0
    for text in texts:
        found = _BIG_LAST.search(_plain(text[:LONGEST]))
        if found and found[2] != ".":
            first += int(found[1]) > 12
            second += int(found[3]) > 12
    return None if first == second else first > second


def _plain(text: str) -> str:
    """Return *text* with ASCII digits, single blanks, and without marks of direction."""
    text = unicodedata.normalize("NFKC", text[: 2 * LONGEST])
    kept = []
    for mark in text:
        if mark.isdigit() and not mark.isascii():
            kept.append(str(unicodedata.digit(mark, 0)))
        elif unicodedata.category(mark) != "Cf":
            kept.append(mark)
    return " ".join("".join(kept).split()).strip(" ,;")


def _plainest(text: str) -> datetime | None:
    """Return a date in the form of mail headers (RFC 5322), as nearly all feeds write it."""
    found = _PLAINEST.fullmatch(text)
    month = month_names.SHORT.get(found[2]) if found else None
    if found is None or month is None:
        return None
    ahead = timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0))
    if ahead >= timedelta(hours=24):
        return None
    clock = _Clock(int(found[4]), int(found[5]), min(int(found[6]), 59))
    zone = timezone(-ahead if found[7] == "-" else ahead)
    return _at((int(found[3]), month, int(found[1])), clock, zone) if clock.hour < 25 else None


def _iso(text: str, manner: Manner) -> datetime | None:
    """Return a date in a form of ISO 8601."""
    if not (text[:4].isdigit() and text[4:5] == "-"):
        return None
    try:
        found = datetime.fromisoformat(text).replace(microsecond=0)
        return (found if found.tzinfo else found.replace(tzinfo=manner.own.get("") or UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _epoch(text: str) -> datetime | None:
    found = _EPOCH.fullmatch(text)
    parts = _EPOCHS.get(len(found[1])) if found else None
    return datetime.fromtimestamp(int(found[1]) // parts, UTC) if found and parts else None


def _compact(text: str, manner: Manner) -> datetime | None:
    found = _COMPACT.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    _, offset = (
        _offset(f" {found[7]}") if found[7] and found[7][0] in "+-" else ("", UTC if found[7] else None)
    )
    return _at((year, month, day), _Clock(hour, minute, second), offset or manner.own.get("") or UTC)


def _timed(text: str) -> tuple[str, _Clock | None]:
    """Return *text* without its time of day, and that time, midnight for none; None for an impossible one."""
    patterns = (_HALF_BEFORE, _TIME, _CJK_TIME, _HOUR)
    found = next((match for pattern in patterns if (match := pattern.search(text))), None)
    if found is None:
        dated = _BIG_FIRST.search(text) or _BIG_LAST.search(text) or _YEAR.search(text)
        found = _DOTTED_TIME.search(text, dated.end() if dated else len(text))
    if found is None:
        return text, _Clock()
    parts = found.groupdict()
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    half = (parts.get("half") or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.startswith(_LATER) else 0)
    rest = f"{text[: found.start()]} \x1f{text[found.end() :]}"
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return rest, None
    return rest, _Clock(hour, minute, min(second, 59))


def _offset(text: str) -> tuple[str, tzinfo | None]:
    """Return *text* without its offset from UTC, and that; None where there is none."""
    found = _OFFSET.search(text) or _SHORT_OFFSET.search(text)
    if not found:
        return text, None
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3]) if found.lastindex == 3 else 0)
    if ahead >= timedelta(hours=24):
        return text, None
    rest = _COMMENT.sub(" ", f"{text[: found.start()]} {text[found.end() :]}")
    rest = re.sub(r"\s(?:UTC|GMT|[A-Z]{3,4})$", "", rest)  # "+0000 UTC", "+0200 CEST": the number counts
    return rest, timezone(ahead if found[1] == "+" else -ahead)


def _tried(manner: Manner, text: str) -> Iterator[str]:
    """Give the languages in which a date is read, the likeliest first."""
    yield "en"
    if any(mark.isalpha() for mark in text):
        yield from (language for language in manner.languages if language)
        yield from month_names.LANGUAGES


def _day(
    text: str, language: str, manner: Manner, zoned: bool
) -> tuple[tuple[int, int, int], tzinfo | None] | None:
    """Return (year, month, day) and the zone named beside; None where *text* is no date in *language*."""
    names = month_names.names(language)
    if names is None:
        return None
    text, zone = _named_zone(text, names, manner) if zoned else (text, None)
    text = _COMMENT.sub(" ", text).strip()
    first = _FIRST_WORD.match(text)
    if first and not names.month.fullmatch(month_names.folded(first[0].strip(",."))):
        text = text[first.end() :]  # a weekday, in whatever language
    found = _numbers(text, manner) or _words(month_names.folded(_spaced(text)), names)
    if found is None:
        return None
    day, rest = found
    rest = _JOINING.sub(" ", names.weekday.sub(" ", month_names.folded(rest)))
    return None if any(mark.isalnum() for mark in rest) else (day, zone)


def _spaced(text: str) -> str:
    """Return *text* with dots that end a word or a number opened: "28.Nov.2026"."""
    return re.sub(r"(?<=\d)\.(?=[^\W\d_])|(?<=[^\W\d_])\.(?=\d)", ". ", text)


def _named_zone(text: str, names: month_names.Names, manner: Manner) -> tuple[str, tzinfo | None]:
    language = manner.languages[0] if manner.languages else ""
    for found in _ZONE.finditer(text):
        word = month_names.folded(found[0])
        if names.month.fullmatch(word) or names.weekday.fullmatch(word):
            continue
        zone = zone_names.named(found[0], manner.own, language)
        if zone:
            return _COMMENT.sub(" ", f"{text[: found.start()]} {text[found.end() :]}"), zone
    return text, None


def _numbers(text: str, manner: Manner) -> tuple[tuple[int, int, int], str] | None:
    """Return a date in numbers alone, and the text around it."""
    found = _BIG_FIRST.search(text)
    if found:
        return (int(found[1]), int(found[3]), int(found[4])), _without(text, found)
    found = _CJK.search(text)
    if found:
        return (int(found[1]), int(found[2]), int(found[3])), _without(text, found)
    found = _VIETNAMESE.search(text)
    if found:
        return (int(found[3]), int(found[2]), int(found[1])), _without(text, found)
    found = _BIG_LAST.search(text)
    if not found:
        return None
    day, month, year = int(found[1]), int(found[3]), _century(found[4])
    if found[2] != "." and (month > 12 or (day <= 12 and not _first(manner))):
        day, month = month, day
        if not manner.languages and manner.day_first is None and max(day, month) <= 12 and day != month:
            return None  # nobody knows
    return (year, month, day), _without(text, found)


def _first(manner: Manner) -> bool:
    """Return whether the day comes first in dates such as 3/4/2026."""
    if manner.day_first is not None:
        return manner.day_first
    return bool(manner.languages) and manner.languages[0] not in _AMERICAN


def _words(text: str, names: month_names.Names) -> tuple[tuple[int, int, int], str] | None:
    """Return a date whose month is named, and the text around it: the last such word is the month, not a weekday."""
    named = list(names.month.finditer(text))
    if not named:
        return None
    month = named[-1]
    rest = _ORDINAL.sub(" ", _without(text, month))
    numbers = list(_NUMBER.finditer(rest))
    if len(numbers) != 2:
        return None
    one, other = numbers
    day, year = (other, one) if len(one[1]) == 4 else (one, other)
    if len(day[1]) == 4:
        return None
    rest = "".join(mark for at, mark in enumerate(rest) if not _inside(at, numbers))
    return (_century(year[1]), names.months[month[1]], int(day[1])), rest


def _inside(at: int, found: list[re.Match[str]]) -> bool:
    return any(match.start() <= at < match.end() for match in found)


def _without(text: str, found: "re.Match[str]") -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _century(text: str) -> int:
    year = int(text)
    if len(text) == 2:
        return year + (2000 if year < 70 else 1900)
    return year - 543 if 2443 <= year < 2700 else year  # the Buddhist years of Thailand


def _at(day: tuple[int, int, int], clock: _Clock, zone: tzinfo) -> datetime | None:
    try:
        found = datetime(*day, clock.hour % 24, clock.minute, clock.second, tzinfo=zone)
        return (found + timedelta(days=clock.hour // 24)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
