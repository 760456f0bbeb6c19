"""Every branch of the pure modules is run by their own tests; a branch that is not is a test that is missing."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PURE = (
    "model",
    "rules",
    "address",
    "links",
    "transfer/columns",
    "transfer/entry",
    "transfer/providers/*",
    "transfer/headings",
    "transfer/phrases",
    "transfer/times",
    "transfer/vocabulary/*",
)
TESTS = ("test_rules.py", "test_address.py", "test_links.py", "test_transfer.py", "test_standing.py")
THEIRS = "test_rules or test_address or test_links or provider or times or month or tags or cell or columns or test_standing"


def test_every_branch_of_the_pure_modules_is_run(tmp_path: Path) -> None:
    def coverage(verb: str, *words: str) -> str:
        command = [sys.executable, "-m", "coverage", verb, f"--data-file={tmp_path / 'found'}", *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    included = ",".join(f"subscribers/{name}.py" for name in PURE)
    tests = [f"tests/subscribers/{name}" for name in TESTS]
    coverage("run", "--branch", f"--include={included}", "-m", "pytest", "-q", *tests, "-k", THEIRS)
    told = coverage("report", "-m", "--fail-under=100", "--precision=2")
    assert all(f"subscribers/{name}.py" in told for name in PURE if "*" not in name), told
