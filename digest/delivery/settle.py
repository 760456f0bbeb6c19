"""What becomes of a claimed row: (row, outcome, now) -> Settlement. Pure; the table is in `docs/delivery.md`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.model import DeliveryState, Recipient
from digest.outcomes import (
    Accepted,
    Deferred,
    Lost,
    Outcome,
    Refused,
    Rejected,
    Throttled,
    Undeliverable,
    Unknown,
)

MOST = 1.5  # the jitter stretches a wait by this at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How patient we are. *lease* is how long a silent worker keeps its rows."""

    lease: timedelta = timedelta(seconds=60)
    first_wait: timedelta = timedelta(seconds=60)
    longest_wait: timedelta = timedelta(minutes=30)
    resend_after: timedelta = timedelta(minutes=10)
    losses: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A row that this worker holds, and its reader as the database knew them at the claim."""

    id: int
    recipient: Recipient
    provider: str
    deadline: datetime
    attempts: int = 0
    losses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What to write into a row. *due* is set where it goes back to the queue."""

    delivery: int
    state: DeliveryState
    code: int = 0
    reply: str = ""
    due: datetime | None = None
    attempts: int = 0
    losses: int = 0
    suppress: bool = False
    relay: str = ""

    @property
    def said(self) -> str:
        """What the other side said, with its code."""
        return f"{self.code or ''} {self.reply}".strip()


def settled(
    row: Claimed,
    outcome: Outcome,
    now: datetime,
    policy: Policy,
    *,
    chance: float,
    relay: str = "",
    passing: bool = True,
) -> Settlement:
    """Return what *outcome* makes of *row*.

    *chance* is a random number in 0..1, for the jitter. *passing* says that other messages passed since this
    one lost the line before: only then is it this message that breaks it.
    """
    match outcome:
        case Accepted(code, reply):
            return _final(row, DeliveryState.SENT, code, reply, relay)
        case Deferred():
            due = now + wait(row.attempts, policy, chance)
            return _later(row, outcome, due, row.attempts + 1, relay)
        case Throttled():
            due = now + wait(max(row.attempts - 1, 0), policy, chance)
            return _later(row, outcome, due, row.attempts, relay)
        case Rejected(code, reply, dead):
            return _final(row, DeliveryState.FAILED, code, reply, relay, suppress=dead)
        case Refused(code, reply):
            return _final(row, DeliveryState.REFUSED, code, reply, relay)
        case Undeliverable(why, code):
            return _final(row, DeliveryState.UNDELIVERABLE, code, why, relay)
        case Unknown(why):
            return _final(row, DeliveryState.UNKNOWN, 0, why, relay)
        case Lost(why, inside):
            return _lost(row, why, now, policy, inside and passing, relay)


def wait(attempts: int, policy: Policy, chance: float) -> timedelta:
    """Return how long to wait before try number *attempts* + 1: doubling, half to one and a half of it, capped."""
    doubled: timedelta = policy.first_wait * 2 ** min(attempts, 20)
    return min(doubled, policy.longest_wait / MOST) * (0.5 + chance)


def _later(
    row: Claimed, outcome: Deferred | Throttled, due: datetime, attempts: int, relay: str
) -> Settlement:
    state = DeliveryState.QUEUED if due < row.deadline else DeliveryState.EXPIRED
    return Settlement(
        delivery=row.id,
        state=state,
        code=outcome.code,
        reply=outcome.reply,
        due=due,
        attempts=attempts,
        losses=row.losses,
        relay=relay,
    )


def _lost(row: Claimed, why: str, now: datetime, policy: Policy, counts: bool, relay: str) -> Settlement:
    losses = row.losses + counts
    state = DeliveryState.BROKEN if losses >= policy.losses else DeliveryState.QUEUED
    return Settlement(
        delivery=row.id, state=state, reply=why, due=now, attempts=row.attempts, losses=losses, relay=relay
    )


def _final(
    row: Claimed, state: DeliveryState, code: int, reply: str, relay: str, *, suppress: bool = False
) -> Settlement:
    return Settlement(
        delivery=row.id,
        state=state,
        code=code,
        reply=reply,
        attempts=row.attempts + 1,
        losses=row.losses,
        suppress=suppress,
        relay=relay,
    )
