"""Everything that reads strangers' bytes, by bytes: what was found before, and a short run of new ones in `make test`."""

import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

import tests.fuzz.__main__ as fuzz
from tests.fuzz.child import inputs
from tests.fuzz.mutation import minimised, mutated
from tests.fuzz.targets import NAMES, Broken, Target, load
from tests.fuzz.trial import ROOT, Findings, fault
from tests.fuzz.watch import Watch

KEPT = sorted(Path(__file__).with_name("findings").glob("*/*"))
SMOKE = 1.0  # seconds a target


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("file", KEPT, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_finding_stays_mended(file: Path) -> None:
    target = load(file.parent.name)
    assert fault(target, file.read_bytes()) == ("", "")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_a_short_run_finds_nothing(name: str) -> None:
    target = load(name)
    until = time.monotonic() + SMOKE
    found: dict[str, bytes] = {}

    @seed(2026)
    @settings(
        max_examples=2_000,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs(target, target.seeds))
    def short(data: bytes) -> None:
        if time.monotonic() < until:
            key, words = fault(target, data[: target.most // 8])
            if key:
                found[words] = data

    for data in target.seeds:
        assert fault(target, data) == ("", "")
    short()
    assert not found


# ---------------------------------------------------------------------------- the harness itself


def _planted(data: bytes) -> None:
    if b"x" in data and len(data) > 3:
        raise KeyError("planted")
    if data.startswith(b"slow"):
        end = time.process_time() + 0.3
        while time.process_time() < end:
            pass


PLANTED = Target("planted", _planted, (b"a word and one more",), (b"x", b"slow"), most=200, seconds=0.2)


def test_a_planted_fault_is_found_made_short_and_kept_once(tmp_path: Path) -> None:
    findings, rng = Findings(tmp_path, PLANTED), random.Random(7)
    for _ in range(400):
        findings.tried(mutated(rng, PLANTED.seeds, (b"x",), PLANTED.most))
    (kept,) = tmp_path.glob("*.bin")
    assert len(kept.read_bytes()) == 4
    assert b"x" in kept.read_bytes()
    assert "KeyError" in kept.with_suffix(".txt").read_text()


def test_an_input_that_takes_too_long_is_a_finding() -> None:
    assert "took" in fault(PLANTED, b"slow")[1]
    assert fault(replace(PLANTED, seconds=5.0), b"slow") == ("", "")


def test_a_broken_promise_of_the_wire_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from digest.delivery.transports.smtp.wire import Wire

    target = load("wire")
    twice = Wire._dot

    def doubled(self: Wire, code: int, text: str) -> None:
        message = self.sent
        twice(self, code, text)
        self.sent = message

    monkeypatch.setattr(Wire, "_dot", doubled)
    assert {fault(target, data)[0].partition("-")[0] for data in target.seeds} >= {Broken.__name__}


def test_what_is_left_out_is_only_what_does_not_matter() -> None:
    assert minimised(b"aaaxaaaayaaa", lambda part: b"x" in part and b"y" in part) == b"xy"


HANGS = """
import sys
from pathlib import Path
from tests.fuzz.watch import Watch
watch = Watch(Path(sys.argv[1]))
watch.begin(b"one that is quick")
watch.begin(b"one without an end")
while True:
    pass
"""


def test_a_process_that_hangs_is_ended_and_its_input_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "HANG", 0.4)
    watch = Watch(tmp_path / "watch")
    process = subprocess.Popen([sys.executable, "-c", HANGS, str(tmp_path / "watch")], cwd=ROOT)
    why = fuzz.watched(process, watch, time.monotonic() + 60)
    assert why.startswith("hangs")
    assert process.returncode == -signal.SIGKILL
    assert (watch.count, watch.data) == (2, b"one without an end")
    watch.close()


def test_a_process_that_crashes_is_a_finding(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "watch")
    process = subprocess.Popen([sys.executable, "-c", "import os; os.abort()"], stderr=subprocess.DEVNULL)
    assert (
        fuzz.watched(process, watch, time.monotonic() + 60) == f"the process ended with -{signal.SIGABRT:d}"
    )
    watch.close()
