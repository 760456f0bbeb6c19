"""Newsletters that go by another name: their readers moved over, and where links with the old name lead.

Why: docs/design-notes.md, "A renamed newsletter's readers are moved by a command".
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, literal, select, update

from subscribers import links
from subscribers.model import Act, Evidence, State
from subscribers.schema import UTCDateTime, consents, renames, subscriptions
from subscribers.store.subscriptions import transition

CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Chunk:
    """How many readers were *moved* and how many had both, *merged*; *last* is 0 where that was all."""

    moved: int
    merged: int
    last: int


def rename_newsletter(connection: Connection, old: str, new: str, at: datetime) -> None:
    """Have links that name *old* lead to *new* from now on."""
    connection.execute(
        delete(renames).where(renames.c.old.in_([old, new]))
    )  # back to an older name: no circle
    connection.execute(
        update(renames).where(renames.c.new == old).values(new=new)
    )  # no name leads to an old one
    connection.execute(insert(renames).values(old=old, new=new, at=at))


def current_name(connection: Connection, name: str) -> str:
    """Return what the newsletter *name* is called now."""
    return _current(_all(connection), name)


def current_names_by_mark(connection: Connection) -> dict[bytes, str]:
    """Return what newsletters are called now by the marks of their old names."""
    known = _all(connection)
    return {links.newsletter_mark(old): _current(known, old) for old in known}


def _all(connection: Connection) -> dict[str, str]:
    return {row.old: row.new for row in connection.execute(select(renames.c.old, renames.c.new))}


def _current(known: dict[str, str], name: str) -> str:
    seen = {name}
    while (name := known.get(name, name)) not in seen:
        seen.add(name)
    return name


def move_subscriptions(connection: Connection, old: str, new: str, at: datetime, *, after: int = 0) -> Chunk:
    """Move the subscriptions to *old* of some readers, by number from behind *after*, to *new*; each gets a record.

    Who has a subscription to both keeps the one for *new*, and loses it where they left *old* later: it never rises.
    """
    mine = (subscriptions.c.newsletter == old, subscriptions.c.subscriber_id > after)
    rows = connection.execute(
        select(subscriptions.c.subscriber_id, subscriptions.c.state, subscriptions.c.changed_at)
        .where(*mine)
        .order_by(subscriptions.c.subscriber_id)
        .limit(CHUNK)
        .with_for_update()
    ).all()
    if not rows:
        return Chunk(0, 0, 0)
    last = rows[-1].subscriber_id
    span = (subscriptions.c.subscriber_id > after, subscriptions.c.subscriber_id <= last)
    theirs = select(subscriptions.c.subscriber_id, subscriptions.c.changed_at, subscriptions.c.state)
    both = {
        row.subscriber_id: row
        for row in connection.execute(theirs.where(subscriptions.c.newsletter == new, *span))
    }
    source = f"renamed from {old}"
    for row in rows:
        other = both.get(row.subscriber_id)
        if other is not None and row.state == State.ENDED and row.changed_at > other.changed_at:
            transition(connection, row.subscriber_id, new, Act.LOWER, Evidence(at, source))
    if both:
        doubled = subscriptions.c.subscriber_id.in_(
            select(subscriptions.c.subscriber_id).where(subscriptions.c.newsletter == new, *span)
        )
        connection.execute(delete(subscriptions).where(subscriptions.c.newsletter == old, *span, doubled))
    _recorded(connection, old, new, source, at, after, last)
    connection.execute(
        update(subscriptions).where(subscriptions.c.newsletter == old, *span).values(newsletter=new)
    )
    merged = sum(row.subscriber_id in both for row in rows)
    return Chunk(len(rows) - merged, merged, last)


def _recorded(
    connection: Connection, old: str, new: str, source: str, at: datetime, after: int, last: int
) -> None:
    columns = subscriptions.c
    entries = select(
        columns.subscriber_id,
        literal(new),
        literal("rename"),
        columns.state,
        literal(at, UTCDateTime),
        literal(source),
    ).where(columns.newsletter == old, columns.subscriber_id > after, columns.subscriber_id <= last)
    names = ["subscriber_id", "newsletter", "act", "state", "at", "source"]
    connection.execute(insert(consents).from_select(names, entries))
