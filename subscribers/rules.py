"""Which act may lead where, and when too much is asked for: the legal promises as tables.

Consent rises only by the reader's own POST. An operator or an import may add somebody new, whose
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
        Act.UNDO: {
            None: None,
            P: P,
            A: A,
            Z: Z,
            E: A,
        },  # and to Z where a pause goes on: see `state_after_undo`
        Act.PAUSE: {None: None, P: P, A: Z, Z: Z, E: E},
        Act.RESUME: {None: None, P: P, A: A, Z: A, E: E},
        Act.ADD: {None: A, P: P, A: A, Z: Z, E: E},
        Act.IMPORT: {None: A, P: P, A: A, Z: Z, E: E},
        Act.LOWER: {None: E, P: E, A: E, Z: E, E: E},
        Act.IMPORT_PAUSED: {None: Z, P: P, A: Z, Z: Z, E: E},
    }
)

ONLY_TOP = "top"
CONFIRM_FOR = timedelta(days=7)
UNDO_FOR = timedelta(hours=2)
MANAGE_FOR = timedelta(hours=1)
MOVE_FOR = timedelta(days=2)
PENDING_FOR = timedelta(days=30)
LONGEST_PAUSE = timedelta(days=366)
LONGEST_NAME = 80

OWN_LIFTS = frozenset({Reason.ERASED, Reason.BOUNCE})
"""Reasons that a reader's own confirmed sign-up takes back: the person left, or a mail came back that time.

Whoever pressed the button in a mail has shown that the address works. What a complaint, an operator or another
system's list says is no matter of the address: that takes a word from person to person.
"""

_WEIGHTS: Mapping[Reason, int] = MappingProxyType(
    {Reason.ERASED: 0, Reason.BOUNCE: 1, Reason.COMPLAINT: 2, Reason.MANUAL: 2, Reason.IMPORT: 2}
)


def outweighs(reason: Reason, held: Reason | None) -> bool:
    """Return whether *reason* takes the place of the one that an address is suppressed for already.

    The first one stays, but for one that weighs less: a reader's sign-up lifts a bounce, and must not lift the
    complaint or the operator's word that came after it. A bounce of who came back after an erasure is news, too.
    """
    return held is None or _WEIGHTS[reason] > _WEIGHTS[held]


def is_fresh(made: datetime, now: datetime, lasts: timedelta) -> bool:
    """Return whether a link made at *made* is still good; one from the future never was."""
    return made <= now + timedelta(minutes=5) and now <= made + lasts


def next_state(state: State | None, act: Act) -> State | None:
    """Return the state that *act* leads to; the same state where it may not lead anywhere."""
    return MOVES[act][state]


def state_after_undo(before: State | None, paused_until: datetime | None, now: datetime) -> State:
    """Return what taking back an end leads to, which ended a subscription that was *before*.

    Never more than there was: no yes where none had been given, and a pause that is not over goes on.
    """
    if before not in (State.ACTIVE, State.PAUSED):
        return State.ENDED
    return State.PAUSED if paused_until is not None and paused_until > now else State.ACTIVE


def is_superseded(made: datetime, ended: datetime | None) -> bool:
    """Return whether a confirmation link made at *made* was left behind by the reader's end at *ended*.

    A link holds whole seconds; in doubt the end counts.
    """
    return ended is not None and made < ended


def in_cool_down(subscription: Subscription | None, now: datetime, cool_down: timedelta) -> bool:
    """Return whether a mail about the latest ask went out just now, and nothing was done about it since."""
    if (
        subscription is None
        or subscription.asked_at is None
        or subscription.changed_at != subscription.asked_at
    ):
        return False
    return now - subscription.asked_at < cool_down


def awaits_confirmation(subscription: Subscription | None, now: datetime) -> bool:
    """Return whether a mail whose link still confirms is in the reader's inbox."""
    return (
        subscription is not None
        and subscription.state is State.PENDING
        and subscription.asked_at is not None
        and is_fresh(subscription.asked_at, now, CONFIRM_FOR)
    )


def is_valid_name(name: str) -> bool:
    """Return whether *name* may be a person's: spam puts addresses there, and it would go out in our mails."""
    lower = name.lower()
    return len(name) <= LONGEST_NAME and not any(mark in lower for mark in ("://", "@", "www."))


def encode_sections(chosen: Collection[str], known: Collection[str]) -> str:
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
    address: Allowance = Allowance("address", 5, timedelta(days=1))  # mails that repeat one which is there
    pending: Allowance = Allowance("pending", 20_000, timedelta(days=1))  # new unconfirmed subscriptions
    bounced: Allowance = Allowance("bounced", 2, timedelta(days=1))  # mails to an address that bounced
    cool_down: timedelta = timedelta(minutes=10)  # one mail for many asks


OWN_MAILS = Allowance("own_mails", 3, timedelta(hours=1))
"""Mails with a link to a reader's own data, to one address."""
ADDRESS_CHANGES = Allowance("changes", 3, timedelta(days=1))
"""Changes of address that one reader may ask for."""
CHANGE_MAILS = Allowance("change_to", 3, timedelta(days=1))
"""Mails to one address that ask whether it is some reader's new one."""
