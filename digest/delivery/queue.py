"""The queue that a run takes its mails from; `flows/sending/queues.py` has both: an edition's rows, the outbox."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection

from digest.delivery.breaker import Thresholds
from digest.delivery.settle import Claimed, Settlement


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """How a queue stands. *going* False: paused, cancelled, halted or finished by somebody.

    *rates* are the paces that a person set, *halted* the providers that get nothing more.
    """

    going: bool
    finished: bool = False
    rates: Mapping[str, float] = field(default_factory=dict)
    halted: Collection[str] = ()


class DeliveryQueue(Protocol):
    """The rows of an edition, or the outbox, as a run and its ledger need them. *connection* is a transaction's.

    The ledger marks and settles rows; the run plans, claims and watches.
    """

    @property
    def lease(self) -> float:
        """How many seconds a mark holds."""
        ...

    def mark(self, connection: Connection, ids: Collection[int]) -> set[int]:
        """Return those of *ids* that may be handed over; the others are settled."""
        ...

    def handed(self, connection: Connection, ids: Collection[int]) -> set[int]:
        """Return those of *ids* that we have marked."""
        ...

    def settle(self, connection: Connection, settlements: Sequence[Settlement]) -> None:
        """Write what became of rows."""
        ...

    def group(self, settlements: Sequence[Settlement], ids: Collection[int]) -> set[int] | None:
        """Return what `settle` and then `mark` would grant, when that was done in one go; None when it was not.

        Of a refused row nothing is written: `mark` is to be asked.
        """
        ...

    @property
    def looked(self) -> bool:
        """Whether a person let it go on after it was halted because too few mails were accepted."""
        ...

    @property
    def limits(self) -> Thresholds:
        """The shares of dead addresses and refusals that halt a provider."""
        ...

    def plan(self, connection: Connection) -> int | None:
        """Plan a chunk of rows; return how many, 0 when there is no more to plan, None when another is at it."""
        ...

    def claim(
        self,
        connection: Connection,
        limit: int,
        buckets: Mapping[str, float],
        *,
        only: str,
        but: Collection[str],
    ) -> list[Claimed]:
        """Return up to *limit* due rows, now ours; each takes a token from each of *buckets* (name -> rate).

        They are those of the provider *only*, where one is named, and of none of the providers *but*.
        """
        ...

    def defer(self, connection: Connection, ids: Collection[int]) -> None:
        """Give back rows that were claimed just now, for some seconds."""
        ...

    def heartbeat(self, connection: Connection) -> QueueStatus:
        """Renew our leases, end those of the dead, expire what is late; return how things stand."""
        ...

    def release(self, connection: Connection) -> None:
        """Give back what we hold."""
        ...

    def exclude(self, connection: Connection, provider: str, why: str) -> None:
        """Let *provider* get nothing more until a person resumes."""
        ...

    def stop(self, connection: Connection, why: str) -> None:
        """Stop for everybody until a person resumes: the answers say that something is wrong with us."""
        ...

    def stalled(self, connection: Connection, why: str) -> None:
        """Tell people that no relay has been there for some time."""
        ...

    def halt(self, connection: Connection, why: str) -> bool:
        """Stop for everybody until a person resumes; return whether it was us who did."""
        ...
