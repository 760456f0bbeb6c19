"""The rows of a sheet as entries with a verdict on each: good, empty, none, here before, another newsletter's."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from subscribers.address import Address, InvalidAddress, parse_address
from subscribers.transfer import providers
from subscribers.transfer.addresses import address_column, several, shown_headings
from subscribers.transfer.columns import Columns, Places, StatusColumn
from subscribers.transfer.csv_file import CsvError, CsvFile
from subscribers.transfer.entry import GRAVITY, Entry, ImportStatus
from subscribers.transfer.headings import AMBIGUOUS, NAMES, Kind, Role, role
from subscribers.transfer.phrases import normalized
from subscribers.transfer.profile import ColumnProfile as Cells
from subscribers.transfer.profile import profile_columns
from subscribers.transfer.providers import Provider

Verdict = Literal["valid", "empty", "invalid", "duplicate", "other"]
_MOST_SLOTS = 23  # as a power of two: 64 MB, six million addresses
_SAMPLE = 2000
_BY_GRAVITY = tuple(ImportStatus)
_GRAVITY_BITS = 4  # of each slot: the least that was said of that address

FIELDS = {
    "email": "address",
    "mail": "address",
    "address": "address",
    "date": "created_at",
    "consent": "created_at",
}
FIELDS |= {name: name for name in (*NAMES, "status", "ignore")}
"""What a mapping may call a column, and what it is then."""
_OWN_FIELDS = ("newsletter", "sections", "zone", "paused_until")


class Line(NamedTuple):
    """One row: its number, what it says, its address where it has a good one, and what is wrong elsewhere.

    Of an address that is in several rows, the first row has the least consent that any of them tells.
    """

    number: int
    cells: list[str]
    entry: Entry
    verdict: Verdict
    address: Address | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A sheet with its meaning: the provider, the plain headings in order, what each column is.

    *tells* says whether the rows say which readers want mail; *notes* is what a person should know of how it is read.
    """

    sheet: CsvFile
    provider: str
    headings: tuple[str, ...]
    columns: Columns
    tells: bool
    notes: tuple[str, ...] = ()


MOST_COLUMNS = 1_000  # exports of the systems that we know have some hundreds at most


def interpret(
    sheet: CsvFile,
    mapping: Mapping[str, str] | None = None,
    statuses: Mapping[str, ImportStatus] | None = None,
) -> Reading:
    """Return how the sheet is to be read. Raise CsvError where its columns leave open what only a person knows.

    *mapping* says what columns are, by heading; *statuses* what words of a status mean.
    """
    rows = [cells for _, cells in islice(sheet.rows(), _SAMPLE)]
    width = max(map(len, rows), default=0)
    header = sheet.header or tuple(f"column {number}" for number in range(1, width + 1))
    if max(width, len(header)) > MOST_COLUMNS:
        raise CsvError(
            f"The list has {max(width, len(header)):,} columns, and may have {MOST_COLUMNS:,}.",
            do="It may be damaged, or delimited by something that occurs in its texts: export it once more.",
        )
    headings = tuple(map(normalized, header))
    named = _named(header, headings, mapping or {})
    address = next((place for place, field in named.items() if field == "address"), None)
    if address is None:
        ignored = {place for place, field in named.items() if field}
        seen = [[("" if place in ignored else text) for place, text in enumerate(row)] for row in rows]
        address = address_column(header, headings, seen)
    provider = providers.load(providers.recognize(headings))
    fields = _fields(headings, named, address, provider)
    return _judged(sheet, header, headings, provider, fields, named, statuses or {})


def _named(header: Sequence[str], headings: Sequence[str], mapping: Mapping[str, str]) -> dict[int, str]:
    """Return what the mapping makes of the columns, by place."""
    found: dict[int, str] = {}
    for theirs, ours in mapping.items():
        if normalized(ours) not in map(normalized, FIELDS):
            raise CsvError(
                f'"{ours}" is nothing a column can be.', do=f"There are: {', '.join(FIELDS)}.", usage=True
            )
        places = [place for place, heading in enumerate(headings) if heading == normalized(theirs)]
        if not places:
            do = f"Its headings are {shown_headings(header)}."
            raise CsvError(f'There is no column "{theirs}".', do=do, usage=True)
        field = next(name for word, name in FIELDS.items() if normalized(word) == normalized(ours))
        found.update(dict.fromkeys(places, field))
    return found


