"""Subscriptions moved from state to state, each move with its record. `rules.MOVES` decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from subscribers import links, rules
from subscribers.model import Act, Evidence, State, Transition
from subscribers.schema import subscribers, subscriptions
from subscribers.store.consents import (
    last_unsubscribed,
    record_consent,
    record_consents,
    state_before_unsubscribe,
)
from subscribers.store.suppressions import lift_for_reasons
from subscribers.store.upsert import insert_or_ignore

# Made once: on the way out, where many come at the same time, making a statement costs more than running it.
_WHO = subscriptions.c.subscriber_id == bindparam("who")
_COLUMNS = (subscriptions.c.newsletter, subscriptions.c.state, subscriptions.c.changed_at)
_HELD = select(*_COLUMNS, subscriptions.c.paused_until).where(_WHO)
_HELD = _HELD.with_for_update()
_ALL_HELD = (
    select(subscriptions.c.subscriber_id, *_COLUMNS)
    .where(subscriptions.c.subscriber_id.in_(bindparam("who", expanding=True)))
    .order_by(subscriptions.c.subscriber_id, subscriptions.c.newsletter)  # all lock in one order
    .with_for_update()
)
_END = (
    update(subscriptions)
    .where(_WHO, subscriptions.c.newsletter == bindparam("which"))
    .values(state=State.ENDED, changed_at=bindparam("at"))  # when a pause was to end stays, for an undo
)
_SET = update(subscriptions).where(_WHO, subscriptions.c.newsletter == bindparam("which"))


class _Held(NamedTuple):
    """A subscription's row while it is locked, in the order of `_HELD`."""

    newsletter: str
    state: str
    changed_at: datetime
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class _Step:
    """An act of a reader with its evidence; *until* and *link* as `transition` says."""

    act: Act
    evidence: Evidence
    until: datetime | None
    link: datetime | None


def transition(
    connection: Connection,
    subscriber_id: int,
    newsletter: str,
    act: Act,
    evidence: Evidence,
    *,
    until: datetime | None = None,
    link: datetime | None = None,
) -> Transition:
    """Do *act* and record it; return what it changed, which may be nothing. *until* is the end of a pause.

    *link* is the moment that the reader's link holds: a confirmation's was made then, and counts only if no
    end came after it; an undo's is the very end that it takes back, `Moved.at`, without which nothing is undone.
    """
    held = (_Held(*row) for row in connection.execute(_HELD, {"who": subscriber_id}).all())
    row = next((row for row in held if row.newsletter == newsletter), None)
    return _moved(connection, subscriber_id, newsletter, row, _Step(act, evidence, until, link))


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Who ends which newsletter, by a link's *mark* of it, whether it is still published or not."""

    subscriber_id: int
    mark: bytes
    evidence: Evidence


def unsubscribe(
    connection: Connection, subscriber_id: int, mark: bytes, evidence: Evidence
) -> Transition | None:
    """End one subscription; None where there is none (any more): the reader was erased, nothing is to be ended."""
    return unsubscribe_all(connection, [Unsubscribe(subscriber_id, mark, evidence)])[0]


def unsubscribe_all(connection: Connection, leaving: Sequence[Unsubscribe]) -> list[Transition | None]:
    """End what many leave, a statement each for all of them; return for each what `unsubscribe` returns."""
    who = sorted({each.subscriber_id for each in leaving})
    held = {
        (row.subscriber_id, links.newsletter_mark(row.newsletter)): (
            row.newsletter,
            State(row.state),
            row.changed_at,
        )
        for row in connection.execute(_ALL_HELD, {"who": who})
    }
    done: list[Transition | None] = []
    over: list[tuple[str, datetime, Unsubscribe]] = []
    for each in leaving:
        found = held.get((each.subscriber_id, each.mark))
        if found is None:
            done.append(None)
            continue
        newsletter, before, changed = found
        after = rules.next_state(before, Act.END)
        at = changed if before == after else _later(each.evidence.at, changed)
        done.append(Transition(each.subscriber_id, before, after, at))
        if before != after:
            over.append((newsletter, at, each))
            held[each.subscriber_id, each.mark] = (newsletter, State.ENDED, at)
    if over:
        connection.execute(
            _END, [{"who": one.subscriber_id, "which": name, "at": at} for name, at, one in over]
        )
        record_consents(
            connection,
            [(one.subscriber_id, name, Act.END, State.ENDED, one.evidence) for name, _, one in over],
        )
    return done


