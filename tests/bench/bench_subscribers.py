"""What the readers' part does in a second: a list brought in, an audience read, readers who leave all at once.

    python -m tests.bench.bench_subscribers [--quick] [--only import,postgres,plan,leave,send,kill,pages]

Each list is brought in and each audience read in a process of its own, so its memory is its own. Readers leave by
the POST that a mailbox provider makes, 50 at a time, each answered after a durable commit; also beside a send to
the whole list, and with the process killed in between. The last line is JSON: a list of what was measured, with
its bar. `--quick` is too short to judge by. The whole takes five minutes and 700 MB.
"""

import argparse
import asyncio
import json
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from digest.store.engine import Database
from digest.store.migrate import upgrade
from subscribers import pages
from subscribers.links import Links, Purpose
from subscribers.schema import subscriptions
from tests.bench import house, peers
from tests.bench.lists import KEY, NOW

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
PARTS = ("import", "postgres", "plan", "leave", "send", "kill", "pages")
AT_ONCE = 50


def made(path: Path, readers: int) -> Path:
    """Write a list of *readers* as Mailchimp exports it."""
    number = random.Random(1)
    with path.open("w") as file:
        file.write("Email Address,First Name,Last Name,OPTIN_TIME,CONFIRM_TIME,MEMBER_RATING,LEID,EUID\n")
        for index in range(readers):
            name = f"{number.getrandbits(40):x}"
            file.write(f"{name}.{index}@mail{number.randrange(3000)}.example.org,First{index},Last,"
                       f"2020-01-02 03:04:05,2020-01-02 03:05:05,2,{index},{name}\n")  # fmt: skip
    return path


