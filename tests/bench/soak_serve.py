"""`digest serve` for two months of driven days, with the desk's tabs open: does it grow, and does it answer?

    python -m tests.bench.soak_serve [--days 60] [--mails 5000] [--only days,lock,files]

1. days: 60 days by a driven clock, 200 editions and 5,000 single mails (sign-ups, welcomes, tests, drafts, alarms).
   Resident memory, open files and threads at rest, after the first 500 single mails and at the end.
2. lock: another process holds SQLite's lock for 20 s, 40 readers wait to leave; `/health` and the desk's pages.
3. files: 300 half-sent requests at 220 open files; the same pages.

It takes about twenty minutes on two cores. The last line is JSON; the exit code is 1 where a figure misses its bar.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.bench.paper import (
    ARTICLES,
    DAILY,
    EDITORS,
    FEEDS,
    NEWSLETTERS,
    WEEKLY,
    Paper,
    locked,
    opened,
    serving,
    until,
)
from tests.bench.peers import sink
from tests.bench.tabs import Browser, Desk, leave, once, readers_day, tests_of_the_day
from tests.loopback import site

FIRST = 500  # single mails before the first sample
CROWD = 40  # readers who ask at the same time
HELD = 20.0  # seconds that the lock is held
RATE = 16.0  # requests a second, for each of the two kinds
PATHS = ("", "/progress", "/preview", "/report", "/html")
FILES, HALVES = 220, 300
BAR = 300.0  # milliseconds
WINDOW = (
    30  # seconds over which the process is looked at: longer than the clock's longest pause between two jobs
)
IDLE = (
    25.0  # seconds of quiet: idle threads and connections are gone, and the tidying, each 20 s here, was done
)


@dataclass(frozen=True)
class Sample:
    """The process at rest."""

    mails: int
    editions: int
    memory: float  # MB that are resident
    files: int
    threads: int

    def __str__(self) -> str:
        return (
            f"{self.mails:,} single mails, {self.editions} editions: {self.memory:.1f} MB, "
            f"{self.files} open files, {self.threads} threads"
        )


@dataclass
class Soak:
    """The house, its process and the people at its pages."""

    paper: Paper
    pid: int
    desk: Desk
    pool: ThreadPoolExecutor

    def __post_init__(self) -> None:
        self._tab, self._signed, self.articles = Browser(self.paper), date.min, 0

    def day(self, day: date) -> None:
        """Live through *day*: news, drafts, tests, an approval by a person, four sends, and the crowd after them."""
        paper = self.paper
        names = tuple(name for name in NEWSLETTERS if name != WEEKLY or day.weekday() in (0, 2, 5))
        at = datetime(day.year, day.month, day.day, 6, 0, tzinfo=UTC)
        self.news(day)
        paper.move_to(at - timedelta(minutes=58))
        until(lambda: self._in(day, "draft", "approved") >= len(names), f"the drafts of {day}")
        self.desk.morning(day)
        tests_of_the_day(paper, self.desk_tab, day, names)
        readers_day(paper, paper.app.links, day, self.pool)
        page = f"/desk/{DAILY[0]}/{day}/approve"
        until(lambda: self.desk_tab.act(page, page, {})[0] == 303, f"the approval of {day}")
        paper.move_to(at - timedelta(minutes=9))
        until(lambda: self._in(day, "approved") >= len(names), f"the freeze of {day}")
        paper.move_to(at + timedelta(seconds=1))
        until(lambda: self._in(day, "sent") >= len(names), f"the mails of {day}")
        self.crowd(names[0])
        paper.move_to(at + timedelta(hours=12))

    def news(self, day: date) -> None:
        """Publish the day's articles, and wait until they and their pictures are read."""
        self.paper.move_to(datetime(day.year, day.month, day.day, 3, 0, tzinfo=UTC))
        self.paper.publish(day)
        self.articles += ARTICLES * len(FEEDS)
        until(lambda: self.paper.ask("SELECT count(*) FROM articles") >= self.articles, f"the news of {day}")

    def crowd(self, name: str) -> None:
        """Let readers ask for pages all at once, as they do when a mail is out."""
        for one in [self.pool.submit(once, self.paper, f"/subscribe/{name}") for _ in range(CROWD)]:
            assert one.result(90)[0] == 200

    def _in(self, day: date, *states: str) -> int:
        marks = ",".join("?" * len(states))
        query = f"SELECT count(*) FROM editions WHERE date = ? AND state IN ({marks})"
        return int(self.paper.ask(query, str(day), *states))

    @property
    def desk_tab(self) -> Browser:
        """A tab that acts; it signs in anew each day, as the others do."""
        if self._signed != self.desk.day:
            self._tab.sign_in(EDITORS[0])
            self._signed = self.desk.day
        return self._tab

    def sample(self) -> Sample:
        """Return the process as it is once the pages are left alone for a while."""
        self.desk.pause()
        self._tab.close()
        time.sleep(IDLE)
        seen = []
        for _ in range(10 * WINDOW):
            seen.append((resident(self.pid), files_of(self.pid), threads_of(self.pid)))
            time.sleep(0.1)
        memory, files, threads = zip(*seen, strict=True)
        editions = int(self.paper.ask("SELECT count(*) FROM editions WHERE state = 'sent'"))
        made = Sample(
            self.mails, editions, statistics.median_low(memory), min(files), min(threads)
        )  # at rest: between two jobs of the clock, which take a thread and a connection for a moment
        self.desk.going.set()
        return made

    @property
    def mails(self) -> int:
        """How many single mails went out; what ended more than a week ago has no row, but its number."""
        unsent = self.paper.ask("SELECT count(*) FROM outbox WHERE state <> 'sent'")
        return int((self.paper.ask("SELECT max(id) FROM outbox") or 0) - unsent)


