"""What came back, as rows: the mails for 30 days, soft bounces, and counts by edition, day and provider."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from digest.delivery.consequences import WENT_OUT, Consequences, Earlier, Effect
from digest.model import DeliveryState
from digest.model.feedback import Verdict
from digest.store.deliveries.mark import in_state
from digest.store.feedback.tables import feedback, feedback_counts, soft_bounces
from digest.store.schema import deliveries, delivery_events, editions
from digest.store.statements import AnyRow, insert_new

RAW = 64 * 1024  # bytes of a mail that are kept,
UNPROVED = 16 * 1024  # and of one that holds no token of ours
KEPT = timedelta(days=30)
UNREAD = (
    1000  # mails without a token of ours whose text is kept, within a day; of more there is the count alone
)
WORDS = 500
REFUSED, BROKEN = "webhook refused", "webhook broken"  # posts that are counted, by provider and day


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The delivery that a token names, with its edition."""

    delivery: int
    edition: int
    newsletter: str
    date: date
    provider: str
    subscriber: int
    state: DeliveryState
    sent: datetime  # when it was handed over, as far as its rows say
    relay: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A mail that came back, as it is kept; its bytes are read by `raw`."""

    id: int
    at: datetime
    source: str
    kind: str
    effect: Effect
    verdict: str
    delivery: int | None
    subscriber: int | None
    status: str
    code: int
    words: str
    why: str


def delivered(connection: Connection, delivery: int) -> Delivered | None:
    """Return the delivery with this id, locked until the transaction ends; None where there is none."""
    query = (
        select(deliveries, editions.c.newsletter, editions.c.date)
        .join(editions, editions.c.id == deliveries.c.edition_id)
        .where(deliveries.c.id == delivery)
        .with_for_update(of=deliveries)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    first = select(func.min(feedback.c.sent_at)).where(feedback.c.delivery_id == delivery)
    return Delivered(
        delivery=row.id,
        edition=row.edition_id,
        newsletter=row.newsletter,
        date=row.date,
        provider=row.provider,
        subscriber=row.subscriber_id,
        state=DeliveryState(row.state),
        sent=connection.execute(first).scalar_one() or row.at,
        relay=row.relay,
    )


def of_reader(connection: Connection, edition: int, subscriber: int) -> int | None:
    """Return the delivery of *edition* to *subscriber*; None where there is none."""
    own = (deliveries.c.edition_id == edition, deliveries.c.subscriber_id == subscriber)
    found: int | None = connection.execute(select(deliveries.c.id).where(*own)).scalar_one_or_none()
    return found


def newest(connection: Connection, subscriber: int, since: datetime) -> int | None:
    """Return the newest delivery to *subscriber* that went out since *since*; None where there is none."""
    recent = select(editions.c.id).where(editions.c.started_at >= since)
    query = (
        select(deliveries.c.id)
        .where(deliveries.c.edition_id.in_(recent), deliveries.c.subscriber_id == subscriber)
        .where(in_state(*WENT_OUT, DeliveryState.BOUNCED, DeliveryState.COMPLAINED))
        .order_by(deliveries.c.id.desc())
        .limit(1)
    )
    found: int | None = connection.execute(query).scalar_one_or_none()
    return found


def earlier(connection: Connection, subscriber: int, but: int, since: datetime) -> list[Earlier]:
    """Return the mails that *subscriber* was sent since *since*, without the delivery *but*."""
    recent = select(editions.c.id).where(editions.c.started_at >= since)
    query = (
        select(deliveries.c.at, deliveries.c.state, soft_bounces.c.sent_at)
        .outerjoin(soft_bounces, soft_bounces.c.delivery_id == deliveries.c.id)
        .where(deliveries.c.edition_id.in_(recent), deliveries.c.subscriber_id == subscriber)
        .where(deliveries.c.id != but)
    )
    return [
        Earlier(row[2] or row[0], soft=row[2] is not None, accepted=row[1] == DeliveryState.SENT)
        for row in connection.execute(query)
    ]


def moved(connection: Connection, one: Delivered, what: Consequences, now: datetime) -> bool:
    """Move the delivery on, if it is where it was; return whether it was us who did."""
    if what.state is None:
        return False
    code, words = _said(what)
    where = (deliveries.c.id == one.delivery, in_state(one.state))
    values = {"state": what.state, "code": code, "reply": words, "lease": None, "at": now}
    if connection.execute(update(deliveries).where(*where).values(**values)).rowcount != 1:
        return False
    event = {"delivery_id": one.delivery, "at": now, "state": what.state, "code": code, "text": words}
    connection.execute(insert(delivery_events).values(**event))
    return True


def count_soft(connection: Connection, delivery: int, subscriber: int, sent: datetime, now: datetime) -> bool:
    """Note that a mail failed softly; return whether that is new."""
    row = {"delivery_id": delivery, "subscriber_id": subscriber, "sent_at": sent, "at": now}
    return insert_new(connection, soft_bounces, row) == 1


def forget_soft(connection: Connection, subscriber: int) -> None:
    """Begin anew with a reader's soft bounces."""
    connection.execute(delete(soft_bounces).where(soft_bounces.c.subscriber_id == subscriber))