def _later(at: datetime, changed: datetime) -> datetime:
    """Return *at*, or right after *changed*: each change of a subscription has a moment of its own."""
    return max(at, changed + timedelta(microseconds=1))


def _moved(
    connection: Connection,
    subscriber_id: int,
    newsletter: str,
    row: _Held | None,
    step: _Step,
) -> Transition:
    act, evidence = step.act, step.evidence
    before = State(row.state) if row else None
    after = rules.next_state(before, act)
    if row is not None and before != after and act in (Act.CONFIRM, Act.UNDO):
        after = _by_link(connection, subscriber_id, row, act, evidence.at, step.link)
    at = _later(evidence.at, row.changed_at) if row else evidence.at
    values = _values(act, before, after, at, step.until)
    if act is Act.CONFIRM and after in (State.ACTIVE, State.PAUSED):
        lift_for_reasons(connection, subscriber_id, rules.OWN_LIFTS, evidence.at)
    if after is None or not values or not (row or _exists(connection, subscriber_id)):
        return Transition(subscriber_id, before, before, row.changed_at if row else None)
    if row is None:
        new: dict[str, object] = {
            "newsletter": newsletter,
            "subscriber_id": subscriber_id,
            "sections": "",
        } | values
        insert_or_ignore(connection, subscriptions, new, "newsletter", "subscriber_id")
    else:
        _set(connection, subscriber_id, newsletter, values)
    if before != after or act is Act.PAUSE:
        record_consent(connection, subscriber_id, newsletter, act, after, evidence)
    return Transition(subscriber_id, before, after, at)


def _by_link(
    connection: Connection,
    subscriber_id: int,
    row: _Held,
    act: Act,
    at: datetime,
    link: datetime | None,
) -> State:
    """Return what a link that raises leads to, with the row locked: the same state where it has no say."""
    here = State(row.state)
    if act is Act.CONFIRM:
        over = link is not None and rules.is_superseded(
            link, last_unsubscribed(connection, subscriber_id, row.newsletter)
        )
        return here if over else State.ACTIVE
    if link != row.changed_at:
        return here
    return rules.state_after_undo(
        state_before_unsubscribe(connection, subscriber_id, row.newsletter), row.paused_until, at
    )


def _values(
    act: Act, before: State | None, after: State | None, at: datetime, until: datetime | None
) -> dict[str, object]:
    """Return the columns that *act* sets; none where it changes nothing."""
    values: dict[str, object] = {}
    if before != after:
        values = {"state": after, "changed_at": at}
        if after is State.ACTIVE and act in (Act.CONFIRM, Act.ADD, Act.IMPORT):
            values["confirmed_at"] = at
        if after is not State.PAUSED and act is not Act.END:  # it stays for an undo
            values["paused_until"] = None
    if act is Act.ASK:
        values |= {"asked_at": at, "changed_at": at}
    if act is Act.PAUSE and after is State.PAUSED:
        values |= {"paused_until": until, "changed_at": at}
    return values


def set_sections(
    connection: Connection, subscriber_id: int, newsletter: str, sections: str, evidence: Evidence
) -> None:
    """Store which sections the reader wants, as `rules.encode_sections` writes them."""
    before = connection.execute(
        select(subscriptions.c.sections, subscriptions.c.state).where(
            subscriptions.c.newsletter == newsletter, subscriptions.c.subscriber_id == subscriber_id
        )
    ).one_or_none()
    if before is not None and before.sections != sections:
        _set(connection, subscriber_id, newsletter, {"sections": sections, "changed_at": evidence.at})
        record_consent(connection, subscriber_id, newsletter, "sections", State(before.state), evidence)


def _set(connection: Connection, subscriber_id: int, newsletter: str, values: Mapping[str, object]) -> None:
    connection.execute(_SET, {"who": subscriber_id, "which": newsletter, **values})


def _exists(connection: Connection, subscriber_id: int) -> bool:
    return (
        connection.execute(select(subscribers.c.id).where(subscribers.c.id == subscriber_id)).first()
        is not None
    )
