"""The journal of withdrawn consent applied again, after an old backup was restored. It never raises anything."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from sqlalchemy import Connection, bindparam, text

from subscribers.links import Keys
from subscribers.model import Act, Evidence, Reason, Transition
from subscribers.store import consents, people, suppressions
from subscribers.store.erasure import ForgetElsewhere, erase_person
from subscribers.store.renames import current_name
from subscribers.store.subscriptions import transition

LEAP = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal: *act* ("end", "back", "suppress", "erase", "lift") at a moment, in UTC.

    *reader* is an id, 0 for none; *digest* a keyed hash of an address, empty for none; *newsletter* and *reason* are
    "" where the act has none.
    """

    act: str
    at: datetime
    reader: int
    newsletter: str
    digest: bytes
    reason: str

    @property
    def person(self) -> str:
        """Whom it is about: by the hash where there is one, else by the id."""
        return self.digest.hex() or f"id {self.reader}"


def read_journal(paths: Iterable[Path]) -> Iterator[Entry]:
    """Yield the lines of the files; one that was cut in the middle, as a crash leaves it, is passed over.

    What was glued to such a beginning is found again: older files hold that.
    """
    for path in paths:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                found = _read(line)
                if found is not None:
                    yield found


def _read(line: str) -> Entry | None:
    """Return what *line* says; None where no whole entry ends it."""
    begins = [0, *(each.start() for each in re.finditer(r'\{"act":', line) if each.start())]
    for begin in begins:
        try:
            found = json.loads(line[begin:])
            needed = found["act"] in ("end", "back")
            return Entry(
                act=found["act"],
                at=datetime.fromisoformat(found["at"]).astimezone(UTC),
                reader=int(found["reader"] if needed else found.get("reader") or 0),
                newsletter=str(found["list"]) if needed else "",
                digest=bytes.fromhex(found.get("hash") or ""),
                reason=found.get("reason") or "",
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return None


def replay_journal(
    connection: Connection,
    entries: Iterable[Entry],
    keys: Keys,
    at: datetime,
    *,
    forget: ForgetElsewhere | None = None,
) -> Counter[str]:
    """Lower what fell according to *entries*; return how many ends, suppressions and erasures were new here.

    An entry names a reader by a number. One that came after a restore may have got the number of one that the
    backup has lost: what an entry from before their first record says is not about them. New readers get ids far
    above the old ones afterwards: those whom the backup has lost had ids, too, and their links never expire.
    """
    latest: dict[tuple[int, str], Entry] = {}
    dead: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: one.at):  # the files of several machines overlap
        match entry.act:
            case "end" | "back":
                latest[entry.reader, current_name(connection, entry.newsletter)] = entry
            case "suppress" | "erase":  # whoever came back may be suppressed, or erased once more
                dead[entry.person] = [
                    *(one for one in dead.get(entry.person, ()) if one.act == "erase"),
                    entry,
                ]
            case "lift":
                dead.pop(entry.person, None)
                dead.pop(f"id {entry.reader}", None)
    done: Counter[str] = Counter()
    for (reader, newsletter), entry in latest.items():
        if entry.act != "end" or _newcomer(connection, reader, entry):
            continue
        if _ended(connection, reader, newsletter, at).changed:
            done["ended"] += 1
    for entry in chain.from_iterable(dead.values()):
        done["erased" if entry.act == "erase" else "suppressed"] += _gone(connection, entry, keys, at, forget)
    _leap(connection)
    return +done


def _ended(connection: Connection, reader: int, newsletter: str, at: datetime) -> Transition:
    return transition(connection, reader, newsletter, Act.LOWER, Evidence(at, "restore"))


def _gone(
    connection: Connection, entry: Entry, keys: Keys, at: datetime, forget: ForgetElsewhere | None
) -> bool:
    """Suppress or erase whom *entry* is about; return whether that is new here."""
    digest = entry.digest
    person = people.subscriber_by_id(connection, entry.reader)
    if person and digest and digest not in keys.hashes(suppressions.HASH, person.address.lower()):
        person = None  # the address is another by now: what is about the old one is kept by its hash
    if person and _newcomer(connection, person.id, entry):
        person = None
    reason = Reason(entry.reason or Reason.ERASED)
    if person and entry.act == "erase":
        erased = erase_person(connection, person.id, keys, at, forget=forget)
        if digest:  # the backup may be of before the complaint that the erasure left
            suppressions.store_suppression(connection, None, digest, reason, at)
        return erased
    if person:
        return suppressions.suppress(connection, reason=reason, at=at, subscriber_id=person.id, keys=keys)
    return bool(digest) and suppressions.store_suppression(connection, None, digest, reason, at)


def _newcomer(connection: Connection, reader: int, entry: Entry) -> bool:
    """Return whether whoever has the number *reader* came after what *entry* tells."""
    known = consents.first_recorded(connection, reader)
    return known is not None and entry.at < known


def _leap(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        leap = text("UPDATE sqlite_sequence SET seq = seq + :leap WHERE name = 'subscribers'")
    else:
        leap = text("SELECT setval('subscribers_id_seq', nextval('subscribers_id_seq') + :leap)")
    connection.execute(leap.bindparams(bindparam("leap", LEAP)))
