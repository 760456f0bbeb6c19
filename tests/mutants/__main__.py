"""`make mutants`: put small faults into the code, each on its own, and see whether its room's tests notice.

    python -m tests.mutants [--count 400] [--seed 1] [--room guards] [--jobs 2] [--only TEXT]

First each room's tests run once under coverage, so that a mutant is tried by the tests that execute its line, the quickest
first; and once in a trial without any fault, where all must pass. A mutant is killed when a test fails or runs past its time. Survivors are listed; those that change nothing that
anybody could see stand with their reason in `equivalent.toml`. The last line is JSON.
"""

import argparse
import json
import random
import sys
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.mutants.coverage_map import Map, mapped
from tests.mutants.operators import UNCHANGED, Mutant, mutants
from tests.mutants.rooms import ROOMS, ROOT, Room, files
from tests.mutants.trial import KILLED, Trials

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
LEAST = 0.9


def drawn(room: Room, count: int, chance: random.Random) -> list[Mutant]:
    """Return *count* mutants of the room's files, drawn evenly over all that there are."""
    every = [one for file in files(room) for one in mutants(file, (ROOT / file).read_text(encoding="utf-8"))]
    return sorted(chance.sample(every, min(count, len(every))), key=lambda one: (one.file, one.number))


def equivalents() -> dict[tuple[str, str, str], str]:
    """Return the reasons of the mutants that change nothing, by file, line of code and change (numbers of lines move)."""
    known = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    return {(one["file"], one["code"], one["change"]): one["why"] for one in known.get("mutant", [])}


def key(one: Mutant) -> tuple[str, str, str]:
    return one.file, one.code, f"{one.kind}: {one.before} -> {one.after}"


def tried(room: Room, seen: Map, chosen: list[Mutant], jobs: int) -> list[tuple[Mutant, str]]:
    """Return each mutant with what became of it: killed, or why not."""
    began = time.monotonic()
    print(f"{room.name}: {len(seen.seconds)} tests in {sum(seen.seconds.values()):.0f} s", flush=True)
    with Trials(jobs) as trials, ThreadPoolExecutor(jobs) as pool:

        def trial(one: Mutant) -> tuple[Mutant, str]:
            verdict = "no test reaches it"
            for batch in seen.tests(one.file, one.line):
                verdict, _ = trials.of(one, batch)
                if verdict == KILLED:
                    break
            return one, verdict

        nothing = Mutant(files(room)[0], UNCHANGED, 0, "nothing", "", "")
        for verdict, said in pool.map(partial(trials.of, nothing), seen.files()):
            if verdict == KILLED:
                raise RuntimeError(f"{room.name}: its tests fail in a trial without any fault\n{said}")
        found = []
        for one, verdict in pool.map(trial, chosen):
            found.append((one, verdict))
            if verdict != KILLED:
                print(f"  {verdict}: {one.name}", flush=True)
    killed, minutes = sum(verdict == KILLED for _, verdict in found), (time.monotonic() - began) / 60
    print(f"{room.name}: {killed} of {len(found)} killed in {minutes:.1f} minutes", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--room", action="append", choices=[room.name for room in ROOMS])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", help="a text that the mutant's name must hold: to try one again")
    options = parser.parse_args()
    began, found = time.monotonic(), list[tuple[Mutant, str]]()
    rooms = [room for room in ROOMS if not options.room or room.name in options.room]
    with ThreadPoolExecutor(options.jobs) as pool:
        maps = list(pool.map(mapped, rooms))
    for room, seen in zip(rooms, maps, strict=True):
        chosen = drawn(room, round(options.count * room.share), random.Random(f"{options.seed} {room.name}"))
        if options.only:
            chosen = [one for one in chosen if options.only in one.name]
        found += tried(room, seen, chosen, options.jobs)
    sys.exit(told(found, options.count, (time.monotonic() - began) / 60) < LEAST)


def told(found: list[tuple[Mutant, str]], wanted: int, minutes: float) -> float:
    """Print who survives and the figures as JSON; return the share of those not equivalent that were killed."""
    known = equivalents()
    survivors = [one for one, verdict in found if verdict != KILLED]
    open_ = [one for one in survivors if key(one) not in known]
    same = len(survivors) - len(open_)
    print(f"\n{len(found)} mutants, {same} of them equivalent, {len(open_)} survive:")
    for one in open_:
        print(f"  {one.name}")
    for file, count in Counter(one.file for one in open_).most_common():
        print(f"  {count:4} {file}")
    real = len(found) - same
    share = (real - len(open_)) / real if real else 1.0
    print(json.dumps([
        {"what": "mutants killed", "value": round(share, 3), "unit": "share", "at_least": LEAST},
        {"what": "mutants tried", "value": len(found), "unit": "mutants", "at_least": wanted},
        {"what": "mutation tests", "value": round(minutes, 1), "unit": "minutes", "at_most": 40},
    ]))  # fmt: skip
    return share


if __name__ == "__main__":
    main()
