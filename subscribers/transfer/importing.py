"""A list brought in: read to its end first, then decided and stored block by block, each committed.

Nothing is half imported: a file that cannot be read changes nothing, and after a crash the same import run
again finishes the rest. An import never raises what a reader lowered, and a dry run says what would happen.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
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
from subscribers.transfer.entry import Status
from subscribers.transfer.export import neutral
from subscribers.transfer.reading import Line, Reading, lines, understood
from subscribers.transfer.sheet import opened

BLOCK = 20_000
SAMPLES = 20

ACTS: Mapping[Status, Act] = {
    Status.SUBSCRIBED: Act.IMPORT,
    Status.UNSUBSCRIBED: Act.LOWER,
    Status.BOUNCED: Act.LOWER,
    Status.COMPLAINED: Act.LOWER,
}
SUPPRESSES: Mapping[Status, Reason] = {Status.BOUNCED: Reason.BOUNCE, Status.COMPLAINED: Reason.COMPLAINT}
SKIPPED: Mapping[Status, str] = {
    Status.PENDING: "not confirmed there",
    Status.DELETED: "deleted there",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to import, into which newsletter, and where these readers' consent comes from, in words.

    *mapping* renames headings; *everyone* takes the file as a list of addresses never to be written to.
    """

    path: Path
    newsletter: str
    source: str
    keys: Keys
    now: datetime
    mapping: Mapping[str, str] = field(default_factory=dict)
    everyone: Reason | None = None
    dry_run: bool = False
    rejected: Path | None = None
    test_domains: bool = False


@dataclass(slots=True)
class Imported:
    """What became of the rows, as counts by outcome; *samples* are a few addresses of each.

    The outcomes: added, already, lowered, suppressed; "skipped: why" and "never: why"; "rejected: why".
    """

    provider: str
    charset: str
    delimiter: str
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[str]] = field(default_factory=dict)

    def noted(self, outcome: str, address: str) -> None:
        self.counts[outcome] += 1
        kept = self.samples.setdefault(outcome, [])
        if len(kept) < SAMPLES:
            kept.append(address)


_NEW: Mapping[Act, str] = {act: rules.moved(None, act) or "" for act in (Act.IMPORT, Act.LOWER)}
"""What each act leads to for an address that is new to us."""

Write = Callable[[], AbstractContextManager[Connection]]


def imported(task: Task, write: Write, *, progress: Callable[[int, int], None] | None = None) -> Imported:
    """Import the list and return what became of it; raise SheetError, nothing changed, if it cannot be read.

    *progress* is called with the rows done and about how many there are.
    """
    reading = understood(opened(task.path), task.mapping)
    sheet = reading.sheet
    done = Imported(reading.provider, sheet.charset, sheet.delimiter)
    with ExitStack() as stack:
        reject = _rejects(task, reading, stack)
        number = 0 if task.dry_run else _begun(task, reading, write)
        source = f"import {number}: {task.source}"
        found = lines(reading, test_domains=task.test_domains)
        while block := list(islice(found, BLOCK)):
            with write() as connection:
                _block(connection, task, block, source, done, reject)
            done.rows += len(block)
            if progress:
                progress(done.rows, sheet.records)
        if number:
            with write() as connection:
                values = {"finished_at": task.now, "counts": dict(done.counts)}
                connection.execute(update(imports).where(imports.c.id == number).values(**values))
    return done


def _begun(task: Task, reading: Reading, write: Write) -> int:
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


Reject = Callable[[Line, str], None]


def _rejects(task: Task, reading: Reading, stack: ExitStack) -> Reject:
    """Return what writes a row that was not taken into the rejects file, with its line and the reason."""
    if task.rejected is None:
        return lambda line, why: None
    file = stack.enter_context(task.rejected.open("w", encoding="utf-8-sig", newline=""))
    writer = csv.writer(file)
    writer.writerow(["line", "reason", *(reading.sheet.header or reading.headings)])
    return lambda line, why: writer.writerow([line.number, why, *map(neutral, line.cells)])


