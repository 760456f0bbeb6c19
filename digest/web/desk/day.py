"""The day as its pages print it: the edition, its timing, its sections, who approved it, and how the sources are."""

from dataclasses import dataclass
from datetime import date, datetime

from digest.app import App
from digest.config.schema import Newsletter
from digest.editions import occurrences as calendar
from digest.editions.choices import active
from digest.editions.outlook import Outlook, outlook
from digest.editions.preflight import Finding
from digest.editions.revisions import Revisions
from digest.flows.edition import front
from digest.flows.edition.today import News, Source, Today
from digest.model import Choice, Edition, EditionState, StoredVariant
from digest.model.choice import Approve, Line
from digest.web.desk import labels, view_models

LEVELS = {"stop": "red", "red": "red", "warn": "amber", "amber": "amber"}


@dataclass(frozen=True, slots=True)
class Timing:
    """How near an edition is to its hour, as the head, the bar and the browser's *tab* say it."""

    outlook: Outlook
    wait: str
    tab: str


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What the sources did in the last hour, in a *sentence*, and those in *trouble*."""

    sentence: str
    trouble: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarView:
    """What the news bar prints: what came in *since* the draft was built, and what *others* changed meanwhile."""

    name: str
    day: date
    edition: Edition
    newsletter: Newsletter
    timing: Timing
    since: str
    fresh: News | None = None
    others: bool = False
    changed: bool = False  # the edition has another state than the page shows
    oob: bool = False  # the head's parts come with it, to be put into their places


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView(BarView):
    """What every page of a day may print."""

    today: Today
    kept: StoredVariant
    runs: tuple[view_models.Run, ...]
    names: dict[str, str]  # of the sections
    legend: tuple[tuple[int, str], ...]  # (colour, signal)
    draft: bool
    last: int  # the newest choice that the page has seen
    acts: int  # choices in force, approvals left out
    due: datetime  # in the newsletter's time zone, as *freeze* is
    freeze: datetime
    reach: Revisions
    unrun: tuple[Finding, ...]
    approvals: str
    missing: int  # people who must still approve
    approved: str
    collectors: SourceStatus
    red: tuple[Finding, ...]
    amber: tuple[Finding, ...]
    texts: dict[str, Choice]  # the newest choice for each line that an editor wrote


def day_view(app: App, found: Today) -> DayView:
    """Return what the pages of the day *found* print."""
    now, schedule = app.now(), found.newsletter.schedule
    zone, chosen = schedule.tz, active(found.choices)
    approvals = [one.by for one in found.approvals]
    colours = view_models.colours(found)
    return DayView(
        name=found.name,
        day=found.edition.date,
        edition=found.edition,
        newsletter=found.newsletter,
        timing=timing(found.outlook(now), found.newsletter, now),
        since=labels.clock(found.edition.now, zone, now),
        today=found,
        kept=found.kept,
        runs=view_models.runs(found, now),
        names=view_models.titles(found.newsletter),
        legend=tuple(sorted((number, labels.SIGNALS.get(one, one)) for one, number in colours.items())),
        draft=found.edition.state is EditionState.DRAFT,
        last=found.last,
        acts=len([one for one in chosen if not isinstance(one.act, Approve)]),
        due=found.due.astimezone(zone),
        freeze=(found.due - schedule.freeze).astimezone(zone),
        reach=found.reach,
        unrun=tuple(one for one in found.findings if one.unrun),
        approvals=labels.people(approvals),
        missing=max(0, found.needed - len(set(approvals))),
        approved=labels.clock(found.edition.approved_at, zone, now) if found.edition.approved_at else "",
        collectors=source_status(found.sources),
        red=_of_level(found, "red"),
        amber=_of_level(found, "amber"),
        texts={one.act.kind: one for one in chosen if isinstance(one.act, Line)},
    )


def timing(found: Outlook, newsletter: Newsletter, now: datetime) -> Timing:
    """Return the outlook of an edition in words."""
    zone = newsletter.schedule.tz
    deadline = labels.clock(found.deadline, zone, now)
    left = labels.until_words(now, found.deadline).removeprefix("in ")
    late = labels.until_words(now, found.due).removesuffix(" ago")
    words = {
        "late": f"late by {late}; {left} to the deadline, {deadline}",
        "missed": f"missed: its deadline was {deadline}",
        "by hand": "only by hand: no hour is set for it",
        "starting": "now",
    }.get(found.kind, labels.until_words(now, found.due))
    tab = {"late": f"LATE, {left} left · ", "missed": "MISSED · "}.get(found.kind, "")
    return Timing(found, words, tab)


def timing_of(app: App, newsletter: Newsletter, day: date, edition: Edition) -> Timing:
    """Return the same for an open page that asks for the time alone."""
    at = front.day_hours(app, newsletter, day)
    found = outlook(
        edition.state,
        at.occurrence.state if at.occurrence else None,
        begun=edition.started_at is not None,
        scheduled=calendar.is_day(newsletter.schedule, day),
        due=at.due,
        deadline=at.deadline,
        now=app.now(),
    )
    return timing(found, newsletter, app.now())


def source_status(sources: tuple[Source, ...]) -> SourceStatus:
    """Return what *sources* did in the last hour."""
    read = [one for one in sources if one.read]
    brought = sum(one.brought for one in sources)
    bringing = sorted((one for one in sources if one.brought), key=lambda one: -one.brought)
    if not sources:
        sentence = "Nothing was collected yet."
    elif not read:
        sentence = "No source was read in the last hour."
    else:
        sentence = f"In the last hour {len(read)} of {labels.plural(len(sources), 'source')} were read: "
        sentence += labels.plural(brought, "new article") if brought else "nothing new"
        sentence += f", most from {bringing[0].outlet}." if len(bringing) > 1 else "."
    return SourceStatus(sentence, tuple(one for one in sources if one.trouble))


def _of_level(found: Today, level: str) -> tuple[Finding, ...]:
    return tuple(one for one in found.findings if LEVELS.get(one.level) == level)
