"""How the sources are doing, as `digest sources` and the desk show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.app import App
from digest.articles import health
from digest.articles.health import Health
from digest.config.schema import Source
from digest.store import source_health, sources
from digest.store.sources import SourceState

WEEK = timedelta(days=7)
NOTHING = Health()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """How a source is doing.

    *state* is "fine", "trouble", "failing", "gone" or "not read"; *a_day* how many articles it brought a day within a
    week; *items*, *undated* and *unpictured* are of its last document. *problems* are in words, the gravest first.
    """

    name: str
    kind: str
    outlet: str
    url: str
    used_by: tuple[str, ...] = ()
    state: str = "not read"
    last_ok: datetime | None = None
    next_poll: datetime | None = None
    a_day: float = 0.0
    items: int = 0
    undated_share: float = 0.0
    unpictured_share: float = 0.0
    failures: int = 0
    problems: tuple[str, ...] = ()
    said: str = ""


def of_all(app: App) -> list[SourceReport]:
    """Return how each configured source is doing, those in trouble first, then by name."""
    now = app.now()
    with app.db.read() as connection:
        states = {state.name: state for state in sources.states(connection)}
        kept = source_health.every(connection)
        week = source_health.new_since(connection, now - WEEK, now)
        silent = {
            state.id: source_health.troubles(connection, state.id, kept[state.id], now)
            for state in states.values()
            if state.id in kept
        }
    found = []
    for name, source in app.config.sources.items():
        state = states.get(name)
        if state is None:
            found.append(_report(app, name, source))
            continue
        problems = _problems(state, now) + [trouble.words for trouble in silent.get(state.id, ())]
        known = kept.get(state.id, NOTHING)
        found.append(_report(app, name, source, state, known, week, problems))
    order = {"gone": 0, "failing": 1, "trouble": 2}
    return sorted(found, key=lambda one: (order.get(one.state, 3), one.name))


def _problems(state: SourceState, now: datetime) -> list[str]:
    if state.retired_at:
        return [f"its publisher has taken it away for good, on {state.retired_at:%-d %B}"]
    if not state.failures:
        return []
    long = health.failing(state.failures, state.last_ok, state.last_error, now)
    times = "once" if state.failures == 1 else f"{state.failures} times in a row"
    return [long.words if long else f"failed {times}: {state.last_error}"]


def _report(
    app: App,
    name: str,
    source: Source,
    state: SourceState | None = None,
    known: Health = NOTHING,
    week: Mapping[int, int] | None = None,
    problems: list[str] | None = None,
) -> SourceReport:
    letters = app.config.newsletters.items()
    used = tuple(letter for letter, one in letters if name in (*one.sources, *one.witnesses))
    base = SourceReport(
        name=name, kind=source.kind, outlet=source.outlet or name, url=source.url, used_by=used
    )
    if state is None:
        return base
    failing = (
        "failing" if state.failures else "trouble" if problems else "fine" if state.last_ok else "not read"
    )
    return SourceReport(
        name=name,
        kind=source.kind,
        outlet=base.outlet,
        url=source.url,
        used_by=used,
        state="gone" if state.retired_at else failing,
        last_ok=state.last_ok,
        next_poll=state.next_poll if not state.retired_at else None,
        a_day=(week or {}).get(state.id, 0) / WEEK.days,
        items=known.seen,
        undated_share=known.undated / known.seen if known.seen else 0.0,
        unpictured_share=known.unpictured / known.seen if known.seen else 0.0,
        failures=state.failures,
        problems=tuple(problems or ()),
        said=state.said,
    )
