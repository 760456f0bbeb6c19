"""The pages' and mails' words in the reader's language: English in the code, each other one file of `words/`.

The files are gettext catalogues (`he.po`), read as they stand. What is put into a sentence and reads the
other way is wrapped in Unicode's isolates (UAX 9): a Latin title leaves a Hebrew sentence in order.
"""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po

RTL = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"})
ZEROS = {
    "arab": "\u0660",
    "arabext": "\u06f0",
}  # of CLDR's numbering systems; babel writes Western digits in all
Translate = Callable[..., str]


@lru_cache(maxsize=64)
def catalogue(language: str) -> Mapping[str, str]:
    """Return the sentences of *language* by their English; empty where there is no such file."""
    path = files("subscribers") / "words" / f"{base_language(language)}.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file) if each.id and each.string}


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that the pages can speak, English first."""
    names = sorted(
        path.name[:-3] for path in (files("subscribers") / "words").iterdir() if path.name.endswith(".po")
    )
    return ("en", *names)


def base_language(language: str) -> str:
    """Return the language without script and region: `he` for `he-IL`."""
    return language.replace("_", "-").split("-")[0].lower()


def choose_language(*wanted: str) -> str:
    """Return the first of *wanted* that the pages can speak; English where none is."""
    return next((base_language(each) for each in wanted if base_language(each) in languages()), "en")


def speaks(language: str) -> bool:
    """Return whether the pages can speak *language*."""
    return base_language(language) in languages()


def accepted_language(header: str) -> str:
    """Return the first language of an Accept-Language *header* that the pages can speak; "" where none is."""
    names = (each.partition(";")[0].strip() for each in header[:1000].split(","))
    return next((base_language(name) for name in names if base_language(name) in languages()), "")


def language_name(language: str) -> str:
    """Return what the language is called by those who speak it."""
    return Locale.parse(language).display_name or language


def direction(language: str) -> str:
    """Return "rtl" or "ltr"."""
    return "rtl" if base_language(language) in RTL else "ltr"


def long_date(day: date, language: str) -> str:
    """Return *day* in words, in the digits that CLDR names for *language*: "4 March 2026"."""
    locale = Locale.parse(language)
    text = format_date(day, "long", locale)
    zero = ZEROS.get(locale.default_numbering_system)
    return text.translate({ord("0") + at: chr(ord(zero) + at) for at in range(10)}) if zero else text


def translator(language: str) -> Translate:
    """Return the function that says an English sentence in *language*, its `%(name)s` filled."""
    known = catalogue(language)

    def say(sentence: str, **values: object) -> str:
        here = known.get(sentence, sentence)
        return (
            here % {name: _isolated(str(value), language) for name, value in values.items()}
            if values
            else here
        )

    return say


def _isolated(value: str, language: str) -> str:
    """Return *value*, between isolates where it reads the other way than the sentence."""
    strong = (unicodedata.bidirectional(mark) for mark in value)
    first = next((kind for kind in strong if kind in ("L", "R", "AL")), "")
    same = not first or (first == "L") == (direction(language) == "ltr")
    return value if same else f"\u2068{value}\u2069"
