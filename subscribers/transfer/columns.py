"""The columns of one file, found once by their headings and their cells; then each row is only read by them."""

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from subscribers.transfer.entry import GRAVITY, Entry, ImportStatus
from subscribers.transfer.headings import Kind, Role
from subscribers.transfer.phrases import NO, STATUS, YES, meaning, normalized, refusal
from subscribers.transfer.times import parse_time

EMPTY = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "null",
        "none",
        "n/a",
        "na",
        "nan",
        "never",
        "\\n",
        "nil",
        "(null)",
        "[]",
        "{}",
        "#n/v",
        "#n/a",
    }
)
_LONGEST_EMPTY = max(map(len, EMPTY))
_ZERO_TIME = re.compile(r"0000-.*|0?0?0?1-01-01.*|1970-01-01.*")
_HARD = "hard h hb permanent hart dur duro definitif general"
_SOFT = "soft s sb transient temporary temporar temporaire weich suave undetermined block"
_BOUNCE_KINDS = {
    **dict.fromkeys(_HARD.split(), ImportStatus.BOUNCED),
    **dict.fromkeys(_SOFT.split(), ImportStatus.UNKNOWN),
}
Places = tuple[int, ...]
CellStatus = tuple[ImportStatus | None, str]
"""What a cell tells (None: nothing), and why it is unknown."""
_NOTHING: CellStatus = (None, "")
_MEMORY = 20_000


def empty(text: str) -> bool:
    """Return whether a cell says nothing: it is blank, NULL, a time that is zero."""
    if len(text) <= _LONGEST_EMPTY and text.lower() in EMPTY:
        return True
    return text[:2] in ("00", "19", "0-", "1-", "01") and bool(_ZERO_TIME.fullmatch(text))


class StatusColumn:
    """One column that says a status: what a cell of it says, worked out once for each text."""

    def __init__(
        self,
        place: int,
        heading: str,
        role: Role,
        words: Mapping[str, ImportStatus],
        by_hand: Mapping[str, ImportStatus],
    ):
        self.place, self.heading, self.role, self.words, self.by_hand = place, heading, role, words, by_hand
        self._memory: dict[str, CellStatus] = {}

    def status(self, cells: Sequence[str]) -> CellStatus:
        """Return what the row says in this column."""
        text = cells[self.place] if self.place < len(cells) else ""
        known = self._memory.get(text)
        if known is None:
            known = self._judged(text.strip())
            if len(self._memory) < _MEMORY:
                self._memory[text] = known
        return known

    def _judged(self, text: str) -> CellStatus:
        word = normalized(text) or text
        if word in self.by_hand:
            status = self.by_hand[word]
            return status, self._says(text) if status is ImportStatus.UNKNOWN else ""
        if empty(text) and word not in self.words:
            return _NOTHING
        match self.role.kind:
            case Kind.STATE:
                return self._state(text, word)
            case Kind.WORDS:
                sense = refusal(text)
                return (STATUS[sense], "") if sense else _NOTHING
            case Kind.WHEN:
                return _NOTHING if word in NO else (self.role.status, "")
            case Kind.BAD | Kind.BOUNCE:
                return self._bad(text, word)
        return self._good(text, word)

    def _state(self, text: str, word: str) -> CellStatus:
        if word in self.words:
            return self.words[word], ""
        if len(word) > 1 or word == "0":
            if word in NO:
                return ImportStatus.UNSUBSCRIBED, ""
            if word in YES and not re.fullmatch(r"[-\d.]+", text):
                return ImportStatus.SUBSCRIBED, ""
        return self._by_sense(text)

    def _bad(self, text: str, word: str) -> CellStatus:
        if word in NO:
            return _NOTHING
        if self.role.kind is Kind.BOUNCE and (kind := _bounce(text)):
            return kind, "" if kind is ImportStatus.BOUNCED else self._says(text)
        if word in YES or _dated(text):
            return self.role.status, ""
        status, why = self._by_sense(text)
        return (status, why) if status is not ImportStatus.SUBSCRIBED else _NOTHING

    def _good(self, text: str, word: str) -> CellStatus:
        if word in NO:
            return self.role.status, ""
        if word in YES or _dated(text):
            return ImportStatus.SUBSCRIBED, ""
        return self._by_sense(text)

    def _by_sense(self, text: str) -> CellStatus:
        sense = meaning(text)
        status = STATUS[sense] if sense else ImportStatus.UNKNOWN
        return status, self._says(text) if status is ImportStatus.UNKNOWN else ""

    def _says(self, text: str) -> str:
        short = text if len(text) <= 40 else f"{text[:37]}..."
        return f'{self.heading} says "{_line(short)}"'


