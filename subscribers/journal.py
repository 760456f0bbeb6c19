"""A log of withdrawn consent beside the database: what a restored backup does not know of.

Each unsubscribe, suppression and erasure is a line in a file that is only appended to, on disk before its
transaction is committed; after an old backup was restored, `subscribers.replay` applies it again. A line holds
ids and keyed hashes, no address. A reader's own return is a line, too, and ends an older withdrawal.

Why: docs/design-notes.md, "A line of the journal".
"""

import json
import logging
import os
import threading
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, event

_MOST_LATE = 100_000  # transactions whose lines wait for room on the disk
_PENDING = "subscribers.journal"

log = logging.getLogger(__name__)


def attach_journal(engine: Engine, path: Path) -> None:
    """Have the lines of every transaction on *engine* appended to *path*, right before each commit."""

    late: list[str] = []  # what could not be written: it goes with the next lines
    lock = threading.Lock()

    @event.listens_for(engine, "commit")
    def committing(connection: Connection) -> None:
        lines = connection.info.pop(_PENDING, None)
        if not lines:
            return
        with lock:
            late.append("".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines))
            if _append(path, "".join(late)):
                late.clear()
            del late[:-_MOST_LATE]

    @event.listens_for(engine, "rollback")
    def undone(connection: Connection) -> None:
        connection.info.pop(_PENDING, None)


def _append(path: Path, lines: str) -> bool:
    """Append *lines* durably; return whether that was possible: a reader is never kept in because it is not.

    Where the last line was cut in the middle, by a crash or a full disk, ours begins on a new one.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(file).st_size
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            data = memoryview((b"\n" if torn else b"") + lines.encode())
            while data:  # a disk that is nearly full takes a part
                data = data[os.write(file, data) :]
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as problem:
        log.error("withdrawals of consent are not written to %s: %s", path, problem)
        return False
    return True


def append(connection: Connection, act: str, at: datetime, **about: object) -> None:
    """Add a line to those of this transaction: *act* is end, back, suppress, lift or erase."""
    connection.info.setdefault(_PENDING, []).append({"act": act, "at": at.isoformat(), **about})
