"""The ledger as a state machine: any order of planning, claiming, marking, answers, kills and editors' acts keeps its promises.

The model is the world outside: which final dots a relay accepted, who left when, what the edition's state was. The
ledger under test is the real one, on SQLite and PostgreSQL. Nobody gets two, nobody is lost without a trace.
`LEDGER_EXAMPLES=2000` makes a night of it.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select, update

from digest.delivery.consequences import Limits
from digest.delivery.settle import Claimed, Policy, settled
from digest.flows.sending import send
from digest.model import OPEN, DeliveryState, EditionEvent, EditionState
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
from digest.store import corrections
from digest.store.clock import moment
from digest.store.deliveries import first_wave
from digest.store.deliveries.edition_queue import EditionQueue
from digest.store.deliveries.planning import Planning
from digest.store.editions import existing, transition
from digest.store.engine import Database
from digest.store.feedback.soft import SoftBounces
from digest.store.schema import deliveries, delivery_events, editions, halts
from subscribers.api import audience, may_send
from subscribers.links import Keys
from subscribers.schema import subscribers, subscriptions
from tests.flow.newsroom import NEWSLETTER, add_edition, add_readers, app_for
from tests.states import begin_sending

READERS = 7
WAIT = timedelta(minutes=15)
POLICY = Policy(lease=timedelta(minutes=1))
FINAL = {state for state in DeliveryState if state not in OPEN}
ANSWERS: list[Outcome] = [
    Accepted(250, "2.0.0 queued"), Accepted(250, "2.0.0 queued"), Deferred(451, "4.7.1 later"),
    Throttled(421, "4.7.0 too fast"), Rejected(550, "5.1.1 unknown"), Refused(550, "5.7.1 not you"),
]  # fmt: skip
WORKERS = st.sampled_from(["a", "b"])
EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "0"))


@dataclass
class Worker:
    """What one sender holds in memory: gone when it is killed."""

    queue: EditionQueue
    claimed: dict[int, Claimed] = field(default_factory=dict)
    granted: dict[int, Claimed] = field(default_factory=dict)  # marked; the dot is not out yet
    waiting: dict[int, tuple[Claimed, Outcome]] = field(
        default_factory=dict
    )  # the dot is out, the answer under way


class LedgerModel(RuleBasedStateMachine):
    database: ClassVar[Database]

    def __init__(self) -> None:
        super().__init__()
        with self.database.write() as connection:
            for table in (
                delivery_events,
                deliveries,
                halts,
                first_wave.first_waves,
                editions,
                subscriptions,
                subscribers,
            ):
                connection.execute(delete(table))
        self.now = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
        self.app = app_for(self.database, now=lambda: self.now)
        self.received: Counter[int] = Counter()  # reader -> mails that a relay accepted
        self.gone: set[int] = set()  # readers who left
        self.names, self.started, self.dead = 0, set[str](), set[str]()
        self.workers: dict[str, Worker] = {}
        self.set_back = False

    @initialize(
        size=st.integers(1, READERS),
        planned=st.booleans(),
        first=st.sampled_from([[], [READERS, READERS - 1]]),
    )
    def an_approved_edition(self, size: int, planned: bool, first: list[int]) -> None:
        self.first = first
        add_readers(self.database, READERS)
        self.edition = add_edition(self.database)
        self.size = size
        for name in ("a", "b"):
            self.start(name)
        if planned:
            for _ in range(READERS):
                self.plan("a")

    def start(self, name: str) -> None:
        self.names += 1
        with self.database.write() as connection:
            plan = begin_sending(connection, self.edition, self.now)
        self.started.add(f"{name}{self.names}")
        planning = Planning(
            edition=plan,
            audience=audience(NEWSLETTER),
            seeds={},
            deadline=self.now + timedelta(hours=6),
            now=lambda: self.now,
            size=self.size,
            first=self.first,
            wait=WAIT,
        )
        queue = EditionQueue(
            edition=plan,
            mine=f"{name}{self.names}",
            planning=planning,
            may_send=partial(may_send, NEWSLETTER),
            resend=False,
            keys=Keys((b"k" * 40,)),
            soft=SoftBounces(Keys((b"k" * 40,)), Limits()),
            now=lambda: self.now,
            policy=POLICY,
            dead=lambda names: [one for one in names if one in self.dead],
        )
        self.workers[name] = Worker(queue)

    def state(self) -> EditionState:
        with self.database.read() as connection:
            return existing(connection, self.edition).state

    def rows(self) -> dict[int, Any]:
        with self.database.read() as connection:
            found = connection.execute(select(deliveries).where(deliveries.c.edition_id == self.edition))
            return {row.subscriber_id: row for row in found}

    # ------------------------------------------------------------ what a sender does

    def plan(self, name: str) -> None:
        with self.database.write() as connection:
            self.workers[name].queue.plan(connection)

    @rule(name=WORKERS, limit=st.integers(1, READERS))
    def claim(self, name: str, limit: int) -> None:
        worker = self.workers[name]
        with self.database.write() as connection:
            found = worker.queue.claim(connection, limit, {})
            wave = first_wave.of(connection, self.edition)
        if wave is not None and self.now < wave.rest_at and not self.set_back:
            assert {row.recipient.subscriber for row in found} <= set(self.first), "the rest waits"
        twice = [row for row in found if row.id in worker.claimed]
        if twice:  # a run never holds two mails for one row: it puts the second off
            with self.database.write() as connection:
                worker.queue.defer(connection, [row.id for row in twice])
        worker.claimed.update((row.id, row) for row in found if row.id not in worker.claimed)

    @rule(name=WORKERS, data=st.data(), together=st.booleans())
    def mark(self, name: str, data: st.DataObject, together: bool) -> None:
        worker = self.workers[name]
        if not worker.claimed:
            return
        ids = data.draw(st.sets(st.sampled_from(sorted(worker.claimed)), min_size=1))
        going, gone = self.state() is EditionState.SENDING, set(self.gone)
        if together:
            with self.database.alone() as worker.queue.alone:
                granted = worker.queue.group([], ids)
            assert granted is not None
            if refused := ids - granted:
                with self.database.write() as connection:
                    granted |= worker.queue.mark(connection, refused)
        else:
            with self.database.write() as connection:
                granted = worker.queue.mark(connection, ids)
        for one in ids:
            row = worker.claimed.pop(one)
            if one in granted:
                assert going, "a mark is granted only while the edition is sending"
                assert row.recipient.subscriber not in gone, "a reader who left is spared up to the mark"
                worker.granted[one] = row

    @rule(name=WORKERS, data=st.data())
    def dot(self, name: str, data: st.DataObject) -> None:
        """The final dot goes out; the relay decides, the answer is under way."""
        worker = self.workers[name]
        for one, row in sorted(worker.granted.items()):
            outcome = data.draw(st.sampled_from(ANSWERS))
            del worker.granted[one]
            worker.waiting[one] = (row, outcome)
            if isinstance(outcome, Accepted):
                self.received[row.recipient.subscriber] += 1

    @rule(name=WORKERS, outcome=st.sampled_from(ANSWERS))
    def work(self, name: str, outcome: Outcome) -> None:
        """Claim, mark and hand over what there is, all with one answer: the usual way, in one step."""
        self.plan(name)
        self.claim(name, READERS)
        worker = self.workers[name]
        with self.database.write() as connection:
            granted = worker.queue.mark(connection, worker.claimed.keys())
        for one in granted:
            row = worker.claimed[one]
            worker.waiting[one] = (row, outcome)
            self.received[row.recipient.subscriber] += isinstance(outcome, Accepted)
        worker.claimed.clear()

    @rule(name=WORKERS, heard=st.booleans())
    def answer(self, name: str, heard: bool) -> None:
        """The answers come, or the line is lost before they do."""
        worker = self.workers[name]
        for row, outcome in worker.waiting.values():
            self.settle(worker, row, outcome if heard else Unknown("the line was lost"))
        worker.waiting.clear()

    @rule(name=WORKERS, inside=st.booleans(), given=st.booleans())
    def lose(self, name: str, inside: bool, given: bool) -> None:
        """The line is lost before the dot; one mail is too large; a batch is given back."""
        self.cannot_go(name)
        worker = self.workers[name]
        for row in [*worker.granted.values(), *(worker.claimed.values() if given else [])]:
            self.settle(worker, row, Lost("the line was lost", inside=inside))
        worker.granted.clear()
        if given:
            worker.claimed.clear()

    def cannot_go(self, name: str) -> None:
        worker = self.workers[name]
        if worker.claimed:
            _, row = worker.claimed.popitem()
            self.settle(worker, row, Undeliverable("too large", 552))

    def settle(self, worker: Worker, row: Claimed, outcome: Outcome) -> None:
        one = settled(row, outcome, self.now, POLICY, chance=0.5, relay="main")
        with self.database.write() as connection:
            worker.queue.settle(connection, [one])
        if one.suppress:
            self.gone.add(row.recipient.subscriber)

    @rule(name=WORKERS)
    def look(self, name: str) -> None:
        queue = self.workers[name].queue
        queue._cleaned = queue._beaten = float("-inf")
        with self.database.write() as connection:
            queue.heartbeat(connection)

    def stop(self, name: str) -> None:
        """It ends in order: what it holds is given back, what has no answer is unknown."""
        with self.database.write() as connection:
            self.workers[name].queue.release(connection)
        self.start(name)

    @rule(name=WORKERS, how=st.sampled_from(["killed", "killed, and noticed", "stopped"]))
    def end(self, name: str, how: str) -> None:
        """The sender ends and another begins; whether the old one is known to be dead is another question."""
        if how == "stopped":
            self.stop(name)
            return
        if how == "killed, and noticed":
            self.dead.add(self.workers[name].queue.mine)
        self.start(name)

    # ------------------------------------------------------------ what the world does

    @rule(name=WORKERS)
    def a_lease_ends(self, name: str) -> None:
        """A sender stands still, by the database's clock, for longer than its lease."""
        with self.database.write() as connection:
            held = update(deliveries).where(
                deliveries.c.claim == self.workers[name].queue.mine, deliveries.c.lease.is_not(None)
            )
            connection.execute(held.values(lease=moment(connection, -5.0)))

    @rule(minutes=st.sampled_from([1, 5, 5, 20, 45, -3, -90, 400]), far=st.integers(0, 3))
    def the_clock_moves(self, minutes: int, far: int) -> None:
        if minutes == 400 and far:  # past every deadline: seldom, for then little is left to go wrong
            return
        self.now += timedelta(minutes=minutes)
        self.set_back |= minutes < 0

    @rule(reader=st.integers(1, READERS))
    def a_reader_leaves(self, reader: int) -> None:
        with self.database.write() as connection:
            mine = subscriptions.c.subscriber_id == reader
            connection.execute(update(subscriptions).where(mine).values(state="ended"))
        self.gone.add(reader)

    @rule(
        act=st.sampled_from(
            ["pause", "resume", "halt", "missing", "missing", "correct", "correct", "cancel"]
        ),
        sure=st.booleans(),
    )
    def a_person(self, act: str, sure: bool) -> None:
        """An editor or an admin does something; few cancel a whole edition."""
        if act != "cancel" or sure:
            getattr(self, act)()

    def pause(self) -> None:
        send.pause(self.app, self.edition)

    def resume(self) -> None:
        send.resume(self.app, self.edition)

    def halt(self) -> None:
        with self.database.write() as connection:
            self.workers["a"].queue.halt(connection, "the relay refuses us")

    def missing(self) -> None:
        if self.state() in (
            EditionState.SENDING,
            EditionState.PAUSED,
            EditionState.HALTED,
            EditionState.SENT,
        ):
            send.missing(self.app, self.edition)

    def correct(self) -> None:
        """Stop it, mend it, and approve the next revision."""
        with self.database.write() as connection:
            if corrections.reopen(connection, self.edition, self.now):
                mine = update(editions).where(editions.c.id == self.edition)
                connection.execute(mine.values(revision=editions.c.revision + 1, state=EditionState.APPROVED))
            begin_sending(connection, self.edition, self.now)

    def cancel(self) -> None:
        send.cancel(self.app, self.edition)

    # ------------------------------------------------------------ the promises

    @invariant()
    def nobody_gets_two(self) -> None:
        assert max(self.received.values(), default=0) <= 1, self.received

    @invariant()
    def every_row_says_what_happened(self) -> None:
        if not hasattr(self, "edition"):
            return
        for reader, row in self.rows().items():
            if row.state == DeliveryState.SENT:
                assert self.received[reader] == 1, "what is called sent was accepted"
            if row.state in (DeliveryState.SENDING, DeliveryState.HANDED):
                assert row.claim, "a held row says who holds it"
                assert row.lease is not None

    def teardown(self) -> None:
        """Everything goes on to the end: then every reader is accounted for."""
        if not hasattr(self, "edition"):
            return
        self.dead |= self.started
        with self.database.write() as connection:
            transition(connection, self.edition, EditionEvent.RESUME, at=self.now)
        self.start("a")
        for _ in range(40):
            for step in (self.plan, self.look):
                step("a")
            self.claim("a", READERS)
            worker = self.workers["a"]
            for row in list(worker.claimed.values()):
                with self.database.write() as connection:
                    granted = worker.queue.mark(connection, [row.id])
                if row.id in granted:
                    self.received[row.recipient.subscriber] += 1
                    self.settle(worker, row, Accepted(250, "2.0.0 queued"))
            worker.claimed.clear()
            self.now += timedelta(minutes=30)
            if self.state() is EditionState.CANCELLED:
                send._going(self.app)
            elif self.state() is EditionState.HALTED and any(
                row.state in OPEN for row in self.rows().values()
            ):
                send.resume(self.app, self.edition)
            if self.state() is not EditionState.SENDING and all(
                row.state in FINAL for row in self.rows().values()
            ):
                break
        self.nobody_gets_two()
        found = self.rows()
        over = (EditionState.SENT, EditionState.CANCELLED)
        known = any(row.state == DeliveryState.SENT for row in found.values())
        assert self.state() in over or not known, "it halts at its end only where nobody is known to have it"
        if self.state() is EditionState.SENT:
            assert set(found) | self.gone == set(range(1, READERS + 1)), "nobody is lost"
        for reader in range(1, READERS + 1):
            row = found.get(reader)
            assert row is None or row.state in FINAL, f"{reader}: {row.state}"
            if self.received[reader]:
                assert row is not None
                assert row.state in (DeliveryState.SENT, DeliveryState.UNKNOWN), row.state


@pytest.mark.parametrize("steps", [25])
def test_the_ledger_keeps_its_promises_in_any_order(database: Database, steps: int) -> None:
    model = type("OnThisDatabase", (LedgerModel,), {"database": database})
    run_state_machine_as_test(
        model,
        settings=settings(
            max_examples=EXAMPLES or (25 if database.is_sqlite else 8), stateful_step_count=steps, deadline=None,
            derandomize=not EXAMPLES, suppress_health_check=list(HealthCheck), print_blob=False,
        ),
    )  # fmt: skip
