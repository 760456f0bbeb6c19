"""A list imported: read to its end first, then decided and stored block by block, each committed.

Nothing is half imported: a file that cannot be read changes nothing, and after a crash the same import run
again finishes the rest. An import never raises what a reader lowered, and a dry run says what would happen.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, insert, update

from subscribers import rules
from subscribers.links import Keys
from subscribers.model import Act, Reason, State
from subscribers.schema import imports
from subscribers.store.suppressions import HASH, suppress
from subscribers.transfer import staging
from subscribers.transfer.blocks import NEW, RISES, Block, ImportOptions, RejectedRow, Row, blocks
from subscribers.transfer.csv_file import CsvError, open_csv
from subscribers.transfer.entry import ImportStatus
from subscribers.transfer.export import escape_formula
from subscribers.transfer.phrases import refusal, tokens
from subscribers.transfer.reading import Reading, interpret

SAMPLES = 20
OUTCOMES = 60  # counted apart; a column full of different words would make a report of them all


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTask:
    """What to import, into which newsletter, and where these readers' consent comes from, in words.

    *mapping* says what columns are, by their headings, *statuses* what words of a status mean. *everyone* takes the
    file as a list of addresses never to be written to, *gone* as one of people who left. *sections* are the
    newsletter's own, of which a reader of our own export may have chosen some.
    """

    path: Path
    newsletter: str
    source: str
    keys: Keys
    now: datetime
    mapping: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, ImportStatus] = field(default_factory=dict)
    everyone: Reason | None = None
    gone: bool = False
    sections: tuple[str, ...] = ()
    dry_run: bool = False
    rejected: Path | None = None
    test_domains: bool = False


@dataclass(slots=True)
class ImportReport:
    """What became of the rows, as counts by outcome; *samples* are a few addresses of each.

    The outcomes: added, already, lowered, paused, suppressed; "skipped: why" and "never: why"; "rejected: why".
    *undated* counts the readers who came in, but when they consented could not be read; *odd* says it of a few of them.
    """

    provider: str
    charset: str
    delimiter: str
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=dict)
    undated: int = 0
    odd: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def noted(self, outcome: str, address: str) -> None:
        if len(self.counts) >= OUTCOMES and outcome not in self.counts and ' says "' in outcome:
            outcome = "skipped: other words that are not known here"
        self.counts[outcome] += 1
        kept = self.samples.setdefault(outcome, [])
        if len(kept) < SAMPLES:
            kept.append(address)


Write = Callable[[], AbstractContextManager[Connection]]


def import_list(
    task: ImportTask, write: Write, *, progress: Callable[[int, int], None] | None = None
) -> ImportReport:
    """Import the list and return what became of it; raise CsvError, nothing changed, if it cannot be read.

    *progress* is called with the rows done and about how many there are.
    """
    reading = interpret(open_csv(task.path), task.mapping, task.statuses)
    sheet = reading.sheet
    _named_for_leavers(task, reading)
    done = ImportReport(reading.provider, sheet.charset, sheet.delimiter, notes=list(reading.notes))
    options = ImportOptions(
        task.now,
        task.everyone,
        task.gone,
        task.rejected is not None,
        task.test_domains,
        task.newsletter,
        task.sections,
    )
    with ExitStack() as stack:
        reject = _rejects(task, reading, stack)
        number = 0 if task.dry_run else _begin(task, reading, write)
        source = f"import {number}: {task.source}"
        for block in stack.enter_context(closing(blocks(reading, options))):
            with write() as connection:
                _block(connection, task, block, source, done, reject)
            done.rows += block.size
            del block  # the next one is as large
            if progress:
                progress(done.rows, sheet.records)
        if number:
            with write() as connection:
                values = {"finished_at": task.now, "counts": dict(done.counts)}
                connection.execute(update(imports).where(imports.c.id == number).values(**values))
    return done


def _named_for_leavers(task: ImportTask, reading: Reading) -> None:
    """Raise CsvError for a list whose name says that its readers left, while its rows say nothing."""
    if reading.tells or task.gone or task.everyone is not None:
        return
    said = next((words for words in (task.path.stem, *tokens(task.path.stem)) if refusal(words)), "")
    if said:
        raise CsvError(
            f'The file\'s name says "{said}", and no column says who wants mail.',
            do="Import it with --unsubscribed if these people left, with --suppressions if they must never be "
            "written to, or under another name if they are readers.",
            usage=True,
        )


def _begin(task: ImportTask, reading: Reading, write: Write) -> int:
    with write() as connection:
        row = insert(imports).values(
            newsletter=task.newsletter,
            file=task.path.name,
            provider=reading.provider,
            source=task.source,
            started_at=task.now,
            counts={},
        )
        number: int = connection.execute(row.returning(imports.c.id)).scalar_one()
        return number


Reject = Callable[[RejectedRow], None]


def _rejects(task: ImportTask, reading: Reading, stack: ExitStack) -> Reject:
    """Return what writes a row that was not taken into the rejects file, with its line and the reason."""
    if task.rejected is None:
        return lambda row: None
    file = stack.enter_context(task.rejected.open("w", encoding="utf-8-sig", newline=""))
    writer = csv.writer(file)
    writer.writerow(["line", "reason", *(reading.sheet.header or reading.headings)])
    return lambda row: writer.writerow([row.number, row.why, *map(escape_formula, row.cells or ())])


def _block(
    connection: Connection, task: ImportTask, block: Block, source: str, done: ImportReport, reject: Reject
) -> None:
    """Decide on a block of rows and, but for a dry run, store it."""
    staging.prepare(connection)
    staging.stage(connection, block)
    never = _hash_suppressed(connection, task, block)
    held = staging.known(connection, task.newsletter)
    states = _outcomes(block, held, never, task, done, reject)
    if not task.dry_run:
        staging.settle(connection, states)
        staging.store(connection, task.newsletter, source, task.now, new=not held)
        for place, why in block.reasons.items():
            suppress(connection, reason=why, at=task.now, address=block.rows[place][0], keys=task.keys)


def _outcomes(
    block: Block,
    held: Mapping[int, staging.Known],
    never: Mapping[int, str],
    task: ImportTask,
    done: ImportReport,
    reject: Reject,
) -> dict[int, str]:
    """Note what becomes of each row; return by place the states that are not what a new address' would be."""
    states: dict[int, str] = {}
    refused = [RejectedRow(*row) for row in block.refused]
    for one in refused:
        done.noted(one.outcome, one.written)
    special = sorted({*held, *never, *block.reasons})
    _as_usual(block, special, done)
    for place in special:
        row = Row(*block.rows[place])
        outcome, state = _decided(row, block.reasons.get(place), held.get(place), never.get(place), task)
        done.noted(outcome, row.address)
        if outcome[:5] == "never":
            cells = block.cells[place] if block.cells else None
            refused.append(RejectedRow(block.numbers[place], row.address, outcome, outcome, cells))
        if state != row.state:
            states[place] = state
    odd = [RejectedRow(*row) for row in block.undated]
    for one in odd:
        done.undated += 1
        if len(done.odd) < SAMPLES:
            done.odd.append(f"line {one.number}: {one.written}: {one.why}")
    for one in sorted([*refused, *odd], key=lambda row: row.number):
        reject(one)
    return states


