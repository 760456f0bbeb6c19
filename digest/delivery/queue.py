"""What a run writes into, as it needs it: `flows/sending/queues.py` has the rows of an edition, and the outbox."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from digest.delivery import ledger
from digest.delivery.settle import Claimed


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the book says. *going* False: paused, cancelled, halted or finished by somebody.

    *rates* are the paces that a person set, *halted* the providers that get nothing more.
    """

    going: bool
    finished: bool = False
    rates: Mapping[str, float] = field(default_factory=dict)
    halted: Collection[str] = ()


class Book(ledger.Book, Protocol):
    """The rows of an edition, or the outbox, as a run needs them. Each call is a transaction of its own."""

    @property
    def looked(self) -> bool:
        """Whether a person let it go on after it was halted because too few mails were accepted."""
        ...

    def plan(self, connection: Any) -> int | None:
        """Plan a chunk of rows; return how many, 0 when there is no more to plan, None when another is at it."""
        ...

    def claim(
        self, connection: Any, limit: int, buckets: Mapping[str, float], *, only: str, but: Collection[str]
    ) -> list[Claimed]:
        """Return up to *limit* due rows, now ours; each takes a token from each of *buckets* (name -> rate).

        They are those of the provider *only*, where one is named, and of none of the providers *but*.
        """
        ...

    def put_off(self, connection: Any, ids: Collection[int]) -> None:
        """Give back rows that were claimed just now, for some seconds."""
        ...

    def look(self, connection: Any) -> Look:
        """Renew our leases, end those of the dead, expire what is late; return how things stand."""
        ...

    def release(self, connection: Any) -> None:
        """Give back what we hold."""
        ...

    def leave_out(self, connection: Any, provider: str, why: str) -> None:
        """Let *provider* get nothing more until a person resumes."""
        ...

    def stop(self, connection: Any, why: str) -> None:
        """Stop for everybody until a person resumes: the answers say that something is wrong with us."""
        ...

    def stands(self, connection: Any, why: str) -> None:
        """Tell people that no relay has been there for some time."""
        ...

    def halt(self, connection: Any, why: str) -> bool:
        """Stop for everybody until a person resumes; return whether it was us who did."""
        ...
