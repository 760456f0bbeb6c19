"""Take a mail that came back: prove it, decide what follows, and write that in one transaction.

An intake acknowledges a mail (LMTP 250, Maildir flag, exit 0) only after `receive` or `take` returned: then it is
committed. Taken twice, it does nothing the second time. The argument is in `docs/feedback.md`.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from digest.app import App
from digest.delivery import feedback
from digest.delivery.consequences import Consequences, Effect, Mailed, decided
from digest.flows.feedback import auth_reports, provider, tokens
from digest.flows.sending.soft import soft_bounces
from digest.model.feedback import FeedbackKind, FeedbackReport
from digest.store.feedback import kept
from digest.store.feedback.kept import Delivered
from digest.store.statements import fitted
from subscribers.api import (
    Evidence,
    address_standing,
    end_subscription,
    subscriber_by_id,
    suppress,
    unsubscribe_by_mail,
)

LONGEST = 10_000_000  # bytes of a mail that are read


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a mail. *delivery* is the one that it is about, 0 where none of ours is named."""

    kind: FeedbackKind
    effect: Effect
    delivery: int = 0
    why: str = ""
    before: Effect | None = None  # of a repeated one: its effect when it was taken first

    @property
    def understood(self) -> bool:
        """Whether it was for us: an intake may put it away. What is ordinary mail, or forged, is left to people."""
        automatic = self.kind in (FeedbackKind.AUTO_REPLY, FeedbackKind.DELIVERED)
        effect = self.before or self.effect
        unknown = (Effect.QUARANTINED, Effect.REPEATED)  # repeated in this moment: by another process
        return effect not in unknown and (effect is not Effect.IGNORED or automatic)


