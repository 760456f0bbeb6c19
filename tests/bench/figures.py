"""The figures on front pages: A, B, C and the lead beside simple rankings; each signal off, and alone; deaf houses."""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

from digest.stories.lead import loudness
from digest.stories.memory import LONGEST, NEEDED, SETTLED, Kept, Memory, learn
from digest.stories.rank import weights_of
from tests.bench.anchors import ANCHORS
from tests.bench.front_pages import Day, Values, blocks, bootstrapped, days
from tests.bench.table import Table

HARDEST = "bags"
AGAIN = timedelta(days=7)

NO_BAR: Mapping[str, float] = {}
BLOCK_BARS = {"B less it": -0.01}
POOLED_BARS = {"A": 0.60, "B less it": 0.02, "B from": 0.0, "lead": 0.49}
MEMORY, OTHERS_MEMORY = 0.06, 0.02  # B with the longest memory less the hardest without any, at least
HEARING_NOBODY = 0.26


@dataclass(frozen=True, slots=True)
class Judged:
    """A ranking of a day by its name: *article* is view A, *built* B, *best* and *whole* C; *leads* as Day has them."""

    article: float
    built: float
    best: float
    whole: float
    leads: Sequence[tuple[bool, float]]


@dataclass(frozen=True, slots=True)
class Case:
    """What is kept of a judged day: the rest of it is large."""

    block: str
    house: str
    week: tuple[str, int, int]
    by: dict[str, Judged]
    without: dict[str, float]  # view B with a signal off, and with it alone
    memory: int  # days that the house's memory was learnt from, 0 before it counts
    remembered: dict[str, Judged]  # the same with that memory


def measured(table: Table, data: Path, score: Path, *, every: int = 1) -> None:
    """Measure the blocks below *data* and print them; a quick look takes *every* n-th day alone."""
    sys.path.insert(0, str(score))
    import ranking as scorer  # type: ignore[import-not-found]

    found = [(name, folder) for name, folder in blocks(data)]
    cases = [case for name, folder in found for case in _cases(days(name, folder, scorer), every)]
    if not cases:
        return
    for place, (house, of_house) in enumerate(_houses(cases).items()):
        main = place == 0  # the bars are those of the house with the most days
        for block in dict.fromkeys(case.block for case in of_house):
            of_block = [case for case in of_house if case.block == block]
            _of(table, f"{house}, {block}", of_block, BLOCK_BARS if main else {}, brief=True)
        _of(table, f"{house}, pooled", of_house, POOLED_BARS if main else {})
        _without(table, house, of_house)
        _remembered(table, house, of_house, MEMORY if main else OTHERS_MEMORY)
    _deaf(
        table, (day for name, folder in found for day in days(name, folder, scorer, every=every, deaf=True))
    )


def _cases(found: Iterable[Day], every: int) -> Iterator[Case]:
    """Yield each *every*-th day as a case; what a day kept is learnt from once it is settled, anew each week."""
    record: dict[date, list[Kept]] = {}
    memory, learnt = None, date.min
    for at, day in enumerate(found):
        if day.date - learnt >= AGAIN or memory is None or memory.days < NEEDED:
            memory, learnt = learn(record, day.date - SETTLED), day.date
        if at % every == 0:
            yield _case(day, memory if memory and memory.days >= NEEDED else None)
        record[day.date] = day.record


def _case(day: Day, memory: Memory | None) -> Case:
    values = {name: anchor(day.there) for name, anchor in ANCHORS.items()}
    by = {"ours": _ours(day)} | {name: _anchored(day, each) for name, each in values.items()}
    remembered = {}
    if memory is not None:
        house = {one.id: loudness(values[HARDEST][one.id]) + memory.worth(one) for one in day.own}
        remembered = {"ours": _ours(day, memory), HARDEST: _anchored(day, house)}
    return Case(day.block, day.house, day.week, by, _ablated(day), memory.days if memory else 0, remembered)


def _ours(day: Day, memory: Memory | None = None) -> Judged:
    told = [each.story for each in day.built(memory=memory)]
    return Judged(
        day.worth(day.every_article(memory)),
        day.worth([story.lead.id for story in told]),
        day.stories_worth(told, whole=False),
        day.stories_worth(told, whole=True),
        day.leads(told),
    )


def _anchored(day: Day, values: Values) -> Judged:
    told = day.by_value(values)
    return Judged(
        day.worth([one.id for one in sorted(day.own, key=lambda one: (-values[one.id], one.title))]),
        day.worth([story.lead.id for story in told]),
        day.stories_worth(told, whole=False),
        day.stories_worth(told, whole=True),
        day.leads(told),
    )


def _ablated(day: Day) -> dict[str, float]:
    shipped = weights_of({})
    found = {}
    for name, weight in shipped.items():
        for label, weights in (
            (f"without {name}", {name: 0.0}),
            (f"{name} alone", dict.fromkeys(shipped, 0.0) | {name: weight}),
        ):
            found[label] = day.worth([each.story.lead.id for each in day.built(weights)])
    return found


