"""All cells of a sheet read once, column by column, before a row is read: what kind of column each is."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, zip_longest

from subscribers.transfer.columns import empty
from subscribers.transfer.phrases import NO, YES, meaning, normalized, refusal
from subscribers.transfer.times import date_order

_CHUNK = 2000
_MANY = 40  # different texts; a column with more of them holds no status
_NUMBERED = re.compile(r"[\d@]")


@dataclass(slots=True)
class ColumnProfile:
    """What the cells of one column are, up to `_MANY` different ones, and whether some of them are a no to mail."""

    filled: bool = False
    texts: set[str] = field(default_factory=set)
    refused: bool = False
    orders: set[str] = field(default_factory=set)  # as `times.date_order` has them

    @property
    def yes_or_no(self) -> bool:
        """Return whether all cells that are filled are a yes or a no."""
        return self.filled and all((normalized(text) or text) in YES | NO for text in self.texts)

    @property
    def day_first(self) -> bool | None:
        """Return whether dates have the day first; None where no cell shows it."""
        if "day" in self.orders or "month" in self.orders:
            return "month" not in self.orders
        return True if "dots" in self.orders else None

    @property
    def understood(self) -> float:
        """Return the share of the texts that say something of a reader."""
        known = sum(
            meaning(text) is not None or (normalized(text) or text) in YES | NO for text in self.texts
        )
        return known / len(self.texts) if self.texts else 0.0

    def add(self, cells: Collection[str], *, statuses: bool, dates: bool) -> None:
        """Add the cells of one part of the file."""
        if dates:
            self.orders.update(date_order(text.strip()) for text in cells if text[4:5] != "-")
        if not self.filled or (statuses and len(self.texts) <= _MANY):
            texts = [text for text in map(str.strip, cells) if text and not empty(text)]
            self.filled = self.filled or bool(texts)
            self.texts.update(texts[: _MANY + 1])
        if statuses and not self.refused:
            self.refused = any(text and not _NUMBERED.search(text) and refusal(text) for text in cells)


def profile_columns(
    rows: Iterable[tuple[int, list[str]]], width: int, *, statuses: Collection[int], dates: Collection[int]
) -> list[ColumnProfile]:
    """Return what is in each column; *statuses* and *dates* are those that may hold such."""
    found = [ColumnProfile() for _ in range(width)]
    statuses, dates = (
        frozenset(statuses),
        frozenset(dates),
    )  # a damaged list may have columns by the ten thousand
    for part in _parts(cells for _, cells in rows):
        for place, column in enumerate(zip_longest(*part, fillvalue="")):
            if place < width:
                found[place].add(set(column), statuses=place in statuses, dates=place in dates)
    return found


def _parts(rows: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    return iter(lambda: list(islice(rows, _CHUNK)), [])
