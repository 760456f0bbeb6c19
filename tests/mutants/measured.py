"""One run of pytest under coverage, a context for each test: `python -m tests.mutants.measured DATA TIMES FILES TESTS...`."""

import json
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import coverage
import pytest

FAST = (
    "-q",
    "-x",
    "-k",
    "not postgresql",
    "-m",
    "not slow",
    "-p",
    "no:cacheprovider",
    "--hypothesis-profile",
    "mutants",
)


WAITING = 4.0


class Contexts:
    """A pytest plugin: names the running test to coverage, and keeps how long it took.

    On a busy machine a clock says little of that: it is the processor's time, or a part of the clock's for one that waits.
    """

    def __init__(self, measuring: coverage.Coverage) -> None:
        self.measuring = measuring
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Generator[None, Any, Any]:
        self.measuring.switch_context(item.nodeid)
        clock, worked = time.monotonic(), time.process_time()
        try:
            return (yield)
        finally:
            worked, waited = time.process_time() - worked, time.monotonic() - clock
            self.seconds[item.nodeid] = max(worked, waited / WAITING)
            self.measuring.switch_context("")


def main() -> int:
    data, times, files, *tests = sys.argv[1:]
    measuring = coverage.Coverage(data_file=data, include=files.split(","), branch=False, config_file=False)
    plugin = Contexts(measuring)
    measuring.start()
    code = pytest.main([*FAST, *tests], plugins=[plugin])
    measuring.stop()
    measuring.save()
    Path(times).write_text(json.dumps(plugin.seconds))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
