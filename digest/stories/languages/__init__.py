"""Words of a language that the ranking knows: those that ask, explain or comment, and those that are no news.

One file a language; each says, in the language's own spelling:

    OPENS: frozenset[str]     # a headline that begins with one of these asks or explains
    HOLDS: frozenset[str]     # one with these words in a row offers something to watch, hear or guess
    OPINION: frozenset[str]   # a section, a label before a colon or a part of an address that marks a comment
    PLAIN: str                # words of time, number and measure that CLDR does not list, and words of grammar

A language without a file has question marks alone, and what CLDR knows of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from digest.stories import tokens

_FILES = {found.name for found in iter_modules(__path__)}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a language, folded as `tokens.raw_words` folds a text; phrases have single spaces."""

    opens: frozenset[str]
    holds: frozenset[str]
    opinion: frozenset[str]
    plain: frozenset[str]


@cache
def words(language: str) -> Words | None:
    """Return the words of *language* ("en", "en-GB"), None where there is no file."""
    name = language.partition("-")[0].lower()
    if name not in _FILES:
        return None
    file = import_module(f"{__name__}.{name}")
    opinion: frozenset[str] = file.OPINION
    return Words(
        opens=_folded(file.OPENS),
        holds=_folded(file.HOLDS),
        opinion=_folded(opinion) | opinion,  # an address has a phrase with its hyphens, a label without
        plain=frozenset(tokens.raw_words(file.PLAIN.casefold())),
    )


def english() -> Words:
    """Return the English words: sections and addresses are English in many languages' papers."""
    found = words("en")
    assert found is not None
    return found


def _folded(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(" ".join(tokens.raw_words(phrase.casefold())) for phrase in phrases)
