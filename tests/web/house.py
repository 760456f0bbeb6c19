"""A newsroom's house for the desk's tests: the sample newsroom's morning, a catcher, the real pages and the sender."""

import asyncio
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page

from digest.app import App, wired
from digest.demo.catcher import Catcher, catching
from digest.demo.config import config_toml
from digest.demo.server import serve as newsroom
from digest.flows.collect import collect
from digest.flows.edition import build
from digest.flows.readers import readers
from digest.flows.sending import outbox, send
from digest.store.accounts import users
from digest.store.accounts.users import Role
from digest.web.accounts.cookies import SESSION, hashed
from digest.web.application import application
from tests.waiting import until_async

NAME = "morning"


@dataclass
class House:
    """What a test holds in its hands. *at* is the address of the day's page."""

    folder: Path
    url: str = ""
    app: App = field(default=None)  # type: ignore[assignment]
    catcher: Catcher = field(default=None)  # type: ignore[assignment]
    day: date = field(default=None)  # type: ignore[assignment]
    loop: asyncio.AbstractEventLoop = field(default=None)  # type: ignore[assignment]
    clock: datetime = datetime(2026, 11, 20, 4, 40, tzinfo=UTC)

    @property
    def at(self) -> str:
        return f"{self.url}/desk/{NAME}/{self.day}"

    def page(self, browser: Browser, name: str = "dana", role: Role = "admin", **options: Any) -> Page:
        """Open a page of a browser of its own, in which *name* is signed in; the user is made where there is none."""
        cookie = secrets.token_urlsafe(32)
        with self.app.db.write() as connection:
            users.add(connection, name=name, password="-", role=role, at=self.clock)
            account = users.by_name(connection, name)
            assert account is not None
            users.begin(connection, account.id, hashed(cookie), at=self.clock,
                        expires=self.clock + timedelta(days=2), network="", agent="")  # fmt: skip
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 960}, **options})
        context.add_cookies([{"name": SESSION, "value": cookie, "url": self.url}])
        return context.new_page()

    def collect(self) -> None:
        """Read the feeds once more."""
        asyncio.run_coroutine_threadsafe(collect.collect(self.app, force=True), self.loop).result(60)

    def mails(self) -> list[Path]:
        return sorted((self.folder / "mails").rglob("*.eml"))


@contextmanager
def house(folder: Path, *, subscribers: int = 12, approval: str = "one", near: str = "") -> Iterator[House]:
    """Give a house whose draft is built and whose pages are served; everything ends with it.

    *near* is a "host:port" on this machine that its editors may fetch from.
    """
    made = House(folder)
    ready = threading.Event()
    stop: list[Callable[[], Any]] = []
    trouble: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(_living(made, ready, stop, subscribers, approval, near))
        except BaseException as problem:  # the test's own thread says it
            trouble.append(problem)
            ready.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(120)
    if trouble:
        raise trouble[0]
    try:
        yield made
    finally:
        made.loop.call_soon_threadsafe(stop[0])
        thread.join(20)


async def _living(
    made: House,
    ready: threading.Event,
    stop: list[Callable[[], Any]],
    subscribers: int,
    approval: str,
    near: str,
) -> None:
    over = asyncio.Event()
    made.loop = asyncio.get_running_loop()
    stop.append(over.set)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    made.url = f"http://127.0.0.1:{port}"
    (made.folder / "data").mkdir(parents=True)
    (made.folder / "data" / "keys").write_text("k" * 40 + "\n")
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(newsroom(made.clock))
        made.catcher = await stack.enter_async_context(catching(made.folder / "mails"))
        text = config_toml(site.bases, made.catcher.port, port, made.folder).replace(
            'freeze = "10m"', f'freeze = "10m"\napproval = "{approval}"', 1
        )
        if near:
            text = text.replace("allow_private = [", f'allow_private = ["{near}", ', 1)
        (made.folder / "config.toml").write_text(text, encoding="utf-8")
        made.app = wired(made.folder / "config.toml", now=lambda: made.clock)
        stack.callback(made.app.close)
        for number in range(subscribers):
            readers.add(
                made.app, NAME, f"reader{number}@example.{'com' if number % 3 else 'net'}", source="test"
            )
        for _ in range(3):  # a machine that is busy with other tests may be too slow at first
            read = await collect.collect(made.app, force=True)
            if not read.failed:
                break
        assert not read.failed, read.failed
        saved = (await asyncio.to_thread(build.build, made.app, NAME)).saved
        assert saved is not None
        made.day = saved.date
        config = uvicorn.Config(application(made.app), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        server.capture_signals = nullcontext  # type: ignore[method-assign]
        tasks = [
            asyncio.create_task(server.serve(sockets=[listener])),
            asyncio.create_task(send.run_due(made.app, over)),
            asyncio.create_task(outbox.run_due(made.app, over)),
        ]
        await until_async(lambda: server.started, "the server", 60)
        ready.set()
        await over.wait()
        server.should_exit = True
        await asyncio.wait(tasks, timeout=10)
        for task in tasks:
            task.cancel()
    listener.close()
