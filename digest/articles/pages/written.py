"""Dates that stand somewhere in a line of text, as people write them, in the languages of newspapers."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

from digest.articles import month_names, written_dates
from digest.articles.pages.lines import word_list

# The first letters of a month in the languages of Europe; a longer beginning stands before a shorter one.
_MONTHS = {
    **dict.fromkeys(("jan", "gen", "ene", "jän", "янв", "січ", "ינו", "sty", "led", "oca", "tam"), 1),
    **dict.fromkeys(("feb", "fév", "fev", "фев", "лют", "פבר", "lut", "úno", "şub", "hel"), 2),
    **dict.fromkeys(("mar", "mär", "mae", "mrz", "maa", "мар", "бер", "מרץ", "מרס", "bře"), 3),
    **dict.fromkeys(("apr", "avr", "abr", "апр", "кві", "אפר", "kwi", "dub", "nis", "huh"), 4),
    **dict.fromkeys(("may", "mai", "mag", "mei", "maj", "мая", "май", "тра", "מאי", "kvě"), 5),
    **dict.fromkeys(("juin", "jun", "giu", "июн", "чер", "יוני", "cze", "haz"), 6),
    **dict.fromkeys(("juil", "jul", "lug", "июл", "лип", "יולי", "lip", "tem", "hei"), 7),
    **dict.fromkeys(("aug", "aoû", "aou", "ago", "авг", "сер", "אוג", "sie", "ağu", "elo"), 8),
    **dict.fromkeys(("sep", "set", "сен", "вер", "ספט", "wrz", "zář", "eyl", "syy"), 9),
    **dict.fromkeys(("oct", "okt", "ott", "out", "окт", "жов", "אוק", "paź", "říj", "eki", "lok"), 10),
    **dict.fromkeys(("nov", "ноя", "лис", "נוב", "kas", "marras"), 11),
    **dict.fromkeys(("dec", "déc", "dez", "dic", "des", "дек", "гру", "דצמ", "gru", "pro", "ara", "jou"), 12),
}
_NAME = r"(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")[^\W\d_]{0,9}"
_YEAR = r"(?P<year>(?:19|20|25)\d\d)(?!\d)"
_AROUND = (
    r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|er|ste|e|º|ª|\.)?,?(?:\s+(?:de|of))?[\s\-]+(?:ב|ל)?{name}\.?,?"
    rf"(?:\s+del?)?[\s\-]+{_YEAR}"
)
_MONTH_FIRST = rf"(?<![^\W\d_]){{name}}\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}"
_NUMBERS = (
    rf"(?<!\d){_YEAR}\s?[-/.年년]\s?(?P<number>\d{{1,2}})\s?[-/.月월]\s?(?P<day>\d{{1,2}})(?!\d)",
    rf"(?<!\d)(?P<day>\d{{1,2}})\.\s?(?P<number>\d{{1,2}})\.\s?{_YEAR}",
    rf"(?<![\d/.-])(?P<either>\d{{1,2}})(?P<mark>[/-])(?P<other>\d{{1,2}})(?P=mark){_YEAR}",
)
_SHORT = re.compile(
    r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?P<number>\d{1,2})\.\s?(?P<year>[0-4]\d)(?![\d.])"
    r"|(?<![\d/])(?P<either>\d{1,2})/(?P<other>\d{1,2})/(?P<short>[0-4]\d)(?![\d/])"
)
_NUMERIC = tuple(re.compile(pattern) for pattern in _NUMBERS)
_NAMED = tuple(
    re.compile(pattern.replace("{name}", _NAME), re.IGNORECASE) for pattern in (_AROUND, _MONTH_FIRST)
)
_CLOCK = re.compile(
    r"^[^\w\d]{0,6}(?:[^\W\d_]{1,9}\.?[^\w\d]{1,3}){0,2}(?P<hour>\d{1,2})[:.h](?P<minute>\d\d)(?!\d)(?::(?P<second>\d\d))?\s*"
    r"(?P<half>[ap]\.?\s?m\b)?",
    re.IGNORECASE,
)
_SCRIPTS = (
    ("\u0600", "\u06ff", ("ar", "fa", "ur", "ar_LB")),
    ("\u0370", "\u03ff", ("el",)),
    ("\u0590", "\u05ff", ("he",)),
    ("\u0900", "\u097f", ("hi", "mr")),
    ("\u0980", "\u09ff", ("bn",)),
    ("\u0e00", "\u0e7f", ("th",)),
    ("\u0400", "\u04ff", ("ru", "uk", "bg", "sr")),
    ("\u10a0", "\u10ff", ("ka",)),
    ("\u0b80", "\u0bff", ("ta",)),
)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)\s*$")
_SLASHED = re.compile(r"(?<![\d/.-])\d{1,2}([/-])\d{1,2}\1(?:19|20)\d\d(?!\d)")
_ANY = re.compile(r"\d[/-]\d{1,2}[/-]\d")
_MONTH_FIRST_PLACES = ("us", "ph")
_WORLD = word_list("com org net info news tv io co me edu gov mil us ph")


def found(text: str, *, day_first: bool = True, language: str = "", own: tzinfo = UTC) -> datetime | None:
    """Return the first date in *text* with the time of day beside it, in the zone *own*; None without one."""
    text = digits(text)
    best: tuple[int, datetime] | None = None
    for pattern in (*_NUMERIC, *_NAMED, *_of_language(text, language)):
        for match in pattern.finditer(text):
            day = _parts(match, day_first)
            if day and (best is None or match.start() < best[0]):
                best = (match.start(), _timed(day, text[match.end() : match.end() + 40], own))
                break
    return best[1] if best else None


def short(text: str, *, day_first: bool = True) -> datetime | None:
    """Return the first date in *text* whose year has two digits."""
    match = _SHORT.search(digits(text))
    return _parts(match, day_first) if match else None


def written(text: str) -> datetime | None:
    """Return the first date that stands in *text*, as people write it, at midnight UTC; None without one."""
    moment = found(text)
    return moment.replace(hour=0, minute=0, second=0) if moment else None


def digits(text: str) -> str:
    """Return *text* with ASCII digits and without marks of direction."""
    if text.isascii():
        return text
    marks = (
        str(unicodedata.digit(mark))
        if mark.isdigit() and not mark.isascii() and unicodedata.digit(mark, None) is not None
        else mark
        for mark in text
        if mark not in "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
    )
    return "".join(marks).replace("\u00a0", " ")


def local(moment: datetime, text: str) -> datetime:
    """Return *moment* in the offset that *text* names at its end: the day as its publisher counts it."""
    said = _OFFSET.search(text)
    if said is None:
        return moment
    try:
        return moment.astimezone(datetime.strptime(f"{said[1]}{said[2]}{said[3]}", "%z").tzinfo)
    except (ValueError, OverflowError):
        return moment


def day_first(texts: Iterable[str], host: str, language: str) -> bool:
    """Return whether 3/4/2026 is in April on this page: by its other dates, its outlet's country, its language."""
    slashed = [
        match[0]
        for text in texts
        if _ANY.search(text[:2_000])
        for match in _SLASHED.finditer(digits(text[:2_000]))
    ]
    told = written_dates.day_first(iter(slashed[:200]))
    if told is not None:
        return told
    place = host.rpartition(".")[2].lower()
    region = language.replace("_", "-").partition("-")[2].lower()
    if place in _MONTH_FIRST_PLACES or region in _MONTH_FIRST_PLACES:
        return False
    if region or (place and place not in _WORLD):
        return True
    return not language.lower().startswith("en")


