"""Mornings of 100,000 readers at five providers, one of which turns against us: `make bench-morning`.

    python -m tests.bench.bench_morning [--readers 100000]

Prints how soon that provider was left, and what became of the others; ends with 1 where a bar is missed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from digest.store import migrate
from digest.store.engine import Database
from tests.flow import morning
from tests.flow.morning import BAD, PROVIDERS, Morning

LEFT = 200  # mails at most that are still refused once the provider began to refuse


def database(folder: Path) -> Database:
    """Return an empty database in *folder*."""
    made = Database(f"sqlite:///{folder}/digest.db")
    migrate.upgrade(made)
    return made


def finished(went: Morning, readers: int) -> bool:
    """Return whether the other four providers got all of their mails."""
    return all(went.took[one] == readers // 5 for one in PROVIDERS if one != BAD)


def words(went: Morning, readers: int) -> str:
    """Return what became of the others, and how long it took."""
    others = "the others finished" if finished(went, readers) else "the others DID NOT FINISH"
    return f"{others}, {went.seconds:.0f} s"


def main() -> int:
    """Run both mornings; return how many bars were missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=100_000)
    readers = parser.parse_args().readers // 5 * 5
    with tempfile.TemporaryDirectory() as folder:
        went = morning.refuses_after_a_fiftieth(database(Path(folder)), readers)
    missed = went.refused[BAD] > LEFT or not finished(went, readers)
    print(f"550 5.7.26 after a fiftieth: {went.refused[BAD]} refused, at most {LEFT}; {words(went, readers)}")
    with tempfile.TemporaryDirectory() as folder:
        went = morning.complains(database(Path(folder)), readers, morning.complained)
    missed |= went.took[BAD] >= readers // 5 or not finished(went, readers)
    print(
        f"complaints by ARF at 0.5 %: left after {went.took[BAD]:,} of {readers // 5:,} mails and "
        f"{went.complaints} complaints; {words(went, readers)}"
    )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