def alone(what: str, url: str, *more: str) -> dict[str, float]:
    """Return the figures of `import` or `plan`, done by `lists.py` in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.lists", what, url, *more]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT, timeout=3600)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def settings(database: Database, port: int) -> pages.PageSettings:
    """Return the settings of pages on *port*, with all that they may show."""
    return pages.PageSettings(
        site_name="Bench", links=Links([KEY], f"http://127.0.0.1:{port}"), templates=TEMPLATES,
        newsletters=(
            pages.NewsletterInfo(name="daily", title="Daily", sections=tuple((f"s{one}", f"Section {one}") for one in range(10))),
            pages.NewsletterInfo(name="evening", title="Evening"),
        ),
        read=database.read, write=database.write, now=lambda: NOW, send_mail=lambda **mail: None,
    )  # fmt: skip


def serve(url: str, port: int) -> None:
    """Serve the pages on *port*, in this process."""
    uvicorn.run(
        Starlette(routes=pages.reader_routes(settings(Database(url), port))),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        lifespan="off",
    )


@contextmanager
def served(url: str) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The pages in a process of their own; give its port and itself."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bench_subscribers", "--serve", str(port), "--database", url],
        cwd=ROOT,
    )
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 0.1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port, process
    finally:
        process.kill()
        process.wait()


async def leave(port: int, readers: list[int], *, at_once: int = AT_ONCE) -> tuple[list[int], list[float]]:
    """POST as a mailbox provider does for each of *readers*; return who was answered with 200, and the waits."""
    links, waiting = Links([KEY], ""), list(reversed(readers))
    answered: list[int] = []
    waits: list[float] = []
    body = b"List-Unsubscribe=One-Click"

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while waiting:
                who = waiting.pop()
                head = (
                    f"POST {links.unsubscribe(who, 'daily')} HTTP/1.1\r\nHost: x\r\n"
                    f"Content-Length: {len(body)}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"
                )
                start = time.perf_counter()
                writer.write(head.encode() + body)
                answer = await reader.readuntil(b"\r\n\r\n")
                size = answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(size))
                if answer.startswith(b"HTTP/1.1 200"):
                    answered.append(who)
                    waits.append(time.perf_counter() - start)
        finally:
            writer.close()

    await asyncio.gather(*(one() for _ in range(at_once)), return_exceptions=True)
    return answered, waits


@contextmanager
def posting(url: str, readers: int, *, a_second: int = 20) -> Iterator[list[float]]:
    """Readers leave, some each second, as long as the block runs; at its end the list holds how long each waited."""
    waits: list[float] = []
    over = threading.Event()
    who = random.Random(3).sample(range(1, readers + 1), min(readers, 40_000))

    def keep_leaving(port: int) -> None:
        while who and not over.wait(1.0):
            some = [who.pop() for _ in range(min(a_second, len(who)))]
            waits.extend(asyncio.run(leave(port, some, at_once=4))[1])

    with served(url) as (port, _):
        thread = threading.Thread(target=keep_leaving, args=(port,))
        thread.start()
        try:
            yield waits
        finally:
            over.set()
            thread.join()


class Bench:
    """The run: its list, its databases, and what it found."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.readers: int = options.readers or (20_000 if options.quick else 1_000_000)
        self.leaving: int = min(options.leave or (2_000 if options.quick else 20_000), self.readers // 4)
        self.list = made(folder / "list.csv", self.readers)
        self.url = f"sqlite:///{folder}/bench.db"
        self.found: list[dict[str, Any]] = []
        self._waiting = random.Random(2).sample(range(1, self.readers + 1), 3 * self.leaving)

    def note(self, what: str, value: float, unit: str, **bar: float) -> None:
        """Keep and print one figure; *bar* is at_least or at_most."""
        self.found.append({"what": what, "value": round(value, 3), "unit": unit, **bar})
        said = "".join(f"  ({name.replace('_', ' ')} {bound:g})" for name, bound in bar.items())
        missed = value < bar.get("at_least", value) or value > bar.get("at_most", value)
        print(f"{'MISSED ' if missed else '       '}{what}: {value:,.2f} {unit}{said}", flush=True)

    def who(self) -> list[int]:
        """Return readers who have not left yet."""
        some, self._waiting = self._waiting[: self.leaving], self._waiting[self.leaving :]
        return some

    def filled(self, url: str, where: str) -> None:
        """Bring the list into the database at *url*, and note what that took."""
        database = Database(url)
        upgrade(database)
        database.close()
        figures = alone("import", url, str(self.list))
        self.note(f"import on {where}", self.readers / figures["seconds"], "rows/s", at_least=25_000)
        self.note(f"import on {where}, peak memory", figures["peak_mb"], "MB", at_most=200)

    def left(self, when: str, port: int) -> None:
        """Let readers leave, 50 at a time, and note how that went."""
        who, before, start = self.who(), left_at(self.url), time.perf_counter()
        answered, waits = asyncio.run(leave(port, who))
        took = time.perf_counter() - start
        waits.sort()
        self.note(f"unsubscribe POST{when}", len(answered) / took, "/s", at_least=600)
        self.note(f"unsubscribe POST{when}, p50", 1000 * waits[len(waits) // 2], "ms")
        self.note(f"unsubscribe POST{when}, p99", 1000 * waits[len(waits) * 99 // 100], "ms", at_most=150)
        lost = len(who) - min(len(answered), left_at(self.url) - before)
        self.note(f"unsubscribe POST{when}, not answered or not ended", lost, "", at_most=0)


def on_sqlite(bench: Bench) -> None:
    bench.filled(bench.url, "SQLite")


def on_postgres(bench: Bench) -> None:
    with peers.postgres() as server:
        bench.filled(server.url, "PostgreSQL")


def plan(bench: Bench) -> None:
    """The audience, read in chunks: of a few and of all, whose memory is to be the same."""
    few = f"{bench.url}-few"
    house.filled(few, max(1000, bench.readers // 50)).close()
    small, big = alone("plan", few), alone("plan", bench.url)
    bench.note("readers planned", big["count"], "")
    bench.note("planning them from audience()", big["seconds"], "s", at_most=5)
    bench.note("planning, peak memory", big["peak_mb"], "MB")
    ratio = big["peak_mb"] / small["peak_mb"]
    bench.note(f"planning, peak memory / that of {small['count']:,} readers", ratio, "times", at_most=1.1)


def leaving(bench: Bench) -> None:
    with served(bench.url) as (port, _):
        bench.left("", port)


def beside_a_send(bench: Bench) -> None:
    """The same while the list gets its mail as fast as it goes; the send is given up once all have left."""
    database = Database(bench.url)
    edition = house.approved(database)
    command = [sys.executable, "-m", "tests.bench.sender", "--edition", str(edition), "--database", bench.url]
    with peers.sink() as to, served(bench.url) as (port, _):
        sender = subprocess.Popen([*command, "--port", str(to.port)], cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            while not house.ends(database).get("sent") and sender.poll() is None:
                time.sleep(0.1)
            before, start = house.ends(database).get("sent", 0), time.perf_counter()
            bench.left(" during a send", port)
            sent = house.ends(database).get("sent", 0) - before
            bench.note("sent meanwhile", sent / (time.perf_counter() - start), "messages/s")
            bench.note("the send was over before", float(sender.poll() is not None), "", at_most=0)
        finally:
            sender.kill()
            sender.wait()
            database.close()


def killed(bench: Bench) -> None:
    """The pages' process is killed in between: whoever was answered has left."""
    who = bench.who()

    async def cut_off(port: int, process: "subprocess.Popen[bytes]") -> list[int]:
        going = asyncio.create_task(leave(port, who))
        await asyncio.sleep(1.0)
        process.kill()
        return (await going)[0]

    with served(bench.url) as (port, process):
        answered = asyncio.run(cut_off(port, process))
    bench.note("answered before the kill", len(answered), "", at_least=1)
    bench.note("answered and not ended", len(answered) - len(ended(bench.url) & set(answered)), "", at_most=0)


def pages_of(bench: Bench) -> None:
    """Each page with its sheet, and whom it asks for more."""
    database = Database(bench.url)
    with database.read() as connection:
        reader = connection.execute(
            select(subscriptions.c.subscriber_id).where(subscriptions.c.state == "active").limit(1)
        ).scalar_one()
    links, client = (
        (made := settings(database, 80)).links,
        TestClient(Starlette(routes=pages.reader_routes(made))),
    )
    urls = {
        "sign-up": links.signup("daily"),
        "confirm": links.confirm(reader, "daily", NOW),
        "leave": links.unsubscribe(reader, "daily"),
        "preferences": links.preferences(reader, "daily"),
        "my data": f"{links.site_url}/d/{links.subscription_token(Purpose.MANAGE, reader, 'daily', at=NOW)}",
        "wrong link": f"{links.site_url}/u/wrong",
    }
    strangers = 0
    for name, url in urls.items():
        page = client.get(url.removeprefix(links.site_url)).text
        (sheet,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
        size = len(page.encode()) + len(client.get(sheet).content)
        strangers += len(re.findall(r"<(?:script|img|iframe|object|embed)\b|@import|url\(", page))
        bench.note(f"page {name}, HTML and CSS", size / 1000, "KB", at_most=30)
    bench.note("scripts, pictures and frames on them", strangers, "", at_most=0)
    database.close()


def ended(url: str) -> set[int]:
    """Return who has left."""
    database = Database(url)
    with database.read() as connection:
        gone = select(subscriptions.c.subscriber_id).where(subscriptions.c.state == "ended")
        found = set(connection.execute(gone).scalars())
    database.close()
    return found


def left_at(url: str) -> int:
    """Return how many have left."""
    return len(ended(url))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument(
        "--quick", action="store_true", help="a look at whether it runs; no figure to judge by"
    )
    parser.add_argument("--readers", type=int, default=0, help="how many a million is")
    parser.add_argument("--leave", type=int, default=0, help="how many leave, each time")
    parser.add_argument("--database", default="", help=argparse.SUPPRESS)
    parser.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.database, options.serve)
    parts = dict(
        zip(PARTS, (on_sqlite, on_postgres, plan, leaving, beside_a_send, killed, pages_of), strict=True)
    )
    wanted = options.only.split(",")
    if wrong := set(wanted) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(wrong))}; there are {', '.join(PARTS)}")
    if set(wanted) - {"postgres"}:
        wanted.append("import")  # the rest is measured on what it brought in
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as folder:
        bench = Bench(Path(folder), options)
        for name, part in parts.items():
            if name in wanted:
                print(f"-- {name}", flush=True)
                part(bench)
    print(json.dumps(bench.found))


if __name__ == "__main__":
    main()