def _bounce(text: str) -> ImportStatus | None:
    found = {
        _BOUNCE_KINDS[word] for part in re.split(r"\W+", text) if (word := normalized(part)) in _BOUNCE_KINDS
    }
    return max(found, key=GRAVITY.__getitem__) if found else None


def _dated(text: str) -> bool:
    return len(text) >= 6 and (parse_time(text) is not None or parse_time(text, month_first=True) is not None)


class Columns:
    """The columns of one file: the *fields* of an entry, and the judges of its status.

    *asks* says that a row has to say yes: others of the file are distinguished by a column where this one is blank.
    *month_first* has the places of columns of times with the month before the day.
    """

    def __init__(
        self,
        fields: Mapping[str, Places],
        judges: Sequence[StatusColumn],
        *,
        asks: bool = False,
        month_first: frozenset[int] = frozenset(),
        guarded: bool = False,
    ) -> None:
        self.fields, self.judges, self.asks, self.month_first = fields, judges, asks, month_first
        self._yes_no = frozenset(judge.place for judge in judges)
        self.guarded = (
            guarded  # our own export: cells that a spreadsheet would take for a formula have a mark before
        )

    def address(self, cells: Sequence[str]) -> str:
        """Return only the address of a row."""
        return _bare(cell(cells, self.fields["address"]))[0] if "address" in self.fields else ""

    def newsletter(self, cells: Sequence[str]) -> str:
        """Return only which newsletter a row is about."""
        return self._text(cells, "newsletter")

    def status_of(self, cells: Sequence[str]) -> tuple[ImportStatus, str]:
        """Return only what a row says of its reader's consent, as `status` does."""
        labels = cell(cells, self.fields["tags"]) if "tags" in self.fields else ""
        return self.status(cells, tags(labels) if labels else ())

    def entry(self, cells: Sequence[str]) -> Entry:
        """Return what a row says. Every row of every list comes through here: it takes no step in vain."""
        text = self._text
        address, called = _bare(cell(cells, self.fields["address"])) if "address" in self.fields else ("", "")
        first, last, name = text(cells, "first_name"), text(cells, "last_name"), text(cells, "name")
        labels = cell(cells, self.fields["tags"]) if "tags" in self.fields else ""
        row_tags = tags(labels) if labels else ()
        created, odd = self._time(cells, "created_at")
        confirmed, odder = self._time(cells, "confirmed_at")
        status, why = self.status(cells, row_tags)
        until = self._time(cells, "paused_until")[0] if status is ImportStatus.PAUSED else None
        return Entry(
            address,
            ImportStatus.UNSUBSCRIBED if status is ImportStatus.PAUSED and until is None else status,
            first,
            last,
            name or (f"{first} {last}" if first and last else first or last) or called,
            row_tags,
            text(cells, "language"),
            created or confirmed,
            confirmed,
            why,
            odd or odder,
            text(cells, "newsletter"),
            text(cells, "sections"),
            text(cells, "zone"),
            until,
        )

    def _text(self, cells: Sequence[str], field: str) -> str:
        places = self.fields.get(field)
        if places is None:
            return ""
        found = cell(cells, places)
        if not found.isprintable():
            found = _line(found)
        return found[1:] if self.guarded and guarded(found) else found

    def _time(self, cells: Sequence[str], field: str) -> tuple[datetime | None, str]:
        """Return the first time that can be read, or what is there instead of one."""
        odd = ""
        for place in self.fields.get(field, ()):
            text = cell(cells, (place,))
            found = parse_time(text, month_first=place in self.month_first) if text else None
            if found is not None:
                return found, ""
            odd = odd or ("" if place in self._yes_no else text)
        return None, odd

    def status(self, cells: Sequence[str], labels: Sequence[str] = ()) -> tuple[ImportStatus, str]:
        """Return the least that the row says of its reader's consent, and why it is unknown if it is.

        Where no column tells, it is a list of subscribers; where one does, and is blank here, it is unknown.
        """
        worst, reason, gravity = ImportStatus.SUBSCRIBED, "", 0
        yes = sure = blank = False
        for judge in self.judges:
            status, why = judge.status(cells)
            if status is None:
                blank = blank or judge.role.kind in (Kind.GOOD, Kind.OPT_IN)
            elif status is ImportStatus.SUBSCRIBED:
                yes = True
                sure = sure or judge.role.kind is Kind.STATE
            elif GRAVITY[status] > gravity:
                worst, reason, gravity = status, why, GRAVITY[status]
        for label in labels:
            sense = refusal(label)
            if sense and GRAVITY[STATUS[sense]] > gravity:
                worst, gravity = STATUS[sense], GRAVITY[STATUS[sense]]
        if gravity or sure or (yes and not blank) or not self.asks:
            return worst, reason
        return ImportStatus.UNKNOWN, "no status given"


