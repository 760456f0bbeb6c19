"""The nouns: a subscriber, a subscription, what moved it, and what came of an act. Plain data."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


class State(StrEnum):
    """What a reader wants of one newsletter."""

    PENDING = "pending"  # asked for, not confirmed: gets nothing but the confirmation mail
    ACTIVE = "active"
    PAUSED = "paused"  # until a date; after it the subscription counts as active by itself
    ENDED = "ended"


class Act(StrEnum):
    """What may move a subscription. Those of the reader are POSTs by a form or a signed link."""

    ASK = "ask"  # the reader: the sign-up form
    CONFIRM = "confirm"  # the reader: the button behind the confirmation mail
    END = "end"  # the reader: one click, the page or a mail to us
    UNDO = "undo"  # the reader: takes an end back, from the good-bye page
    PAUSE = "pause"  # the reader
    RESUME = "resume"  # the reader: ends a pause
    ADD = "add"  # an operator, with a note on where the consent comes from
    IMPORT = "import"  # a list whose readers consented elsewhere
    LOWER = "lower"  # a list says that this reader left
    IMPORT_PAUSED = "import pause"  # our own list says that this reader paused, until a date


class Reason(StrEnum):
    """Why an address must not be written to."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    MANUAL = "manual"  # an operator, or a request outside our pages
    IMPORT = "import"  # another system's suppression list
    ERASED = "erased"  # the reader had everything deleted; only a new sign-up of their own lifts it


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person with an address."""

    id: int
    address: str
    name: str
    language: str
    zone: str
    created_at: datetime
    suppressed: bool


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription of any state. *sections* "" means all of them, `top` only the top stories."""

    subscriber_id: int
    newsletter: str
    state: State
    sections: str
    asked_at: datetime | None
    confirmed_at: datetime | None
    paused_until: datetime | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """How an act came about, for the consent record: its moment, its source, the text that was shown.

    *network* is a keyed hash of the reader's network; *text* is stored once for each wording.
    """

    at: datetime
    source: str
    text: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """What an act did: the state *before* (None: there was no subscription) and *after*.

    *at* is the moment that the subscription holds as its latest change; no two changes of it have the same.
    """

    subscriber_id: int
    before: State | None
    after: State | None
    at: datetime | None = field(default=None, compare=False)

    @property
    def changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Person:
    """One reader with all subscriptions, as lists and pages show them."""

    subscriber: Subscriber
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True)
class SubscriptionCounts:
    """How many readers of a newsletter are in each state; *reachable* is what an edition goes to now."""

    newsletter: str
    pending: int
    active: int
    paused: int
    ended: int
    reachable: int
