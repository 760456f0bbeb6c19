"""Outbox: single mails go out, each at most once: confirmations, tests, drafts, alarms."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from anyio import to_thread
from sqlalchemy import Connection

from digest.app import App
from digest.config.schema import Newsletter
from digest.delivery import worker
from digest.delivery.breaker import USUAL, Thresholds
from digest.delivery.ledger import Ledger
from digest.delivery.queue import QueueStatus
from digest.delivery.routes import routes
from digest.delivery.sender import run
from digest.delivery.settle import Claimed, Policy, Settlement
from digest.delivery.transports import Transport
from digest.delivery.waiting import waited
from digest.errors import DigestError, EditionError
from digest.messages import compile, headers, personal
from digest.messages.personal_links import slot_values
from digest.messages.return_path import message_id_key
from digest.model import DeliveryState, Message, Recipient
from digest.outcomes import Undeliverable
from digest.signing import signer
from digest.store import compositions, editions, outbox, paces, variants
from digest.store.accounts import audit
from subscribers.api import Keys, suppress

LOOK = 1.0  # seconds between two looks for a mail that is due
RETRY = 15.0
FRESH, DAY = timedelta(hours=1), timedelta(days=1)
GLANCE = 0.05  # seconds between two looks at tests that another sender has taken
WAITS = 20.0  # seconds that whoever asked for a test waits for a relay that is away
PATIENT = Policy()
MARKER = "[Test] "
READERS = frozenset({"confirm", "welcome"})  # kinds of mail that go to readers
PUT_OFF = timedelta(seconds=5)
TESTS_A_DAY = 200  # of the whole site, to any address: more is a mailing without consent

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class OutboxQueue:
    """The single mails. A run over it ends when no mail is due."""

    mine: str
    keys: Keys
    now: Callable[[], datetime]
    policy: Policy
    dead: Callable[[Collection[str]], Collection[str]] = lambda names: ()
    letters: dict[int, outbox.Letter] = field(default_factory=dict)

    looked: bool = True
    limits: Thresholds = USUAL

    @property
    def lease(self) -> float:
        return self.policy.lease.total_seconds()

    @property
    def _span(self) -> timedelta:
        return self.policy.lease

    def plan(self, connection: Connection) -> int | None:
        """There is nothing to plan."""
        return 0

    def claim(
        self,
        connection: Connection,
        limit: int,
        buckets: Mapping[str, float],
        *,
        only: str = "",
        but: Collection[str] = (),
    ) -> list[Claimed]:
        """Return up to *limit* due mails, now ours; no provider is written at them."""

        def claimed(most: int) -> list[outbox.Letter]:
            return outbox.claim(connection, self.mine, self._span, now=self.now(), limit=most)

        found = paces.in_pace(connection, limit, buckets, claimed)
        self.letters.update((letter.row.id, letter) for letter in found)
        return [letter.row for letter in found]

    def mark(self, connection: Connection, ids: Collection[int]) -> set[int]:
        """Return those of *ids* that may be handed over."""
        return outbox.mark(connection, self.mine, self._span, ids, now=self.now())

    def handed(self, connection: Connection, ids: Collection[int]) -> set[int]:
        """Return those of *ids* that we have marked."""
        return outbox.handed(connection, self.mine, ids)

    def group(self, settlements: Sequence[Settlement], ids: Collection[int]) -> set[int] | None:
        """The outbox always takes a transaction."""
        return None

    def settle(self, connection: Connection, settlements: Sequence[Settlement]) -> None:
        """Write what became of mails; a reader's dead address is suppressed."""
        now = self.now()
        for one in outbox.settle(connection, self.mine, settlements, now=now):
            letter = self.letters.pop(one.delivery, None)
            if one.suppress and letter is not None and letter.kind in READERS:
                address = letter.row.recipient.address
                suppress(connection, reason="bounce", at=now, address=address, keys=self.keys, words=one.said)

    def defer(self, connection: Connection, ids: Collection[int]) -> None:
        """Give back mails that were claimed just now, for some seconds."""
        now = self.now()
        outbox.put_off(connection, self.mine, ids, now=now, due=now + PUT_OFF)

    def heartbeat(self, connection: Connection) -> QueueStatus:
        """Renew our leases, end those of the dead, expire what is late; return how things stand."""
        dead = self.dead(outbox.claims(connection))
        outbox.bring_forward(connection, now=self.now(), longest=self.policy.longest_wait)
        outbox.shorten_leases(connection, self._span)
        waits = outbox.heartbeat(connection, self.mine, self._span, now=self.now(), dead=dead)
        return QueueStatus(going=waits, finished=not waits, rates=paces.rates(connection))

    def exclude(self, connection: Connection, provider: str, why: str) -> None:
        """Single mails go on: each is awaited by somebody, and there is no provider written at them."""

    def stop(self, connection: Connection, why: str) -> None:
        """Single mails go on."""

    def stalled(self, connection: Connection, why: str) -> None:
        """The alarm would be one more of these mails."""

    def release(self, connection: Connection) -> None:
        """Give back what we hold."""
        outbox.release(connection, self.mine, now=self.now())

    def halt(self, connection: Connection, why: str) -> bool:
        """The outbox has nothing to halt: its mails wait until their deadline."""
        return False

    def compose(self, rows: Sequence[Claimed]) -> list[Message | Undeliverable]:
        """Return the mails of *rows*, as they were put in."""
        return [_message(self.letters[row.id]) for row in rows]


