"""A day as the page draws it: sections with rows, each with its bar, marks and buttons, ready to print."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from digest.config.schema import Newsletter
from digest.flows.edition.today import Row, Today
from digest.model import BENCH, Choice
from digest.model.choice import (
    Act,
    Add,
    Drop,
    Hold,
    Lead,
    Merge,
    Move,
    Pin,
    Placing,
    Redek,
    Retitle,
    ShowPicture,
    Split,
    Unknown,
)
from digest.points import Sum, summed
from digest.web.desk import labels

AnAct = TypeVar("AnAct", bound=Act)
COLOURS = 10  # that the stylesheet has
FIXED = {"top": "Top stories", "brief": "In brief", BENCH: "Bench"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bar: where it begins and ends in percent, its colour, its points as printed, what it says."""

    x: float
    width: float
    colour: int
    signal: str
    points: str
    text: str
    takes: bool = False  # it takes from the score


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A row. *at* counts from 1 in its run; *undo* is the choice that the quick button takes back, 0 for none."""

    id: int
    at: int
    section: str
    title: str
    dek: str
    url: str
    picture: str
    outlets: tuple[str, ...]
    articles: int
    age: str
    score: str
    bar: tuple[Part, ...]
    silent: tuple[str, ...]  # signals that add nothing
    notes: tuple[str, ...]  # why it is elsewhere than its score would put it
    marks: tuple[tuple[str, str], ...]  # (kind, words)
    by: str
    pinned: int
    dropped: int
    update: bool
    also: tuple[str, ...]  # headlines of what is linked below it
    direction: str


@dataclass(frozen=True, slots=True)
class Run:
    """A section of the draft."""

    name: str
    title: str
    stories: tuple[Story, ...]


def titles(newsletter: Newsletter) -> dict[str, str]:
    """Return the names of the sections as the desk says them, in the order of the page."""
    named = {rule.name: rule.title for rule in newsletter.sections}
    return {"top": FIXED["top"], **named, "brief": FIXED["brief"], BENCH: FIXED[BENCH]}


def runs(today: Today, now: datetime) -> tuple[Run, ...]:
    """Return the draft's sections in order, all of them, the bench last."""
    most = (
        max(
            (sum(abs(part.points) for part in row.line.reasons) for row in today.rows),
            default=1.0,
        )
        or 1.0
    )
    signals = colours(today)
    named = titles(today.newsletter)
    zone = today.newsletter.schedule.tz
    found: dict[str, list[Row]] = {name: [] for name in named}
    for row in today.rows:
        found.setdefault(row.line.section, []).append(row)
    return tuple(
        Run(
            name,
            named.get(name, name),
            tuple(
                _story(row, at, most, signals, lambda moment: labels.clock(moment, zone, now), now)
                for at, row in enumerate(rows, 1)
            ),
        )
        for name, rows in found.items()
    )


def colours(today: Today) -> dict[str, int]:
    """Return a colour's number for each signal there is."""
    named = {reason.signal for row in today.rows for reason in row.line.reasons if reason.points}
    return {signal: number % COLOURS for number, signal in enumerate(sorted(named))}


def _story(
    row: Row,
    at: int,
    most: float,
    signals: Mapping[str, int],
    clock: Callable[[datetime], str],
    now: datetime,
) -> Story:
    line, article = row.line, row.article
    latest = row.choices[-1] if row.choices else None
    found = summed(line.reasons)
    place = next((one for one in reversed(row.choices) if isinstance(one.act, Placing | Drop)), None)
    return Story(
        id=line.article,
        at=at,
        section=line.section,
        title=line.title,
        dek=line.dek,
        url=line.url,
        picture=row.picture.square if row.picture else "",
        outlets=row.outlets,
        articles=max(len(line.members), 1),
        age=labels.age(now, article.published),
        score=str(found),
        bar=_bar(found, most, signals),
        silent=tuple(labels.SIGNALS.get(one, one) for one in found.silent),
        notes=tuple(note.text for note in found.notes),
        marks=_marks(row, place, clock, now),
        by=f"by {latest.by}, {clock(latest.at)}" if latest else "",
        pinned=place.id if place and isinstance(place.act, Placing) and line.section != BENCH else 0,
        dropped=place.id if place and isinstance(place.act, Drop) else 0,
        update=line.update,
        also=tuple(one.title for one in row.others if one.id in (line.also or ())),
        direction=article.direction,
    )


def _bar(found: Sum, most: float, signals: Mapping[str, int]) -> tuple[Part, ...]:
    parts, x = [], 0.0
    for part in found.parts:
        reason = part.reason
        width = 100 * abs(reason.points) / most
        name = labels.SIGNALS.get(reason.signal, reason.signal)
        parts.append(
            Part(x, width, signals[reason.signal], name, str(part), reason.text, takes=reason.points < 0)
        )
        x += width
    return tuple(parts)


def _marks(
    row: Row, place: Choice | None, clock: Callable[[datetime], str], now: datetime
) -> tuple[tuple[str, str], ...]:
    found = _placing_marks(place)
    texts = (newest(row.choices, Retitle), newest(row.choices, Redek))
    if any(one.text for one in texts if one):
        found.append(("edited", "edited"))
    if newest(row.choices, Lead):
        found.append(("edited", "lead chosen"))
    chosen = newest(row.choices, ShowPicture)
    if chosen and chosen.source != 0:
        found.append(("edited", "no picture" if chosen.source is None else "picture chosen"))
    if newest(row.choices, Merge) or newest(row.choices, Split):
        found.append(("edited", "merged" if newest(row.choices, Merge) else "split"))
    hold = newest(row.choices, Hold)
    held = hold.until if hold else None
    if held is not None:
        late = f"held until {clock(held)}" if held > now else f"embargo was {clock(held)}"
        if held > now and row.line.section == BENCH:
            late += ", left out until then"
        found.append(("held", late))
    if row.line.update:
        found.append(("update", "update"))
    if newest(row.choices, Unknown):
        found.append(("held", "an act of a newer version has no effect here"))
    return tuple(found)


def newest(choices: Sequence[Choice], kind: type[AnAct]) -> AnAct | None:
    """Return the newest act of *kind* among *choices*, oldest first."""
    return next((one.act for one in reversed(choices) if isinstance(one.act, kind)), None)


def _placing_marks(place: Choice | None) -> list[tuple[str, str]]:
    match place.act if place else None:
        case Drop():
            return [("dropped", "dropped for today")]
        case Pin(place=at):
            return [("pinned", f"pinned {at}" if at else "pinned")]
        case Add(to=to):
            return [("pinned", "added"), ("pinned", f"pinned {to.place}" if to.place else "pinned")]
        case Move(to=to):
            return [("pinned", f"pinned {to.place}" if to.place else "pinned")]
        case _:
            return []
