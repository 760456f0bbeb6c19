"""A relay in use: the way out, its pace, and the rows that wait before it."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from digest.delivery.pace import Pace, limited
from digest.delivery.settle import Claimed
from digest.delivery.transports import Transport
from digest.model import Message
from digest.outcomes import Undeliverable

DENIED = 20  # from so many on a relay that answers is as good as away: its backup takes over
ALL = "all"  # the name of the pace of all relays together

Compose = Callable[[Sequence[Claimed]], Sequence[Message | Undeliverable]]  # one for each row, in their order


@dataclass(slots=True)
class Route:
    """A relay in use. *backup* is used only while no other is up; *rate* is messages a second, 0 is no limit.

    *compose* makes the mails that go through it, where they differ from those of the others: in who signs them.
    """

    name: str
    transport: Transport
    rate: float = 0.0
    backup: bool = False
    compose: Compose | None = None
    pace: Pace = field(default_factory=Pace)
    buckets: dict[str, float] = field(default_factory=dict)  # whose tokens a claim for it takes
    claimed: deque[Claimed] = field(default_factory=deque)  # not made into messages yet
    batch: deque[Message] = field(default_factory=deque)
    parked: dict[str, deque[Message]] = field(default_factory=dict)  # made, for providers with a pace
    upcoming: "deque[asyncio.Task[deque[Message]]]" = field(default_factory=deque)
    fell: bool = False  # it lost messages, and has asked for none since
    complaints: set[str] = field(default_factory=set)  # providers that asked for less, in a row
    denied: int = 0  # answers in a row that were the relay's own trouble: a quota, its refusal of MAIL
    why: str = ""
    failed: Exception | None = None
    asked: float = 0.0
    accepted: int = 0

    @property
    def down(self) -> bool:
        """Whether it is of no use at this moment."""
        return self.fell or self.failed is not None or self.denied >= DENIED

    def set_rates(self, rates: Mapping[str, float]) -> bool:
        """Go by *rates*, which a person set, in the configuration's place; return whether it is slower by that."""
        wanted = {self.name: rates.get(self.name, self.rate), ALL: rates.get(ALL, 0.0)}
        self.buckets = {name: rate for name, rate in wanted.items() if rate}
        before, limit = self.pace.limit, min(self.buckets.values(), default=0.0)
        self.pace = limited(self.pace, limit)
        return bool(limit) and (not before or limit < before)