def cell(cells: Sequence[str], places: Places) -> str:
    """Return the first of these cells that says something."""
    for place in places:
        if place < len(cells):
            text = cells[place].strip()
            if text and not empty(text):
                return text
    return ""


@lru_cache(maxsize=4096)
def tags(text: str) -> tuple[str, ...]:
    """Return the tags in a cell: a list in a list, with its own quotation marks or brackets."""
    text = text.strip().strip("[]")
    if not text:
        return ()
    delimiter = "," if "," in text else ";" if ";" in text else "|"
    parts = next(csv.reader([" ".join(text.split())], delimiter=delimiter, skipinitialspace=True), [])
    return tuple(part.strip(" '\"") for part in parts if part.strip(" '\""))


def guarded(text: str) -> bool:
    """Return whether a mark precedes *text* that keeps a spreadsheet from taking it for a formula."""
    return text[:1] == "'" and text.lstrip("'")[:1] in ("=", "+", "-", "@", "\t", "\r")


_NAMED = re.compile(r"""["']?([^<>]*)<([^<>]*)>\W*""")
_CALLED = re.compile(r"([^\s()]+@[^\s()]+)\s+\(([^()]*)\)")
_LONGEST = 1_000  # characters: what is longer is no address, and is not worth reading
_AROUND = " \t\u00a0\u200b\u200c\u200d\u2060\ufeff"


def _bare(text: str) -> tuple[str, str]:
    """Return the address without "mailto:" or what is around it, and the name beside it."""
    if (
        text[:1].isalnum()
        and text[-1:].isalpha()
        and text.isprintable()
        and "<" not in text
        and text[:7] != "mailto:"
    ):
        return text, ""  # as nearly all of them are
    called = ""
    if len(text) > _LONGEST:
        return text, ""
    if text[-1:] == ")" and (found := _CALLED.fullmatch(text)):
        text, called = found[1], found[2]
    elif "<" in text and (found := _NAMED.fullmatch(text)):
        called, text = found[1].replace('\\"', '"').strip(" \t,;\"'"), found[2].strip()
    text = text.strip(_AROUND)
    if text[:7].lower() == "mailto:":
        text = text[7:].strip()
    if text[:2] == '="':  # a spreadsheet's own way to keep a text a text
        text = text[2:].rstrip('"')
    if guarded(text):
        text = text[1:]
    if len(text) > 2 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip()
    called = called if called.isprintable() else _line(called)
    return text.rstrip(",;") if text[-1:] in ",;" else text, called


def _line(text: str) -> str:
    """Return a name in one line, without control characters."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
