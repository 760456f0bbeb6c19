"""Names of months and of weekdays in the languages of feeds, from CLDR (by babel).

Loading a language costs some milliseconds and memory: that is done for dates that are not written in English, and
in the worker processes that read feeds and pages.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from babel import Locale, UnknownLocaleError

# In which a date is tried whose own language is unknown or named wrongly; the frequent ones first.
LANGUAGES = [
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "pl",
    "ru",
    "tr",
    "sv",
    "da",
    "nb",
    "fi",
    "cs",
    "hu",
    "ro",
    "el",
    "he",
    "ar",
    "fa",
    "uk",
    "bg",
    "sr",
    "hr",
    "sk",
    "sl",
    "et",
    "lv",
    "lt",
    "ca",
    "eu",
    "gl",
    "id",
    "ms",
    "vi",
    "th",
    "hi",
    "bn",
    "ta",
    "te",
    "ka",
    "hy",
    "az",
    "sq",
    "mk",
    "is",
    "ga",
    "cy",
    "sw",
    "ar_LB",
]
_ENGLISH = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
SHORT = {name[:3].title(): at for at, name in enumerate(_ENGLISH, 1)}
# What CLDR does not have and newspapers write.
_MORE = {
    "de": {"mrz": 3, "jänner": 1, "jän": 1, "feber": 2},
    "nl": {"mrt": 3},
    "es": {"set": 9, "setiembre": 9, "sep": 9, "sept": 9},
    "it": {"sett": 9},
    "he": {"מרס": 3, "ספט": 9, "דצמ": 12},
    "ro": {"noi": 11, "nov": 11},
    "id": {"nop": 11, "nopember": 11, "agt": 8, "agust": 8, "pebruari": 2},
}
_DOTS = re.compile("[.\u05f3\u05f4'\u2019\u0970\u200e\u200f]")


@dataclass(frozen=True, slots=True)
class Names:
    """A language's *months* by their folded names, and patterns that find one, or a weekday, as a whole word."""

    months: dict[str, int]
    month: re.Pattern[str]
    weekday: re.Pattern[str]


def folded(text: str) -> str:
    """Return *text* in small letters without accents, dots and geresh: "Févr." is "fevr"."""
    text = unicodedata.normalize("NFKD", text.casefold())
    return _DOTS.sub("", "".join(mark for mark in text if not unicodedata.combining(mark)))


@lru_cache(maxsize=80)
def names(language: str) -> Names | None:
    """Return the names of *language* ("he", "pt-BR"); None where CLDR has no such language."""
    if language == "en":
        return _english()

    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        short = re.split("[-_]", language)[0]
        return names(short) if short != language else None
    months: dict[str, int] = {}
    for number, name in _named(locale.months):
        months.setdefault(name, number)
    for name, number in _MORE.get(locale.language, {}).items():
        months[folded(name)] = number
    days = {name for _, name in _named(locale.days)}
    return _made(months, days, before="ב?" if locale.language == "he" else "")


def _english() -> Names:
    months = {name: at for at, name in enumerate(_ENGLISH, 1)}
    months |= {name[:3]: at for name, at in months.items()} | {"sept": 9}
    days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "tues",
        "wednes",
        "thurs",
        "weds",
        "thur",
    ]
    return _made(months, {*days, *(day[:3] for day in days)})


def _named(forms: Mapping[str, Mapping[str, Mapping[int, str]]]) -> list[tuple[int, str]]:
    """Return (number, name) of all forms of a kind of names, those that are numbers themselves left out."""
    usual = forms["format"]["wide"]
    found = []
    for kind, width in product(("format", "stand-alone"), ("wide", "abbreviated")):
        for number, said in forms[kind][width].items():
            name = folded(said)
            # babel gives another language's names where a language has no form that stands alone
            alien = kind == "stand-alone" and name[:1] != folded(usual[number])[:1]
            if len(name) > 1 and not alien and not any(mark.isdigit() for mark in name):
                found.append((int(number), name))
    return found


def _made(months: dict[str, int], days: set[str], before: str = "") -> Names:
    return Names(months, _words(months, before), _words(days, "(?:יום )?" if before else ""))


def _words(found: Iterable[str], before: str) -> re.Pattern[str]:
    longest = sorted(found, key=len, reverse=True)
    listed = "|".join(re.escape(name) for name in longest) or "(?!)"
    return re.compile(rf"(?<![^\W\d_]){before}({listed})(?![^\W\d_])")
