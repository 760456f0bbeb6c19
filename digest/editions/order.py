"""Why stories do not simply stand by their scores: the reason is printed at the story that was moved, up or down.

A reader of the list may check it: wherever a story stands above one that scores more, one of the two says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from digest.config.schema import Newsletter
from digest.model import Placed, Reason

TOP, BRIEF, BENCH = "top", "brief", "bench"
EDITOR, LEAD, VARIETY, SECTION, ROOM, MEMORY, SIZE = (
    "editor",
    "lead",
    "variety",
    "section",
    "room",
    "memory",
    "size",
)
UP = frozenset({EDITOR, LEAD})  # these may stand above stories that score more
DOWN = frozenset(
    {EDITOR, VARIETY, SECTION, ROOM, MEMORY, SIZE}
)  # these may stand below stories that score less
SAME = 1e-6  # scores that differ by less are one score
LONGEST = 60  # characters of a headline that is named


def noted(placed: Placed, signal: str, text: str) -> Placed:
    """Return *placed* with one more reason for its place, which adds nothing to its score."""
    return replace(placed, reasons=(Reason(signal, 0.0, 0.0, text), *placed.reasons))


def named(placed: Placed) -> str:
    """Return the headline of *placed* in quotes, cut where it is long."""
    title = placed.title if len(placed.title) <= LONGEST else placed.title[: LONGEST - 1].rstrip() + "…"
    return f"“{title}”"


def leads(placed: Placed, over: Placed) -> Placed:
    """Return *placed*, which leads for its picture *over* a story that scores a little more and has none to show."""
    text = f"leads for its picture: {named(over)} scores {over.score:.2f} and has none to show"
    return noted(placed, LEAD, text)


def explained(
    runs: Mapping[str, Sequence[Placed]], bench: Sequence[Placed], newsletter: Newsletter
) -> tuple[dict[str, list[Placed]], list[Placed]]:
    """Return *runs*, in the order of the page, and *bench*; a story that stands below one that scores less says why."""
    titles = {rule.name: rule.title for rule in newsletter.sections}
    quotas = {rule.name: rule.stories for rule in newsletter.sections}
    lowest: tuple[float, str] | None = (
        None  # of the stories above that stand there by their score, and its run
    )
    told: dict[str, list[Placed]] = {}
    for name, run in [*runs.items(), (BENCH, bench)]:
        told[name] = []
        for story in run:
            placed = story
            if lowest and placed.score > lowest[0] + SAME and not _says(placed, DOWN):
                placed = noted(placed, *_why(name, placed, lowest[1], titles, quotas, newsletter.brief))
            told[name].append(placed)
            if not _says(placed, UP) and (lowest is None or placed.score < lowest[0]):
                lowest = (placed.score, name)
    last = told.pop(BENCH)
    return told, last


def _says(placed: Placed, signals: frozenset[str]) -> bool:
    return any(not reason.weight and reason.signal in signals for reason in placed.reasons)


def _why(
    run: str, placed: Placed, above: str, titles: Mapping[str, str], quotas: Mapping[str, int], brief: int
) -> tuple[str, str]:
    own = titles.get(placed.section, "")
    full = f"{own} has its {quotas.get(placed.section, 0)} stories" if own else "in none of the sections"
    if run == BENCH:
        return ROOM, f"{full}, and In brief is full" if brief else full
    if run == BRIEF:
        return SECTION, full
    return SECTION, f"in {titles.get(run, run)}, which comes after {titles.get(above, 'the top stories')}"
