"""The journal of withdrawn consent applied again, after an old backup was restored. It never raises anything."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, text

from subscribers.links import Keys
from subscribers.model import Act, Evidence, Reason, Transition
from subscribers.store import consents, people, suppressions
from subscribers.store.erasure import ForgetElsewhere, erase_person
from subscribers.store.renames import current_name
from subscribers.store.subscriptions import transition

LEAP = 1_000_000


def read_journal(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
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


def replay_journal(
    connection: Connection,
    lines: Iterable[dict[str, Any]],
    keys: Keys,
    at: datetime,
    *,
    forget: ForgetElsewhere | None = None,
) -> Counter[str]:
    """Lower what fell according to *lines*; return how many ends, suppressions and erasures were new here.

    A line names a reader by a number. One that came after a restore may have got the number of one that the
    backup has lost: what a line from before their first record says is not about them. New readers get ids far
    above the old ones afterwards: those whom the backup has lost had ids, too, and their links never expire.
    """
    latest: dict[tuple[int, str], dict[str, Any]] = {}
    dead: dict[str, list[dict[str, Any]]] = {}
    for line in sorted(lines, key=_moment):  # the files of several machines overlap
        name = line.get("hash") or f"id {line.get('reader')}"
        match line["act"]:
            case "end" | "back":
                latest[int(line["reader"]), current_name(connection, str(line["list"]))] = line
            case "suppress" | "erase":  # whoever came back may be suppressed, or erased once more
                dead[name] = [*(one for one in dead.get(name, ()) if one["act"] == "erase"), line]
            case "lift":
                dead.pop(name, None)
                dead.pop(f"id {line.get('reader')}", None)
    done: Counter[str] = Counter()
    for (reader, newsletter), line in latest.items():
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


def _ended(connection: Connection, reader: int, newsletter: str, at: datetime) -> Transition:
    return transition(connection, reader, newsletter, Act.LOWER, Evidence(at, "restore"))


def _gone(
    connection: Connection, line: dict[str, Any], keys: Keys, at: datetime, forget: ForgetElsewhere | None
) -> bool:
    """Suppress or erase whom *line* is about; return whether that is new here."""
    digest = bytes.fromhex(line.get("hash") or "")
    person = people.subscriber_by_id(connection, int(line.get("reader") or 0))
    if person and digest and digest not in keys.hashes(suppressions.HASH, person.address.lower()):
        person = None  # the address is another by now: what is about the old one is kept by its hash
    if person and _newcomer(connection, person.id, line):
        person = None
    reason = Reason(line.get("reason") or Reason.ERASED)
    if person and line["act"] == "erase":
        erased = erase_person(connection, person.id, keys, at, forget=forget)
        if digest:  # the backup may be of before the complaint that the erasure left
            suppressions.store_suppression(connection, None, digest, reason, at)
        return erased
    if person:
        return suppressions.suppress(connection, reason=reason, at=at, subscriber_id=person.id, keys=keys)
    return bool(digest) and suppressions.store_suppression(connection, None, digest, reason, at)


def _moment(line: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(line["at"]).astimezone(UTC)


def _newcomer(connection: Connection, reader: int, line: dict[str, Any]) -> bool:
    """Return whether whoever has the number *reader* came after what *line* tells."""
    known = consents.first_recorded(connection, reader)
    return known is not None and _moment(line) < known


def _leap(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        leap = text("UPDATE sqlite_sequence SET seq = seq + :leap WHERE name = 'subscribers'")
    else:
        leap = text("SELECT setval('subscribers_id_seq', nextval('subscribers_id_seq') + :leap)")
    connection.execute(leap.bindparams(bindparam("leap", LEAP)))