def _houses(cases: Sequence[Case]) -> dict[str, list[Case]]:
    return {house: [case for case in cases if case.house == house] for house in pooled_names(cases)}


def pooled_names(cases: Sequence[Case]) -> list[str]:
    """Return the houses, the one with most days first."""
    names = [case.house for case in cases]
    return sorted(set(names), key=lambda name: (-names.count(name), name))


def _of(
    table: Table, what: str, cases: Sequence[Case], bars: Mapping[str, float], *, brief: bool = False
) -> None:
    table.note(f"{what}: days", len(cases))
    views: dict[str, Callable[[Judged], float]] = {
        "A": lambda each: each.article,
        "B": lambda each: each.built,
    }
    if not brief:
        views |= {"C, best": lambda each: each.best, "C, whole": lambda each: each.whole}
    for view, value in views.items():
        ours = [value(case.by["ours"]) for case in cases]
        table.note(f"  {view}: ours", fmean(ours), **_bar(bars, view))
        for anchor in ANCHORS:
            theirs = [value(case.by[anchor]) for case in cases]
            table.note(f"    {anchor}", fmean(theirs))
            if anchor == HARDEST:
                apart = [a - b for a, b in zip(ours, theirs, strict=True)]
                _difference(
                    table,
                    apart,
                    [case.week for case in cases],
                    _bar(bars, f"{view} less it"),
                    _bar(bars, f"{view} from"),
                )
    if not brief:
        for name in ("ours", *ANCHORS):
            leads = [lead for case in cases for lead in case.by[name].leads]
            table.note(
                f"  lead: the best own article, {name}",
                fmean([best for best, _ in leads] or [0.0]),
                **(_bar(bars, "lead") if name == "ours" else {}),
            )
            table.note(
                f"    share of the best one's gain, {name}", fmean([share for _, share in leads] or [0.0])
            )


def _bar(bars: Mapping[str, float], what: str) -> dict[str, float]:
    return {"at_least": bars[what]} if what in bars else {}


def _difference(
    table: Table,
    differences: Sequence[float],
    weeks: Sequence[Any],
    bar: Mapping[str, float] = NO_BAR,
    from_bar: Mapping[str, float] = NO_BAR,
) -> None:
    low, high = bootstrapped(differences, weeks)
    table.note("      ours less it", fmean(differences), **bar)
    table.note("        95 % by weeks, from", low, **from_bar)
    table.note("        to", high)


def _without(table: Table, house: str, cases: Sequence[Case]) -> None:
    shipped = fmean([case.by["ours"].built for case in cases])
    table.note(f"{house}: B with the shipped weights", shipped)
    weeks = [case.week for case in cases]
    for label in cases[0].without:
        apart = [case.without[label] - case.by["ours"].built for case in cases]
        low, high = bootstrapped(apart, weeks)
        table.note(f"  {label}: B", shipped + fmean(apart))
        table.note("    against the shipped, 95 % from", low)
        table.note("    to", high)


def _remembered(table: Table, house: str, cases: Sequence[Case], bar: float) -> None:
    """Print what the house's own memory adds: apart, for it is no figure of a newsroom's first day."""
    for least in (NEEDED, 30, LONGEST):
        there = [case for case in cases if case.memory >= least]
        if there:
            weeks = [case.week for case in there]
            ours = [case.remembered["ours"] for case in there]
            table.note(f"{house}, after {least} days of memory: days", len(there))
            table.note("  A: ours", fmean([each.article for each in ours]))
            table.note("  B: ours", fmean([each.built for each in ours]))
            for name, theirs in (
                (f"{HARDEST}, without memory", [case.by[HARDEST] for case in there]),
                (f"{HARDEST}, with the same memory", [case.remembered[HARDEST] for case in there]),
            ):
                table.note(f"    {name}: B", fmean([each.built for each in theirs]))
                barred = least == LONGEST and name.endswith("without memory")
                _difference(
                    table,
                    [a.built - b.built for a, b in zip(ours, theirs, strict=True)],
                    weeks,
                    {"at_least": bar} if barred else NO_BAR,
                    {"at_least": 0.0} if barred else NO_BAR,
                )


def _deaf(table: Table, found: Iterable[Day]) -> None:
    """Print what a house gets that names no other outlet."""
    values: defaultdict[str, list[tuple[float, float, Any]]] = defaultdict(list)
    for day in found:
        newest = sorted(day.own, key=lambda one: (one.published, one.title), reverse=True)
        theirs = day.worth([one.id for one in newest])
        values[day.house].append((day.worth(day.every_article()), theirs, day.week))
    main = max(values, key=lambda house: len(values[house]), default="")
    for house, rows in values.items():
        bar = {"at_least": HEARING_NOBODY} if house == main else NO_BAR
        table.note(f"{house}, hearing nobody: A, ours", fmean([ours for ours, _, _ in rows]), **bar)
        table.note("  newest first", fmean([newest for _, newest, _ in rows]))
        _difference(table, [ours - newest for ours, newest, _ in rows], [week for *_, week in rows])
