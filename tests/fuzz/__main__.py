"""`make fuzz`: bytes against everything that reads strangers' bytes, for ten minutes.

    python -m tests.fuzz [--minutes 10] [--target wire] [--seed 1] [--jobs 2] [--out FOLDER]

Each target runs in a process of its own, whose memory is bounded and which is killed where one input keeps it busy. Where
atheris can be imported it guides by coverage, else Hypothesis draws the changes. A finding is an exception that is not
the documented one, too much time or memory, or a broken promise; it is made short and kept in the folder. Move it to
`tests/fuzz/findings/TARGET/` with a name that says what it is: `make test` tries it from then on. The last line is JSON.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.targets import NAMES, Target, load
from tests.fuzz.trial import Findings
from tests.fuzz.watch import Watch

HANG = 20.0  # seconds of CPU time on one input until its process is killed
STUCK = 180.0  # seconds of the clock, whatever the CPU does


def busy(process: int) -> float:
    """Return the CPU seconds that a process has taken; 0 where it is gone."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def watched(process: "subprocess.Popen[bytes]", watch: Watch, until: float) -> str:
    """Return what ended the process: "" for its time, else what its last input did to it."""
    count, since, cpu = -1, time.monotonic(), 0.0
    while process.poll() is None:
        time.sleep(0.2)
        now, spent = time.monotonic(), busy(process.pid)
        if watch.count != count:
            count, since, cpu = watch.count, now, spent
        elif count and (spent - cpu > HANG or now - since > STUCK):
            process.kill()
            process.wait()
            return f"hangs: {spent - cpu:.0f} s of CPU time, {now - since:.0f} s in all"
        if now > until + STUCK:
            process.kill()
            process.wait()
            return ""
    return "" if process.returncode == 0 else f"the process ended with {process.returncode}"


def run(target: Target, seconds: float, number: int, out: Path) -> int:
    """Fuzz *target* for some seconds, over and over where its process dies; return how many inputs were tried."""
    folder, until, total = out / target.name, time.monotonic() + seconds, 0
    kept = Findings(folder, target)
    while (rest := until - time.monotonic()) > 1:
        with tempfile.TemporaryDirectory() as place:
            watch = Watch(Path(place, "watch"))
            command = [sys.executable, "-m", "tests.fuzz.child", target.name, f"{rest:.1f}", str(number)]
            with (folder / "log").open("ab") as log:
                process = subprocess.Popen(
                    [*command, str(Path(place, "watch")), str(folder)], stdout=log, stderr=log
                )
                why = watched(process, watch, until)
            total += watch.count
            if why and not watch.count:
                raise RuntimeError(f"{target.name} does not begin: {why}; see {folder / 'log'}")
            if why:
                kept.keep(f"ended-{number}-{watch.count}", f"{why}, on {len(watch.data)} bytes", watch.data)
            number += 1_000_003
            watch.close()
    return total


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--target", action="append", choices=NAMES, default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("out/fuzz"))
    given = parser.parse_args()
    targets = [load(name) for name in given.target or NAMES]
    jobs = min(given.jobs, len(targets))
    each = given.minutes * 60 * jobs / len(targets)
    out = given.out / time.strftime("%Y%m%d-%H%M%S")
    driver = "atheris" if importlib.util.find_spec("atheris") else "hypothesis"
    print(
        f"{len(targets)} targets, {each:.0f} s each, {jobs} at a time, by {driver}; findings in {out}",
        flush=True,
    )
    begun = time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        counts = list(pool.map(lambda target: run(target, each, given.seed, out), targets))
    figures = [
        {"what": f"inputs tried, {target.name}", "value": count, "unit": "inputs", "at_least": 1}
        for target, count in zip(targets, counts, strict=True)
    ]
    found = sorted(out.glob("*/*.txt"))
    for file in found:
        print(f"{file.with_suffix('.bin')}: {file.read_text(encoding='utf-8').strip()}")
    minutes = round((time.monotonic() - begun) / 60, 2)
    figures += [
        {"what": "findings", "value": len(found), "unit": "findings", "at_most": 0},
        {"what": "time", "value": minutes, "unit": "min", "at_least": round(given.minutes * 0.9, 2)},
    ]
    print(json.dumps(figures))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
