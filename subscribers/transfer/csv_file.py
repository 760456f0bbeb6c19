"""A CSV file opened without knowing how it was written: charset, delimiter, header.

The file is read twice: once to the end to see that all of it can be read (so that nothing is half imported),
and once for its rows. Memory holds a block, never the file.
"""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Protocol, TextIO
from zipfile import ZipFile

BLOCK = 1 << 20
END = "\x00end of the file"  # a line of our own: it comes out as a row, unless a quotation mark is still open
DELIMITERS = ",;\t|"
LINES = "\x1f"  # a delimiter that no line has: each line is a reader, as mail programs and list servers write them
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
csv.field_size_limit(1 << 20)


class CsvError(Exception):
    """The file cannot be read as a list: *what* is wrong, in which *line* (0: in all of it), what to *do*.

    *usage* says that the file is good, but what is to be made of it has to be said.
    """

    def __init__(self, what: str, *, line: int = 0, do: str = "", usage: bool = False) -> None:
        super().__init__(f"line {line}: {what} {do}".strip() if line else f"{what} {do}".strip())
        self.what, self.line, self.do, self.usage = what, line, do, usage


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A readable file: how it is written, its *header* (empty where it has none), where its rows begin."""

    path: Path
    charset: str
    delimiter: str
    header: tuple[str, ...]
    skipped: int  # records before the first row: blank ones, titles, the header
    records: int
    strict: bool = True

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row with its line number; blank lines and repeated headers are no rows."""
        with _text(self.path, self.charset) as file:
            reader = _reader(file, self.delimiter, strict=self.strict)
            header = list(self.header)
            for row in islice(reader, self.skipped, None):
                if row and row != header and any(row) and not (self.delimiter == LINES and row[0][:1] == "#"):
                    yield reader.line_num, row


def open_csv(path: Path) -> CsvFile:
    """Return the file as a sheet, read to its end once; raise CsvError where that cannot be done."""
    _text_at_all(path)
    charset = _charset(path)
    head = _head(path, charset)
    delimiter = LINES if _addresses_by_line(head) else _delimiter(head)
    strict = True
    try:
        records = _checked(path, charset, delimiter, strict=True)
    except csv.Error:  # a stray quotation mark inside a field: other programs write such
        strict = False
        records = _checked(path, charset, delimiter, strict=False)
    with _text(path, charset) as file:
        first = list(islice(_reader(file, delimiter, strict=strict), 12))
    skipped, header = (0, ()) if delimiter == LINES else _header(first)
    if not records:
        raise CsvError("The file is empty.", do="Export the list once more.")
    return CsvFile(path, charset, delimiter, header, skipped, records, strict)


def _text(path: Path, charset: str) -> TextIO:
    return path.open(encoding=charset, newline="", errors="strict")


class _Records(Iterator[list[str]], Protocol):
    """What `csv.reader` returns: its type has no public name."""

    @property
    def line_num(self) -> int: ...


def _reader(file: Iterable[str], delimiter: str, *, strict: bool) -> _Records:
    if delimiter == LINES:
        return csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(file, delimiter=delimiter, strict=strict)


def _checked(path: Path, charset: str, delimiter: str, *, strict: bool) -> int:
    """Return how many records there are; raise CsvError for what no reading could mend."""
    count, line, before, row = 0, 0, 0, list[str]()
    with _text(path, charset) as file:
        end = next(_reader([END], delimiter, strict=strict))  # a delimiter of its own choice may part it
        reader = _reader(chain(file, [END]), delimiter, strict=strict)
        try:
            for row in reader:
                if row != end:
                    count, before, line = count + 1, line, reader.line_num
        except csv.Error as problem:
            if "unexpected end of data" in str(problem) or "field larger" in str(problem):
                raise _unclosed(line + 1) from None
            raise
        except UnicodeError:
            do = "Save it as UTF-8."
            raise CsvError(f"The file is not {charset} throughout.", line=line + 1, do=do) from None
    if row != end:  # an open quotation mark took it, and every reader before it
        raise _unclosed(before + 1)
    return count


def _unclosed(line: int) -> CsvError:
    do = "Close it, or double it where it is part of the text."
    return CsvError("A quotation mark opens here and never closes.", line=line, do=do)


# ---------------------------------------------------------------------------- other kinds of files

_BINARY = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook (.xls)"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"SQLite format 3", "a database"),
    (b"{\\rtf", "a text document (RTF)"),
)
_MARKUP = (
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "XML"),
    (b"begin:vcard", "an address book (vCard)"),
)
_SAVE = "Open it in the spreadsheet program and save it as CSV (UTF-8), then import that file."


def _text_at_all(path: Path) -> None:
    """Raise CsvError for a file that is no text table, with what it is."""
    with path.open("rb") as file:
        head = file.read(4096)
    for mark, name in _BINARY:
        if head.startswith(mark):
            what, do = (name, _SAVE) if mark != b"PK\x03\x04" else _packed(path)
            raise CsvError(f"The file is {what}, not a CSV file.", do=do)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for mark, name in _MARKUP:
        if start.startswith(mark):
            raise CsvError(f"The file is {name}, not a CSV file.", do="Export the list as CSV.")
    if start[:1] in (b"{", b"[") and re.match(rb"[\[{]\s*[\[{\"\]}]", start):
        raise CsvError("The file is JSON, not a CSV file.", do="Export the list as CSV.")


