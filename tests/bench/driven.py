"""`digest serve`, whole, by a clock that somebody else moves: `python -m tests.bench.driven HOUSE [OPEN_FILES]`.

HOUSE holds `digest.toml` and `clock`, eight bytes: how many seconds this process is ahead of the real time (a double).
The scheduler's intervals are a hundred times shorter, for a day passes in seconds. Nothing else differs.
"""

import asyncio
import mmap
import resource
import struct
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from digest import schedule
from digest.app import wired
from digest.ops import logs
from digest.runtime import process
from digest.serve import listening, serve

RINGS, TIDIES = 0.5, 20.0  # seconds between two


def _no_plain_dates(*_: Any) -> None:
    """Leave out the rings at plain dates: they are of the real clock, and would wait for days that it never sees."""


def main() -> None:
    house = Path(sys.argv[1])
    process.tune()
    if len(sys.argv) > 2:  # after it was raised
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]),) * 2)
    schedule.HEARTBEAT, schedule.TIDY = RINGS, TIDIES  # type: ignore[assignment]
    schedule._tick_at = _no_plain_dates
    with (house / "clock").open("rb") as file:
        ahead = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=struct.unpack("d", ahead[:8])[0])

    with closing(wired(house / "digest.toml", now=now)) as app, closing(listening(app)) as listener:
        logs.configure()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(app, listener=listener))


if __name__ == "__main__":
    main()
