"""Send: an approved edition goes to its readers, each once, through whatever stops and restarts on the way.

Twice sends nothing twice, and killed in the middle it goes on where the rows say; `docs/delivery.md` argues why.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

import structlog
from anyio import to_thread
from sqlalchemy import Connection

from digest.app import App
from digest.delivery import alarms, worker
from digest.delivery.breaker import Thresholds
from digest.delivery.consequences import Limits
from digest.delivery.ledger import Ledger
from digest.delivery.providers import DOMAINS
from digest.delivery.route import Compose, Route
from digest.delivery.routes import routes
from digest.delivery.sender import run
from digest.delivery.settle import Policy
from digest.delivery.transports import Sized, Transport
from digest.delivery.waiting import waited
from digest.editions.embargo import embargoed
from digest.errors import ConfigError, DeliveryError, DigestError, EditionError, LedgerError
from digest.flows.edition.compose import Composer
from digest.flows.sending import breaker
from digest.flows.sending.providers import learn
from digest.messages.headers import names_of
from digest.model import BEGUN, DeliveryState, Edition, EditionEvent, EditionState
from digest.ops.names import Live, Names
from digest.store import choices, editions, halts, providers, reports
from digest.store.accounts import audit
from digest.store.deliveries import first_wave, mistrust, settle, take_back
from digest.store.deliveries import plan as plans
from digest.store.deliveries.edition_queue import EditionQueue
from digest.store.deliveries.planning import planning_of
from digest.store.engine import SHORT
from digest.store.feedback.soft import SoftBounces
from digest.store.reports import Sent
from subscribers.api import may_send, retract_bounce

LOOK = 0.2  # seconds between two looks for editions that are to go out
LEARN = 3.0  # seconds into a send before the DNS is asked for anything: the first mails go out before
RETRY = 30.0  # before an edition whose run ended in a fault is taken up again
HOMELESS = "its newsletter is not in the configuration any more"
PATIENT = Policy()

log = structlog.get_logger()
Progress = Callable[[Mapping[DeliveryState, int]], None]


async def send(  # noqa: PLR0913 - each is what one caller sets and all others leave
    app: App,
    edition_id: int,
    *,
    relays: Mapping[str, Transport] | None = None,
    compose: Compose | None = None,
    progress: Progress | None = None,
    stop: asyncio.Event | None = None,
    names: Names | None = None,
    policy: Policy = PATIENT,
    chunk: int = plans.CHUNK,
) -> Sent:
    """Return how the edition stands when all its rows are final, or *stop* is set, or it was paused.

    With *names* it is learnt meanwhile who receives for the readers' domains, for what is planned from then on.
    Raises EditionError when it is not approved; after halting it, DeliveryError when no relay can be used and
    ConfigError when its mails cannot be made (a signing key is lost).
    """
    saved = await waited(partial(_begin, app, edition_id), stop)
    if saved is None or saved.state is not EditionState.SENDING:
        return await _final_status(app, edition_id, stop)
    with worker.running(app.data, app.token()) as mine:
        queue = await waited(partial(_queue, app, saved, policy, chunk, mine), stop)
        if queue is None:
            return await _final_status(app, edition_id, stop)
        async with _watched(app, saved, names):
            await _carried(app, saved, queue, routes(app.config.relays, relays), compose, progress, stop)
    return await _final_status(app, edition_id, stop)


@asynccontextmanager
async def _watched(app: App, saved: Edition, names: Names | None) -> AsyncIterator[None]:
    """While an edition is sent: look whether it has to be stopped, and learn who receives for its readers."""
    beside: list[asyncio.Task[object]] = [asyncio.create_task(breaker.watch(app, saved))]
    if names:
        beside.append(asyncio.create_task(learn(app, saved.newsletter, names, after=LEARN)))
    try:
        yield
    finally:
        for task in beside:
            task.cancel()
        await asyncio.wait(beside)


async def _carried(
    app: App,
    saved: Edition,
    queue: EditionQueue,
    ways: Sequence[Route],
    compose: Compose | None,
    progress: Progress | None,
    stop: asyncio.Event | None,
) -> None:
    """Run until nothing is left to do; halt the edition where it cannot go on."""
    composers: list[Composer] = []
    try:
        if compose is None:
            composers = await waited(partial(_composers, app, saved, ways)) or []
            compose = composers[0]
        with app.db.writer() as write, app.db.alone() as queue.alone:
            ledger = Ledger(write, queue)
            await run(ledger, ways, compose, now=app.now, policy=queue.policy, stop=stop, progress=progress)
    except (DeliveryError, ConfigError) as problem:
        await to_thread.run_sync(_halted, app, saved, queue, problem)
        raise
    finally:
        for one in composers:
            one.close()


async def _final_status(app: App, edition_id: int, stop: asyncio.Event | None) -> Sent:
    found = await waited(partial(status, app, edition_id), stop)
    if found is None:
        raise LedgerError(
            "how it stands is not known: the database is away",
            where=f"edition {edition_id}",
            do="Send again when it is back: it goes on where it was.",
        )
    return found


def status(app: App, edition_id: int) -> Sent:
    """Return how the edition stands at this moment."""
    with app.db.read() as connection:
        return reports.sent(connection, edition_id)


def begin_now(app: App, edition_id: int, *, by: str) -> bool:
    """Let an approved edition go at this moment, in the name of *by*; return whether it was approved.

    The sender finds it by its state. Of one that was corrected and approved anew the rest goes out.
    """
    with app.db.write() as connection:
        begun = editions.transition(connection, edition_id, EditionEvent.BEGIN, at=app.now())
        if begun:
            audit.record(connection, app.now(), by, "send now", edition=edition_id)
    return begun


def pause(app: App, edition_id: int, *, by: str = "") -> bool:
    """Stop the sending of an edition within a second, in every process; return whether it was sending."""
    with app.db.write() as connection:
        editions.existing(connection, edition_id)
        done = editions.transition(connection, edition_id, EditionEvent.PAUSE, at=app.now())
        _noted(app, connection, by, "pause", edition_id, done)
    return done


def resume(app: App, edition_id: int, *, by: str = "") -> bool:
    """Let a paused or halted edition go on, and the providers that it is halted for; return whether there was one.

    Where it is neither, the rest goes that waits behind the first wave.
    """
    with app.db.write() as connection:
        state = editions.existing(connection, edition_id).state
        moved = editions.transition(connection, edition_id, EditionEvent.RESUME, at=app.now())
        if state not in BEGUN:
            return False
        lifted = halts.lift(connection, edition_id) > 0
        if lifted or state is EditionState.HALTED:
            halts.record_review(connection, edition_id, app.now())
        went = not (lifted or moved) and first_wave.let_go(connection, edition_id, app.now())
        _noted(app, connection, by, "resume", edition_id, lifted or moved or went)
        return lifted or moved or went


def cancel(app: App, edition_id: int, *, by: str = "") -> bool:
    """End an edition for good; who has no mail yet gets none. Return whether there was something to cancel."""
    with app.db.write() as connection:
        editions.existing(connection, edition_id)
        done = editions.transition(connection, edition_id, EditionEvent.CANCEL, at=app.now())
        _noted(app, connection, by, "cancel", edition_id, done)
        _ended(app, connection, edition_id, app.now())
    return done


def missing(app: App, edition_id: int) -> int:
    """Queue anew whoever misses an edition by no fault of their address; return how many.

    Those are the refused, the expired, those whose mail could not go, and those that failed by our or a relay's
    fault: what failed is judged once more, and a suppression that came of it is taken back.
    """
    now = app.now()
    with app.db.write() as connection:
        edition = editions.existing(connection, edition_id)
        newsletter = app.config.newsletters[edition.newsletter]
        if edition.state not in BEGUN | {EditionState.SENT}:
            raise EditionError(f"is {edition.state}: nobody is missing", where=f"edition {edition_id}")
        halts.forget(connection, edition_id)
        wrong = mistrust.misjudged(connection, edition_id, names_of(newsletter))
        why = "judged anew: it is not about the address"
        for reader, at in take_back.refused(connection, wrong, now=now, why=why):
            retract_bounce(connection, reader, at, now)
        return plans.again(connection, edition_id, now=now, deadline=now + newsletter.schedule.freshness)


def _ended(app: App, connection: Connection, edition_id: int, now: datetime) -> None:
    """Settle what a cancelled edition has open: what is queued, and what a sender held that is gone."""
    gone = worker.dead(settle.claims(connection, edition_id), app.data)
    settle.recover(connection, edition_id, now=now, dead=gone)
    plans.cancel_queued(connection, edition_id, now)


async def run_due(app: App, stop: asyncio.Event, *, policy: Policy = PATIENT) -> None:
    """Send whatever edition is to go out, until *stop*: the sender of `digest serve`."""
    running: dict[int, asyncio.Task[None]] = {}
    while not stop.is_set():
        running = {edition: task for edition, task in running.items() if not task.done()}
        for edition in await waited(partial(_going, app), stop) or ():
            if edition not in running:
                running[edition] = asyncio.create_task(_kept_going(app, edition, stop, policy))
        await _rest(stop, LOOK)
    await asyncio.gather(*running.values())


async def _kept_going(app: App, edition: int, stop: asyncio.Event, policy: Policy) -> None:
    try:
        sent = await send(app, edition, stop=stop, names=Live(), policy=policy)
        log.info("edition", edition=edition, state=sent.state, **sent.counts)
    except DigestError as problem:
        log.error("edition.failed", edition=edition, why=str(problem))
        await _rest(stop, RETRY)
    except Exception:
        log.exception("edition.failed", edition=edition)
        await _rest(stop, RETRY)


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    rest = asyncio.create_task(stop.wait())
    await asyncio.wait([rest], timeout=seconds)
    rest.cancel()


def _going(app: App) -> list[int]:
    with app.db.read() as connection:
        sending = editions.in_state(connection, EditionState.SENDING)
        left = plans.left(connection)
    lost = [one for one in sending if one.newsletter not in app.config.newsletters]
    going = [one.id for one in sending if one not in lost]
    if left:
        with app.db.write() as connection:
            for edition in left:
                _ended(app, connection, edition, app.now())
    for saved in lost:
        with app.db.write() as connection:
            if editions.transition(connection, saved.id, EditionEvent.HALT, at=app.now(), why=HOMELESS):
                app.notify(connection, alarms.homeless(saved, app.now()))
    return going


def _early(app: App, connection: Connection, edition_id: int) -> EditionError | None:
    """Return why an approved edition must wait: a story of it is held until later."""
    saved = editions.by_id(connection, edition_id)
    letter = app.config.newsletters.get(saved.newsletter) if saved else None
    if saved is None or letter is None or saved.state is not EditionState.APPROVED:
        return None
    placed, made = editions.titles_placed(connection, saved), choices.of(connection, saved.id)
    words = embargoed(placed, made, app.now(), letter.schedule.tz)
    return (
        EditionError(words, where=f"{saved.newsletter} {saved.date}", do="Send it then.") if words else None
    )


def _begin(app: App, edition_id: int) -> Edition:
    with app.db.write(patience=SHORT) as connection:
        early = _early(app, connection, edition_id)
        if early is not None:
            raise early
        editions.transition(connection, edition_id, EditionEvent.BEGIN, at=app.now())
        providers.prime(connection, DOMAINS, app.now())
        saved = editions.existing(connection, edition_id)
    where = f"{saved.newsletter} {saved.date}"
    if saved.newsletter not in app.config.newsletters:
        raise EditionError(HOMELESS, where=where)
    if saved.state is EditionState.DRAFT:
        raise EditionError("is not approved", where=where, do=f"Try: digest approve {saved.newsletter}")
    if saved.state in (EditionState.PAUSED, EditionState.HALTED):
        why = f": {saved.halt}" if saved.halt else ""
        raise EditionError(f"is {saved.state}{why}", where=where, do="Resume it first.")
    return saved


def _composers(app: App, saved: Edition, ways: Sequence[Route]) -> list[Composer]:
    """Give each relay what makes its mails, shared by those that want the same signature; return them all."""
    made: dict[object, Composer] = {}
    for way in ways:
        relay = app.config.relays.get(way.name)
        wanted = (relay.dkim, relay.rewrites) if relay else None
        if wanted not in made:
            made[wanted] = Composer(app, saved, relay=way.name if relay else "")
        way.compose = made[wanted]
        if isinstance(way.transport, Sized):
            way.transport.largest = made[wanted].largest
    return list(made.values())


def _queue(app: App, saved: Edition, policy: Policy, chunk: int, mine: str) -> EditionQueue:
    newsletter = app.config.newsletters[saved.newsletter]
    with app.db.read() as connection:
        edition = editions.existing(connection, saved.id)
        planning = planning_of(connection, edition, newsletter, app.config.warm_up, now=app.now, chunk=chunk)
        looked = halts.reviewed(connection, saved.id)
    return EditionQueue(
        edition=edition,
        mine=mine,
        planning=planning,
        dead=partial(worker.dead, data=app.data),
        may_send=partial(may_send, saved.newsletter),
        resend=newsletter.unknown == "resend",
        keys=app.links.keys,
        soft=SoftBounces(app.links.keys, Limits.of(app.config.feedback)),
        now=app.now,
        policy=policy,
        looked=looked,
        limits=Thresholds.of(app.config.breaker),
        notify=app.notify,
    )


def _noted(app: App, connection: Connection, by: str, act: str, edition_id: int, done: bool) -> None:
    """Write into the audit who did *act*, where it was a person and did something."""
    if by and done:
        audit.record(connection, app.now(), by, act, edition=edition_id)


def _halted(app: App, saved: Edition, queue: EditionQueue, problem: DigestError) -> None:
    """Halt the edition and tell people once. A ledger that cannot be written cannot be told this either."""
    log.error("edition.halted", edition=saved.id, why=str(problem))
    try:
        with app.db.write() as connection:
            queue.stop(connection, str(problem))
    except Exception:
        log.exception("edition.halt.failed", edition=saved.id)
