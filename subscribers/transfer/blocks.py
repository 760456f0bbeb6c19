"""The rows of a list, many at a time, ready for the tables; read beside the database's work, on another core.

A row is worked on without asking what we hold of its reader, so reading never waits for the database. Long
lists are read by a process of their own, which is always one block ahead.
"""

import gc
import marshal
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice, takewhile
from typing import IO, Any, NamedTuple

from subscribers import rules
from subscribers.model import Act, Reason
from subscribers.transfer.csv_file import CsvError
from subscribers.transfer.entry import Entry, ImportStatus
from subscribers.transfer.reading import Line, Reading, lines

BLOCK = 30_000  # the address index is written nearly whole for each block, so large ones are quick
ALONE = 50_000  # rows of a list that is worth a process of its own

ACTS: Mapping[ImportStatus, Act] = {
    ImportStatus.SUBSCRIBED: Act.IMPORT,
    ImportStatus.PAUSED: Act.IMPORT_PAUSED,
    ImportStatus.UNSUBSCRIBED: Act.LOWER,
    ImportStatus.DELETED: Act.LOWER,
    ImportStatus.BOUNCED: Act.LOWER,
    ImportStatus.COMPLAINED: Act.LOWER,
    ImportStatus.SUPPRESSED: Act.LOWER,
}
SUPPRESSES: Mapping[ImportStatus, Reason] = {
    ImportStatus.BOUNCED: Reason.BOUNCE,
    ImportStatus.COMPLAINED: Reason.COMPLAINT,
    ImportStatus.SUPPRESSED: Reason.IMPORT,
}
RISES = frozenset({Act.IMPORT, Act.IMPORT_PAUSED})
"""What adds somebody who is new to us."""
NEW: Mapping[Act, str] = {act: str(rules.next_state(None, act) or "") for act in (*RISES, Act.LOWER)}
"""What each act leads to for an address that is new to us."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a list is to be taken: at which moment, for good or as a list of addresses *everyone* of which is dead.

    *gone* says that everyone in it left; *keep* whether the cells of each row are wanted, for the file of those that
    were refused. Rows that name another *newsletter* go nowhere; *sections* are those it has.
    """

    now: datetime
    everyone: Reason | None = None
    gone: bool = False
    keep: bool = False
    test_domains: bool = False
    newsletter: str = ""
    sections: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Return whether the list means the same for all rows, whatever they say."""
        return self.gone or self.everyone is not None


class Row(NamedTuple):
    """A good row, in the order of the staging table's columns."""

    address: str
    address_key: str
    domain: str
    name: str
    language: str
    created_at: str  # as `moment` writes it
    confirmed_at: str | None
    act: str
    state: str  # what it leads to for a reader who is new to us
    sections: str
    zone: str
    paused_until: str | None
    note: str  # what the record of consent should say of this row alone


class RejectedRow(NamedTuple):
    """A row that was not taken: where it stood, its address as written, the outcome, why, and its cells if wanted."""

    number: int
    written: str
    outcome: str
    why: str
    cells: list[str] | None


Cells = tuple[Any, ...]  # plain ones cross from process to process in half the time


class Block(NamedTuple):
    """A part of a list: *size* rows, of them the good ones in the order of their addresses, and the refused."""

    size: int
    rows: list[Cells]  # as `Row` has them
    numbers: list[int]  # where each of them stood
    cells: list[list[str]]  # of each of them, where they are wanted
    reasons: dict[int, str]  # by place: what suppresses a row's address
    refused: list[Cells]  # as `RejectedRow` has them
    undated: list[Cells]  # as `RejectedRow` has them: taken, but when they consented could not be read


def blocks(reading: Reading, options: ImportOptions, size: int = 0) -> Generator[Block]:
    """Yield the list in blocks, those of a long one from a process of its own."""
    if reading.sheet.records < ALONE:
        yield from _read(reading, options, size or BLOCK)
        return
    begin = [sys.executable, "-c", f"from {__name__} import worker; worker()"]
    there = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(begin, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=there)  # noqa: S603
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with process.stdin:
            process.stdin.write(pickle.dumps((reading, options, size or BLOCK)))
        yield from iter(partial(_received, process.stdout), None)
    except (EOFError, BrokenPipeError):
        raise CsvError("Reading was stopped in the middle.", do="Import it once more.") from None
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def _received(pipe: IO[bytes]) -> Block | None:
    found = marshal.load(pipe)  # noqa: S302 (from our own process)
    return None if found is None else Block(*found)


