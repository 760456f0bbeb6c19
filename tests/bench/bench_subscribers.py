"""What the readers' part does in a second: a list brought in, an audience read, readers who leave all at once.

    python -m tests.bench.bench_subscribers [--readers 1000000] [--leave 20000] [--database URL]

The bars: 25,000 rows a second and under 200 MB for the import; a million readers planned in 5 s; 600 POSTs a
second, 50 at a time, p99 under 150 ms, each answered after a durable commit.
"""

import argparse
import asyncio
import json
import random
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from sqlalchemy import func, select
from starlette.applications import Starlette

from digest.store.engine import Database
from digest.store.migrate import upgrade
from subscribers import audience, pages
from subscribers.links import Keys, Links
from subscribers.schema import subscriptions
from subscribers.transfer.importing import Task, imported

KEY = b"only good for a measurement, 32b"
NOW = datetime(2026, 3, 4, 5, tzinfo=UTC)
TEMPLATES = Path(__file__).parents[2] / "templates"


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


def brought_in(database: Database, path: Path, readers: int) -> dict[str, object]:
    start = time.perf_counter()
    imported(Task(path=path, newsletter="daily", source="bench", keys=Keys([KEY]), now=NOW), database.write)
    took = time.perf_counter() - start
    peak = (
        sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        / 1024
    )
    return {"import rows/s": round(readers / took), "peak MB": round(peak)}


def planned(database: Database) -> dict[str, object]:
    start, last, total = time.perf_counter(), 0, 0
    found = audience("daily", at=NOW)
    number = found.selected_columns.subscriber_id
    while True:
        with database.read() as connection:
            rows = connection.execute(found.where(number > last).order_by(number).limit(20_000)).all()
        if not rows:
            return {"audience": total, "audience s": round(time.perf_counter() - start, 2)}
        last, total = rows[-1].subscriber_id, total + len(rows)


def serve(url: str, port: int) -> None:
    """Serve the pages on *port*, in this process."""
    database = Database(url)
    settings = pages.Settings(
        site_name="Bench", links=Links([KEY], f"http://127.0.0.1:{port}"), templates=TEMPLATES,
        newsletters=(pages.Newsletter(name="daily", title="Daily"),), read=database.read, write=database.write,
        now=lambda: NOW, send_mail=lambda **mail: None,
    )  # fmt: skip
    uvicorn.run(
        Starlette(routes=pages.routes(settings)),
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
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bench_subscribers", "--serve", str(port), "--database", url],
        cwd=root,
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


async def leave(port: int, readers: list[int], *, at_once: int = 50) -> tuple[list[int], list[float]]:
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


def left(database: Database) -> int:
    """Return how many have left."""
    with database.read() as connection:
        ended = select(func.count()).select_from(subscriptions).where(subscriptions.c.state == "ended")
        return int(connection.execute(ended).scalar_one())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--leave", type=int, default=20_000)
    parser.add_argument("--database", default="")
    parser.add_argument("--serve", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(options.database, options.serve)
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite:///{folder}/bench.db"
        database = Database(url)
        upgrade(database)
        result = brought_in(database, made(Path(folder) / "list.csv", options.readers), options.readers)
        result |= planned(database)
        who = random.Random(2).sample(range(1, options.readers + 1), min(options.leave, options.readers))
        with served(url) as (port, _):
            start = time.perf_counter()
            answered, waits = asyncio.run(leave(port, who))
            took = time.perf_counter() - start
        waits.sort()
        result |= {
            "unsubscribe POSTs/s": round(len(answered) / took),
            "p50 ms": round(1000 * waits[len(waits) // 2], 1),
            "p99 ms": round(1000 * waits[len(waits) * 99 // 100], 1),
            "answered": len(answered),
            "left": left(database),
        }
        print(json.dumps(result))
        database.close()


if __name__ == "__main__":
    main()
