"""The clock: APScheduler ticks, the rows decide. It keeps nothing that matters, so nothing is lost with it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

import structlog
from anyio import to_thread
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from digest.app import App
from digest.flows.clock import advance
from digest.flows.clock.tidy import tidy
from digest.flows.feedback import imap, maildir
from digest.flows.memory import learnt
from digest.flows.sending.providers import learn_all
from digest.ops.names import Live
from digest.runtime.process import give_back_memory

log = structlog.get_logger()

TIDY = 6 * 3600  # seconds
MAILDIR = 60  # seconds: how soon a mail that came back is read
HEARTBEAT = 30  # seconds: how soon a missed moment is noticed
STEPS = 5  # of one day at most, one after the other: draft, approval, send, and what was late before it

Job = Callable[[], Awaitable[object]]


def clock(app: App, collect: Job) -> AsyncIOScheduler:
    """Return a scheduler, not yet started, that ticks for *app* and collects at its interval.

    Nothing is stored in it (two schedulers on one job store fire twice), no misfire is too late to run, and
    no run of a job overlaps the next. Daily times are no triggers of its own: our calendar knows the clock
    changes, and only the next few moments are handed to it as plain dates.
    """
    scheduler = AsyncIOScheduler(
        jobstores={"default": MemoryJobStore()},
        executors={"default": AsyncIOExecutor()},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )

    async def kept(what: str, job: Job) -> bool:
        """Run *job*; return whether the clock goes on: a fault does not stop it, only the end of the process does."""
        try:
            await job()
        except asyncio.CancelledError:  # what it did not finish, the rows take up at the next start
            log.info("clock.stopped", job=what)
            return False
        except Exception:
            log.exception(f"clock.{what}")
        return True

    async def steps() -> None:
        """Tick until nothing is due: a late day must not wait for the next round between its draft and its send."""
        for _ in range(STEPS):
            if not await advance.tick(app):
                return

    async def tick() -> None:
        if not await kept("tick", steps):
            return
        for at in sorted(set(advance.moments(app, app.now())))[:8]:
            _tick_at(scheduler, tick, at)

    jobs: dict[str, Job] = {
        "remember": lambda: to_thread.run_sync(learnt.refit, app),
        "collect": collect,
        "tidy": lambda: to_thread.run_sync(tidied, app),
        "learn": lambda: learn_all(app, Live()),
    }
    now = app.now()
    fetches = app.config.fetch.interval.total_seconds()
    scheduler.add_job(
        partial(kept, "collect", jobs["collect"]),
        IntervalTrigger(seconds=min(fetches, 900)),
        id="collect",
        next_run_time=now,
    )
    scheduler.add_job(tick, IntervalTrigger(seconds=HEARTBEAT), id="tick", next_run_time=now)
    scheduler.add_job(
        partial(kept, "learn", jobs["learn"]), IntervalTrigger(seconds=TIDY), id="learn", next_run_time=now
    )
    if app.config.feedback.maildir is not None:
        scheduler.add_job(
            partial(kept, "maildir", lambda: to_thread.run_sync(maildir.poll, app)),
            IntervalTrigger(seconds=MAILDIR),
            id="maildir",
            next_run_time=now,
        )
    scheduler.add_job(
        partial(kept, "remember", jobs["remember"]),
        IntervalTrigger(seconds=TIDY),
        id="remember",
        next_run_time=now,
    )
    scheduler.add_job(
        partial(kept, "tidy", jobs["tidy"]), IntervalTrigger(seconds=TIDY), id="tidy", next_run_time=now
    )
    if (box := app.config.feedback.imap) is not None:
        looking = partial(kept, "feedback", partial(imap.due, app, imap.Memory()))
        every = IntervalTrigger(seconds=box.interval.total_seconds())
        scheduler.add_job(looking, every, id="feedback", next_run_time=now)
    return scheduler


def tidied(app: App) -> None:
    """Tidy the tables, then the memory: what the last hour needed and nobody uses goes back to the system."""
    tidy(app)
    give_back_memory()


def _tick_at(scheduler: AsyncIOScheduler, tick: Job, at: datetime) -> None:
    scheduler.add_job(tick, DateTrigger(at), id=f"tick {at.isoformat()}", replace_existing=True)
