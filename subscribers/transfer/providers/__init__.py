"""Other systems' exports, one file each, all of it data. A new provider is one new file.

`MARKS` is a tuple of sets of plain headings (`phrases.normalized`): the file is the provider's where all of one
set are there. Beside them may stand, where the system means something else than everybody:
`WORDS`, its status words by their plain form; `ROLES`, what columns tell (None: nothing), by plain heading;
`MONTH_FIRST`, how it writes dates; `BLANK`, that an empty cell of a status is a yes; `FIELDS`, more columns of an
entry; `GUARDED`, that a mark precedes cells that a spreadsheet would take for formulas.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from subscribers.transfer.entry import ImportStatus
from subscribers.transfer.headings import Role

COMMON = frozenset({"email", "emailaddress", "name", "firstname", "lastname", "status", "createdat", "tags"})
"""Headings that many lists have: they say little about where a file comes from."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What a file in this folder says."""

    name: str
    marks: tuple[frozenset[str], ...]
    words: Mapping[str, ImportStatus]
    roles: Mapping[str, Role | None]
    fields: Mapping[str, tuple[str, ...]]
    month_first: bool | None
    blank: bool
    guarded: bool


def names() -> list[str]:
    """Return the names of the providers there are."""
    return sorted(module.name for module in iter_modules(__path__))


def load(name: str) -> Provider:
    """Return the provider *name*."""
    module = import_module(f"{__name__}.{name}")
    return Provider(
        name,
        module.MARKS,
        getattr(module, "WORDS", {}),
        getattr(module, "ROLES", {}),
        getattr(module, "FIELDS", {}),
        getattr(module, "MONTH_FIRST", None),
        getattr(module, "BLANK", False),
        getattr(module, "GUARDED", False),
    )


def recognize(header: Iterable[str]) -> str:
    """Return the provider whose export has this (plain) header; `plain` where none is recognised."""
    there = frozenset(header)
    fits = [
        (len(marks - COMMON), len(marks), provider.name)
        for provider in map(load, names())
        for marks in provider.marks
        if marks <= there
    ]
    return max(fits, default=(0, 0, "plain"))[2]
