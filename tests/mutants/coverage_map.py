"""Which tests execute which line, and how long each takes: one run of a room's tests under coverage."""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from coverage import CoverageData

from tests.mutants.rooms import ROOT, Room, files, tests

UNMEASURED = 9.9  # seconds
LONGEST = 25.0  # seconds: a mutant is tried by no more tests than take so long, by what they took when they were measured


@dataclass(frozen=True, slots=True)
class Map:
    """*lines*: file -> line -> tests; *seconds*: how long each test takes, its set-up included."""

    lines: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]

    def tests(self, file: str, line: int) -> list[dict[str, float]]:
        """Return the tests to try a fault in *line* by, and their seconds, in the batches to try them in; the quickest first.

        The first batch is the file that has the quickest: a test of a function alone imports little. A line that is
        executed at import (a constant, a signature) answers to every test that enters the file, and to those that stand
        beside one: they may only read the constant.
        """
        there = self.lines.get(file, {})
        found = set(there.get(line, ())) or self._beside({test for each in there.values() for test in each})
        chosen, seconds = list[str](), 0.0
        for test in sorted(found, key=self._seconds):
            seconds += self._seconds(test)
            if chosen and seconds > LONGEST:
                break
            chosen.append(test)
        first = [test for test in chosen if _file(test) == _file(chosen[0])]
        rest = [test for test in chosen if test not in first]
        return [{test: self._seconds(test) for test in batch} for batch in (first, rest) if batch]

    def _beside(self, tests: Collection[str]) -> set[str]:
        there = {_file(test) for test in tests}
        return {test for test in self.seconds if _file(test) in there}

    def files(self) -> list[dict[str, float]]:
        """Return all tests and their seconds, a dictionary for each file of them."""
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for test, seconds in self.seconds.items():
            found[_file(test)][test] = seconds
        return list(found.values())

    def _seconds(self, test: str) -> float:
        return self.seconds.get(test, UNMEASURED)


def mapped(room: Room) -> Map:
    """Return the map of *room*; raise RuntimeError with what pytest said when its tests do not pass as they are."""
    with tempfile.TemporaryDirectory() as folder:
        data, times = Path(folder) / "coverage", Path(folder) / "times"
        command = [
            sys.executable,
            "-m",
            "tests.mutants.measured",
            str(data),
            str(times),
            ",".join(files(room)),
            *tests(room),
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800)
        if done.returncode:
            raise RuntimeError(
                f"{room.name}: its tests must pass first\n{done.stdout[-3000:]}{done.stderr[-1000:]}"
            )
        return Map(_lines(data), json.loads(times.read_text()))


def _file(test: str) -> str:
    return test.partition("::")[0]


def _lines(file: Path) -> dict[str, dict[int, list[str]]]:
    data = CoverageData(str(file))
    data.read()
    found: dict[str, dict[int, list[str]]] = {}
    for measured in data.measured_files():
        name = str(Path(measured).relative_to(ROOT))
        lines: dict[int, list[str]] = defaultdict(list)
        for line, contexts in data.contexts_by_lineno(measured).items():
            lines[line] = [context for context in contexts if context]
        found[name] = dict(lines)
    return found
