"""Which act may lead where, and when too much is asked for: the legal promises as tables.

Consent rises only by the reader's own POST. An operator or an import may bring in somebody new, whose
consent was given elsewhere, and may lower; what a reader, a bounce or a complaint ended stays ended.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from subscribers.model import Act, Reason, State, Subscription

A, E, P, Z = State.ACTIVE, State.ENDED, State.PENDING, State.PAUSED

MOVES: Mapping[Act, Mapping[State | None, State | None]] = MappingProxyType(
    {
        # act:      none  pending active paused ended      (None: there is no subscription)
        Act.ASK: {None: P, P: P, A: A, Z: Z, E: P},
        Act.CONFIRM: {None: None, P: A, A: A, Z: Z, E: E},
        Act.END: {None: None, P: E, A: E, Z: E, E: E},
        Act.UNDO: {None: None, P: P, A: A, Z: Z, E: A},
        Act.PAUSE: {None: None, P: P, A: Z, Z: Z, E: E},
        Act.RESUME: {None: None, P: P, A: A, Z: A, E: E},
        Act.ADD: {None: A, P: P, A: A, Z: Z, E: E},
        Act.IMPORT: {None: A, P: P, A: A, Z: Z, E: E},
        Act.LOWER: {None: E, P: E, A: E, Z: E, E: E},
    }
)
BULK = frozenset({Act.ADD, Act.IMPORT, Act.LOWER})

ONLY_TOP = "top"
CONFIRM_FOR = timedelta(days=7)
UNDO_FOR = timedelta(hours=2)
MANAGE_FOR = timedelta(hours=1)
MOVE_FOR = timedelta(days=2)
PENDING_FOR = timedelta(days=30)
LONGEST_PAUSE = timedelta(days=366)

OWN_LIFTS = frozenset({Reason.ERASED})
"""Reasons that a reader's own confirmed sign-up takes back: the person left, the address works."""


def fresh(made: datetime, now: datetime, lasts: timedelta) -> bool:
    """Return whether a link made at *made* is still good; one from the future never was."""
    return made <= now + timedelta(minutes=5) and now <= made + lasts


def moved(state: State | None, act: Act, *, confirmed: bool = True) -> State | None:
    """Return the state that *act* leads to; the same state where it may not lead anywhere.

    *confirmed* says whether consent was ever given: an end that came before it is not undone into a yes.
    """
    if act is Act.UNDO and state is State.ENDED and not confirmed:
        return State.ENDED
    return MOVES[act][state]


def confirms(subscription: Subscription | None, asked: datetime, now: datetime) -> bool:
    """Return whether a confirmation link made at *asked* still counts.

    It counts for a week, and never brings back a reader who has left since: that takes a new sign-up.
    """
    known = subscription is not None and subscription.state is not State.ENDED
    return known and fresh(asked, now, CONFIRM_FOR)


def written(chosen: Collection[str], known: Collection[str]) -> str:
    """Return how a choice among the *known* sections is stored: "" for all of them, `top` for none."""
    wanted = [name for name in known if name in chosen]
    return "" if len(wanted) == len(known) else ",".join(wanted) or ONLY_TOP


def pause_until(now: datetime, days: int) -> datetime | None:
    """Return when a pause of *days* ends, None where that is no sensible pause."""
    return now + timedelta(days=days) if 1 <= days <= LONGEST_PAUSE.days else None


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often one thing may be asked for in a window of time."""

    kind: str
    most: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """What the sign-up form takes before it says "later"; the numbers are for one site."""

    network: Allowance = Allowance("network", 30, timedelta(hours=1))
    shared: Allowance = Allowance("shared", 300, timedelta(hours=1))  # of a peer that may speak for everybody
    domain: Allowance = Allowance("domain", 1000, timedelta(hours=1))
    address: Allowance = Allowance("address", 10, timedelta(days=1))
    pending: Allowance = Allowance("pending", 20_000, timedelta(days=1))  # new unconfirmed wishes
    cool_down: timedelta = timedelta(minutes=10)  # one mail for many asks


OWN_MAILS = Allowance("own_mails", 3, timedelta(hours=1))
"""Mails about a reader's own data, or a change of address, to one address."""
