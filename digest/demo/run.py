"""The whole road on this machine: serve the sample newsroom, collect, build, approve, send, and say what came."""

import secrets
import shutil
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from anyio import to_thread
from rich.console import Console

from digest.app import App, wired
from digest.demo import report
from digest.demo.catcher import Catcher, Caught, Listener, catching
from digest.demo.config import config_toml, soon
from digest.demo.mailbox import showing
from digest.demo.readers import readers
from digest.demo.server import Newsroom
from digest.demo.server import serve as serving
from digest.errors import DigestError
from digest.flows.collect import collect
from digest.flows.edition import approve, build, preview
from digest.flows.newsroom import setup
from digest.flows.readers import lists
from digest.flows.readers import readers as reading
from digest.flows.sending import send
from digest.model import Built, EditionState
from digest.serve import serve as keep_serving
from digest.store.reports import Sent

MADE = ("data", "mails", "editions", "config.toml")  # what a run makes in its folder, and may clear away
WEB_PORT = 8000
ON_THE_DESK = "morning"  # the newsletter that a visitor finds as a draft

Echo = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Went:
    """How one newsletter's morning went: what was built, what became of it, and the files that show it."""

    name: str
    built: Built
    shown: preview.Shown
    sent: Sent
    files: tuple[Path, ...]


async def run(folder: Path, now: datetime, *, serve: bool = False, echo: Echo | None = None) -> int:
    """Return 0 when both newsletters reached all their readers, else 1 after saying what went wrong.

    Everything it makes is in *folder*. With *serve* the morning edition stays a draft on the desk, and the
    pages, the feeds and the catcher stay up until a signal comes. *echo* prints a line or a rich renderable.
    """
    echo = echo or partial(Console(highlight=False, soft_wrap=True).print, markup=True)
    began = time.monotonic()
    try:
        _clear(folder)
        async with AsyncExitStack() as stack:
            newsroom = await stack.enter_async_context(serving(now))
            catcher = await stack.enter_async_context(catching(folder / "mails"))
            due = soon(now) if serve else None
            app = await to_thread.run_sync(_wire, folder, newsroom, catcher, _ticking(now), due)
            stack.callback(app.close)
            catcher.listener = leaving(app)
            whole = await _morning(app, folder, catcher, echo, due.date() if due else None)
            report.places(echo, folder, time.monotonic() - began)
            if serve:
                home = newsroom.bases["courier"]
                newsroom.forms["courier"] = lists.form(app, ON_THE_DESK, back=f"{home}/thanks")
                mails = await stack.enter_async_context(showing(catcher))
                desk = app.config.site.url + setup.path_of(app, setup.DEMO)
                report.doors(echo, app, newsroom, desk=desk, mails=mails)
                await keep_serving(app)
    except (DigestError, OSError) as problem:
        echo(report.fault(problem))
        return 1
    return 0 if whole else 1


def leaving(app: App) -> Listener:
    """Return what ends a subscription when a mail to its List-Unsubscribe address is caught."""

    def caught(mail: Caught, content: bytes) -> None:
        if mail.recipient.lower().startswith("u+"):
            lists.leave_by_mail(app, content, [mail.recipient])

    return caught


async def _morning(app: App, folder: Path, catcher: Catcher, echo: Echo, desk: date | None) -> bool:
    """Take both newsletters from feeds to inboxes; return whether nothing went wrong on the way.

    With *desk* the one that is ON_THE_DESK is built for that day, and left there.
    """
    expected = await to_thread.run_sync(_subscribe, app)
    collected = await collect.collect(app)
    report.collected(echo, collected)
    whole = not collected.failed
    for name in app.config.newsletters:
        if desk and name == ON_THE_DESK:
            if not await to_thread.run_sync(_draft, app, name, desk, echo):
                return False
            del expected[name]
            continue
        went = await _newsletter(app, name, folder, echo)
        if went is None:
            return False
        report.edition(echo, app.config.newsletters[name], went.built, went.shown)
        report.sent(echo, went.sent, went.files)
        whole = whole and went.sent.state is EditionState.SENT and went.sent.readers == expected[name]
    report.caught(echo, catcher, sum(expected.values()))
    return whole and len(catcher) == sum(expected.values())