def _block(
    connection: Connection, task: Task, block: Sequence[Line], source: str, done: Imported, reject: Reject
) -> None:
    """Decide on a block of rows and, but for a dry run, store it."""
    good = _sorted_out(task, block, done, reject)
    staging.prepare(connection)
    staging.stage(connection, [_staged(place, line, act, task) for place, line, act in good])
    never = _hash_suppressed(connection, task, good)
    held = staging.known(connection, task.newsletter)
    states: dict[int, str] = {}
    for place, line, act in good:
        was, reason = held.get(place), never.get(place)
        outcome, state = _decided(line, act, was, reason, task)
        done.noted(outcome, line.entry.address)
        if outcome[:5] == "never":
            reject(line, outcome)
        if state != _NEW[act]:
            states[place] = state
    if not task.dry_run:
        staging.settle(connection, states)
        staging.store(connection, task.newsletter, source, task.now)
        _suppress(connection, task, [line for _, line, _ in good])


Good = list[tuple[int, Line, Act]]


def _sorted_out(task: Task, block: Sequence[Line], done: Imported, reject: Reject) -> Good:
    """Return the rows that are worth a decision, each with its place and its act."""
    good: Good = []
    for place, line in enumerate(block):
        status = line.entry.status
        if line.verdict != "valid":
            twice = line.verdict == "duplicate"
            done.noted(
                "skipped: twice in the file" if twice else f"rejected: {line.verdict}", line.entry.address
            )
            reject(line, line.why)
        elif task.everyone is None and status in SKIPPED:
            done.noted(f"skipped: {SKIPPED[status]}", line.entry.address)
            reject(line, SKIPPED[status])
        else:
            good.append((place, line, ACTS[status] if task.everyone is None else Act.LOWER))
    return good


def _staged(place: int, line: Line, act: Act, task: Task) -> staging.Staged:
    entry, address = line.entry, line.address
    assert address is not None
    created = entry.created_at
    if created is None or created > task.now:
        created = task.now
    at = staging.moment(created)
    since = at if entry.confirmed_at is None else staging.moment(entry.confirmed_at)
    return staging.Staged(
        place, address.text, address.key, address.domain, entry.name[:100], entry.language[:16],
        at, since if act is Act.IMPORT else None, act, _NEW[act],
    )  # fmt: skip


def _decided(
    line: Line, act: Act, was: staging.Known | None, reason: str | None, task: Task
) -> tuple[str, str]:
    """Return the outcome of a row, and the state it leads to ("" where nothing is to be written)."""
    if task.everyone is not None or line.entry.status in SUPPRESSES:
        told = (was is not None and was.suppressed) or reason is not None
        known_wish = was is not None and was.state not in (None, State.ENDED)
        return ("already" if told else "suppressed"), (
            State.ENDED if known_wish and task.everyone is None else ""
        )
    if act is Act.IMPORT and (reason or (was is not None and was.suppressed)):
        return f"never: {reason or 'suppressed'}", ""
    if was is None:
        return ("added" if act is Act.IMPORT else "lowered"), _NEW[act]
    before = was.state
    after = rules.moved(before, act, confirmed=was.confirmed)
    if before == after:
        left = act is Act.IMPORT and before in (State.ENDED, State.PENDING)
        return (f"never: {before} here" if left else "already"), ""
    return ("added" if act is Act.IMPORT else "lowered"), str(after)


def _hash_suppressed(connection: Connection, task: Task, good: Good) -> Mapping[int, str]:
    if not staging.any_hashes(connection):
        return {}

    def hashes() -> Iterator[tuple[int, bytes]]:
        for place, line, _ in good:
            assert line.address is not None
            for digest in task.keys.hashes(HASH, line.address.key):
                yield place, digest

    return staging.suppressed(connection, hashes())


def _suppress(connection: Connection, task: Task, good: Sequence[Line]) -> None:
    for line in good:
        reason = task.everyone or SUPPRESSES.get(line.entry.status)
        if reason is not None and line.address is not None:
            suppress(connection, reason=reason, at=task.now, address=line.address.text, keys=task.keys)
