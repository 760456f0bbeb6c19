"""The reader of readers' lists: any file that somebody uploads as one."""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from subscribers.transfer import blocks
from subscribers.transfer.csv_file import CsvError, open_csv
from subscribers.transfer.reading import interpret
from tests.fuzz.targets import Broken, Target, some

NOW = datetime(2026, 3, 4, 6, tzinfo=UTC)
_PLACE = Path("/dev/shm" if os.path.isdir("/dev/shm") else tempfile.gettempdir())
FILE = _PLACE / f"list-{os.getpid()}.csv"


def one(data: bytes) -> None:
    """Read the bytes as a list to the end, as an import does before it writes."""
    FILE.write_bytes(data)
    try:
        reading = interpret(open_csv(FILE))
        wanted = blocks.ImportOptions(NOW, keep=True, newsletter="daily", sections=("city", "sport"))
        for block in blocks.blocks(reading, wanted):
            _fit(block)
    except CsvError as fault:
        if not str(fault).strip() or len(str(fault)) > 200_000:
            raise Broken(f"a fault of {len(str(fault))} characters") from None
    finally:
        FILE.unlink(missing_ok=True)


def _fit(block: blocks.Block) -> None:
    if block.size != len(block.rows) + len(block.refused):
        raise Broken("a row is neither taken nor refused")
    for cells in block.rows:
        row = blocks.Row(*cells)
        for text in (row.address, row.name, row.language, row.zone, row.note):
            text.encode()
            if "\0" in text or "\n" in text:
                raise Broken(f"not one safe line: {text[:80]!r}")
        if row.address.count("@") != 1 or len(row.address) > 254:
            raise Broken(f"no address: {row.address[:80]!r}")


_SEEDS = (
    b"Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,TAGS\r\n"
    b'ada@example.org,Ada,Lovelace,2,2024-03-04 05:06:07,2024-03-04 05:07:00,"""a"",""b"""\r\n'
    b"bob@example.org,Bob,,2,04/03/2024 5:06 PM,,\r\n",
    "email;vorname;status;datum\nrene@example.org;René;aktiv;13.04.2024\nx@example.org;X;abgemeldet;1. März 2024\n".encode(
        "cp1252"
    ),
    "כתובת;שם\nדנה@example.org;דנה לוי\n".encode(),
    b"Ada Lovelace <ada@example.org>\nbob@example.org (Bob)\n# a comment\n",
    b"email\tsubscribed\tbounced\tcreated\nada@example.org\tyes\t0\t1709528767\nADA@example.org\tno\thard\t45355,5\n",
    b"sep=;\r\nemail;newsletter;sections;paused_until\r\nada@example.org;daily;city, sport;2026-05-01T00:00:00Z\r\n",
    b"ada@example.org\nbob@example.org\n",
    "email,name\nada@example.org,A\n".encode("utf-16"),
    b"PK\x03\x04\x14\x00\x00\x00\x00\x00PK\x01\x02\x14\x03\x14\x00xl/a.xmlPK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00",
)
_TOKENS = (
    b"email", b"mail", b"status", b"unsubscribed", b"subscribed", b"bounced", b"created_at", b"name", b"tags", b"a@", b"@", b"x@example.org",
    b"\"", b"\"\"", b"sep=", b",", b";", b"\t", b"|", b" <", b"> ", b"(", b")", b"mailto:", b"=\"", b"'=", b"0000-00-00", b"9999-12-31 23:59",
    b"99999,9", b"9999999999", b"13/13/2024", b"4 Mar 2024 at 25:61", b"2024-03-04T00:00:00+99:99", b"12:30", b"PK\x03\x04", b"PK\x05\x06",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b".", b"xn--", b"\xe2\x80\x8b", b"\xc2\xa0", b"do not mail", b"\xd9\xa3", b"%PDF", b"{\"", b"a b ",
)  # fmt: skip
TARGET = Target(
    "lists", one, _SEEDS, _TOKENS, most=120_000, seconds=4.0, real=lambda: some("subscriber-csv", "*.csv", "*.txt", "*.tsv", count=80, most=20_000)
)  # fmt: skip
