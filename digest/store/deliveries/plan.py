"""What an edition's sending stands at: its start, its plan in chunks, pause, cancel, finish."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from digest.model import DeliveryState, Edition, EditionEvent, EditionState
from digest.store import providers
from digest.store.clock import moment
from digest.store.deliveries.mark import in_state
from digest.store.deliveries.settle import HELD, OPENED, ended, free
from digest.store.editions import existing, transition
from digest.store.schema import deliveries, editions
from digest.store.statements import Query, insert_new

CHUNK = 5_000
MISSING = (DeliveryState.REFUSED, DeliveryState.EXPIRED, DeliveryState.UNDELIVERABLE)
LOST = (*MISSING, DeliveryState.FAILED, DeliveryState.BROKEN)
ARRIVED = (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)
SEEDS_FIRST = timedelta(days=1)  # a seed's due is this much earlier, and the earliest due goes first


def plan_seeds(
    connection: Connection,
    edition: Edition,
    audience: Query,
    seeds: Mapping[str, int],
    *,
    now: datetime,
    deadline: datetime,
) -> None:
    """Plan the seed addresses, which go first. *seeds* gives each address the row id for one that is no reader.

    A seed that reads the newsletter has one row as everybody else, only earlier.
    """
    if not seeds:
        return
    readers = audience.subquery()
    query = select(readers.c.subscriber_id, readers.c.address, readers.c.domain).where(
        func.lower(readers.c.address).in_([address.lower() for address in seeds])
    )
    known = {row.address.lower(): row for row in connection.execute(query)}
    domains = {address: address.rpartition("@")[2].lower() for address in seeds}
    receives = providers.known(connection, list(domains.values()))
    rows = [
        {
            **_fixed(edition, now, deadline),
            "subscriber_id": known[address.lower()].subscriber_id if address.lower() in known else number,
            "provider": receives.get(domains[address], domains[address])[:80],
            "seed": True,
            "due": now - SEEDS_FIRST,
        }
        for address, number in seeds.items()
    ]
    insert_new(connection, deliveries, rows)


def untouched(connection: Connection, edition: int) -> bool:
    """Return whether no chunk of *edition* is planned yet."""
    query = select(editions.c.planned_to).where(editions.c.id == edition)
    return bool(connection.execute(query).scalar_one() == 0)


def plan_chunk(
    connection: Connection,
    edition: Edition,
    audience: Query,
    *,
    now: datetime,
    deadline: datetime,
    size: int = CHUNK,
    due: datetime | None = None,
) -> int | None:
    """Plan the next *size* readers in the order of their ids; return how many, 0 when the plan is at its end.

    The watermark moves in the same transaction, so a crash between two chunks repeats none and skips none;
    the edition's row is locked, so only one plans at a time: None says that another does at this moment. They are
    *due* now where no other time is given.
    """
    query = select(editions.c.planned_to, editions.c.planned).where(editions.c.id == edition.id)
    found = connection.execute(query.with_for_update(skip_locked=True)).one_or_none()
    if found is None:
        return None
    mark, planned = found
    if planned:
        return 0
    readers = audience.subquery()
    ids = (
        select(readers.c.subscriber_id)
        .where(readers.c.subscriber_id > mark)
        .order_by(readers.c.subscriber_id)
        .limit(size)
        .subquery()
    )
    last = connection.execute(select(func.max(ids.c.subscriber_id))).scalar_one()
    if last is None:
        connection.execute(update(editions).where(editions.c.id == edition.id).values(planned=True))
        return 0
    fixed = _fixed(edition, now, deadline) | {"due": due or now}
    some = (readers.c.subscriber_id > mark, readers.c.subscriber_id <= last)
    made = _planned(connection, readers, fixed, *some)
    connection.execute(update(editions).where(editions.c.id == edition.id).values(planned_to=last))
    return max(made, 1)


def plan_chosen(
    connection: Connection,
    edition: Edition,
    audience: Query,
    chosen: Collection[int],
    *,
    now: datetime,
    deadline: datetime,
    due: datetime | None = None,
) -> int:
    """Plan those of the readers *chosen* who have no row yet and are still readers; return how many."""
    readers, made = audience.subquery(), 0
    fixed = _fixed(edition, now, deadline) | {"due": due or now}
    every = sorted(chosen)
    for some in (every[at : at + 500] for at in range(0, len(every), 500)):
        made += _planned(connection, readers, fixed, readers.c.subscriber_id.in_(some))
    return made


def end(connection: Connection, edition: int) -> None:
    """Note that nobody else of the readers of *edition* gets a row."""
    connection.execute(update(editions).where(editions.c.id == edition).values(planned=True))


def _planned(
    connection: Connection, readers: FromClause, fixed: Mapping[str, object], *which: ColumnElement[bool]
) -> int:
    types = {name: deliveries.c[name].type for name in fixed}
    source = select(
        readers.c.subscriber_id,
        providers.of_row(readers.c.domain),
        *(literal(value, types[name]) for name, value in fixed.items()),
    ).where(*which)
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(deliveries).from_select(["subscriber_id", "provider", *fixed], source)
    whole = statement.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return connection.execute(whole).rowcount


def _fixed(edition: Edition, now: datetime, deadline: datetime) -> dict[str, object]:
    return {
        "edition_id": edition.id,
        "revision": edition.revision,
        "state": DeliveryState.QUEUED,
        "seed": False,
        "due": now,
        "deadline": deadline,
        "claim": "",
        "attempts": 0,
        "losses": 0,
        "code": 0,
        "reply": "",
        "relay": "",
        "at": now,
    }


def open_rows(
    connection: Connection, edition: int, *, unknown_too: datetime | None = None, but: Collection[str] = ()
) -> bool:
    """Return whether a row of *edition* still waits for something; that is asked of the rows, never counted.

    With *unknown_too* (the present time) an unknown row before its deadline is one that will be sent again.
    Queued rows of the providers *but* are left out.
    """
    queued = in_state(DeliveryState.QUEUED)
    others = and_(queued, deliveries.c.provider.not_in(list(but))) if but else queued
    waits = [others, in_state(*HELD)]
    if unknown_too is not None:
        waits.append(and_(ended(DeliveryState.UNKNOWN), deliveries.c.deadline > unknown_too))
    ours = deliveries.c.edition_id == edition
    # one statement sees one moment: between two, another worker may move a row from the second to the first
    some = (select(literal(1)).where(ours, one).limit(1).exists() for one in waits)
    return bool(connection.execute(select(or_(*some))).scalar_one())


def locked(connection: Connection, edition: int) -> None:
    """Lock *edition* until the transaction ends: whoever halts or finishes it, or must know that nobody does, waits."""
    connection.execute(select(editions.c.id).where(editions.c.id == edition).with_for_update())


def ended_all(connection: Connection, edition: int, now: datetime, *, resend: bool) -> bool:
    """Return whether *edition* is being sent, planned to the end, and no row is open; it is locked then."""
    found = existing(connection, edition)
    unknown_too = now if resend else None
    if found.state is not EditionState.SENDING or not found.planned:
        return False
    if open_rows(connection, edition, unknown_too=unknown_too):
        return False
    # who queues rows anew (`again`) moves the edition last: with it locked, either we see them or it reopens it
    locked(connection, edition)
    return not open_rows(connection, edition, unknown_too=unknown_too)


def finish(connection: Connection, edition: int, now: datetime, *, resend: bool) -> bool:
    """Move *edition* from sending to sent if it is planned to the end and no row is open; return whether it is."""
    if existing(connection, edition).state is EditionState.SENT:
        return True
    if not ended_all(connection, edition, now, resend=resend):
        return False
    return transition(connection, edition, EditionEvent.FINISH, at=now, only=(editions.c.planned.is_(True),))


def close(connection: Connection, edition: int, now: datetime, *, resend: bool) -> bool:
    """Move an approved *edition* that has gone out before to sent if nobody waits for it; return whether it is.

    It was corrected after everybody had it: there is nothing to start, and nothing of it is "approved" for an hour
    that has passed.
    """
    found = existing(connection, edition)
    waits = not found.planned or open_rows(connection, edition, unknown_too=now if resend else None)
    if found.state is not EditionState.APPROVED or found.started_at is None or waits:
        return False
    transition(connection, edition, EditionEvent.BEGIN, at=now)
    return finish(connection, edition, now, resend=resend)


def nobody(connection: Connection, edition: int, found: Mapping[DeliveryState, int]) -> str:
    """Return why *edition* reached nobody, in the words that most of its rows got; "" where it may have.

    *found* are its `counts`.
    """
    lost = {state: found[state] for state in LOST if state in found}
    if not lost or any(found.get(state) for state in ARRIVED):
        return ""
    query = select(deliveries.c.code, deliveries.c.reply).where(
        deliveries.c.edition_id == edition, ended(*LOST)
    )
    most = query.group_by(deliveries.c.code, deliveries.c.reply).order_by(func.count().desc()).limit(1)
    code, reply = connection.execute(most).one()
    how = ", ".join(f"{count:,} {state}" for state, count in lost.items())
    return f"nobody got it: {how}" + (
        f"; most were told: {code or ''} {reply}".replace(":  ", ": ") if reply else ""
    )


def stuck(
    connection: Connection, edition: int, halted: Collection[str], now: datetime, *, resend: bool
) -> bool:
    """Return whether all that *edition* still waits for is providers that are *halted*."""
    if not existing(connection, edition).planned:
        return False
    return not open_rows(connection, edition, unknown_too=now if resend else None, but=halted)


def counts(connection: Connection, edition: int) -> dict[DeliveryState, int]:
    """Return how many rows of *edition* are in each state."""
    ours, number = deliveries.c.edition_id == edition, func.count()
    found: dict[str, int] = {}
    for where in (in_state(DeliveryState.QUEUED), in_state(*HELD), ~in_state(*OPENED)):
        query = select(deliveries.c.state, number).where(ours, where).group_by(deliveries.c.state)
        found |= {row[0]: row[1] for row in connection.execute(query)}
    every: int = connection.execute(select(number).where(ours)).scalar_one()
    found[DeliveryState.SENT] = every - sum(found.values())  # the most, and in no index of their own
    return {state: found[state] for state in DeliveryState if found.get(state)}


def again(connection: Connection, edition: int, *, now: datetime, deadline: datetime) -> int:
    """Queue the rows of *edition* that are missing by no fault of their address and reopen it; return how many."""
    where = (deliveries.c.edition_id == edition, ended(*MISSING))
    values = {"state": DeliveryState.QUEUED, "due": now, "deadline": deadline, "attempts": 0, "at": now}
    count = connection.execute(
        update(deliveries).where(*where).values(claim="", lease=None, **values)
    ).rowcount
    if count:
        transition(connection, edition, EditionEvent.REQUEUE, at=now)
    return count


def left(connection: Connection) -> list[int]:
    """Return the cancelled editions of which a sender that fell silent still holds rows."""
    held = (in_state(*HELD), deliveries.c.lease <= moment(connection))
    query = select(deliveries.c.edition_id).join(editions, editions.c.id == deliveries.c.edition_id)
    cancelled = editions.c.state == EditionState.CANCELLED
    return list(connection.execute(query.where(*held, cancelled).distinct()).scalars())


def cancel_queued(connection: Connection, edition: int, now: datetime) -> int:
    """Move what is still queued of a cancelled edition to cancelled; return how many rows."""
    gone = select(editions.c.id).where(editions.c.id == edition, editions.c.state == EditionState.CANCELLED)
    queued = free(connection, deliveries.c.edition_id.in_(gone), in_state(DeliveryState.QUEUED))
    statement = update(deliveries).where(queued)
    return connection.execute(statement.values(state=DeliveryState.CANCELLED, at=now)).rowcount
