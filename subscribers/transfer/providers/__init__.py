"""Other systems' exports, one file each, all of it data. A new provider is one new file.

`MARKS` is a tuple of sets of plain headings (`columns.plain`): the file is the provider's where all of one
set are there. `WORDS` (what its status words mean) and `MONTH_FIRST` (how it writes dates) may stand beside.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from subscribers.transfer.columns import NAMES, STATUS_WORDS, Columns
from subscribers.transfer.entry import Status

COMMON = frozenset({"email", "emailaddress", "name", "firstname", "lastname", "status", "createdat", "tags"})
"""Headings that many lists have: they say little about where a file comes from."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What a file in this folder says."""

    name: str
    marks: tuple[frozenset[str], ...]
    words: Mapping[str, Status]
    month_first: bool | None

    def columns(self, headings: Sequence[str], *, month_first: bool) -> Columns:
        """Return the columns of a file with these (plain) headings."""
        told = month_first if self.month_first is None else self.month_first
        return Columns(headings, NAMES, self.words, month_first=told)


def names() -> list[str]:
    """Return the names of the providers there are."""
    return sorted(module.name for module in iter_modules(__path__))


def load(name: str) -> Provider:
    """Return the provider *name*."""
    module = import_module(f"{__name__}.{name}")
    words = getattr(module, "WORDS", STATUS_WORDS)
    return Provider(name, module.MARKS, words, getattr(module, "MONTH_FIRST", None))


def recognised(header: Iterable[str]) -> str:
    """Return the provider whose export has this (plain) header; `plain` where none is recognised."""
    there = frozenset(header)
    fits = [
        (len(marks - COMMON), len(marks), provider.name)
        for provider in map(load, names())
        for marks in provider.marks
        if marks <= there
    ]
    return max(fits, default=(0, 0, "plain"))[2]
