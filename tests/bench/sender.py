"""One sending run in a process of its own, measured from inside: its line of JSON is the bench's raw figures.

python -m tests.bench.sender --database URL --edition N --port N [--keys FILE] [--ready] ...
"""

import argparse
import asyncio
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import uvloop

from digest.delivery.settle import Claimed
from digest.flows.edition.compose import Composer
from digest.flows.sending.send import send
from digest.model import DeliveryState, Message
from digest.outcomes import Undeliverable
from digest.runtime import process
from digest.store import editions
from digest.store.engine import Database
from tests.bench import house


class Watch:
    """What is to be known of a run: its first answer, bytes, and the time for each part of it."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.first = 0.0
        self.bytes = self.made = 0
        self.threads: dict[str, float] = {}
        self.laps: list[tuple[float, float, int]] = []  # seconds, CPU seconds, sent

    def composing(self, compose: Any) -> Any:
        def made(rows: Sequence[Claimed]) -> list[Message | Undeliverable]:
            found: list[Message | Undeliverable] = compose(rows)
            self.bytes += sum(one.size for one in found if isinstance(one, Message))
            self.made += len(found)
            return found

        return made

    def progress(self, counts: Mapping[DeliveryState, int]) -> None:
        if sum(counts.values()) and not self.first:
            self.first = time.perf_counter() - self.began
        self.threads |= threads()
        self.laps.append((time.perf_counter() - self.began, cpu(), counts.get(DeliveryState.SENT, 0)))


def cpu() -> float:
    """Return the CPU seconds of this process with its threads, and of its children that have ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in both)


def threads() -> dict[str, float]:
    """Return the CPU seconds of each thread that lives."""
    found = {}
    for one in threading.enumerate():
        try:
            stat = Path(f"/proc/self/task/{one.native_id}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[one.name] = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
    return found


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Send the edition; return the figures."""
    database = Database(options.database)
    app = house.app_for(
        database,
        house.config(port=options.port, connections=options.connections, keys=options.keys, ca=options.ca),
    )
    with database.read() as connection:
        saved = editions.by_id(connection, options.edition)
    assert saved is not None
    process.tune()  # as the command line does
    before = cpu()
    watch = Watch()
    composer = Composer(app, saved)
    compose = watch.composing(composer)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sent = runner.run(send(app, options.edition, compose=compose, progress=watch.progress))
    seconds = time.perf_counter() - watch.began
    composer.close()  # only then are the processes that signed counted, too
    used = cpu() - before
    count = sum(sent.counts.values())
    return {
        "count": count,
        "counts": sent.counts,
        "seconds": seconds,
        "cpu": used,
        "rate": count / seconds,
        "cpu_us": 1e6 * used / count,
        "size": watch.bytes / max(1, watch.made),
        "first": watch.first,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "threads": watch.threads,
        "laps": watch.laps[:: max(1, len(watch.laps) // 200)],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--edition", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--keys", type=Path)
    parser.add_argument("--ca", type=Path)
    parser.add_argument("--profile", default="")
    options = parser.parse_args()
    if options.profile:
        import cProfile

        profile = cProfile.Profile()
        profile.enable()
        found = run(options)
        profile.disable()
        profile.dump_stats(options.profile)
    else:
        found = run(options)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
