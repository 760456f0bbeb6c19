"""`digest serve`: web, clock and sender in one process and one event loop, until it is told to stop."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial

import structlog
import uvicorn
from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError

from digest import plugins
from digest.app import App
from digest.errors import DigestError
from digest.flows.collect import collect
from digest.flows.feedback import listener as feedback
from digest.flows.notify import alarms, webhooks
from digest.flows.sending import outbox, send
from digest.runtime import files
from digest.runtime.web_server import WebServer
from digest.schedule import clock
from digest.store import queue
from digest.web.application import application
from digest.web.connections import Limits, fitting, protocol

BACKLOG = 2048  # connections that wait to be accepted
THREADS = 2 * queue.MOST  # as many again as may wait to write, for the pages that only read

log = structlog.get_logger()


async def serve(
    app: App, *, listener: socket.socket | None = None, announce: asyncio.Event | None = None
) -> None:
    """Run until SIGTERM or SIGINT; what is being sent then is finished or given back, never left half done.

    The web answers on *listener*, `listening(app)` where none is given: nothing is built or sent before the address
    is ours, so a second `digest serve` beside a running one ends at once.
    """
    listener = listener or listening(app)
    with closing(listener), _feedback(app):
        await _serve(app, listener, announce)


@contextmanager
def _feedback(app: App) -> Iterator[None]:
    """Take the mails that come back, where `[feedback] listen` says so, as long as the process serves."""
    if not app.config.feedback.listen:
        yield
        return
    with closing(feedback.listening(app.config.feedback.place)) as on, feedback.listener(app, on):
        yield


def listening(app: App) -> socket.socket:
    """Return a socket on the address of `[web]`; raise DigestError where it is taken, or is not this machine's."""
    host, port = app.config.web.host, app.config.web.port
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(found[0], socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what waits to end keeps no port
            listener.bind(found[4])
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as problem:
        why = (problem.strerror or str(problem)).lower()
        raise DigestError(
            f"the web cannot listen on {host}:{port}: {why}",
            where="[web]",
            do="Is another digest serve running? Stop it, or set another web.port.",
        ) from None
    listener.setblocking(False)
    return listener


async def _serve(app: App, listener: socket.socket, announce: asyncio.Event | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    plugins.load_extensions()
    server = _server(app)
    scheduler = clock(app, partial(_collect, app))
    scheduler.start()
    tasks = [
        asyncio.create_task(server.serve(sockets=[listener]), name="web"),
        asyncio.create_task(send.run_due(app, stop), name="sender"),
        asyncio.create_task(outbox.run_due(app, stop), name="outbox"),
        asyncio.create_task(webhooks.run_due(app, stop), name="hooks"),
        asyncio.create_task(files.watch(stop, partial(_few_files, app)), name="files"),
    ]
    log.info("serve.started", web=f"http://{app.config.web.host}:{listener.getsockname()[1]}")
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


async def _few_files(app: App, used: int, most: int) -> bool:
    """Say that soon no file can be opened: then no connection is accepted, and the database cannot be read.

    Return whether the alarm is kept; False where the database could not be written at this moment.
    """
    log.error("files.few", open=used, limit=most, do="Raise the limit (LimitNOFILE=, ulimit -n) and restart.")
    try:
        await to_thread.run_sync(alarms.few_files, app, used, most)
    except (DigestError, SQLAlchemyError, OSError) as problem:
        log.warning("files.alarm_failed", why=str(problem))
        return False
    return True


def _limits(app: App) -> Limits:
    """Return the limits on connections: who may speak for many is what `digest.web.peers` calls a proxy, too."""
    return Limits(proxies=app.config.web.proxies, behind=app.config.site.url.startswith("https://"))


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
        http=protocol(fitting(_limits(app), files.limit())),
    )
    return WebServer(settings)
