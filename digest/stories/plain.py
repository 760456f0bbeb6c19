"""Words that are no news by themselves, in any text: numbers, and a language's words of time and of measure.

Most are CLDR's (by babel): months, weekdays, units in each of their plural forms, thousands and millions. What it does
not list is `PLAIN` of the language's file.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_timedelta
from babel.numbers import format_compact_decimal
from babel.units import format_unit

from digest.stories import languages, tokens

COUNTS = (1, 2, 3, 5, 11, 100, 1.5)  # between them they have every plural form of every language
UNITS = (
    *(f"duration-{unit}" for unit in ("second", "minute", "hour", "day", "night", "week", "month")),
    *(f"duration-{unit}" for unit in ("quarter", "year", "decade", "century")),
    *(f"length-{unit}" for unit in ("meter", "centimeter", "kilometer", "mile")),
    *(f"mass-{unit}" for unit in ("gram", "kilogram", "tonne")),
    "area-hectare",
    "volume-liter",
    "concentr-percent",
)


def is_plain(word: str, language: str) -> bool:
    """Return whether *word* (normalised, folded) is a number or a word of time or measure in *language*.

    A Hebrew or Arabic word is looked up without its first prefix, too, but not without two: that leaves "hers" of
    "government". A run of letters of a script without spaces holds more than one word, and is none.
    """
    if tokens.is_unspaced(word):
        return False
    known = plain_words(language.partition("-")[0].lower())
    return word[0].isdigit() or not known.isdisjoint((word, *tokens.forms(word)[:2]))


@cache
def plain_words(language: str) -> frozenset[str]:
    """Return the folded words of *language* that are no news; none for a language that nobody knows."""
    known = languages.words(language)
    try:
        listed = frozenset(word for text in _of_cldr(Locale.parse(language)) for word in _letters(text))
    except (UnknownLocaleError, ValueError):
        listed = frozenset()
    plain = listed | (known.plain if known else frozenset())
    return plain | {tokens.forms(word)[0] for word in plain if not tokens.is_unspaced(word)}  # plurals meet


def _letters(text: str) -> Iterator[str]:
    return (word for word in tokens.raw_words(text.casefold()) if len(word) > 1 and not word[0].isdigit())


def _of_cldr(locale: Locale) -> Iterator[str]:
    for context in ("format", "stand-alone"):
        yield from locale.months[context]["wide"].values()
        yield from locale.days[context]["wide"].values()
    for count in COUNTS:
        for unit in UNITS:
            for length in ("long", "short"):
                text = format_unit(count, unit, length=length, locale=locale)
                if unit not in text:  # babel names the unit where it has no word for it
                    yield text
        yield format_timedelta(timedelta(days=-count), add_direction=True, locale=locale)
        for zeros in (1_000, 1_000_000, 1_000_000_000) if "long" in locale.compact_decimal_formats else ():
            yield format_compact_decimal(count * zeros, format_type="long", locale=locale)