_OUTCOMES: Mapping[Act, str] = {Act.IMPORT: "added", Act.IMPORT_PAUSED: "paused", Act.LOWER: "lowered"}


def _as_usual(block: Block, special: list[int], done: ImportReport) -> None:
    """Note the rows that are about nobody we know, which is nearly all of a first import."""
    acts = Counter(row[7] for row in block.rows)
    acts.subtract(block.rows[place][7] for place in special)
    apart = set(special)
    for act, count in acts.items():
        if count:
            outcome = _OUTCOMES[Act(act)]
            done.counts[outcome] += count
            kept = done.samples.setdefault(outcome, [])
            few = (row[0] for place, row in enumerate(block.rows) if row[7] == act and place not in apart)
            kept.extend(islice(few, SAMPLES - len(kept)))


def _decided(
    row: Row, dead: str | None, was: staging.Known | None, reason: str | None, task: ImportTask
) -> tuple[str, str]:
    """Return the outcome of a row, and the state it leads to ("" where nothing is to be written)."""
    if dead:
        known = (was is not None and was.suppressed) or reason is not None
        known_wish = was is not None and was.state not in (None, State.ENDED)
        return ("already" if known else "suppressed"), (
            State.ENDED if known_wish and task.everyone is None else ""
        )
    act = Act(row.act)
    if act in RISES and (reason or (was is not None and was.suppressed)):
        return f"never: {reason or 'suppressed'}", ""
    if was is None:
        return _OUTCOMES[act], NEW[act]
    before = was.state
    after = rules.next_state(before, act)
    if before == after:
        left = act in RISES and before in (State.ENDED, State.PENDING)
        return (f"never: {before} here" if left else "already"), ""
    return _OUTCOMES[act], str(after)


def _hash_suppressed(connection: Connection, task: ImportTask, block: Block) -> Mapping[int, str]:
    if not staging.any_hashes(connection):
        return {}

    def hashes() -> Iterator[tuple[int, bytes]]:
        for place, row in enumerate(block.rows):
            for digest in task.keys.hashes(HASH, row[1]):
                yield place, digest

    return staging.suppressed(connection, hashes())