class _Twice(Exception):
    """Another process has taken the same mail in this moment: what was written here is undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Came:
    """How a mail came in."""

    source: str
    replay: str
    raw: bytes
    now: datetime
    trusted: bool = False


def receive(app: App, raw: bytes, *, to: str = "", source: str) -> Receipt:
    """Read the mail *raw*, which came to the address *to* ("": its headers say it), and take it.

    A mail to a List-Unsubscribe address ends that subscription; it gets no answer, and its From line says nothing.
    Raises what the database raises: then nothing was done, and the mail is to be offered again.
    """
    raw = raw[:LONGEST]
    if tokens.way_out(to) if to else tokens.ways_out(raw):
        return _left(app, raw, to, source)
    if (words := auth_reports.take(app, raw)) is not None:
        return Receipt(kind=FeedbackKind.OTHER, effect=Effect.SUMMARY, why=words)
    return take(app, feedback.report(raw, to=to), raw, source=source)


def take(
    app: App, report: FeedbackReport, raw: bytes, *, source: str, replay: str = "", trusted: bool = False
) -> Receipt:
    """Write what follows from *report*, once: *replay* is its unique id, "" is the hash of the mail.

    *trusted*: it is proved by itself, as a provider's signed event is; then the reader's address names the mail, too.

    Raises what the database raises: then nothing was done.
    """
    unique = f"{source} {replay}" if replay else _hash(raw, *report.addressed[:1])
    came = _Came(source=source, replay=fitted(unique), raw=raw, now=app.now(), trusted=trusted)
    if token := tokens.probe(app.links, report.addressed):
        came = replace(came, replay=f"probe {token}", raw=b"")
    try:
        with app.db.write() as connection:
            if before := kept.by_replay(connection, came.replay):
                return Receipt(kind=report.kind, effect=Effect.REPEATED, before=before.effect)
            if token:
                return _kept(connection, came, report.kind, Consequences(effect=Effect.PROBE))
            return _taken(app, connection, report, came)
    except _Twice:
        return Receipt(kind=report.kind, effect=Effect.REPEATED)


def _hash(raw: bytes, *more: str) -> str:
    """Return what tells a mail from others, whichever line ends an intake has left in it."""
    plain = raw.replace(b"\r\n", b"\n").strip()
    return hashlib.sha256(b"\0".join((plain, *(one.lower().encode() for one in more)))).hexdigest()


def _taken(app: App, connection: Connection, report: FeedbackReport, came: _Came) -> Receipt:
    number = tokens.delivery(app, connection, report)
    if number is None and came.trusted:
        number = tokens.newest(connection, report, came.now)
    one = kept.delivered(connection, number) if number is not None else None
    soft, now = soft_bounces(app), came.now
    if one is None:
        return _unproved(connection, decided(report, None, (), soft.limits, now), report.kind, came)
    known = _mailed(connection, one)
    mails = soft.earlier(connection, one.delivery, one.subscriber, known.proved, now) if known.address else []
    what = decided(report, known, mails, soft.limits, now)
    receipt = _kept(connection, came, report.kind, what, one)
    _written(app, connection, one, what, now)
    return receipt


def _mailed(connection: Connection, one: Delivered) -> Mailed:
    reader = subscriber_by_id(connection, one.subscriber) if one.subscriber > 0 else None
    proved, moved = address_standing(connection, one.subscriber) if reader else (None, None)
    return Mailed(
        delivery=one.delivery,
        subscriber=one.subscriber,
        address=reader.address if reader else "",
        sent=one.sent,
        state=one.state,
        proved=proved,
        moved=moved,
        believed=provider.believed(connection, one),
    )


def _written(app: App, connection: Connection, one: Delivered, what: Consequences, now: datetime) -> None:
    """Write the consequences of a report whose token is ours."""
    new = kept.moved(connection, one, what, now)
    if what.soft:
        new = kept.count_soft(connection, one.delivery, one.subscriber, one.sent, now)
    if what.end:
        end_subscription(
            connection,
            one.subscriber,
            one.newsletter,
            Evidence(now, "complaint" if what.suppress else "provider's link"),
        )
    if what.suppress:
        words = what.recipient.diagnostic if what.recipient else ""
        suppress(
            connection,
            reason=what.suppress,
            at=now,
            subscriber_id=one.subscriber,
            keys=app.links.keys,
            words=words or what.why,
        )
    if new or what.effect is Effect.DELAYED:
        counted = provider.count(connection, one, what, now)
        provider.defend(app, connection, one, what, counted)


def _unproved(connection: Connection, what: Consequences, kind: FeedbackKind, came: _Came) -> Receipt:
    """Count a mail that names no delivery, and keep it where not too many of them came."""
    kept.count(connection, str(what.effect), day=came.now.date())
    if kept.crowded(connection, came.now):
        return Receipt(kind=kind, effect=what.effect, why=what.why)
    return _kept(connection, came, kind, what)


def _kept(
    connection: Connection,
    came: _Came,
    kind: FeedbackKind,
    what: Consequences,
    one: Delivered | None = None,
    subscriber: int | None = None,
) -> Receipt:
    new = kept.keep(
        connection,
        kept.Mail(came.replay, came.source, kind, came.raw, came.now),
        what,
        one=one,
        subscriber=subscriber,
    )
    if not new:
        raise _Twice
    return Receipt(kind=kind, effect=what.effect, delivery=one.delivery if one else 0, why=what.why)


def _left(app: App, raw: bytes, to: str, source: str) -> Receipt:
    """End what a mail to a List-Unsubscribe address is about; what holds no token of ours is quarantined."""
    came = _Came(source=source, replay=_hash(raw, to), raw=raw, now=app.now())
    kind, evidence = FeedbackKind.OTHER, Evidence(came.now, "mail")
    try:
        with app.db.write() as connection:
            if before := kept.by_replay(connection, came.replay):
                return Receipt(kind=kind, effect=Effect.REPEATED, before=before.effect)
            done = unsubscribe_by_mail(connection, app.links, raw, evidence, [to] if to else ())
            if not done:
                what = Consequences(effect=Effect.QUARANTINED, why="the token in its address is not ours")
                return _unproved(connection, what, kind, came)
            kept.count(connection, str(Effect.UNSUBSCRIBED), day=came.now.date())
            what = Consequences(effect=Effect.UNSUBSCRIBED)
            return _kept(connection, came, kind, what, subscriber=done[0].subscriber_id)
    except _Twice:
        return Receipt(kind=kind, effect=Effect.REPEATED)