def _packed(path: Path) -> tuple[str, str]:
    """Return what a ZIP archive is, and what to do with it: spreadsheets are such, too."""
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
    except Exception:  # of a damaged archive its module raises whatever it came to
        names = []
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook (.xlsx)", _SAVE
    if "mimetype" in names or any(name.endswith((".numbers", ".iwa")) for name in names):
        return "a spreadsheet (.ods or .numbers)", _SAVE
    lists = ", ".join(name for name in names if name.lower().endswith((".csv", ".txt")))
    return (
        "a ZIP archive",
        f"Unpack it and import its lists one by one: {lists}." if lists else "Unpack it first.",
    )


_ONE = r"[^\s<>@,;\"()]{1,255}@[^\s<>@,;\"()]{1,255}\.[^\s<>@,;\"()]{1,255}"
_LONGEST = 1_000  # characters of a line that is an address with a name
_BARE = re.compile(rf"<?({_ONE})>?(?:\s*[,;])?")
_WITH_NAME = re.compile(rf"[^<>@\t]*<\s*(?:mailto:)?{_ONE}\s*>(?:\s*[,;])?|{_ONE}\s+\([^()]*\)(?:\s*[,;])?")


def _matches(form: re.Pattern[str], text: str) -> bool:
    return len(text) <= _LONGEST and form.fullmatch(text.strip()) is not None


def _addresses_by_line(head: str) -> bool:
    """Return whether each line is an address, and some stand with a name: `Ada Lovelace <ada@example.org>`."""
    rows = [line for line in head.splitlines() if line.strip() and not line.startswith("#")]
    rows = rows[:-1] if len(head) >= 64_000 else rows
    named = [_matches(_WITH_NAME, line) for line in rows]
    return any(named) and all(is_so or _matches(_BARE, line) for line, is_so in zip(rows, named, strict=True))


# ---------------------------------------------------------------------------- charset


def _charset(path: Path) -> str:
    """Return the charset: by its mark, its zero bytes, as UTF-8, else by what its bytes would spell."""
    with path.open("rb") as file:
        head = file.read(4096)
        for mark, name in _BOMS:
            if head.startswith(mark):
                return name
        if head.count(0) > len(head) // 4:
            return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
        decoder, high = codecs.getincrementaldecoder("utf-8")(), bytearray()
        file.seek(0)
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            file.seek(0)
            while len(high) < 100_000 and (block := file.read(BLOCK)):
                high += block
            return _legacy(bytes(high))
    return "utf-8"


def _legacy(data: bytes) -> str:
    """Return the 8-bit charset whose letters stand together as words do."""
    runs = re.findall(rb"[\x80-\xff]+", data)
    marks = Counter(b"".join(runs))
    total = sum(marks.values()) or 1
    if sum(len(run) for run in runs) / (len(runs) or 1) >= 2:  # whole words of high bytes: not a Latin script
        hebrew = sum(count for byte, count in marks.items() if 0xE0 <= byte <= 0xFA)
        return "cp1255" if hebrew / total > 0.95 else "cp1251"
    low = sum(count for byte, count in marks.items() if byte < 0xA0)
    return "mac-roman" if low / total > 0.5 else "cp1252"


# ---------------------------------------------------------------------------- delimiter and header


def _head(path: Path, charset: str) -> str:
    try:
        with _text(path, charset) as file:
            return file.read(64_000)
    except UnicodeError:
        raise CsvError(f"The file is not {charset}.", do="Save it as UTF-8.") from None


def _delimiter(head: str) -> str:
    """Return the delimiter under which the most columns come out the same on every line."""
    stated = re.match(r"sep=([^\w\s\"]|\t)\r?\n", head)
    if stated:
        return stated[1]
    whole = head if len(head) < 64_000 else head[: head.rfind("\n")]

    def score(delimiter: str) -> tuple[float, int]:
        rows = [
            row
            for row in islice(csv.reader(whole.splitlines(keepends=True), delimiter=delimiter), 60)
            if any(row)
        ]
        widths = Counter(len(row) for row in rows)
        width, alike = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(1, 0))
        return (alike / len(rows) if width > 1 else 0.0, width)

    return max(DELIMITERS, key=score) if head else ","


def _header(first: Sequence[list[str]]) -> tuple[int, tuple[str, ...]]:
    """Return how many records come before the rows, and the header; () where the first row is a reader."""
    for index, row in enumerate(first):
        if not any(field.strip() for field in row) or re.fullmatch(r"sep=.", ",".join(row)):
            continue
        if any(_matches(_BARE, field) or _matches(_WITH_NAME, field) for field in row):
            return index, ()
        filled = [field for field in row if field.strip()]
        title = len(filled) == 1 and any(len(later) > 1 for later in first[index + 1 :])
        if title and len(row) <= 2 and not _is_address_word(row[0]):
            continue  # a title above the table
        return index + 1, tuple(row)
    return len(first), ()


def _is_address_word(text: str) -> bool:
    return "mail" in text.lower()
