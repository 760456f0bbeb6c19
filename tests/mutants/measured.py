"""One run of pytest under coverage, a context for each test: `python -m tests.mutants.measured DATA TIMES FILES TESTS...`."""

import json
import sys
from collections import defaultdict
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


class Contexts:
    """A pytest plugin: names the running test to coverage, and keeps how long it took."""

    def __init__(self, measuring: coverage.Coverage) -> None:
        self.measuring = measuring
        self.seconds: dict[str, float] = defaultdict(float)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Generator[None, Any, Any]:
        self.measuring.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.measuring.switch_context("")

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] += report.duration


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
