"""The append-only record of how each subscription came about."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select

from subscribers import journal
from subscribers.model import Act, Evidence, State
from subscribers.schema import consents, forms, renames
from subscribers.store.upsert import insert_or_ignore

_JOURNALLED: Mapping[str, str] = {Act.END: "end", Act.LOWER: "end", Act.UNDO: "back", Act.CONFIRM: "back"}
_RECORD = insert(consents)


@dataclass(frozen=True, slots=True)
class Consent:
    """One entry: what was done, what it led to, when, by which way, and the text that was shown."""

    newsletter: str
    act: str
    state: str
    at: datetime
    source: str
    form: str
    text: str


Entry = tuple[int, str, str, State | None, Evidence]
"""Who, which newsletter ("" for all), what was done, what it led to, and how it came about."""


def record_consent(
    connection: Connection,
    subscriber_id: int,
    newsletter: str,
    act: str,
    state: State | None,
    evidence: Evidence,
) -> None:
    """Append one entry; a wording that is new gets its version."""
    record_consents(connection, [(subscriber_id, newsletter, act, state, evidence)])


def record_consents(connection: Connection, entries: Sequence[Entry]) -> None:
    """Append the entries."""
    rows = [
        {
            "subscriber_id": subscriber_id,
            "newsletter": newsletter,
            "act": act,
            "state": state or "",
            "at": evidence.at,
            "source": evidence.source,
            "form": form_version(connection, evidence.text, evidence.at),
            "network": evidence.network,
        }
        for subscriber_id, newsletter, act, state, evidence in entries
    ]
    connection.execute(_RECORD, rows)
    for subscriber_id, newsletter, act, _, evidence in entries:
        if act in _JOURNALLED:
            journal.append(connection, _JOURNALLED[act], evidence.at, reader=subscriber_id, list=newsletter)


def form_version(connection: Connection, text: str, at: datetime) -> str:
    """Return the version of the wording *text*, kept when it is first used; "" for no text."""
    if not text:
        return ""
    version = hashlib.sha256(text.encode()).hexdigest()[:16]
    insert_or_ignore(connection, forms, {"version": version, "text": text, "first_used": at}, "version")
    return version


def consent_history(connection: Connection, subscriber_id: int) -> list[Consent]:
    """Return all entries about one reader, the oldest first."""
    rows = connection.execute(
        select(consents, forms.c.text)
        .outerjoin(forms, forms.c.version == consents.c.form)
        .where(consents.c.subscriber_id == subscriber_id)
        .order_by(consents.c.id)
    )
    return [
        Consent(row.newsletter, row.act, row.state, row.at, row.source, row.form, row.text or "")
        for row in rows
    ]


def first_recorded(connection: Connection, subscriber_id: int) -> datetime | None:
    """Return when the first entry about a reader was made; None where there is none."""
    query = select(func.min(consents.c.at)).where(consents.c.subscriber_id == subscriber_id)
    found: datetime | None = connection.execute(query).scalar_one()
    return found


def is_withdrawal() -> ColumnElement[bool]:
    """Return the condition that an entry says no: an end, or one under the old name of a newsletter."""
    carried = and_(consents.c.act == "rename", consents.c.state == State.ENDED)
    return or_(consents.c.act.in_([Act.END, Act.LOWER]), carried)


def for_newsletter(newsletter: str | ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that an entry is about *newsletter*, whatever that was called then."""
    older = select(renames.c.old).where(renames.c.new == newsletter)
    return or_(consents.c.newsletter == newsletter, consents.c.newsletter.in_(older))


def last_unsubscribed(connection: Connection, subscriber_id: int, newsletter: str) -> datetime | None:
    """Return when the reader left *newsletter* last, or was entered as having left; None where never."""
    mine = (consents.c.subscriber_id == subscriber_id, for_newsletter(newsletter))
    query = select(func.max(consents.c.at)).where(*mine, is_withdrawal())
    found: datetime | None = connection.execute(query).scalar_one()
    return found


def state_before_unsubscribe(connection: Connection, subscriber_id: int, newsletter: str) -> State | None:
    """Return the state that the reader's end took away; None where their latest act was no end."""
    mine = (consents.c.subscriber_id == subscriber_id, consents.c.newsletter == newsletter)
    query = select(consents.c.act, consents.c.state).where(*mine, consents.c.state != "")
    rows = connection.execute(query.order_by(consents.c.id.desc()).limit(2)).all()
    if len(rows) < 2 or rows[0].act != Act.END:
        return None
    return State(rows[1].state)


def count_unsubscribes(connection: Connection, newsletter: str, since: datetime, until: datetime) -> int:
    """Return how many readers ended *newsletter* themselves between *since* and *until*."""
    when = (consents.c.at >= since, consents.c.at < until)
    mine = (consents.c.newsletter.in_([newsletter, ""]), consents.c.act == Act.END)
    query = select(func.count(consents.c.subscriber_id.distinct())).where(*mine, *when)
    return connection.execute(query).scalar_one()
