"""The readers' list as the desk shows it: pages, one added, one suppressed, all handed out. Each act is audited.

The audit names readers by their number: it outlives an erasure, and an address must not.
"""

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from typing import IO, Any

from digest.app import App
from digest.flows.newsroom import audit_log
from digest.flows.readers import readers
from digest.flows.readers.readers import Did
from digest.store.accounts import audit
from subscribers.api import (
    InvalidAddress,
    Suppression,
    find_suppressions,
    parse_address,
    search_people,
    subscriber_by_key,
)

A_PAGE = 50
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+")


@dataclass(frozen=True, slots=True)
class Line:
    """One reader of the list: *wishes* are newsletters with their states."""

    id: int
    address: str
    name: str
    since: datetime
    suppressed: bool
    wishes: Mapping[str, str]
    cause: str = ""  # what it is suppressed for, and since when


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list; *after* is the id that the next one begins behind, 0 at the end."""

    lines: tuple[Line, ...]
    after: int


def page(app: App, *, prefix: str = "", newsletter: str = "", after: int = 0, limit: int = A_PAGE) -> Page:
    """Return a page of readers whose address begins with *prefix* and who have a wish for *newsletter*."""
    with app.db.read() as connection:
        found = search_people(
            connection, prefix=prefix.strip(), newsletter=newsletter, after=after, limit=limit + 1
        )
        out = [one.subscriber.id for one in found if one.subscriber.suppressed]
        causes = find_suppressions(connection, out) if out else {}
    lines = tuple(
        Line(
            one.subscriber.id,
            one.subscriber.address,
            one.subscriber.name,
            one.subscriber.created_at,
            one.subscriber.suppressed,
            {wish.newsletter: str(wish.state) for wish in one.subscriptions},
            _cause(causes.get(one.subscriber.id)),
        )
        for one in found[:limit]
    )
    return Page(lines, lines[-1].id if len(found) > limit else 0)


def add(
    app: App, newsletter: str, address: str, *, source: str, name: str, by: str, sections: str = ""
) -> Did:
    """Subscribe *address* on the word of *by* that it agreed to that; *source* says where."""
    done = readers.add(app, newsletter, address, source=source, name=name, sections=sections)
    _audited(app, by, "add reader", address, f"{newsletter}; consent: {source}; {_short(done, address)}")
    return done


def suppress(app: App, address: str, *, by: str) -> str:
    """Never write to *address* again; return what was done, in words."""
    words = readers.suppress(app, address)
    _audited(app, by, "suppress reader", address, "")
    return words


def person(app: App, address: str, *, by: str) -> dict[str, Any]:
    """Return everything that is held about *address*; raise DigestError where that is nothing."""
    held = readers.person(app, address)
    _audited(app, by, "look up reader", address, "")
    return held


def erase(app: App, address: str, *, by: str) -> str:
    """Delete everything that is held about *address* but a keyed hash; return what was done, in words."""
    known = _known(app, address)
    words = readers.erase(app, address)
    audit_log.noted(app, by, "erase reader", f"reader {known}")
    return words


def lift(app: App, address: str, *, why: str, by: str, asked: bool = False) -> Did:
    """Let *address* be written to again, for a reason; the act and its row of the audit stand together."""
    with app.db.write() as connection:
        done, found = readers.lift(app, connection, address, why=why, by=by, asked=asked)
        if found is not None:
            who = f"reader {found.subscriber_id}" if found.subscriber_id else "an address that is no reader's"
            was = f"suppressed {found.at:%Y-%m-%d}, {readers.caused(found)}"
            about = f"{who}; reason: {_nameless(why.strip())}; {_nameless(was)}"
            audit.record(connection, app.now(), by, "lift suppression", about)
    return done


def export(app: App, newsletter: str, *, by: str) -> IO[bytes]:
    """Return the list as a CSV file in UTF-8 that exists nowhere but in this handle, at its beginning."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller streams it and closes it
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    count = readers.export_list(app, text, newsletter)
    text.detach()
    with app.db.write() as connection:
        audit.record(
            connection, app.now(), by, "export readers", f"{newsletter or 'every newsletter'}, {count:,} rows"
        )
    file.seek(0)
    return file


def _nameless(text: str) -> str:
    """Return *text* without addresses: an answer names them nearly always."""
    return ADDRESS.sub("the reader", text)


def cause(app: App, subscriber: int) -> str:
    """Return what a reader is suppressed for, and since when; "" where it is not."""
    with app.db.read() as connection:
        found = find_suppressions(connection, [subscriber])
    return _cause(found.get(subscriber))


def _cause(found: Suppression | None) -> str:
    return f"{readers.caused(found)} ({found.at:%-d %b %Y})" if found else ""


def _audited(app: App, by: str, act: str, address: str, words: str) -> None:
    good = parse_address(address, test_domains=True)
    with app.db.write() as connection:
        known = None if isinstance(good, InvalidAddress) else subscriber_by_key(connection, good.key)
        who = f"reader {known.id}" if known else "an address that is no reader's"
        audit.record(connection, app.now(), by, act, f"{who}; {words}" if words else who)


def _known(app: App, address: str) -> int:
    """Return the number of the reader with *address*, 0 where there is none."""
    good = parse_address(address, test_domains=True)
    with app.db.read() as connection:
        known = None if isinstance(good, InvalidAddress) else subscriber_by_key(connection, good.key)
    return known.id if known else 0


def _short(done: Did, address: str) -> str:
    return done.words.replace(address, "the reader")
