"""`make coverage`: the pure modules' own tests, once, under coverage with branches; fails where a module is under 95 %.

    python -m tests.coverage_floor

The modules are the list PURE of `tests/test_architecture.py`. Their own tests are those of their rooms, without a
database, a socket or a browser: what a flow's test happens to run counts for nothing here.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.test_architecture import PURE, ROOT

FLOOR = 95.0
TESTS = (
    "tests/model",
    "tests/config",
    "tests/articles/test_clean.py",
    "tests/articles/test_wording.py",
    "tests/stories",
    "tests/editions",
    "tests/messages",
    "tests/delivery/feedback",
    "tests/delivery/test_alarms.py",
    "tests/delivery/test_answers.py",
    "tests/delivery/test_auth_reports.py",
    "tests/delivery/test_blame.py",
    "tests/delivery/test_breaker.py",
    "tests/delivery/test_consequences.py",
    "tests/delivery/test_first_wave.py",
    "tests/delivery/test_halts.py",
    "tests/delivery/test_pace.py",
    "tests/delivery/test_providers.py",
    "tests/delivery/test_settle.py",
    "tests/delivery/test_warm_up.py",
    "tests/delivery/test_webhook_providers.py",
    "tests/subscribers/test_address.py",
    "tests/subscribers/test_links.py",
    "tests/subscribers/test_rules.py",
    "tests/subscribers/test_transfer.py",
    "tests/subscribers/test_standing.py",
)


def shares(report: Path) -> dict[str, tuple[int, int, list[int]]]:
    """Return, of each file of coverage's JSON *report*: lines and branches that ran, all there are, and lines that did not."""
    found = {}
    for name, one in json.loads(report.read_text(encoding="utf-8"))["files"].items():
        sums = one["summary"]
        ran = sums["covered_lines"] + sums["covered_branches"]
        found[name] = (ran, sums["num_statements"] + sums["num_branches"], one["missing_lines"])
    return found


def main() -> int:
    """Run the tests; print a line for each of PURE, and which lines did not run; return 1 where one is under the floor."""
    with tempfile.TemporaryDirectory() as folder:
        data, report = f"--data-file={folder}/data", Path(folder, "report.json")
        sources = ",".join(sorted({one.split("/")[0] for one in PURE}))
        run = [sys.executable, "-m", "coverage", "run", "--branch", f"--source={sources}", data]
        failed = subprocess.run([*run, "-m", "pytest", "-q", *TESTS], check=False, cwd=ROOT).returncode
        subprocess.run(
            [sys.executable, "-m", "coverage", "json", "-q", data, "-o", str(report)], check=True, cwd=ROOT
        )
        found = shares(report)
    under = 0
    for entry in PURE:
        files = {name: one for name, one in found.items() if name == entry or name.startswith(f"{entry}/")}
        ran, of = (sum(one[part] for one in files.values()) for part in (0, 1))
        share = 100.0 * ran / of if of else 100.0
        under += share < FLOOR
        print(f"{'UNDER ' if share < FLOOR else '      '}{share:6.1f} %  {entry}")
        for name, (some, every, lines) in files.items():
            if some < every and (share < FLOOR or some < FLOOR / 100 * every):
                print(f"                 {name}: {100 * some / every:.1f} %, not run: {lines}")
    print(json.dumps([{"what": "pure modules under the floor", "value": under, "unit": "", "at_most": 0}]))
    return int(under > 0 or failed != 0)


if __name__ == "__main__":
    sys.exit(main())
