"""The sending while it runs, by state and provider; afterwards the report; and did one reader get it, and when?"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.config.schema import Newsletter
from digest.delivery.late_reports import LABELS, Late
from digest.editions.revisions import Revisions, Told
from digest.errors import EditionError
from digest.flows.feedback import shown
from digest.flows.readers import lists
from digest.flows.sending import watch as flow
from digest.model import OPEN, DeliveryState, Edition, EditionState
from digest.web.accounts.guard import require
from digest.web.desk import charts, context, labels, returned
from digest.web.desk.cache import Remembered
from digest.web.desk.context import app_of, day_of, page
from subscribers.api import Person, Subscriber

SETTLED = {state for state in DeliveryState if state not in OPEN}
BAD = (
    DeliveryState.FAILED,
    DeliveryState.REFUSED,
    DeliveryState.EXPIRED,
    DeliveryState.UNDELIVERABLE,
    DeliveryState.BROKEN,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
)
KINDS = {
    "sent": "sent",
    "unknown": "wait",
    "queued": "wait",
    "sending": "wait",
    "handed": "wait",
    "suppressed": "rest",
    "cancelled": "rest",
}
RECENT = 15.0  # seconds over which the rate is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingView:
    """What a page prints of a sending: who has which revision, rows by state and by provider, the last troubles."""

    edition: Edition
    newsletter: Newsletter
    name: str
    day: date
    reach: Revisions
    corrections: Sequence[tuple[str, Told]]  # (when, correction mail)
    states: Sequence[tuple[str, str, int]]  # (state, its label, rows)
    total: int
    settled: int
    share: float  # settled, in percent
    bar: Sequence[tuple[float, float, str, str]]  # (x and width in percent, kind of colour, label)
    rate: float  # rows settled a second
    left: str  # how long it still takes
    providers: Sequence[tuple[str, Mapping[str, int]]]
    troubles: Sequence[tuple[str, str, str, str]]  # (when, state, answer, provider)
    started: str
    finished: str
    going: bool
    wave: str  # of an edition that goes out in two parts
    warm_up: str
    rest_waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersView:
    """Answers of mail servers, counted: why mails failed, how many went a minute, and the answers themselves."""

    classes: Sequence[tuple[str, int]]
    moments: Sequence[tuple[datetime, int]]
    unsubscribed: int
    answers: Sequence[tuple[str, str, int]]  # (state, answer, rows)


@dataclass(frozen=True, slots=True)
class ReportView:
    """What the report adds: reports that came *late*, by provider, and the charts."""

    late: Late
    late_labels: Mapping[str, str]
    charts: Sequence[charts.Chart]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One delivery to a reader: its newsletter's title, its state, the mail server's reply, and what happened to it."""

    row: flow.Row
    title: str
    at: str
    state: str
    reply: str
    events: Sequence[tuple[str, str, str]]  # (when, state, answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderView:
    """What a search for a reader found: one *person* with all deliveries, or several *matches*."""

    q: str
    person: Person | None
    matches: Sequence[Subscriber]
    rows: Sequence[DeliveryRow]
    returned: Sequence[returned.ReturnedMail]
    cause: str  # why the reader is not written to any more
    names: Mapping[str, str]  # of the newsletters


class Watched:
    """What earlier requests saw of editions, for the rate: of those asked for last, and safe from many threads."""

    def __init__(self, most: int = 64) -> None:
        self.most = most
        self.paced = Remembered()
        self._seen: OrderedDict[tuple[str, int], deque[tuple[float, int]]] = OrderedDict()
        self._lock = threading.Lock()

    def rate(self, edition: tuple[str, int], settled: int) -> float:
        """Return how many rows a second were settled lately; 0 where there is nothing to compare with."""
        now = time.monotonic()
        with self._lock:
            seen = self._seen.setdefault(edition, deque(maxlen=60))
            self._seen.move_to_end(edition)
            while len(self._seen) > self.most:
                self._seen.popitem(last=False)
            seen.append((now, settled))
            while len(seen) > 2 and now - seen[0][0] > RECENT:
                seen.popleft()
            passed, before = now - seen[0][0], seen[0][1]
        return max(0.0, (settled - before) / passed) if passed > 0.5 else 0.0


