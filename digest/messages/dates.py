"""Dates as a newspaper of a language writes them: names, order and digits from CLDR (by babel)."""

from datetime import date, datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton

ENGLISH = "EEEE, d MMMM y"

# The zero of CLDR's numbering systems; babel names the system of a language and writes Western digits in all.
_ZEROS = {
    "arab": "\u0660",
    "arabext": "\u06f0",
    "beng": "\u09e6",
    "cakm": "\U00011136",
    "deva": "\u0966",
    "mymr": "\u1040",
    "olck": "\u1c50",
    "tibt": "\u0f20",
}


def locale_of(language: str) -> Locale | None:
    """Return the locale of the tag *language* ("pt-BR"); None where CLDR has none."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def dateline(day: date, pattern: str, language: str) -> str:
    """Return *day* by CLDR's *pattern* in *language*; in English where CLDR does not know the language."""
    locale = locale_of(language)
    if locale is None:
        return format_date(day, ENGLISH, locale="en")
    return digits(format_date(day, pattern, locale=locale), language)


def moment(at: datetime, language: str) -> str:
    """Return the day and the time of *at*, in its own zone and without the year: "7 May 12:30"."""
    locale = locale_of(language) or Locale("en")
    if locale.language == "en":  # as its dateline, which has the day first
        return format_datetime(at, "d MMM HH:mm", tzinfo=at.tzinfo, locale=locale)
    day = format_skeleton("MMMMd", at, locale=locale, tzinfo=at.tzinfo)
    return digits(f"{day} {at:%H:%M}", language)


def digits(text: str, language: str) -> str:
    """Return *text* with its digits as CLDR says that *language* writes them: Persian ones for Persian."""
    locale = locale_of(language)
    zero = _ZEROS.get(locale.default_numbering_system) if locale else None
    return text.translate({ord("0") + at: chr(ord(zero) + at) for at in range(10)}) if zero else text
