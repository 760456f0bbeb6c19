"""Read the mailbox that bounces come to: each mail is taken, and only then marked at the server.

Whatever ends the work midway loses nothing: a mail that was taken and not yet marked is read once more, and taken
twice it does nothing. A mail that cannot be taken stands in no other's way.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import anyio
import structlog
from anyio import to_thread

from digest.app import App
from digest.delivery.mailbox import MOST_BYTES, Mailbox, open_mailbox, usable
from digest.errors import MailboxError
from digest.flows.feedback.reports import receive
from digest.store.engine import AWAY

log = structlog.get_logger()

MOST = 2_000  # mails of one look; the rest waits for the next
REFUSED_AGAIN = timedelta(hours=1)  # who is not let in asks no oftener: accounts are locked for that
PATIENCE = 6  # looks in a row that fail before somebody is told of a server that is away


@dataclass(slots=True)
class MailboxRead:
    """What one look into the mailbox came to: mails that were *understood*, *left* to a person, or *failed*."""

    understood: int = 0
    left: int = 0
    failed: int = 0


@dataclass(slots=True)
class Memory:
    """What this process knows of the mailbox: the mails that it has looked at, and how the last looks went."""

    validity: int = 0
    looked: set[int] = field(default_factory=set)
    failures: int = 0
    not_before: datetime | None = None


async def due(app: App, memory: Memory) -> None:
    """Look into the mailbox, in a thread; where that is cut off, it ends after the mail that is being taken."""
    stop = threading.Event()
    try:
        await to_thread.run_sync(poll, app, memory, stop.is_set, abandon_on_cancel=True)
    except anyio.get_cancelled_exc_class():
        stop.set()
        raise


def poll(app: App, memory: Memory, stopping: Callable[[], bool] = lambda: False) -> None:
    """Look into the mailbox, and tell people where that fails for long, or cannot mend by itself."""
    now = app.now()
    if memory.not_before is not None and now < memory.not_before:
        return
    try:
        found = read_mailbox(app, memory, stopping)
    except MailboxError as problem:
        memory.failures += 1
        memory.not_before = now + REFUSED_AGAIN if problem.person else None
        log.warning("feedback.mailbox", why=str(problem), failures=memory.failures)
        if problem.person or memory.failures == PATIENCE or memory.failures % (PATIENCE * 10) == 0:
            _alarm(app, problem)
        return
    memory.failures, memory.not_before = 0, None
    if found.understood or found.left or found.failed:
        counts = {"understood": found.understood, "left": found.left, "failed": found.failed}
        log.info("feedback.read", **counts)


def read_mailbox(app: App, memory: Memory, stopping: Callable[[], bool] = lambda: False) -> MailboxRead:
    """Take what waits in the mailbox, and return what it came to; raise MailboxError where it cannot be read.

    Raises what the database raises, too: then what was not taken waits at the server.
    """
    settings = usable(app.config.feedback.imap)
    found = MailboxRead()
    with open_mailbox(settings) as box:
        if box.validity != memory.validity:  # RFC 9051 2.3.1.1: what its numbers meant before holds no more
            memory.validity, memory.looked = box.validity, set()
        waiting = [uid for uid in box.waiting() if uid not in memory.looked][:MOST]
        for uid, size in box.sizes(waiting):
            if stopping():
                break
            if size > MOST_BYTES:
                log.info("feedback.large", bytes=size, read=MOST_BYTES)
            _one(app, box, uid, memory, found)
    return found


def _one(app: App, box: Mailbox, uid: int, memory: Memory, found: MailboxRead) -> None:
    raw = box.read(uid)
    if not raw:
        return  # gone meanwhile, or the server cannot give it now
    try:
        receipt = receive(app, raw, source="imap")
    except AWAY:
        raise
    except Exception:  # a fault of ours: the others are taken all the same, and this one after a restart
        log.exception("feedback.mail", uid=uid)
        memory.looked.add(uid)
        found.failed += 1
        return
    if receipt.understood:
        box.done(uid)
        found.understood += 1
    else:
        memory.looked.add(uid)
        box.left(uid)
        found.left += 1


def _alarm(app: App, problem: MailboxError) -> None:
    """Say that nobody reads what comes back; once a day."""
    text = (
        f"The mailbox that bounces come to cannot be read:\n\n{problem}\n\n"
        "No bounce that waits there is lost, but dead addresses are written to until it is read again.\n"
        "To try it: digest feedback --imap\n"
    )
    subject, key = "The mailbox for bounces cannot be read", f"mailbox {app.now().date()}"
    app.alert(kind="mailbox", key=key, subject=subject, text=text)
