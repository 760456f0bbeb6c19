"""Charts as SVG, made here: small multiples whose title says the finding. Every name in them is escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup, escape

WIDTH, HEIGHT = 320, 96


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its *title* says what is to be seen, *svg* shows it, *rows* are the same numbers for a table."""

    title: str
    svg: Markup
    rows: tuple[tuple[str, int], ...]
    unit: str


def pace(moments: Sequence[tuple[datetime, int]], clock: str, finding: str) -> Chart:
    """Return how many went out in each minute, as columns."""
    filled = _filled(moments)
    most = max((count for _, count in filled), default=1)
    step = WIDTH / max(len(filled), 1)
    wide = min(max(1.0, step - 1.0), 24.0)
    bars = [
        f'<rect class="bar-{"sent"}" x="{at * step:.1f}" y="{HEIGHT - _tall(count, most):.1f}" width="{wide:.1f}" '
        f'height="{_tall(count, most):.1f}"><title>{escape(moment.strftime("%H:%M"))} UTC: {count:,}</title></rect>'
        for at, (moment, count) in enumerate(filled)
    ]
    axis = f'<line class="axis" x1="0" y1="{HEIGHT}" x2="{WIDTH}" y2="{HEIGHT}"/>'
    rows = tuple((moment.strftime("%H:%M"), count) for moment, count in filled)
    return Chart(finding, _svg(finding, "".join(bars) + axis, HEIGHT + 1), rows, clock)


def shares(rows: Sequence[tuple[str, int, str]], finding: str, unit: str) -> Chart:
    """Return one line a row: its name, a bar, its number. *rows* are (name, count, kind of colour)."""
    most = max((count for _, count, _ in rows), default=1) or 1
    high = 22
    lines = [
        f'<text class="name" x="0" y="{at * high + 15}">{escape(_short(name))}</text>'
        f'<rect class="bar-{kind}" x="130" y="{at * high + 5}" width="{max(1.0, 130 * count / most):.1f}" height="12"/>'
        f'<text class="count" x="{WIDTH}" y="{at * high + 15}">{count:,}</text>'
        for at, (name, count, kind) in enumerate(rows)
    ]
    table = tuple((name, count) for name, count, _ in rows)
    return Chart(finding, _svg(finding, "".join(lines), max(high * len(rows), high)), table, unit)


def against(
    rows: Sequence[tuple[str, float, Sequence[float]]], most: float, finding: str, unit: str
) -> Chart:
    """Return one line a row: its name, its share as a bar, and the lines that it should stay left of.

    *rows* are (name, share, lines from the first that matters to the worst); *most* is the share at the right end.
    """
    high, left, wide = 26, 110, 140
    parts = []
    for at, (name, share, lines) in enumerate(rows):
        over = sum(share >= line for line in lines)
        long = 0.0 if not share else max(1.0, wide * min(share, most) / most)
        kind = "bad" if lines and over == len(lines) else "wait" if over else "sent"
        y = at * high
        marks = "".join(
            f'<line class="limit" x1="{left + wide * line / most:.1f}" x2="{left + wide * line / most:.1f}" '
            f'y1="{y + 3}" y2="{y + 21}"><title>{100 * line:g} %</title></line>'
            for line in lines
        )
        parts.append(
            f'<text class="name" x="0" y="{y + 17}">{escape(_short(name))}</text>'
            f'<rect class="bar-{kind}" x="{left}" y="{y + 6}" width="{long:.1f}" height="12"/>{marks}'
            f'<text class="count" x="{WIDTH}" y="{y + 17}">{100 * share:.2f} %</text>'
        )
    table = tuple((name, round(share * 1_000_000)) for name, share, _ in rows)
    return Chart(finding, _svg(finding, "".join(parts), max(high * len(rows), high)), table, unit)


def _filled(moments: Sequence[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """Return *moments* with the empty minutes between them, at most 160 columns."""
    if not moments:
        return []
    counts = dict(moments)
    first, last = min(counts), max(counts)
    minutes = int((last - first).total_seconds() // 60) + 1
    wide = max(1, -(-minutes // 160))
    filled = [(first + timedelta(minutes=at), 0) for at in range(0, minutes, wide)]
    sums = [0] * len(filled)
    for moment, count in counts.items():
        sums[int((moment - first).total_seconds() // 60) // wide] += count
    return [(moment, sums[at]) for at, (moment, _) in enumerate(filled)]


def _tall(count: int, most: int) -> float:
    return 0.0 if not count else max(1.5, (HEIGHT - 4) * count / most)


def _short(name: str) -> str:
    return name if len(name) <= 20 else name[:19] + "…"


def _svg(title: str, inside: str, height: int) -> Markup:
    attributes = f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}"'
    return Markup(f'<svg class="chart" {attributes}>{inside}</svg>')  # noqa: S704