WATCHED = Watched()


@require("viewer")
async def progress(request: Request) -> Response:
    """How far the sending is at this second."""
    name, day = day_of(request)
    found = await context.loaded(request, partial(_sending, app_of(request), name, day))
    if isinstance(found, Response):
        return Response(status_code=204)
    answer = page(request, "desk/_progress.html", found)
    if request.query_params.get("state", found.edition.state) != found.edition.state:
        answer.headers["HX-Refresh"] = "true"  # the head has other buttons now
    return answer


@require("viewer")
async def report(request: Request) -> Response:
    """What became of an edition."""
    name, day = day_of(request)
    found = await context.loaded(request, partial(_report, app_of(request), name, day))
    return found if isinstance(found, Response) else page(request, "desk/report.html", *found)


@require("editor")
async def reader(request: Request) -> Response:
    """Did she get it? A search, and the deliveries of the reader who is found."""
    query = request.query_params.get("q", "").strip()[:254]
    chosen = request.query_params.get("reader", "")
    number = int(chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 19 else 0
    found = await context.loaded(request, partial(_reader, app_of(request), query, number))
    return found if isinstance(found, Response) else page(request, "desk/reader.html", found)


def _sending(app: App, name: str, day: date) -> SendingView:
    """Return how far the sending of the day's edition is."""
    edition = app.edition(name, day)
    newsletter = app.newsletter(name)
    zone, now = newsletter.schedule.tz, app.now()
    key = (app.db.url, edition.id)
    found = flow.progress(app, edition, partial(WATCHED.paced.paced, ("providers", *key)))
    states = {str(state): count for state, count in found.reach.states.items()}
    total = sum(states.values())
    settled = sum(count for state, count in states.items() if state in SETTLED)
    rate = WATCHED.rate(key, settled) if edition.state is EditionState.SENDING else 0.0
    left, wave = total - settled, found.wave
    return SendingView(
        edition=edition,
        newsletter=newsletter,
        name=name,
        day=day,
        reach=found.reach,
        corrections=[(labels.clock(one.at, zone, now), one) for one in found.reach.told],
        states=[(state, labels.STATES.get(state, state), states[state]) for state in _ordered(states)],
        total=total,
        settled=settled,
        share=100 * settled / total if total else 0.0,
        bar=_bar(states, total),
        rate=rate,
        left=labels.lasting(left / rate) if rate > 0 and left else "",
        providers=[(provider or "ours", counts) for provider, counts in list(found.providers.items())[:12]],
        troubles=[
            (
                labels.clock(one.at, zone, now),
                labels.STATES.get(one.state, one.state),
                labels.answer(one.code, one.text),
                one.provider,
            )
            for one in found.troubles
        ],
        started=labels.clock(edition.started_at, zone, now) if edition.started_at else "",
        finished=labels.clock(edition.finished_at, zone, now) if edition.finished_at else "",
        going=edition.state is EditionState.SENDING,
        wave=wave.words(labels.clock(wave.rest_at, zone, now), now) if wave else "",
        warm_up=found.warm_up.words if found.warm_up and found.warm_up.waiting else "",
        rest_waits=wave is not None and now < wave.rest_at,
    )


def _ordered(states: Mapping[str, int]) -> list[str]:
    return [state for state in DeliveryState if state in states]


def _bar(states: Mapping[str, int], total: int) -> list[tuple[float, float, str, str]]:
    parts, x = [], 0.0
    for state in ["sent", *(state for state in _ordered(states) if state not in ("sent", "queued"))]:
        if states.get(state):
            width = 100 * states[state] / total
            parts.append((x, width, KINDS.get(state, "bad"), labels.STATES.get(state, state)))
            x += width
    return parts


def _report(app: App, name: str, day: date) -> tuple[SendingView, AnswersView, ReportView]:
    edition = app.edition(name, day)
    if edition.started_at is None:
        raise EditionError("has not been sent, so there is nothing to report yet", where=f"{name} {day}")
    found = _sending(app, name, day)
    answers = WATCHED.paced.paced(("report", app.db.url, edition.id), partial(_answers, app, edition))
    return found, answers, ReportView(shown.late(app, edition.id), LABELS, _charts(found, answers))


def _answers(app: App, edition: Edition) -> AnswersView:
    """Return what is counted over every row of the edition."""
    found = flow.answers(app, edition, *BAD, DeliveryState.UNKNOWN)
    classes: dict[str, int] = {}
    for state, code, reply, count in found.answers:
        if state in BAD:
            label = (
                labels.bounce_class(code, reply)
                if state != DeliveryState.EXPIRED
                else "its hour passed first"
            )
            classes[label] = classes.get(label, 0) + count
    return AnswersView(
        classes=sorted(classes.items(), key=lambda pair: -pair[1]),
        moments=found.moments,
        unsubscribed=found.unsubscribed,
        answers=[
            (labels.STATES.get(one[0], one[0]), labels.answer(one[1], one[2]), one[3])
            for one in found.answers[:20]
        ],
    )


def _charts(found: SendingView, counted: AnswersView) -> list[charts.Chart]:
    states, total = {state: count for state, _, count in found.states}, found.total or 1
    sent = states.get("sent", 0)
    rows = [(label, count, KINDS.get(state, "bad")) for state, label, count in found.states]
    share = f"{100 * sent / total:.1f} %".replace(".0 %", " %")
    made = [charts.shares(rows, _finding(share, found.reach), "readers")]
    moments = counted.moments
    if moments:
        minutes = int((moments[-1][0] - moments[0][0]).total_seconds() // 60) + 1
        finding = f"It was out within {labels.plural(minutes, 'minute')}"
        made.append(charts.pace(moments, "a minute", finding))
    providers = found.providers[:8]
    if providers:
        worst = max(providers, key=lambda pair: _lost(pair[1]))
        bad = _lost(worst[1])
        finding = (
            f"{worst[0]} accepted {100 * (1 - bad):.0f} % only" if bad > 0.02 else "No provider stands out"
        )
        bars = [
            (name, sum(each.values()), "bad" if _lost(each) > 0.02 else "sent") for name, each in providers
        ]
        made.append(charts.shares(bars, finding, "readers"))
    if counted.classes:
        finding = f"Most that failed: {counted.classes[0][0]}"
        failed = [(label, count, "bad") for label, count in counted.classes[:6]]
        made.append(charts.shares(failed, finding, "readers"))
    return made


def _finding(share: str, reach: Revisions) -> str:
    """Return what the chart of states shows: of an edition that was corrected, who has which revision."""
    return f"{share} were accepted by the mail server" + (f" ({reach.words})" if reach.words else "")


def _lost(states: Mapping[str, int]) -> float:
    return sum(states.get(state, 0) for state in BAD) / max(1, sum(states.values()))


def _reader(app: App, query: str, chosen: int) -> ReaderView:
    found = flow.find_reader(app, query, chosen)
    number = found.person.subscriber.id if found.person else 0
    return ReaderView(
        q=query,
        person=found.person,
        matches=found.matches,
        rows=[_delivery(app, row, found.events.get(row.id, [])) for row in found.rows],
        returned=returned.lines(app, number) if number else [],
        cause=lists.cause(app, number) if number else "",
        names={name: newsletter.title for name, newsletter in app.config.newsletters.items()},
    )


def _delivery(app: App, row: flow.Row, events: Sequence[flow.Trouble]) -> DeliveryRow:
    newsletter = app.config.newsletters.get(row.newsletter)
    return DeliveryRow(
        row=row,
        title=newsletter.title if newsletter else row.newsletter,
        at=labels.clock(row.at, newsletter.schedule.tz, app.now()) if newsletter else f"{row.at:%H:%M} UTC",
        state=labels.STATES.get(row.state, row.state),
        reply=labels.answer(row.code, row.reply),
        events=[
            (
                f"{one.at:%H:%M:%S} UTC",
                labels.STATES.get(one.state, one.state),
                labels.answer(one.code, one.text),
            )
            for one in events
        ],
    )
