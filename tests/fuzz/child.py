"""The process that tries inputs: coverage-guided by atheris where that is installed, else by Hypothesis.

python -m tests.fuzz.child TARGET SECONDS SEED WATCH FOLDER
"""

import contextlib
import importlib.util
import io
import random
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.mutation import mutated
from tests.fuzz.targets import Target, load
from tests.fuzz.trial import Findings
from tests.fuzz.watch import Watch

MEMORY = 1536 * 1024 * 1024  # bytes of address space beyond what the imports take
BATCH = 2_000
GUIDED = (
    "digest.articles",
    "digest.delivery",
    "digest.config",
    "subscribers",
    "feedparser",
    "email_validator",
)


def inputs(target: Target, seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Return the inputs for *target*: mostly its seeds, changed, and some bytes of no sense."""
    changed = st.builds(
        lambda rng: mutated(rng, seeds, target.tokens, target.most), st.randoms(use_true_random=False)
    )
    return st.one_of(changed, changed, changed, st.binary(max_size=2_000))


def plain(findings: Findings, seeds: Sequence[bytes], watch: Watch, until: float, number: int) -> None:
    """Try Hypothesis's inputs, batch after batch, until the time is over."""
    while time.monotonic() < until:
        number += 1

        @seed(number)
        @settings(
            max_examples=BATCH, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(inputs(findings.target, seeds))
        def batch(data: bytes) -> None:
            if time.monotonic() < until:
                watch.begin(data)
                findings.tried(data)

        batch()


def guided(findings: Findings, seeds: Sequence[bytes], watch: Watch, seconds: float, number: int) -> None:
    """Try what libFuzzer makes of the seeds in view of the lines it reaches; does not return."""
    import atheris

    target = findings.target

    def one(data: bytes) -> None:
        watch.begin(data)
        findings.tried(data)

    def custom(data: bytes, most: int, chance: int) -> bytes:
        rng = random.Random(chance)
        if rng.randrange(2):
            return bytes(atheris.Mutate(data, most))
        return mutated(rng, (data, data, *seeds[:20]), target.tokens, min(most, target.most))

    corpus = Path(tempfile.mkdtemp(prefix="corpus-"))
    for place, data in enumerate(seeds):
        (corpus / f"{place:05}").write_bytes(data)
    options = [
        f"-max_total_time={max(1, round(seconds))}", f"-max_len={target.most}", f"-seed={number}", "-rss_limit_mb=0",
        "-timeout=3600", "-report_slow_units=3600", f"-artifact_prefix={corpus}/", "-verbosity=0", "-print_final_stats=0", "-reload=0",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], one, custom_mutator=custom)
    atheris.Fuzz()


def bounded() -> None:
    """Let this process take so much memory and no more: a MemoryError is a finding."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    wanted = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (wanted, resource.RLIM_INFINITY))


def main() -> None:
    name, seconds, number, page, folder = sys.argv[1:]
    warnings.simplefilter("ignore")
    has_atheris = importlib.util.find_spec("atheris") is not None
    if has_atheris:
        import atheris

        with atheris.instrument_imports(include=list(GUIDED)), contextlib.redirect_stderr(io.StringIO()):
            target = load(name)
    else:
        target = load(name)
    seeds = (*target.seeds, *target.real())
    watch, findings = Watch(Path(page)), Findings(Path(folder), target)
    bounded()
    until = time.monotonic() + float(seconds)
    for data in seeds:
        if time.monotonic() < until:
            watch.begin(data)
            findings.tried(data)
    if has_atheris:
        guided(findings, seeds, watch, until - time.monotonic(), int(number))
    else:
        plain(findings, seeds, watch, until, int(number))


if __name__ == "__main__":
    main()