async def deliver(
    app: App,
    *,
    relays: Mapping[str, Transport] | None = None,
    stop: asyncio.Event | None = None,
    policy: Policy = PATIENT,
) -> dict[DeliveryState, int]:
    """Send every mail that is due; return how many this came to, by state."""
    ways = routes(app.config.relays, relays)
    with worker.running(app.data, app.token()) as mine:
        queue = OutboxQueue(
            mine=mine,
            dead=partial(worker.dead, data=app.data),
            keys=app.links.keys,
            now=app.now,
            policy=policy,
        )
        with app.db.writer() as write:
            ledger = Ledger(write, queue)
            return dict(await run(ledger, ways, queue.compose, now=app.now, policy=policy, stop=stop))


async def run_due(app: App, stop: asyncio.Event, *, policy: Policy = PATIENT) -> None:
    """Send single mails as they fall due, until *stop*."""
    while not stop.is_set():
        pause = LOOK
        if await waited(partial(_due, app, policy), stop):
            try:
                await deliver(app, stop=stop, policy=policy)
            except DigestError as problem:
                log.error("outbox.failed", why=str(problem))
                pause = RETRY
            except Exception:
                log.exception("outbox.failed")
                pause = RETRY
        rest = asyncio.create_task(stop.wait())
        await asyncio.wait([rest], timeout=pause)
        rest.cancel()


async def test(
    app: App,
    edition_id: int,
    addresses: Sequence[str],
    *,
    relays: Mapping[str, Transport] | None = None,
    policy: Policy = PATIENT,
    waits: float = WAITS,
    by: str = "",
) -> dict[str, tuple[DeliveryState, str]]:
    """Send the edition as it stands to *addresses*, marked as a test; return state and reply for each.

    It is no delivery: no row of the ledger, another Message-ID, and links that open nothing. What no relay took
    within *waits* seconds stays queued for an hour, for whoever sends next.
    """
    keys = await to_thread.run_sync(_queue_tests, app, edition_id, addresses, by)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    until = loop.time() + waits
    enough = loop.call_at(until, stop.set)
    try:
        await deliver(app, relays=relays, policy=policy, stop=stop)
    finally:
        enough.cancel()
    found = await to_thread.run_sync(_states, app, keys)
    while any(state in outbox.HELD for state, _ in found.values()) and loop.time() < until:
        await asyncio.sleep(
            GLANCE
        )  # the sender of `digest serve` has them, and will have an answer in a moment
        found = await to_thread.run_sync(_states, app, keys)
    return found


def _states(app: App, keys: Mapping[str, str]) -> dict[str, tuple[DeliveryState, str]]:
    """Return state and reply by address, for the rows in *keys*."""
    with app.db.read() as connection:
        found = outbox.states(connection, keys)
    return {address: found[key] for key, address in keys.items()}


def _queue_tests(app: App, edition_id: int, addresses: Sequence[str], by: str) -> dict[str, str]:
    """Put the test mails into the outbox; return the address of each row's key."""
    with app.db.read() as connection:
        saved = editions.by_id(connection, edition_id)
        if saved is None:
            raise EditionError("there is no such edition", where=f"edition {edition_id}")
        variant = compile.unpacked(variants.existing(connection, saved).compiled)
    newsletter = app.config.newsletters[saved.newsletter]
    subject = headers.unstructured("Subject", MARKER + variant.subject)
    marked = tuple(
        replace(line, data=subject) if line.data.lower().startswith(b"subject:") else line
        for line in variant.headers
    )
    links, now, keys = app.links, app.now(), dict[str, str]()
    values = slot_values(links, saved, 0)
    domain = headers.domain_of(newsletter)
    seals = signer(app.config.relays, newsletter)
    sign = seals.at(now) if seals else None
    with app.db.write() as connection:
        went = outbox.since(connection, "test", now - DAY)
        if went + len(addresses) > TESTS_A_DAY:
            what = f"{went} test mails went out within a day, and {TESTS_A_DAY} are the most"
            raise EditionError(what, where=f"{saved.newsletter} {saved.date}", do="Try again tomorrow.")
        audit.record(connection, now, by or "somebody", "send test", f"to {len(addresses)}", edition=saved.id)
        for address in addresses:
            token = app.token()
            edition = replace(
                compositions.heading(saved, newsletter),
                newsletter=f"{saved.newsletter}/test/{token}/{address}",
            )
            mail = personal.message(
                personal.Prepared(replace(variant, headers=marked), edition, domain, message_id_key(links)),
                Recipient(subscriber=0, address=address),
                delivery=0,
                sender=f"bounce@{newsletter.sender.bounce_domain}",
                date=now,
                links=values | _ways_out(app, newsletter),
                sign=sign,
            )
            key = f"test:{saved.id}:{saved.revision}:{token}:{address}"
            queued = outbox.Queued(
                kind="test",
                key=key,
                recipient=mail.recipient,
                sender=mail.sender,
                content=mail.content,
                due=now,
                deadline=now + FRESH,
            )
            outbox.enqueue(connection, queued)
            keys[key] = address
    return keys


def _ways_out(app: App, newsletter: Newsletter) -> dict[str, str]:
    if not app.config.takes_ways_out(newsletter):
        return {}
    mailbox = app.links.unsubscribe_mailbox(0, newsletter.name)
    return {personal.MAILTO: f"mailto:{mailbox}@{newsletter.sender.bounce_domain}"}


def _due(app: App, policy: Policy) -> bool:
    with app.db.read() as connection:
        return outbox.due(connection, app.now(), policy)


def _message(letter: outbox.Letter) -> Message:
    return Message(
        delivery=letter.row.id,
        sender=letter.sender,
        recipient=letter.row.recipient.address,
        message_id="",
        parts=(letter.content,),
        smtputf8=not letter.row.recipient.address.isascii(),
        eight_bit=not letter.content.isascii(),
    )
