"""How late reports count for the provider they come from, and when they halt it: by the rule of `delivery/halts.py`.

A late answer differs from one on the line in this only: most mails are accepted before the first report is here. So
all of a provider's rows are asked again at each of the first reports, and then at each twentieth more of them.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from digest.app import App
from digest.delivery.blame import AUTHENTICATION, enhanced
from digest.delivery.breaker import Counts, judged
from digest.delivery.consequences import Consequences, Effect, likely_cause, mistrusted
from digest.delivery.halts import RELAY, STREAK, verdict
from digest.flows.notify import alarms
from digest.flows.sending.breaker import thresholds
from digest.flows.sending.mistrust import take_back, take_back_late
from digest.model import EditionState
from digest.model.feedback import Verdict
from digest.store import editions, halts
from digest.store.deliveries import plan
from digest.store.feedback import kept, shares
from digest.store.feedback.kept import Delivered

FIRST = 40  # reports of a provider that are each weighed
PART = 20  # of more, one in so many parts of them
_OVER = (EditionState.SENT, EditionState.CANCELLED)


def believed(connection: Connection, one: Delivered) -> bool:
    """Return whether what the provider of *one* says of addresses is believed: not while fewer than half arrive."""
    halted = halts.of(connection, one.edition)
    if one.provider not in halted and f"{RELAY}{one.relay}" not in halted:
        return True
    return not mistrusted(shares.standing(connection, one.edition, one.provider))


def count(connection: Connection, one: Delivered, what: Consequences, now: datetime) -> int:
    """Count a report for the provider of *one*; return how many of its kind there are in this edition by now."""
    kind = str(what.verdict or what.effect)
    kept.count(connection, kind, edition=one.edition, provider=one.provider, day=now.date())
    return kept.counts(connection, one.edition).get(one.provider, {}).get(kind, 0)


def defend(app: App, connection: Connection, one: Delivered, what: Consequences, counted: int) -> None:
    """Halt the provider of *one* for its edition where the late answers ask for it, and raise the alarm."""
    if counted > FIRST and counted % (counted // PART):
        return
    if what.effect is Effect.COMPLAINED:
        _complained(app, connection, one)
    if what.verdict not in (Verdict.OURS, Verdict.DEAD) or what.effect is Effect.STALE:
        return
    since = halts.looked_at(connection, one.edition)
    found = shares.standing(connection, one.edition, one.provider, since=since)
    last = kept.last(connection, one.edition, one.provider, STREAK, since=since)
    streak = len(last) if all(_names_authentication(*each) for each in last) else 0
    if why := verdict(replace(found, streak=streak, looked=since is not None), thresholds(app)):
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
    if stop := judged({one.provider: counts}, (), thresholds(app)).get(one.provider):
        alarms.complained_late(app, saved, connection, one.provider, f"{stop.why}\n\n{stop.cause}")


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
    if mistrusted(shares.standing(connection, one.edition, one.provider)):
        taken += take_back_late(connection, one.edition, one.provider, now)
    saved = editions.existing(connection, one.edition)
    told = f"{why}\n\n{likely_cause(status, words)}" if what.verdict is Verdict.OURS else why
    alarm = alarms.refused_late if saved.state in _OVER else alarms.provider_halted
    alarm(app, saved, connection, one.provider, told, taken)