def resident(pid: int) -> float:
    """Return the process's resident memory in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("the process is gone")


def files_of(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def threads_of(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/task"))


def days_of(soak: Soak, days: int, mails: int) -> Iterator[dict[str, Any]]:
    """Live through *days*; yield the figures."""
    began = time.monotonic()
    first = datetime.now(UTC).date() + timedelta(days=2)
    soak.paper.move_to(datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=6))
    before: Sample | None = None
    early: list[
        Sample
    ] = []  # of the first third: how many pool threads meet at rest is chance, a leak is not
    for number in range(days):
        soak.day(first + timedelta(days=number))
        if before is None and soak.mails >= min(FIRST, mails // 4):
            before = soak.sample()
            early.append(before)
            print(f"day {number + 1}: {before}", flush=True)
        elif number % 10 == 9:
            sample = soak.sample()
            early += [sample] if number < max(days // 3, 10) else []
            print(f"day {number + 1}: {sample}, {time.monotonic() - began:.0f} s", flush=True)
    after = soak.sample()
    print(
        f"the end: {after}; {time.monotonic() - began:.0f} s, {soak.desk.looks:,} looks of the tabs",
        flush=True,
    )
    assert before is not None, "too few mails for the first sample"
    yield figure("single mails sent by serve", after.mails, "mails", at_least=mails)
    yield figure("editions sent by serve", after.editions, "editions", at_least=int(days * 200 / 60))
    yield figure("days by the driven clock", days, "days", at_least=days)
    grown = 100 * (after.memory / before.memory - 1)
    yield figure(
        f"resident memory after them, against that after the first {before.mails}",
        round(grown, 2),
        "%",
        at_most=5.0,
    )
    for what, now, then in (
        ("open files", after.files, max(one.files for one in early)),
        ("threads", after.threads, max(one.threads for one in early)),
    ):
        yield figure(f"more {what} at rest than in the first third ({then})", now - then, what, at_most=0)
    yield figure("looks of the desk's tabs that failed", len(soak.desk.wrong), "looks", at_most=0)
    for wrong in soak.desk.wrong[:5]:
        print(f"  {wrong}", flush=True)


def lock_of(soak: Soak, seconds: float) -> Iterator[dict[str, Any]]:
    """Hold the lock for *seconds* with a crowd of writers waiting; yield how soon pages answer meanwhile."""
    soak.desk.pause()
    paper, day, cookies = soak.paper, soak.desk.day, soak.desk_tab.cookies
    links = paper.app.links
    leaving = [
        (f"reader{number // 4}@{NEWSLETTERS[number % 4]}.example.net", NEWSLETTERS[number % 4])
        for number in range(CROWD)
    ]
    at = cycle([f"/desk/{name}/{day}{path}" for path in PATHS for name in DAILY])
    took: dict[str, list[float]] = {"/health": [], "the desk's pages": []}
    with locked(paper.folder / "data" / "digest.db"):
        posts = [soak.pool.submit(leave, paper, links, *one) for one in leaving]
        time.sleep(0.5)
        begun = time.monotonic()
        with ThreadPoolExecutor(32) as askers:
            asked = []
            number = 0
            while (now := time.monotonic()) - begun < seconds:
                asked.append(("/health", askers.submit(_timed, paper, "/health", {}, now)))
                asked.append(("the desk's pages", askers.submit(_timed, paper, next(at), cookies, now)))
                number += 1
                time.sleep(max(0.0, begun + number / RATE - time.monotonic()))
            for kind, one in asked:
                took[kind].append(one.result(90))
        waited = sum(not post.done() for post in posts)
    for post in posts:
        post.result(120)
    yield figure("writers that waited all the while", waited, "writers", at_least=CROWD)
    load = os.getloadavg()[0]
    print(f"the machine meanwhile: load {load:.1f} on {os.cpu_count()} cores", flush=True)
    for kind, times in took.items():
        p99 = statistics.quantiles(times, n=100)[98]
        print(
            f"{kind}, {len(times)} asked: median {statistics.median(times):.0f}, p99 {p99:.0f}, worst {max(times):.0f} ms"
        )
        yield figure(f"{kind} while the lock is held, p99 of {len(times)}", round(p99), "ms", at_most=BAR)


def _timed(paper: Paper, path: str, cookies: dict[str, str], due: float) -> float:
    """Return the milliseconds from *due*, when it was to be asked, to the whole answer."""
    browser = Browser(paper)
    browser.cookies = dict(cookies)
    try:
        status, _ = browser.ask(path)
    finally:
        browser.close()
    assert status == 200, f"{path} answers {status}"
    return 1000 * (time.monotonic() - due)


def files_few(paper: Paper, cookies: dict[str, str], day: date) -> Iterator[dict[str, Any]]:
    """Start serve with few open files and half-send requests; yield how soon pages answer."""
    with serving(paper, files=FILES), ExitStack() as halves:
        until(lambda: up(paper), "serve with few files")
        for _ in range(HALVES):
            half = halves.enter_context(socket.create_connection(("127.0.0.1", paper.port), timeout=20))
            half.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        times, pages = [], ("/health", f"/desk/{DAILY[0]}/{day}", f"/subscribe/{DAILY[0]}")
        for path in pages:  # the first look compiles templates, which is no matter of the crowd's
            _timed(paper, path, cookies, time.monotonic())
        for _ in range(15):
            times += [_timed(paper, path, cookies, time.monotonic()) for path in pages]
    p99 = statistics.quantiles(times, n=100)[98]
    yield figure(
        f"pages at {FILES} open files and {HALVES} half-sent requests, p99 of {len(times)}",
        round(p99),
        "ms",
        at_most=BAR,
    )


def up(paper: Paper) -> bool:
    try:
        return once(paper, "/health")[0] == 200
    except OSError:
        return False


def figure(what: str, value: float, unit: str, **bar: float) -> dict[str, Any]:
    return {"what": what, "value": value, "unit": unit, **bar}


def right(one: dict[str, Any]) -> bool:
    """Return whether the figure is within its bar."""
    return bool(
        one["value"] <= one.get("at_most", one["value"]) and one["value"] >= one.get("at_least", one["value"])
    )


def soaked(
    folder: Path, *, days: int, mails: int, only: set[str], held: float = HELD
) -> list[dict[str, Any]]:
    """Return all figures of one run in *folder*."""
    found: list[dict[str, Any]] = []
    with sink() as relay, site() as feeds, ThreadPoolExecutor(CROWD) as pool:
        paper = opened(folder, feeds, relay.port)
        with serving(paper) as process:
            until(lambda: up(paper), "serve")
            desk = Desk(paper, datetime.now(UTC).date())
            soak = Soak(paper, process.pid, desk, pool)
            found += days_of(soak, days, mails)
            desk.close()
            if "lock" in only:
                found += lock_of(soak, held)
        if "files" in only:
            found += files_few(paper, soak.desk_tab.cookies, desk.day)
        paper.app.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--mails", type=int, default=5000)
    parser.add_argument("--only", default="days,lock,files")
    parser.add_argument("--keep", type=Path, help="a folder for the house, kept at the end")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended as well
    with tempfile.TemporaryDirectory(prefix="digest-soak-serve-") as folder:
        found = soaked(options.keep or Path(folder) / "house", days=options.days, mails=options.mails,
                       only=set(options.only.split(",")))  # fmt: skip
    for one in found:
        print(
            f"{'right' if right(one) else 'WRONG'}: {one['what']}: {one['value']} {one['unit']}", flush=True
        )
    print(json.dumps(found))
    sys.exit(not all(right(one) for one in found))


if __name__ == "__main__":
    main()
