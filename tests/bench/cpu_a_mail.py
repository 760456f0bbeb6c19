"""What a mail costs of CPU in this tree, beside an older commit of it: did a change of structure cost anything?

    python -m tests.bench.cpu_a_mail --old COMMIT [--count 20000] [--pairs 7]

The old commit is checked out into a worktree of its own for the time of the run. Old and new send the same edition
in turn, each by its own code into its own database, to one sink; which goes first alternates, so whoever else uses the
machine falls on both. Where one tree's look makes a larger mail of the stories, they are cut until the sizes are alike.
What counts is the median of the pairs' ratios (new / old). The interval is from the lowest to the highest pair: of
seven, the true median lies outside it once in 64 times. The last line is JSON.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.bench import peers

AT_MOST = 1.03
CONNECTIONS = 10
FILL = "import sys; from tests.bench import house; house.filled(sys.argv[1], int(sys.argv[2])).close()"
APPROVE = (
    "import sys; from digest.store.engine import Database; from tests.bench import house; "
    "house.DEK = house.DEK[:int(sys.argv[2])]; print(house.approved(Database(sys.argv[1])))"
)
SIZE = (
    "import sys; from digest.messages import compile, render; from tests.bench import house; "
    "from tests.messages import sample; house.DEK = house.DEK[:int(sys.argv[1])]; "
    "one, edition = render.rendered(house.morning(), sample.newsletter(), sample.SITE, nonce=sample.NONCE); "
    "print(compile.compiled(one, sample.newsletter(), edition, sample.SITE).size)"
)
ALIKE = 0.005  # the sizes of old and new mails differ by no more


@dataclass(frozen=True, slots=True)
class Tree:
    """A checkout of the code, and its database."""

    folder: Path
    url: str
    dek: int = 10_000  # characters of each story's lines, at most

    def size(self) -> int:
        """Return how many bytes the compiled edition has."""
        return int(self.run("-c", SIZE, str(self.dek)))

    def run(self, *arguments: str) -> str:
        """Return what this tree's Python prints."""
        environment = os.environ | {"PYTHONPATH": str(self.folder)}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=3600,
        )
        return done.stdout

    def cpu_of_a_mail(self, port: int, key: Path | None) -> tuple[float, float]:
        """Send a fresh edition; return the microseconds of CPU a mail, signing included, and the bytes of a mail."""
        edition = self.run("-c", APPROVE, self.url, str(self.dek)).strip()
        command = ["-m", "tests.bench.sender", "--database", self.url, "--edition", edition]
        command += ["--port", str(port), "--connections", str(CONNECTIONS)]
        found = json.loads(self.run(*command, *(["--keys", str(key)] if key else [])))
        if set(found["counts"]) != {"sent"}:
            raise SystemExit(f"{self.folder}: not every mail was sent: {found['counts']}")
        return float(found["cpu_us"]), float(found["size"])


@dataclass(frozen=True, slots=True)
class Ratios:
    """The pairs of one kind of mail: microseconds a mail of *old* and *new*."""

    old: tuple[float, ...]
    new: tuple[float, ...]

    @property
    def each(self) -> list[float]:
        """New / old, pair by pair, in order of size."""
        return sorted(new / old for old, new in zip(self.old, self.new, strict=True))

    def figure(self, what: str) -> dict[str, object]:
        """Return the line for programs."""
        low, high = self.each[0], self.each[-1]
        value = statistics.median(self.each)
        return {
            "what": f"CPU a mail, {what}, new / old",
            "value": round(value, 4),
            "unit": "times",
            "at_most": AT_MOST,
            "low": round(low, 4),
            "high": round(high, 4),
        }


@contextmanager
def worktree(commit: str, folder: Path) -> Iterator[Path]:
    """Check *commit* out below *folder* for a while."""
    there = folder / "old"
    subprocess.run(
        ["git", "worktree", "add", "--quiet", "--detach", str(there), commit], check=True, cwd=peers.ROOT
    )
    try:
        yield there
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(there)], check=True, cwd=peers.ROOT)


def alike(old: Tree, new: Tree) -> tuple[Tree, Tree]:
    """Return both with mails of one size: the looks have changed, and are no part of what is compared."""
    sizes = {tree: tree.size() for tree in (old, new)}
    small, large = sorted(sizes, key=lambda tree: sizes[tree])
    cut, size, least, most = large, sizes[large], 0, 1_000
    while abs(size / sizes[small] - 1) > ALIKE and most - least > 1:
        cut = replace(large, dek=(least + most) // 2)
        size = cut.size()
        least, most = (least, cut.dek) if size > sizes[small] else (cut.dek, most)
    return (old, cut) if small is old else (cut, new)


def measured(old: Tree, new: Tree, pairs: int, key: Path | None) -> Ratios:
    """Return the figures of *pairs* pairs, old and new first in turn; one run of each before warms the caches."""
    with peers.sink() as to:
        sizes = [tree.cpu_of_a_mail(to.port, key)[1] for tree in (old, new)]
        print(f"a mail has {sizes[0]:,.0f} bytes then, {sizes[1]:,.0f} now", flush=True)
        found: dict[Tree, list[float]] = {old: [], new: []}
        for number in range(pairs):
            for tree in (old, new) if number % 2 == 0 else (new, old):
                found[tree].append(tree.cpu_of_a_mail(to.port, key)[0])
    return Ratios(tuple(found[old]), tuple(found[new]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--old", required=True, help="the commit to compare with")
    parser.add_argument("--count", type=int, default=20_000, help="mails a run")
    parser.add_argument("--pairs", type=int, default=7)
    options = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory() as name, worktree(options.old, Path(name)) as there:
        folder = Path(name)
        key = folder / "dkim.pem"
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        old = Tree(there, f"sqlite:///{folder}/old.db")
        new = Tree(peers.ROOT, f"sqlite:///{folder}/new.db")
        for tree in (old, new):
            tree.run("-c", FILL, tree.url, str(options.count))
        old, new = alike(old, new)
        for what, signing in (("unsigned", None), ("signed", key)):
            found = measured(old, new, options.pairs, signing)
            figures.append(found.figure(what))
            middle = [statistics.median(side) for side in (found.old, found.new)]
            said = ", ".join(f"{one:.3f}" for one in found.each)
            print(f"{what}: {middle[0]:.0f} us a mail then, {middle[1]:.0f} us now; pairs {said}", flush=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
