"""Take a mail that came back: prove it, decide what follows, and write that in one transaction.

An intake acknowledges a mail (LMTP 250, Maildir flag, exit 0) only after `receive` or `take` returned: then it is
committed. Taken twice, it does nothing the second time. The argument is in `docs/feedback.md`.

A late answer counts for its provider by the rule of `delivery/halts.py`. It differs from one on the line in this only:
most mails are accepted before the first report is here. So all of a provider's rows are asked again at each of the
first reports, and then at each twentieth more of them.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from digest.app import App
from digest.delivery import alarms, feedback
from digest.delivery import auth_reports as reading
from digest.delivery.blame import AUTHENTICATION, enhanced
from digest.delivery.breaker import Counts, Thresholds, judged
from digest.delivery.consequences import (
    Consequences,
    Effect,
    Limits,
    Mailed,
    Receipt,
    decided,
    likely_cause,
    mistrusted,
)
from digest.delivery.feedback import LONGEST, tokens
from digest.delivery.halts import STREAK, verdict
from digest.model import EditionState
from digest.model.feedback import FeedbackKind, FeedbackReport, Verdict
from digest.store import auth_reports, editions, halts
from digest.store.deliveries import plan
from digest.store.deliveries.mistrust import take_back, take_back_late
from digest.store.feedback import kept, named, shares
from digest.store.feedback.kept import Delivered
from digest.store.feedback.soft import SoftBounces
from digest.store.statements import fitted
from subscribers.api import (
    Evidence,
    address_standing,
    end_subscription,
    subscriber_by_id,
    suppress,
    unsubscribe_by_mail,
)

FIRST = 40  # reports of a provider that are each weighed
PART = 20  # of more, one in so many parts of them
_OVER = (EditionState.SENT, EditionState.CANCELLED)


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
    if (words := _summarised(app, raw)) is not None:
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
    number = named.delivery(app.links, connection, report)
    if number is None and came.trusted:
        number = named.newest(connection, report, came.now)
    one = kept.delivered(connection, number) if number is not None else None
    soft, now = SoftBounces(app.links.keys, Limits.of(app.config.feedback)), came.now
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
        believed=shares.believed(connection, one.edition, one.provider, one.relay),
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
        kind = str(what.verdict or what.effect)
        kept.count(connection, kind, edition=one.edition, provider=one.provider, day=now.date())
        counted = kept.counts(connection, one.edition).get(one.provider, {}).get(kind, 0)
        _defend(app, connection, one, what, counted)


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


def _summarised(app: App, raw: bytes) -> str | None:
    """Return what was taken of the mail *raw*, in words; None where it brings no report about us.

    A report that was taken before changes nothing. Raises what the database raises: then nothing was done.
    """
    found = [report for report in reading.read(raw) if reading.is_ours(app.config, report.domain)]
    if not found:
        return None
    with app.db.write() as connection:
        if auth_reports.crowded(connection, app.now()):
            return "more reports came today than are kept"
        new = [auth_reports.keep(connection, report, app.now()) for report in found]
    report = found[0]
    words = f"{report.kind} report of {report.reporter or 'nobody named'} about {report.domain}"
    return words if any(new) else f"{words}: it was taken before"


def _defend(app: App, connection: Connection, one: Delivered, what: Consequences, counted: int) -> None:
    """Halt the provider of *one* for its edition where the late answers ask for it, and raise the alarm."""
    if counted > FIRST and counted % (counted // PART):
        return
    if what.effect is Effect.COMPLAINED:
        _complained(app, connection, one)
    if what.verdict not in (Verdict.OURS, Verdict.DEAD) or what.effect is Effect.STALE:
        return
    since = halts.reviewed_at(connection, one.edition)
    found = shares.answers_of(connection, one.edition, one.provider, since=since)
    last = kept.last(connection, one.edition, one.provider, STREAK, since=since)
    streak = len(last) if all(_names_authentication(*each) for each in last) else 0
    if why := verdict(
        replace(found, streak=streak, looked=since is not None), Thresholds.of(app.config.breaker)
    ):
        _halt(app, connection, one, what, why)


def _complained(app: App, connection: Connection, one: Delivered) -> None:
    """Raise the alarm where too many readers complain of an edition that is over.

    While it is being sent the breaker looks at the complaints. Most come later: readers open their mail by noon.
    """
    saved = editions.existing(connection, one.edition)
    if saved.state not in _OVER:
        return
    found = shares.of_provider(connection, one.edition, one.provider)
    counts = Counts(tries=found.tried, complaints=found.complaints)
    if stop := judged({one.provider: counts}, (), Thresholds.of(app.config.breaker)).get(one.provider):
        app.notify(connection, alarms.complained_late(saved, one.provider, f"{stop.why}\n\n{stop.cause}"))


def _names_authentication(judged: str, words: str) -> bool:
    return judged == Verdict.OURS and enhanced(words) in AUTHENTICATION


def _halt(app: App, connection: Connection, one: Delivered, what: Consequences, why: str) -> None:
    now, said = app.now(), what.recipient
    status, words = (said.status, said.diagnostic) if said else ("", "")
    why = f"{why}; the last: {said.code or '' if said else ''} {words or status}".strip()
    plan.locked(connection, one.edition)
    if not halts.halt(connection, one.edition, one.provider, why, now):
        return
    taken = take_back(connection, one.edition, now, one.provider)
    if mistrusted(shares.answers_of(connection, one.edition, one.provider)):
        taken += take_back_late(connection, one.edition, one.provider, now)
    saved = editions.existing(connection, one.edition)
    explained = f"{why}\n\n{likely_cause(status, words)}" if what.verdict is Verdict.OURS else why
    alarm = (
        alarms.refused_late(saved, one.provider, explained, taken)
        if saved.state in _OVER
        else alarms.provider_halted(saved, one.provider, explained, taken, now)
    )
    app.notify(connection, alarm)
