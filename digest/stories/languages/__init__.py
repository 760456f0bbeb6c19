"""Words of a language by which a headline is known to ask, to explain or to comment; one file a language.

Each says, folded and in the plain spelling of `tokens.normalised`:

    OPENS: frozenset[str]     # a headline that begins with one of these asks or explains
    HOLDS: frozenset[str]     # one with these words in a row offers something to watch, hear or guess
    OPINION: frozenset[str]   # a section, a label before a colon or a part of an address that marks a comment

A language without a file has question marks alone.
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

_FILES = {found.name for found in iter_modules(__path__)}
_WORDS: dict[str, ModuleType | None] = {}


def words(language: str) -> ModuleType | None:
    """Return the file of *language* ("en", "en-GB"), None where there is none."""
    name = language.partition("-")[0].lower()
    if name not in _WORDS:
        _WORDS[name] = import_module(f"{__name__}.{name}") if name in _FILES else None
    return _WORDS[name]


def english() -> ModuleType:
    """Return the English file: sections and addresses are English in many languages' papers."""
    found = words("en")
    assert found is not None
    return found
