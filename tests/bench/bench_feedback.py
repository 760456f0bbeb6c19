"""Mail that came back, read: how much of it is understood, and how fast (`make bench-feedback DATA=../shared/data`).

    python -m tests.bench.bench_feedback --data DATA [--score SCORE]

The folder `bounces` with its labels is judged by the scorer beside it (`../score/bounces.py`, or SCORE), ordinary mail
of `mime-messages` and `email-html` included, as the product reads it: the bytes of a mail and nothing else.
flufl.bounce, what Mailman 3 reads bounces with, is judged by the same scorer in the same run. The last line is JSON:
a list of what was measured, with its bar. Without the data it says so and ends with 2.
"""

import argparse
import email
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flufl.bounce import all_failures

from digest.delivery.feedback import report
from digest.delivery.replies import signs
from digest.model.feedback import FeedbackReport, Verdict

Row = dict[str, Any]
Read = Callable[[bytes], Row]


def ours(raw: bytes) -> Row:
    """Return what the product makes of *raw*, in the scorer's words."""
    return _row(report(raw))


def _row(told: FeedbackReport) -> Row:
    recipients = [{"address": one.address, "hard": one.verdict is Verdict.DEAD} for one in told.recipients]
    return {"kind": told.kind.value, "recipients": recipients}


def theirs(raw: bytes) -> Row:
    """Return what flufl.bounce makes of *raw*: a bounce where it finds an address, permanent is hard."""
    try:
        soft, hard = all_failures(email.message_from_bytes(raw))
    except Exception:
        soft, hard = frozenset(), frozenset()
    told = [
        {"address": bytes(address).decode("utf-8", "replace"), "hard": address in hard}
        for address in sorted({*soft, *hard})
    ]
    return {"kind": "bounce" if told else "other", "recipients": told}


def scored(scorer: Path, data: Path, rows: Mapping[str, Row]) -> Row:
    """Return the scorer's figures of *rows*, by file."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps({"file": name, **row}) + "\n" for name, row in rows.items())
        file.flush()
        command = [sys.executable, str(scorer), str(data), file.name]
        made = subprocess.run(command, capture_output=True, text=True, check=True)
    found: Row = json.loads(made.stdout)
    return found


def inputs(scorer: Path, data: Path) -> dict[str, bytes]:
    """Return the mails that a system under test may read."""
    command = [sys.executable, str(scorer), str(data), "--inputs"]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    names = [json.loads(line)["file"] for line in made.stdout.splitlines()]
    return {name: (data / name).read_bytes() for name in names}


def pace(mails: Mapping[str, bytes], read: Read) -> float:
    """Return how many of all *mails* are read in a second of CPU time: the best of three, nothing remembered."""
    best = 0.0
    for _ in range(3):
        signs.cache_clear()
        begun = time.process_time()
        for raw in mails.values():
            read(raw)
        best = max(best, len(mails) / (time.process_time() - begun))
    return best


class Bench:
    """What was measured, and its bars."""

    def __init__(self) -> None:
        self.found: list[Row] = []

    def note(self, what: str, value: float, unit: str, **bar: float) -> None:
        """Print and keep one figure; *bar* is `at_least` or `at_most`."""
        missed = value < bar.get("at_least", value) or value > bar.get("at_most", value)
        bars = ", ".join(f"{name.replace('_', ' ')} {limit:g}" for name, limit in bar.items())
        print(f"{what:<62} {value:>9.4g} {unit:<4} {bars}{'  MISSED' if missed else ''}", flush=True)
        self.found.append({"what": what, "value": round(value, 4), "unit": unit, **bar})


def judged(bench: Bench, product: Row, anchor: Row) -> None:
    """Note the product's shares with their bars, and the anchor's beside them."""
    complaints, wrong = product["kind_by_label"]["complaint"], product["ordinary"]
    bench.note("overall, by the scorer", product["overall"], "", at_least=0.96)
    bench.note("failed address found", product["found"]["share"], "", at_least=0.98)
    bench.note("soft called permanent", product["soft_called_hard"]["share"], "", at_most=0.05)
    bench.note("recipients all right", product["recipients"]["share"], "", at_least=0.97)
    bench.note("permanent called permanent", product["hard_caught"]["share"], "", at_least=0.75)
    bench.note("complaints missed", complaints["of"] - complaints["right"], "", at_most=0)
    bench.note("ordinary mail taken for a bounce", wrong["of"] - wrong["right"], "", at_most=0)
    bench.note("flufl.bounce: overall", anchor["overall"], "")
    bench.note("flufl.bounce: failed address found", anchor["found"]["share"], "")
    bench.note("flufl.bounce: soft called permanent", anchor["soft_called_hard"]["share"], "")
    bench.note("flufl.bounce: recipients all right", anchor["recipients"]["share"], "")
    bench.note(
        "flufl.bounce: ordinary mail taken for a bounce",
        anchor["ordinary"]["of"] - anchor["ordinary"]["right"],
        "",
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path())
    parser.add_argument("--score", type=Path, help="the folder of the scorers; beside the data without it")
    options = parser.parse_args()
    data = options.data / "bounces"
    scorer = (options.score or options.data.parent / "score") / "bounces.py"
    for needed in (
        data / "labels.jsonl",
        options.data / "mime-messages",
        options.data / "email-html",
        scorer,
    ):
        if not needed.exists():
            print(
                f"bench-feedback: {needed} is not there: make bench-feedback DATA=../shared/data",
                file=sys.stderr,
            )
            return 2
    mails, bench = inputs(scorer, data), Bench()
    print(f"-- {len(mails)} mails, {sum(map(len, mails.values())) / 1e6:.1f} MB", flush=True)
    rows = [{name: read(raw) for name, raw in mails.items()} for read in (ours, theirs)]
    judged(bench, scored(scorer, data, rows[0]), scored(scorer, data, rows[1]))
    bench.note("mails read, on one core", pace(mails, ours), "1/s", at_least=500)
    bench.note("flufl.bounce: mails read, on one core", pace(mails, theirs), "1/s")
    print(json.dumps(bench.found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