def count(
    connection: Connection, what: str, *, edition: int = 0, provider: str = "", day: date, more: int = 1
) -> None:
    """Count one more of *what* for *provider* in *edition*."""
    dialect = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = {"day": day, "edition_id": edition, "provider": provider, "what": what, "count": more}
    made = dialect(feedback_counts).values(**row)
    keys = [feedback_counts.c[name] for name in ("day", "edition_id", "provider", "what")]
    connection.execute(
        made.on_conflict_do_update(index_elements=keys, set_={"count": feedback_counts.c.count + more})
    )


def counted(connection: Connection, what: str, since: date) -> dict[str, int]:
    """Return how often *what* was counted since the day *since*, by provider."""
    table = feedback_counts.c
    query = (
        select(table.provider, func.sum(table.count))
        .where(table.what == what, table.day >= since)
        .group_by(table.provider)
    )
    return {str(provider): int(many) for provider, many in connection.execute(query)}


def counts(connection: Connection, edition: int) -> dict[str, dict[str, int]]:
    """Return what came back of *edition*, by provider and what it was."""
    table = feedback_counts.c
    query = (
        select(table.provider, table.what, func.sum(table.count))
        .where(table.edition_id == edition)
        .group_by(table.provider, table.what)
    )
    found: dict[str, dict[str, int]] = {}
    for provider, what, many in connection.execute(query):
        found.setdefault(provider, {})[what] = int(many)
    return found


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that came back: its unique id, the intake that brought it, what it is, its bytes, and when it came."""

    replay: str
    source: str
    kind: str
    raw: bytes
    at: datetime


def keep(
    connection: Connection,
    mail: Mail,
    what: Consequences,
    *,
    one: Delivered | None = None,
    subscriber: int | None = None,
) -> bool:
    """Keep a mail that came back, for 30 days; return False where the same one was taken before."""
    code, words = _said(what)
    row = {
        "replay": mail.replay,
        "at": mail.at,
        "source": mail.source[:20],
        "kind": mail.kind,
        "effect": what.effect,
        "verdict": what.verdict or "",
        "delivery_id": one.delivery if one else None,
        "subscriber_id": one.subscriber if one else subscriber,
        "sent_at": one.sent if one else None,
        "status": what.recipient.status[:20] if what.recipient else "",
        "code": code,
        "words": words,
        "why": what.why[:WORDS],
        "raw": mail.raw[: RAW if one or subscriber else UNPROVED],
    }
    return insert_new(connection, feedback, row) == 1


def crowded(connection: Connection, now: datetime) -> bool:
    """Return whether so many mails without a token of ours came within a day that no more of them are kept."""
    recent = (feedback.c.at > now - timedelta(days=1), feedback.c.delivery_id.is_(None))
    few = select(feedback.c.id).where(*recent, feedback.c.subscriber_id.is_(None)).limit(UNREAD).subquery()
    return connection.execute(select(func.count()).select_from(few)).scalar_one() >= UNREAD


def raw(connection: Connection, report: int) -> bytes | None:
    """Return the beginning of the mail; None where it is not kept (any more)."""
    found: bytes | None = connection.execute(
        select(feedback.c.raw).where(feedback.c.id == report)
    ).scalar_one_or_none()
    return found


def of_subscriber(connection: Connection, subscriber: int, *, limit: int = 20) -> list[Report]:
    """Return what came back about a reader, the newest first."""
    query = select(*_SHOWN).where(feedback.c.subscriber_id == subscriber)
    return [_report(row) for row in connection.execute(query.order_by(feedback.c.id.desc()).limit(limit))]


def by_id(connection: Connection, report: int) -> Report | None:
    """Return one of the mails, or None."""
    row = connection.execute(select(*_SHOWN).where(feedback.c.id == report)).one_or_none()
    return _report(row) if row else None


def by_replay(connection: Connection, replay: str) -> Report | None:
    """Return the mail with this unique id, or None."""
    row = connection.execute(select(*_SHOWN).where(feedback.c.replay == replay)).one_or_none()
    return _report(row) if row else None


def last(
    connection: Connection, edition: int, provider: str, limit: int, *, since: datetime | None = None
) -> list[tuple[str, str]]:
    """Return verdict and words of the newest *limit* reports about *edition* at *provider*, each of another mail.

    Empty where there are fewer.
    """
    newest = (
        select(func.max(feedback.c.id))
        .join(deliveries, deliveries.c.id == feedback.c.delivery_id)
        .where(deliveries.c.edition_id == edition, deliveries.c.provider == provider)
        .where(feedback.c.verdict.not_in(["", Verdict.DELAYED]))
        .where(*((feedback.c.at > since,) if since is not None else ()))
        .group_by(feedback.c.delivery_id)
        .order_by(func.max(feedback.c.id).desc())
        .limit(limit)
    )
    rows = connection.execute(select(feedback.c.verdict, feedback.c.words).where(feedback.c.id.in_(newest)))
    found = [(row[0], row[1]) for row in rows]
    return found if len(found) == limit else []


def forget(connection: Connection, subscriber: int, addresses: Collection[str]) -> None:
    """Delete what came back about a reader, and what names one of *addresses* and was never proved to be of anybody.

    The unproved are few: of a crowd only the count is kept.
    """
    connection.execute(delete(feedback).where(feedback.c.subscriber_id == subscriber))
    forget_soft(connection, subscriber)
    unproved = (feedback.c.delivery_id.is_(None), feedback.c.subscriber_id.is_(None))
    rows = connection.execute(select(feedback.c.id, feedback.c.raw, feedback.c.words).where(*unproved))
    names = [address.encode() for address in addresses]
    found = [
        row[0] for row in rows if any(name in row[1].lower() + row[2].lower().encode() for name in names)
    ]
    if found:
        connection.execute(delete(feedback).where(feedback.c.id.in_(found)))


def clear(connection: Connection, now: datetime, *, soft: timedelta) -> None:
    """Forget the mails after 30 days, soft bounces after *soft*, and counts after a year."""
    connection.execute(delete(feedback).where(feedback.c.at < now - KEPT))
    connection.execute(delete(soft_bounces).where(soft_bounces.c.at < now - soft))
    year = (now - timedelta(days=400)).date()
    connection.execute(delete(feedback_counts).where(feedback_counts.c.day < year))


def _said(what: Consequences) -> tuple[int, str]:
    one = what.recipient
    if one is None:
        return 0, what.why[:WORDS]
    words = one.diagnostic or one.status
    if one.status and one.status not in words:
        words = f"{one.status} {words}"
    return one.code or 0, words[:WORDS]


_SHOWN = tuple(column for column in feedback.c if column.name not in ("raw", "replay", "sent_at"))


def _report(row: AnyRow) -> Report:
    return Report(
        id=row.id,
        at=row.at,
        source=row.source,
        kind=row.kind,
        effect=Effect(row.effect),
        verdict=row.verdict,
        delivery=row.delivery_id,
        subscriber=row.subscriber_id,
        status=row.status,
        code=row.code,
        words=row.words,
        why=row.why,
    )