def _parts(match: re.Match[str], day_first: bool) -> datetime | None:
    said = match.groupdict()
    year = int(said.get("year") or 0) or 2000 + int(said.get("short") or 0)
    year += 2000 if year < 100 else 0
    year -= 543 if year >= 2443 else 0  # the Buddhist years of Thailand
    if said.get("either"):
        day, month = int(said["either"] or 0), int(said["other"] or 0)
        if month > 12 or (not day_first and day <= 12):
            day, month = month, day
    elif said.get("number"):
        day, month = int(said["day"] or 0), int(said["number"] or 0)
    else:
        day, month = int(said["day"] or 0), _month(match)
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _month(match: re.Match[str]) -> int:
    name = match["month"].lower()
    named = _MONTHS.get(name)
    if named:
        return named
    for language in _ALL:
        months = month_names.names(language)
        if months and month_names.folded(name) in months.months:
            return months.months[month_names.folded(name)]
    return 0


_ALL = word_list("ar fa ur ar_LB el he hi mr bn th ru uk bg sr ka ta")


def _of_language(text: str, language: str) -> tuple[re.Pattern[str], ...]:
    """Return patterns with the names of months in the script of *text*, where it is not a Latin one."""
    for first, last, languages in _SCRIPTS:
        if any(first <= mark <= last for mark in text):
            return _patterns(languages)
    return ()


@lru_cache(maxsize=20)
def _patterns(languages: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    names: dict[str, None] = {}
    for language in languages:
        months = month_names.names(language)
        names |= dict.fromkeys(months.months if months else ())
    if not names:
        return ()
    listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    named = rf"(?P<month>{listed})"
    around = rf"(?<!\d)(?P<day>\d{{1,2}})[ـ،,.\s]+(?:من\s+)?{named}[،,.]?\s+{_YEAR}"
    return (
        re.compile(around, re.IGNORECASE),
        re.compile(_MONTH_FIRST.replace("{name}", named), re.IGNORECASE),
    )


def _timed(day: datetime, rest: str, own: tzinfo) -> datetime:
    clock = _CLOCK.match(rest)
    if clock is None:
        return day.replace(tzinfo=own)
    hour, minute, second = int(clock["hour"]), int(clock["minute"]), int(clock["second"] or 0)
    if clock["half"] and hour <= 12:
        hour = hour % 12 + (12 if clock["half"].lower().startswith("p") else 0)
    if hour > 23 or minute > 59 or second > 59:
        return day.replace(tzinfo=own)
    return day.replace(hour=hour, minute=minute, second=second, tzinfo=own)
