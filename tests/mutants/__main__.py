"""`make mutants`: put small faults into the code, each on its own, and see whether its room's tests notice.

    python -m tests.mutants [--count 400] [--seed 1] [--room guards] [--jobs 2] [--only TEXT]

First each room's tests run once under coverage, so that a mutant is tried by the tests that execute its line, the quickest
first; and once in a trial without any fault, where all must pass. A mutant is killed when a test fails, or runs past its
time where the code as it is takes less than half of it. Survivors are listed; those that change nothing that anybody
could see stand with their reason in `equivalent.toml`. The last line is JSON. The exit status is 1 where a room, or all
together, is below the bar.
"""

import argparse
import json
import random
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol

from tests.mutants.coverage_map import Map, mapped
from tests.mutants.operators import UNCHANGED, Mutant, mutants
from tests.mutants.rooms import ROOMS, ROOT, Room, files
from tests.mutants.trial import KILLED, LATE, SURVIVED, Trials

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
LEAST = 0.9
FAR_BELOW = 0.5  # of the time in which a mutant is late, the code as it is has to pass
NO_TEST = "no test reaches it"

Found = list[tuple[Mutant, str]]


class Trier(Protocol):
    """Who tries a mutant: see `Trials`."""

    def of(self, one: Mutant, tests: dict[str, float], share: float = 1.0) -> tuple[str, str]: ...


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


def judged(trials: Trier, one: Mutant, batches: list[dict[str, float]]) -> str:
    """Return what becomes of *one* when it is tried by *batches* of tests: killed, or why not."""
    verdict, as_it_is = NO_TEST, Mutant(one.file, UNCHANGED, 0, "nothing", "", "")
    for batch in batches:
        said, _ = trials.of(one, batch)
        if said == LATE and trials.of(as_it_is, batch, FAR_BELOW)[0] not in (LATE, KILLED):
            said = KILLED
        if said == KILLED:
            return KILLED
        verdict = LATE if LATE in (said, verdict) else said
    return verdict


def tried(room: Room, seen: Map, chosen: list[Mutant], jobs: int) -> Found:
    """Return each mutant with what became of it: killed, or why not."""
    began = time.monotonic()
    print(f"{room.name}: {len(seen.seconds)} tests in {sum(seen.seconds.values()):.0f} s", flush=True)
    with Trials(jobs) as trials, ThreadPoolExecutor(jobs) as pool:

        def trial(one: Mutant) -> tuple[Mutant, str]:
            return one, judged(trials, one, seen.tests(one.file, one.line))

        nothing = Mutant(files(room)[0], UNCHANGED, 0, "nothing", "", "")
        for verdict, said in pool.map(partial(trials.of, nothing), seen.files()):
            if verdict != SURVIVED:
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
    began, found = time.monotonic(), dict[str, Found]()
    rooms = [room for room in ROOMS if not options.room or room.name in options.room]
    with ThreadPoolExecutor(options.jobs) as pool:
        maps = list(pool.map(mapped, rooms))
    for room, seen in zip(rooms, maps, strict=True):
        chosen = drawn(room, round(options.count * room.share), random.Random(f"{options.seed} {room.name}"))
        if options.only:
            chosen = [one for one in chosen if options.only in one.name]
        found[room.name] = tried(room, seen, chosen, options.jobs)
    sys.exit(reported(found, options.count, (time.monotonic() - began) / 60) < LEAST)


def reported(rooms: dict[str, Found], wanted: int, minutes: float) -> float:
    """Print who survives and the figures as JSON; return the least share that was killed, of all and in each room.

    A mutant that is known as equivalent counts neither as killed nor as one that should have been.
    """
    known = equivalents()
    found = [each for some in rooms.values() for each in some]
    same = [one for one, verdict in found if verdict != KILLED and key(one) in known]
    open_ = [one for one, verdict in found if verdict != KILLED and key(one) not in known]
    print(f"\n{len(found)} mutants, {len(same)} of them equivalent:")
    for one in same:
        print(f"  {one.name}\n    {known[key(one)]}")
    print(f"{len(open_)} survive:")
    for one in open_:
        print(f"  {one.name}")
    for file, count in Counter(one.file for one in open_).most_common():
        print(f"  {count:4} {file}")
    shares = {room: _share(some, known) for room, some in rooms.items()}
    share = _share(found, known)
    each = {room: round(value, 3) for room, value in shares.items()}
    print(json.dumps([
        {"what": "mutants killed", "value": round(share, 3), "unit": "share", "at_least": LEAST, "rooms": each},
        {"what": "mutants tried", "value": len(found), "unit": "mutants", "at_least": wanted},
        {"what": "mutation tests", "value": round(minutes, 1), "unit": "minutes", "at_most": 40},
    ]))  # fmt: skip
    return min(share, *shares.values())


def _share(found: Found, known: Collection[tuple[str, str, str]]) -> float:
    killed = sum(verdict == KILLED for _, verdict in found)
    real = killed + sum(verdict != KILLED and key(one) not in known for one, verdict in found)
    return killed / real if real else 1.0


if __name__ == "__main__":
    main()