def worker() -> None:
    """Read the list that standard input names, and write its blocks to standard output; in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked hears it, too, and ends us
    gc.disable()  # nothing here goes in circles, and looking for them takes as long as the reading
    reading, options, size = pickle.load(sys.stdin.buffer)  # noqa: S301 (from our own process)
    with suppress(BrokenPipeError):  # whoever asked has gone
        for block in _read(reading, options, size):
            marshal.dump(tuple(block), sys.stdout.buffer, 2)
            del block  # the next one is as large
        marshal.dump(None, sys.stdout.buffer, 2)
        sys.stdout.buffer.flush()


def _read(reading: Reading, options: ImportOptions, size: int) -> Iterator[Block]:
    found = lines(reading, test_domains=options.test_domains, newsletter=options.newsletter)
    return takewhile(lambda block: block.size, iter(lambda: _block(islice(found, size), options), None))


def _block(part: Iterator[Line], options: ImportOptions) -> Block:
    """Return the rows of *part*, good and bad apart; sorted, since an index takes neighbours much quicker."""
    good: list[tuple[Cells, int, str, list[str] | None]] = []
    refused: list[Cells] = []
    undated: list[Cells] = []
    for line in part:
        outcome, why = _verdict(line, options)
        cells = line.cells if options.keep else None
        if outcome:
            refused.append((line.number, line.entry.address, outcome, why, cells))
        else:
            reason = options.everyone or SUPPRESSES.get(line.entry.status)
            row = _row(line, options)
            good.append((row, line.number, reason.value if reason else "", cells))
            if row[-1]:
                undated.append((line.number, line.entry.address, "undated", row[-1], cells))
    good.sort(key=lambda each: each[0][1])
    return Block(
        len(good) + len(refused),
        [each[0] for each in good],
        [each[1] for each in good],
        [each[3] for each in good if each[3] is not None],
        {place: each[2] for place, each in enumerate(good) if each[2]},
        refused,
        undated,
    )


def _verdict(line: Line, options: ImportOptions) -> tuple[str, str]:
    """Return the outcome of a row that is not worth a decision, and why; "" for a good one."""
    if line.verdict == "valid":
        if options.whole or line.entry.status in ACTS:
            return "", ""
        why = "not confirmed there" if line.entry.status is ImportStatus.PENDING else line.entry.why
        return f"skipped: {why}", why
    match line.verdict:
        case "duplicate":
            return "skipped: twice in the file", line.why
        case "other":
            return f"skipped: {line.why}", line.why
    return f"rejected: {line.verdict}", line.why


def _row(line: Line, options: ImportOptions) -> Cells:
    entry, address = line.entry, line.address
    if address is None:
        raise ValueError(f"a line without an address is no reader: {line.verdict}")
    act = Act.LOWER if options.whole else ACTS[entry.status]
    created, since, note = _consented(entry, options.now) if act in RISES else (entry.created_at, None, "")
    at = moment(options.now if created is None or created > options.now else created)
    return (
        address.text,
        address.key,
        address.domain,
        entry.name[:100],
        entry.language[:16],
        at,
        None if act not in RISES else at if since is None else moment(since),
        act.value,
        NEW[act],
        _sections(entry.sections, options.sections) if entry.sections else "",
        entry.zone[:40],
        moment(entry.paused_until) if act is Act.IMPORT_PAUSED and entry.paused_until else None,
        note,
    )


_AHEAD = timedelta(hours=26)  # another zone's clock, or a clock that is a little fast


def _consented(entry: Entry, now: datetime) -> tuple[datetime | None, datetime | None, str]:
    """Return when the reader signed up and confirmed, and what is wrong with the times that stand there."""
    created, confirmed, odd = entry.created_at, entry.confirmed_at, entry.undated
    note = f'its time of consent, "{_short(odd)}", cannot be read' if odd else ""
    ahead = [at for at in (created, confirmed) if at is not None and at > now + _AHEAD]
    if ahead:
        note = f"its time of consent, {ahead[0]:%Y-%m-%d %H:%M}, lies ahead"
    confirmed = None if confirmed in ahead else confirmed
    created = confirmed if created in ahead else created
    return created, None if confirmed is None else min(confirmed, now), note


def _short(text: str) -> str:
    text = "".join(mark if mark.isprintable() else " " for mark in text)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _sections(text: str, known: tuple[str, ...]) -> str:
    """Return the sections that our own export names, of those there are here; only the top stories where none is."""
    return rules.encode_sections([part.strip() for part in text.split(",")], known) if known else ""


def moment(at: datetime) -> str:
    """Return an aware time in UTC as both databases keep it in their tables."""
    at = at if at.tzinfo is UTC else at.astimezone(UTC)
    return "%04d-%02d-%02d %02d:%02d:%02d.%06d" % (  # noqa: UP031 (the quickest way, and there are millions)
        at.year,
        at.month,
        at.day,
        at.hour,
        at.minute,
        at.second,
        at.microsecond,
    )