def _fields(
    headings: Sequence[str], named: Mapping[int, str], address: int, provider: Provider
) -> dict[str, Places]:
    fields: dict[str, Places] = {"address": (address,)}
    free = {place for place in range(len(headings)) if place != address and place not in named}
    for field, words in {**NAMES, **provider.fields}.items():
        chosen = tuple(place for place, what in named.items() if what == field)
        found = chosen or tuple(place for word in words for place in sorted(free) if headings[place] == word)
        if field != "address" and found:
            fields[field] = found
    return fields


def _judged(
    sheet: CsvFile,
    header: Sequence[str],
    headings: tuple[str, ...],
    provider: Provider,
    fields: Mapping[str, Places],
    named: Mapping[int, str],
    statuses: Mapping[str, ImportStatus],
) -> Reading:
    """Read all cells, and settle which columns say a status and how dates are written."""
    dates = [
        place for field in ("created_at", "confirmed_at", "paused_until") for place in fields.get(field, ())
    ]
    settled = {place for field, places in fields.items() if field != "tags" for place in places}
    roles: dict[int, Role | None] = {}
    for place, heading in enumerate(header):
        if named.get(place) == "status":
            roles[place] = Role(Kind.STATE)
        elif place not in named and (place not in settled or place in dates):
            theirs = headings[place] in provider.roles
            roles[place] = provider.roles[headings[place]] or Role(Kind.NOTHING) if theirs else role(heading)
    open_ones = [place for place in roles if place not in dates or roles[place]]
    cells = profile_columns(sheet.rows(), len(headings), statuses=open_ones, dates=dates)
    by_hand = {normalized(word) or word: status for word, status in statuses.items()}
    judges = [
        StatusColumn(place, header[place], settled_role, provider.words, by_hand)
        for place in open_ones
        if (settled_role := _settled(roles[place], headings[place], cells[place], sheet, place in named))
        and (roles[place] or "status" not in named.values())
    ]
    by_cells = [judge.heading for judge in judges if roles[judge.place] is None]
    asks = not provider.blank and any(
        judge.role.kind in (Kind.STATE, Kind.GOOD, Kind.OPT_IN) for judge in judges
    )
    month_first, notes = _orders(sheet, header, dates, cells, provider)
    notes += tuple(
        f'"{name}" was read as a status by its cells; --map ignore="{name}" leaves it out'
        for name in by_cells
    )
    columns = Columns(fields, judges, asks=asks, month_first=month_first, guarded=provider.guarded)
    return Reading(sheet, provider.name, headings, columns, bool(judges), notes)


def _settled(said: Role | None, heading: str, cells: Cells, sheet: CsvFile, named: bool) -> Role | None:
    """Return what a column says in view of its cells; None where that is nothing."""
    if not cells.filled or (said is not None and said.kind is Kind.NOTHING):
        return None
    if said is not None and said.kind is Kind.OPT_IN:
        known = cells.yes_or_no or cells.understood == 1
        return said if known else Role(Kind.WORDS) if cells.refused else None
    if said is not None and said.kind is Kind.STATE and heading in AMBIGUOUS and not named:
        said = said if cells.understood >= 0.5 else None
    if (
        said is None
        and cells.understood == 1
        and (cells.refused or (not sheet.header and not cells.yes_or_no))
    ):
        return Role(Kind.STATE)
    return said or (Role(Kind.WORDS) if cells.refused else None)


def _orders(
    sheet: CsvFile, header: Sequence[str], dates: Sequence[int], cells: Sequence[Cells], provider: Provider
) -> tuple[frozenset[int], tuple[str, ...]]:
    """Return the columns of dates with the month first, as their own cells show, else another's, else custom."""
    first_by_place = {place: cells[place].day_first for place in dates}
    orders = {first for first in first_by_place.values() if first is not None}
    if len(orders) == 1:
        day_first = next(iter(orders))
    else:
        day_first = not provider.month_first if provider.month_first is not None else sheet.delimiter == ";"
    found = {place for place, first in first_by_place.items() if not (day_first if first is None else first)}
    both = [header[place] for place in dates if {"day", "month"} <= cells[place].orders]
    return frozenset(found), tuple(
        f"{name} has dates of both orders; those with the day first were not read" for name in both
    )


