"""The figures on front pages: A, B, C and the lead beside simple rankings; each signal off, and alone; deaf houses."""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from digest.stories.rank import weights_of
from tests.bench.anchors import ANCHORS
from tests.bench.front_pages import Day, Values, blocks, bootstrapped, days
from tests.bench.table import Table

HARDEST = "bags"


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


def measured(table: Table, data: Path, score: Path, *, every: int = 1) -> None:
    """Measure the blocks below *data* and print them; a quick look takes *every* n-th day alone."""
    sys.path.insert(0, str(score))
    import ranking as scorer  # type: ignore[import-not-found]

    found = [(name, folder) for name, folder in blocks(data)]
    cases = [_case(day) for name, folder in found for day in days(name, folder, scorer, every=every)]
    if not cases:
        return
    for house, of_house in _houses(cases).items():
        for block in dict.fromkeys(case.block for case in of_house):
            _of(table, f"{house}, {block}", [case for case in of_house if case.block == block], brief=True)
        _of(table, f"{house}, pooled", of_house)
        _without(table, house, of_house)
    _deaf(
        table, (day for name, folder in found for day in days(name, folder, scorer, every=every, deaf=True))
    )


def _case(day: Day) -> Case:
    ours = day.built()
    told = [each.story for each in ours]
    by = {
        "ours": Judged(
            day.worth(day.every_article()),
            day.worth([story.lead.id for story in told]),
            day.stories_worth(told, whole=False),
            day.stories_worth(told, whole=True),
            day.leads(told),
        )
    }
    for name, anchor in ANCHORS.items():
        by[name] = _anchored(day, anchor(day.there))
    return Case(day.block, day.house, day.week, by, _ablated(day))


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


def _of(table: Table, what: str, cases: Sequence[Case], *, brief: bool = False) -> None:
    table.note(f"{what}: days", len(cases))
    views: dict[str, Callable[[Judged], float]] = {
        "A": lambda each: each.article,
        "B": lambda each: each.built,
    }
    if not brief:
        views |= {"C, best": lambda each: each.best, "C, whole": lambda each: each.whole}
    for view, value in views.items():
        ours = [value(case.by["ours"]) for case in cases]
        table.note(f"  {view}: ours", fmean(ours))
        for anchor in ANCHORS:
            theirs = [value(case.by[anchor]) for case in cases]
            table.note(f"    {anchor}", fmean(theirs))
            if anchor == HARDEST:
                _difference(
                    table, [a - b for a, b in zip(ours, theirs, strict=True)], [case.week for case in cases]
                )
    if not brief:
        for name in ("ours", *ANCHORS):
            leads = [lead for case in cases for lead in case.by[name].leads]
            table.note(f"  lead: the best own article, {name}", fmean([best for best, _ in leads] or [0.0]))
            table.note(
                f"    share of the best one's gain, {name}", fmean([share for _, share in leads] or [0.0])
            )


def _difference(table: Table, differences: Sequence[float], weeks: Sequence[Any]) -> None:
    low, high = bootstrapped(differences, weeks)
    table.note("      ours less it", fmean(differences))
    table.note("        95 % by weeks, from", low)
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


def _deaf(table: Table, found: Iterable[Day]) -> None:
    """Print what a house gets that names no other outlet."""
    values: defaultdict[str, list[tuple[float, float, Any]]] = defaultdict(list)
    for day in found:
        newest = sorted(day.own, key=lambda one: (one.published, one.title), reverse=True)
        theirs = day.worth([one.id for one in newest])
        values[day.house].append((day.worth(day.every_article()), theirs, day.week))
    for house, rows in values.items():
        table.note(f"{house}, hearing nobody: A, ours", fmean([ours for ours, _, _ in rows]))
        table.note("  newest first", fmean([newest for _, newest, _ in rows]))
        _difference(table, [ours - newest for ours, newest, _ in rows], [week for *_, week in rows])