def _draft(app: App, name: str, day: date, echo: Echo) -> bool:
    """Build *name* for *day* and leave it to the visitor; return False after saying why it could not be."""
    built = build.build(app, name, day)
    if built.saved is None:
        echo(report.fault(DigestError("there is nothing to mail", where=name)))
        return False
    report.edition(echo, app.config.newsletters[name], built, preview.show(app, name, day))
    due = app.config.newsletters[name].schedule.time
    echo(f"It is a [bold]draft[/], due at {due:%H:%M} UTC, and goes out when you approve it")
    return True


async def _newsletter(app: App, name: str, folder: Path, echo: Echo) -> Went | None:
    """Build, approve and send one newsletter; return None after saying why it could not be."""
    built = await to_thread.run_sync(build.build, app, name)
    if built.saved is None:
        echo(report.fault(DigestError("there is nothing to mail", where=name)))
        return None
    approval = await to_thread.run_sync(partial(approve.approve, app, name, None, by="the demo's editor"))
    if not approval.approved:
        echo(report.fault(DigestError(approval.words)))
        return None
    files = await to_thread.run_sync(preview.preview, app, name, None, folder / "editions")
    _with_near_pictures(app, files)
    sent = await send.send(app, built.saved.id)
    shown = await to_thread.run_sync(preview.show, app, name, None)
    return Went(name, built, shown, sent, tuple(files))


def _clear(folder: Path) -> None:
    """Remove what an earlier run made in *folder*, and nothing else; refuse a folder that is somebody's."""
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if there and not (there <= set(MADE) and "The sample newsroom" in _head(folder / "config.toml")):
        raise DigestError("is not empty, and no demo made it", where=str(folder), do="Give another --folder.")
    for name in there:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    (folder / "data").mkdir(parents=True)


def _head(file: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return file.read_text(encoding="utf-8")[:200]
    return ""


def _wire(
    folder: Path, newsroom: Newsroom, catcher: Catcher, now: Callable[[], datetime], due: datetime | None
) -> App:
    """Write the configuration and the keys as `digest init` would, and return the application."""
    file = folder / "config.toml"
    file.write_text(config_toml(newsroom.bases, catcher.port, _web_port(), folder, at=due), encoding="utf-8")
    keys = folder / "data" / "keys"
    keys.touch(mode=0o600)
    keys.write_text(secrets.token_urlsafe(32) + "\n", encoding="ascii")
    return wired(file, now=now)


def _web_port() -> int:
    """Return the usual port where it is free, else another free one."""
    for port in (WEB_PORT, 0):
        with socket.socket() as door, suppress(OSError):
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(("127.0.0.1", port))
            return int(door.getsockname()[1])
    raise DigestError("no port is free on 127.0.0.1", do="Close what listens there.")


def _ticking(start: datetime) -> Callable[[], datetime]:
    """Return a clock that shows *start* now and goes on from there."""
    zero = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - zero)


def _subscribe(app: App) -> dict[str, int]:
    """Subscribe the sample readers; return how many each newsletter has."""
    expected = dict.fromkeys(app.config.newsletters, 0)
    for reader in readers():
        for newsletter in reader.newsletters:
            chosen = ",".join(reader.sections)
            did = reading.add(
                app, newsletter, reader.address, source="demo", name=reader.name, sections=chosen
            )
            if not did.done:
                raise DigestError(did.words)
            expected[newsletter] += 1
    return expected


def _with_near_pictures(app: App, files: list[Path]) -> None:
    """Let the previews show the pictures from the folder beside them, since no web serves them afterwards."""
    for file in files:
        if file.suffix == ".html":
            html = file.read_text(encoding="utf-8")
            for picture in sorted((app.data / "pictures").glob("*/*.jpg")):
                near = f"../data/pictures/{picture.parent.name}/{picture.name}"
                html = html.replace(f"{app.config.site.url}/p/{picture.name}", near)
            file.write_text(html, encoding="utf-8")
