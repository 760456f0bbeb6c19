"""`digest serve`: web, clock and sender in one process and one event loop, until it is told to stop."""

import asyncio
import signal
from contextlib import suppress
from functools import partial

import structlog
import uvicorn
from anyio import to_thread

from digest.app import App
from digest.flows import collect, hooks, outbox, send
from digest.runtime import files
from digest.schedule import clock
from digest.store import queue
from digest.web.application import application
from digest.web.connections import Limits, fitting, protocol

THREADS = 2 * queue.MOST  # as many again as may wait to write, for the pages that only read

log = structlog.get_logger()


async def serve(app: App, *, announce: asyncio.Event | None = None) -> None:
    """Run until SIGTERM or SIGINT; what is being sent then is finished or given back, never left half done."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    server = _server(app)
    scheduler = clock(app, partial(_collect, app))
    scheduler.start()
    tasks = [
        asyncio.create_task(server.serve(), name="web"),
        asyncio.create_task(send.run_due(app, stop), name="sender"),
        asyncio.create_task(outbox.run_due(app, stop), name="outbox"),
        asyncio.create_task(hooks.run_due(app, stop), name="hooks"),
        asyncio.create_task(files.watch(stop, partial(_few_files, app)), name="files"),
    ]
    log.info("serve.started", web=f"http://{app.config.web.host}:{app.config.web.port}")
    if announce is not None:
        announce.set()
    ended = [asyncio.create_task(stop.wait()), *tasks]
    try:
        done, _ = await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task is not ended[0] and task.exception() is not None:
                raise task.exception() or RuntimeError(task.get_name())
    finally:
        stop.set()
        server.should_exit = True
        scheduler.shutdown(wait=False)
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), timeout=30)
        for task in (*tasks, ended[0]):
            task.cancel()
        log.info("serve.stopped")


async def _collect(app: App) -> None:
    """Read the sources that are due, and log what came of it: a source that fails is named here as well."""
    made = await collect.collect(app)
    for one in made.failed:
        log.warning("source.failed", source=one.name, problem=one.error)
    if any(one.seen for one in made.sources):
        log.info("collected", new=made.new, changed=made.changed, failed=len(made.failed))


async def _few_files(app: App, used: int, most: int) -> None:
    """Say that soon no file can be opened: then no connection is accepted, and the database cannot be read."""
    log.error("files.few", open=used, limit=most, do="Raise the limit (LimitNOFILE=, ulimit -n) and restart.")


def _server(app: App) -> uvicorn.Server:
    settings = uvicorn.Config(
        application(app),
        host=app.config.web.host,
        port=app.config.web.port,
        proxy_headers=False,  # `digest.web.peers` reads them: it must know whether they were believed
        server_header=False,
        access_log=False,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=5,
        http=protocol(fitting(Limits(proxies=frozenset(app.config.web.proxies)), files.limit())),
    )
    server = uvicorn.Server(settings)
    # Signals are ours: a stop must reach the sender as well as the web.
    server.capture_signals = suppress  # type: ignore[method-assign,assignment]
    return server
