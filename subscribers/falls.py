"""Falls of consent, written beside the database as well: what a restored backup does not know of.

Each end, suppression and erasure is a line in a file that only grows, on disk before its transaction is
committed. After an old backup was restored, `replayed` lowers what fell since; it never raises anything.
A line holds ids and keyed hashes, no address. A reader's own return is a line, too, and ends an older fall.
"""

import json
import logging
import os
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, bindparam, event, text

from subscribers.links import Keys
from subscribers.model import Act, Moved, Reason, Witness

if TYPE_CHECKING:
    from subscribers.store.erasure import Forget

LEAP = 1_000_000
_MOST_LATE = 100_000  # transactions whose lines wait for room on the disk
_NOTED = "subscribers.falls"

log = logging.getLogger(__name__)


def keep(engine: Engine, path: Path) -> None:
    """Have the falls of every transaction on *engine* written to *path*, right before each commit."""

    late: list[str] = []  # what could not be written: it goes with the next lines
    lock = threading.Lock()

    @event.listens_for(engine, "commit")
    def committing(connection: Connection) -> None:
        lines = connection.info.pop(_NOTED, None)
        if not lines:
            return
        with lock:
            late.append("".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines))
            if _append(path, "".join(late)):
                late.clear()
            del late[:-_MOST_LATE]

    @event.listens_for(engine, "rollback")
    def undone(connection: Connection) -> None:
        connection.info.pop(_NOTED, None)


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
        log.error("falls of consent are not written to %s: %s", path, problem)
        return False
    return True


def noted(connection: Connection, act: str, at: datetime, **about: object) -> None:
    """Note one line for this transaction: *act* is end, back, suppress, lift or erase."""
    connection.info.setdefault(_NOTED, []).append({"act": act, "at": at.isoformat(), **about})


# ---------------------------------------------------------------------------- after a restore


def read(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield the lines of the files; one that was cut in the middle, as a crash leaves it, is passed over.

    What was glued to such a beginning is found again: older files hold that.
    """
    for path in paths:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                found = _read(line)
                if found is not None:
                    yield found


def _read(line: str) -> dict[str, Any] | None:
    """Return what *line* says; None where no whole entry ends it."""
    begins = [0, *(each.start() for each in re.finditer(r'\{"act":', line) if each.start())]
    for begin in begins:
        try:
            found = json.loads(line[begin:])
            datetime.fromisoformat(found["at"]).astimezone(UTC)
            int(found.get("reader") or 0)
            bytes.fromhex(found.get("hash") or "")
            if found["act"] in ("end", "back"):
                found["list"], found["reader"]
            return dict(found)
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return None


def replayed(
    connection: Connection,
    lines: Iterable[dict[str, Any]],
    keys: Keys,
    at: datetime,
    *,
    forget: "Forget | None" = None,
) -> Counter[str]:
    """Lower what fell according to *lines*; return how many ends, suppressions and erasures were new here.

    A line names a reader by a number. One that came after a restore may have got the number of one that the
    backup has lost: what a line from before their first record says is not about them. New readers get ids far
    above the old ones afterwards: those whom the backup has lost had ids, too, and their links never expire.
    """
    from subscribers.store.renames import current

    wishes: dict[tuple[int, str], dict[str, Any]] = {}
    dead: dict[str, list[dict[str, Any]]] = {}
    for line in sorted(lines, key=_moment):  # the files of several machines overlap
        name = line.get("hash") or f"id {line.get('reader')}"
        match line["act"]:
            case "end" | "back":
                wishes[int(line["reader"]), current(connection, str(line["list"]))] = line
            case "suppress" | "erase":  # whoever came back may be suppressed, or erased once more
                dead[name] = [*(one for one in dead.get(name, ()) if one["act"] == "erase"), line]
            case "lift":
                dead.pop(name, None)
                dead.pop(f"id {line.get('reader')}", None)
    done: Counter[str] = Counter()
    for (reader, newsletter), line in wishes.items():
        if line["act"] != "end" or _newcomer(connection, reader, line):
            continue
        if _ended(connection, reader, newsletter, at).changed:
            done["ended"] += 1
    for line in chain.from_iterable(dead.values()):
        done["erased" if line["act"] == "erase" else "suppressed"] += _gone(
            connection, line, keys, at, forget
        )
    _leap(connection)
    return +done


def _ended(connection: Connection, reader: int, newsletter: str, at: datetime) -> Moved:
    from subscribers.store.wishes import move

    return move(connection, reader, newsletter, Act.LOWER, Witness(at, "restore"))


def _gone(
    connection: Connection, line: dict[str, Any], keys: Keys, at: datetime, forget: "Forget | None"
) -> bool:
    """Suppress or erase whom *line* is about; return whether that is new here."""
    from subscribers.store import people, suppressions
    from subscribers.store.erasure import erase

    digest = bytes.fromhex(line.get("hash") or "")
    person = people.by_id(connection, int(line.get("reader") or 0))
    if person and digest and digest not in keys.hashes(suppressions.HASH, person.address.lower()):
        person = None  # the address is another by now: what is about the old one is kept by its hash
    if person and _newcomer(connection, person.id, line):
        person = None
    reason = Reason(line.get("reason") or Reason.ERASED)
    if person and line["act"] == "erase":
        erased = erase(connection, person.id, keys, at, forget=forget)
        if digest:  # the backup may be of before the complaint that the erasure left
            suppressions.stored(connection, None, digest, reason, at)
        return erased
    if person:
        return suppressions.suppress(connection, reason=reason, at=at, subscriber_id=person.id, keys=keys)
    return bool(digest) and suppressions.stored(connection, None, digest, reason, at)


def _moment(line: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(line["at"]).astimezone(UTC)


def _newcomer(connection: Connection, reader: int, line: dict[str, Any]) -> bool:
    """Return whether whoever has the number *reader* came after what *line* tells."""
    from subscribers.store.consents import first

    known = first(connection, reader)
    return known is not None and _moment(line) < known


def _leap(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        leap = text("UPDATE sqlite_sequence SET seq = seq + :leap WHERE name = 'subscribers'")
    else:
        leap = text("SELECT setval('subscribers_id_seq', nextval('subscribers_id_seq') + :leap)")
    connection.execute(leap.bindparams(bindparam("leap", LEAP)))
