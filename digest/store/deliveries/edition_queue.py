"""The queue of an edition's deliveries: what a sending run claims, marks and settles (`delivery/queue.py`)."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from digest.delivery import alarms
from digest.delivery.breaker import USUAL, Thresholds
from digest.delivery.consequences import of_mailbox
from digest.delivery.queue import QueueStatus
from digest.delivery.settle import Claimed, Policy, Settlement
from digest.model import DeliveryState, Edition, EditionEvent, EditionState, Notice
from digest.store import editions, halts, paces
from digest.store.deliveries import mistrust
from digest.store.deliveries import plan as plans
from digest.store.deliveries import settle as deliveries
from digest.store.deliveries.claim import Claim
from digest.store.deliveries.mark import Fence, Holder, MaySend
from digest.store.deliveries.planning import Planning
from digest.store.feedback.soft import SoftBounces
from subscribers.api import Keys, suppress

CLEANING = 2.0  # seconds between two looks for dead workers and late rows
PUT_OFF = timedelta(seconds=5)
SET_BACK = timedelta(seconds=1)  # the clock, when it is this far behind the last mark
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class EditionQueue:
    """The rows of one edition. *planning* says who gets it; *dead* tells which runs are gone."""

    edition: Edition
    mine: str
    planning: Planning
    may_send: MaySend
    resend: bool
    keys: Keys
    soft: SoftBounces
    now: Callable[[], datetime]
    policy: Policy
    dead: Callable[[Collection[str]], Collection[str]] = lambda names: ()
    alone: Callable[[], AbstractContextManager[Connection]] | None = None
    notify: Callable[[Connection, Notice], object] = lambda connection, notice: None
    looked: bool = False
    limits: Thresholds = USUAL
    _halted: dict[str, str] = field(default_factory=dict)
    _fence: Fence | None = None
    _claim: Claim | None = None
    _marked: datetime = LONG_AGO
    _checked: bool = False
    _cleaned: float = field(default=float("-inf"))
    _beaten: float = field(default=float("-inf"))

    @property
    def lease(self) -> float:
        return self.policy.lease.total_seconds()

    @property
    def _holder(self) -> Holder:
        return Holder(edition=self.edition.id, mine=self.mine, lease=self.policy.lease)

    def plan(self, connection: Connection) -> int | None:
        """Plan the seeds, then a chunk of readers."""
        return self.planning.chunk(connection)

    def claim(
        self,
        connection: Connection,
        limit: int,
        buckets: Mapping[str, float],
        *,
        only: str = "",
        but: Collection[str] = (),
    ) -> list[Claimed]:
        """Return up to *limit* due rows, now ours; each is to go out in the edition's present revision, and says so."""
        if self._claim is None:
            numbers = {number: address for address, number in self.planning.seeds.items()}
            self._claim = Claim(connection, self._holder, self.planning.audience, numbers)
        claim, now = self._claim, self.now()
        due_by = self.planning.due_by(connection, now)

        def claimed(most: int) -> list[Claimed]:
            left = {*self._halted, *but}
            return claim.rows(connection, now=now, due_by=due_by, limit=most, halted=left, only=only)

        return paces.in_pace(connection, limit, buckets, claimed)

    def mark(self, connection: Connection, ids: Collection[int]) -> set[int]:
        """Return those of *ids* that may be handed over; the others are settled."""
        now, fence = self._later(), self._fenced(connection)
        granted = fence.mark(connection, ids, now=now)
        if refused := set(ids) - granted:
            deliveries.unmarked(connection, self._holder, refused, now=now)
        return granted

    def handed(self, connection: Connection, ids: Collection[int]) -> set[int]:
        """Return those of *ids* that we have marked."""
        return deliveries.handed(connection, self._holder, ids)

    def group(self, settlements: Sequence[Settlement], ids: Collection[int]) -> set[int] | None:
        """Return those of *ids* that may be handed over, when one statement could do it all; else None."""
        if self.alone is None or any(one.state is not DeliveryState.SENT for one in settlements):
            return None
        with self.alone() as connection:
            return self._fenced(connection).both(connection, settlements, ids, now=self._later())

    def _fenced(self, connection: Connection) -> Fence:
        if self._fence is None:
            self._fence = Fence(connection, self._holder, self.may_send)
        return self._fence

    def _later(self) -> datetime:
        """Return the time, and not the same twice in a row: the fence tells its marks apart by it.

        A clock that was set back is followed: by the time that it showed before, every deadline may be over.
        """
        now = self.now()
        if self._marked - now > SET_BACK:
            self._marked = now
        self._marked = max(now, self._marked + timedelta(microseconds=1))
        return self._marked

    def settle(self, connection: Connection, settlements: Sequence[Settlement]) -> None:
        """Write what became of rows, and suppress the addresses that are dead, in the same transaction.

        What still comes in after a halt is believed as little as what came before.
        """
        now = self.now()
        if any(one.state is DeliveryState.FAILED for one in settlements):
            settlements = mistrust.believed(connection, self.edition.id, settlements)
        for one in deliveries.settle(connection, self._holder, settlements, now=now):
            reader = deliveries.subscriber_of(connection, one.delivery)
            if one.suppress:
                suppress(
                    connection, reason="bounce", at=now, subscriber_id=reader, keys=self.keys, words=one.said
                )
            elif one.state is DeliveryState.FAILED or of_mailbox(one.code, one.reply):
                self.soft.failed(connection, one.delivery, reader, one.said, now)

    def defer(self, connection: Connection, ids: Collection[int]) -> None:
        """Give back rows that were claimed just now, for some seconds."""
        now = self.now()
        deliveries.put_off(connection, self._holder, ids, now=now, due=now + PUT_OFF)

    def heartbeat(self, connection: Connection) -> QueueStatus:
        """Renew our leases, end those of the dead, expire what is late; return how things stand."""
        now, clock, edition = self.now(), time.monotonic(), self.edition.id
        self._halted = halts.of(connection, edition)
        if not self._checked:
            self._checked = True
            if not self.looked and (why := mistrust.overdue(connection, edition, self._halted)):
                self.stop(connection, why)
        if clock - self._beaten > self.lease / 4:
            self._beaten = clock
            deliveries.beat(connection, self._holder, seconds=self.lease)
        if clock - self._cleaned > CLEANING:
            self._cleaned = clock
            dead = self.dead(deliveries.claims(connection, edition))
            deliveries.recover(connection, edition, now=now, dead=dead, mine=self.mine)
            deliveries.shorten_leases(connection, edition, seconds=self.lease)
            self.planning.refresh_wave(connection)
            longest = self.planning.longest(self.policy.longest_wait)
            deliveries.bring_forward(connection, edition, now=now, longest=longest)
            self._too_late(connection, now)
            if self.resend:
                after = self.policy.resend_after
                deliveries.resend_unknown(connection, edition, now=now, after=after)
            if self._halted and plans.stuck(connection, edition, self._halted, now, resend=self.resend):
                self.halt(connection, "; ".join(f"{one}: {why}" for one, why in self._halted.items()))
        ended = plans.ended_all(connection, edition, now, resend=self.resend)
        if ended:
            return self._end(connection, now)
        if plans.finish(connection, edition, now, resend=self.resend):  # another run ended it
            return QueueStatus(going=False, finished=True)
        going = editions.existing(connection, edition).state is EditionState.SENDING
        return QueueStatus(going=going, rates=paces.rates(connection), halted=tuple(self._halted))

    def _too_late(self, connection: Connection, now: datetime) -> None:
        """Expire what is late; where a full mailbox was the cause, that counts for its reader."""
        for delivery, reader, code, reply in deliveries.expiring(connection, self.edition.id, now=now):
            if of_mailbox(code, reply):
                self.soft.failed(connection, delivery, reader, f"{code} {reply}", now)
        deliveries.expire(connection, self.edition.id, now=now)

    def _end(self, connection: Connection, now: datetime) -> QueueStatus:
        """End the edition, which has no open row: it is sent, or halted where nobody was reached."""
        found = plans.counts(connection, self.edition.id)
        expired, why = (
            found.get(DeliveryState.EXPIRED, 0),
            plans.nobody(connection, self.edition.id, found),
        )
        if why and not set(found) & {*plans.LOST} - {DeliveryState.EXPIRED}:
            self.halt(connection, why)
        elif why:
            self.stop(connection, why)
            return QueueStatus(going=False)
        if expired:
            self.notify(connection, alarms.late(self.edition, expired))
        sent = not why and plans.finish(connection, self.edition.id, now, resend=self.resend)
        return QueueStatus(going=False, finished=sent)

    def exclude(self, connection: Connection, provider: str, why: str) -> None:
        """Let *provider* get nothing more of this edition until a person resumes it, and raise the alarm.

        It may also be a relay, as "relay NAME". What it said of addresses is taken back in the same transaction,
        where it accepted fewer than half of its mails.
        """
        self._halted[provider] = why
        plans.locked(connection, self.edition.id)
        if halts.halt(connection, self.edition.id, provider, why, self.now()):
            taken = mistrust.take_back(connection, self.edition.id, self.now(), provider)
            self.notify(connection, alarms.provider_halted(self.edition, provider, why, taken, self.now()))

    def stalled(self, connection: Connection, why: str) -> None:
        """Tell people that no relay has been there for some time."""
        self.notify(connection, alarms.stalled(self.edition, why, self.now()))

    def release(self, connection: Connection) -> None:
        """Give back what we hold; what was cancelled meanwhile is cancelled."""
        now = self.now()
        deliveries.release(connection, self._holder, now=now)
        plans.cancel_queued(connection, self.edition.id, now)

    def stop(self, connection: Connection, why: str) -> None:
        """Halt, and raise the alarm; once, whoever else sees it."""
        taken = self._halt(connection, why)
        if taken is not None:
            self.notify(connection, alarms.halted(self.edition, why, taken, self.now()))

    def halt(self, connection: Connection, why: str) -> bool:
        """Stop for everybody until a person resumes; return whether it was us who did."""
        return self._halt(connection, why) is not None

    def _halt(self, connection: Connection, why: str) -> int | None:
        """Halt; return how many suppressions were taken back by it, in the same transaction, None where it was over."""
        if not editions.transition(connection, self.edition.id, EditionEvent.HALT, at=self.now(), why=why):
            return None
        return mistrust.take_back(connection, self.edition.id, self.now())