def lines(reading: Reading, *, test_domains: bool = False, newsletter: str = "") -> Iterator[Line]:
    """Yield each row with its verdict, in order; rows of another than *newsletter*, where rows name one, apart."""
    lowest = _lowest(reading, test_domains, newsletter)
    seen = SeenAddresses(reading.sheet.records)
    entry_of = reading.columns.entry
    for number, cells in reading.sheet.rows():
        entry = entry_of(cells)
        if newsletter and entry.newsletter and entry.newsletter != newsletter:
            yield Line(number, cells, entry, "other", None, f"of another newsletter ({entry.newsletter})")
            continue
        if not entry.address:
            yield Line(number, cells, entry, "empty", None, "no address")
            continue
        address = parse_address(entry.address, test_domains=test_domains)
        if isinstance(address, InvalidAddress):
            why = "two addresses in one cell: give each a row" if several(entry.address) else address.why
            yield Line(number, cells, entry, "invalid", None, why)
            continue
        mark = _mark(address.key)
        if seen.before(mark):
            yield Line(number, cells, entry, "duplicate", address, "the address stood in a row before")
        else:
            if mark in lowest and GRAVITY[lowest[mark][0]] > GRAVITY[entry.status]:
                entry = entry._replace(status=lowest[mark][0], why=lowest[mark][1])
            yield Line(number, cells, entry, "valid", address)


def _lowest(reading: Reading, test_domains: bool, newsletter: str) -> Mapping[int, tuple[ImportStatus, str]]:
    """Return the least consent of each address that is in several rows, if the rows tell any."""
    if not reading.tells:
        return {}
    seen, found = SeenAddresses(reading.sheet.records, exact=False), dict[int, tuple[ImportStatus, str]]()
    columns, names = reading.columns, "newsletter" in reading.columns.fields
    for _, cells in reading.sheet.rows():
        if newsletter and names and columns.newsletter(cells) not in ("", newsletter):
            continue
        address = parse_address(columns.address(cells), test_domains=test_domains)
        if isinstance(address, InvalidAddress):
            continue
        status, why = columns.status_of(cells)
        status = ImportStatus.UNSUBSCRIBED if status is ImportStatus.PAUSED else status
        mark, gravity = _mark(address.key), GRAVITY[status]
        least = seen.lowered(mark, gravity)
        if least is not None:
            known = found.get(mark, (_BY_GRAVITY[least], "another row of the same address says so"))
            found[mark] = (status, why) if gravity > GRAVITY[known[0]] else known
    return found


def _mark(key: str) -> int:
    return hash(key) & ~((1 << _GRAVITY_BITS) - 1)


class SeenAddresses:
    """Which numbers came by, eight bytes each: a set of a million would take ten times as much.

    When it is full it begins anew; beyond that the table's own uniqueness has to do. Where it is not *exact*,
    the lowest bits of a slot are how grave the gravest was that was said with that number.
    """

    def __init__(self, expected: int, *, exact: bool = True) -> None:
        self._size = 1 << min(max(expected * 3 // 2, 16).bit_length(), _MOST_SLOTS)
        self._bits = 0 if exact else _GRAVITY_BITS
        self._clear()

    def _clear(self) -> None:
        self._slots, self._free = array("q", bytes(8 * self._size)), self._size * 3 // 4

    def before(self, number: int) -> bool:
        """Note *number*, and return whether it was noted before."""
        slots, mask, place = self._slots, self._size - 1, (number >> _GRAVITY_BITS) & (self._size - 1)
        while found := slots[place]:
            if found == number:
                return True
            place = place + 1 & mask
        self._take(place, number or 1)
        return False

    def lowered(self, number: int, gravity: int) -> int | None:
        """Note *number* with what was said, and return the gravest said before it; None where it is new."""
        slots, mask, place = self._slots, self._size - 1, (number >> _GRAVITY_BITS) & (self._size - 1)
        low = (1 << _GRAVITY_BITS) - 1
        number = number or 1 << _GRAVITY_BITS
        while found := slots[place]:
            if found & ~low == number:
                if gravity > found & low:
                    slots[place] = number | gravity
                return found & low
            place = place + 1 & mask
        self._take(place, number | gravity)
        return None

    def _take(self, place: int, number: int) -> None:
        self._slots[place] = number
        self._free -= 1
        if not self._free:
            self._clear()
