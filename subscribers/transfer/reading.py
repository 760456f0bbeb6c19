"""The rows of a sheet as entries with a verdict on each: good, empty, none, or here before."""

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from subscribers.address import Address, NoAddress, parsed
from subscribers.transfer import providers
from subscribers.transfer.columns import NAMES, plain
from subscribers.transfer.entry import Entry
from subscribers.transfer.sheet import Sheet, SheetError

Verdict = Literal["valid", "empty", "invalid", "duplicate"]
_MOST_SLOTS = 23  # as a power of two: 64 MB, six million addresses


class Line(NamedTuple):
    """One row: its number, what it says, its address where it has a good one, and what is wrong elsewhere."""

    number: int
    cells: list[str]
    entry: Entry
    verdict: Verdict
    address: Address | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A sheet with its meaning: the provider, the plain headings in order, how dates are written."""

    sheet: Sheet
    provider: str
    headings: tuple[str, ...]
    month_first: bool


def understood(sheet: Sheet, mapping: Mapping[str, str] | None = None) -> Reading:
    """Return how the sheet is to be read; *mapping* renames headings. Raise SheetError without an address."""
    renamed = {plain(theirs): plain(ours) for theirs, ours in (mapping or {}).items()}
    width = max((len(row) for _, row in islice(sheet.rows(), 100)), default=0)
    header = sheet.header or tuple(f"column {number}" for number in range(1, width + 1))
    headings = [renamed.get(plain(each), plain(each)) for each in header]
    if not set(headings) & set(NAMES["address"]):
        column = _address_column(sheet)
        if column is None or column >= len(headings):
            raise SheetError(
                "No column holds mail addresses.",
                do=f"Its headings are {', '.join(header)}; name one with a mapping.",
            )
        headings[column] = "email"
    return Reading(sheet, providers.recognised(headings), tuple(headings), _month_first(sheet))


def lines(reading: Reading, *, test_domains: bool = False) -> Iterator[Line]:
    """Yield each row with its verdict, in order."""
    seen = Seen(reading.sheet.records)
    entry_of = (
        providers.load(reading.provider).columns(reading.headings, month_first=reading.month_first).entry
    )
    for number, cells in reading.sheet.rows():
        entry = entry_of(cells)
        if not entry.address:
            yield Line(number, cells, entry, "empty", None, "no address")
            continue
        address = parsed(entry.address, test_domains=test_domains)
        if isinstance(address, NoAddress):
            yield Line(number, cells, entry, "invalid", None, address.why)
        elif seen.before(hash(address.key)):
            yield Line(number, cells, entry, "duplicate", address, "the address stood in a row before")
        else:
            yield Line(number, cells, entry, "valid", address)


class Seen:
    """Which numbers came by, eight bytes each: a set of a million would take ten times as much.

    When it is full it begins anew; beyond that the table's own uniqueness has to do.
    """

    def __init__(self, expected: int) -> None:
        self._size = 1 << min(max(expected * 3 // 2, 16).bit_length(), _MOST_SLOTS)
        self._clear()

    def _clear(self) -> None:
        self._slots, self._free = array("q", bytes(8 * self._size)), self._size * 3 // 4

    def before(self, number: int) -> bool:
        """Note *number*, and return whether it was noted before."""
        slots, mask, place = self._slots, self._size - 1, number & (self._size - 1)
        while found := slots[place]:
            if found == number:
                return True
            place = place + 1 & mask
        slots[place] = number or 1
        self._free -= 1
        if not self._free:
            self._clear()
        return False


def _address_column(sheet: Sheet) -> int | None:
    """Return the column in which most cells look like addresses."""
    hits: Counter[int] = Counter()
    rows = 0
    for _, row in islice(sheet.rows(), 200):
        rows += 1
        hits.update(
            index for index, text in enumerate(row) if re.fullmatch(r"\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*", text)
        )
    column, count = max(hits.items(), key=lambda pair: pair[1], default=(0, 0))
    return column if count * 2 > rows else None


def _month_first(sheet: Sheet) -> bool:
    """Return whether 3/4/2024 is in March: as the first rows show, else by the delimiter's custom."""
    found: Sequence[tuple[str, str]] = [
        pair
        for _, row in islice(sheet.rows(), 500)
        for text in row
        for pair in re.findall(r"^\s*(\d{1,2})/(\d{1,2})/\d{4}\b", text)
    ]
    if any(int(second) > 12 for _, second in found):
        return True
    if any(int(one) > 12 for one, _ in found):
        return False
    return sheet.delimiter != ";"
