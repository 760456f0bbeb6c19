"""Watch it go: live by state and provider; afterwards the report; and did one reader get it, and when?"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.delivery.late_reports import LABELS
from digest.editions.revisions import Revisions
from digest.errors import EditionError
from digest.flows.feedback import shown
from digest.flows.readers import lists
from digest.flows.sending import watch as flow
from digest.model import OPEN, DeliveryState, Edition, EditionState
from digest.web.accounts.guard import require
from digest.web.desk import charts, context, labels, returned
from digest.web.desk.cache import Remembered
from digest.web.desk.context import app_of, day_of, page

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


class Watched:
    """What earlier looks at editions saw, for the rate; the editions looked at last, and from any thread."""

    def __init__(self, most: int = 64) -> None:
        self.most = most
        self.paced = Remembered()
        self._seen: OrderedDict[tuple[str, int], deque[tuple[float, int]]] = OrderedDict()
        self._lock = threading.Lock()

    def rate(self, edition: tuple[str, int], settled: int) -> float:
        """Return how many rows a second were settled lately; 0 where there is nothing to compare with."""
        now = time.monotonic()
        with self._lock:
            looks = self._seen.setdefault(edition, deque(maxlen=60))
            self._seen.move_to_end(edition)
            while len(self._seen) > self.most:
                self._seen.popitem(last=False)
            looks.append((now, settled))
            while len(looks) > 2 and now - looks[0][0] > RECENT:
                looks.popleft()
            passed, before = now - looks[0][0], looks[0][1]
        return max(0.0, (settled - before) / passed) if passed > 0.5 else 0.0


WATCHED = Watched()


@require("viewer")
async def progress(request: Request) -> Response:
    """How the sending stands at this second."""
    name, day = day_of(request)
    found = await context.loaded(request, partial(standing, app_of(request), name, day))
    if isinstance(found, Response):
        return Response(status_code=204)
    shown = page(request, "desk/_progress.html", **found)
    if request.query_params.get("state", found["edition"].state) != found["edition"].state:
        shown.headers["HX-Refresh"] = "true"  # the head has other buttons now
    return shown


@require("viewer")
async def report(request: Request) -> Response:
    """What became of an edition."""
    name, day = day_of(request)
    found = await context.loaded(request, partial(_report, app_of(request), name, day))
    return found if isinstance(found, Response) else page(request, "desk/report.html", **found)


@require("editor")
async def reader(request: Request) -> Response:
    """Did she get it? A search, and the deliveries of the reader who is found."""
    query = request.query_params.get("q", "").strip()[:254]
    chosen = request.query_params.get("reader", "")
    number = int(chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 19 else 0
    found = await context.loaded(request, partial(_reader, app_of(request), query, number))
    return found if isinstance(found, Response) else page(request, "desk/reader.html", **found)


def standing(app: App, name: str, day: date) -> dict[str, Any]:
    """Return how the sending of the day's edition stands, for the page."""
    edition = app.edition(name, day)
    newsletter = app.newsletter(name)
    zone = newsletter.schedule.tz
    key = (app.db.url, edition.id)
    stands = flow.progress(app, edition, partial(WATCHED.paced.paced, ("providers", *key)))
    reach = stands.reach
    states = {str(state): count for state, count in reach.states.items()}
    total = sum(states.values())
    settled = sum(count for state, count in states.items() if state in SETTLED)
    rate = WATCHED.rate(key, settled) if edition.state is EditionState.SENDING else 0.0
    left = total - settled
    wave, now = stands.wave, app.now()
    return {
        "edition": edition,
        "newsletter": newsletter,
        "name": name,
        "day": day,
        "reach": reach,
        "told": [(labels.clock(one.at, zone, app.now()), one) for one in reach.told],
        "states": [(state, labels.STATES.get(state, state), states[state]) for state in _ordered(states)],
        "total": total,
        "settled": settled,
        "share": 100 * settled / total if total else 0.0,
        "bar": _bar(states, total),
        "rate": rate,
        "left": labels.lasting(left / rate) if rate > 0 and left else "",
        "providers": [(provider or "ours", found) for provider, found in list(stands.providers.items())[:12]],
        "troubles": [
            (
                labels.clock(one.at, zone, app.now()),
                labels.STATES.get(one.state, one.state),
                labels.answer(one.code, one.text),
                one.provider,
            )
            for one in stands.troubles
        ],
        "started": labels.clock(edition.started_at, zone, app.now()) if edition.started_at else "",
        "finished": labels.clock(edition.finished_at, zone, app.now()) if edition.finished_at else "",
        "going": edition.state is EditionState.SENDING,
        "wave": wave.words(labels.clock(wave.rest_at, zone, now), now) if wave else "",
        "warm_up": stands.warm_up.words if stands.warm_up and stands.warm_up.waiting else "",
        "rest_waits": wave is not None and now < wave.rest_at,
    }


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


def _report(app: App, name: str, day: date) -> dict[str, Any]:
    edition = app.edition(name, day)
    if edition.started_at is None:
        raise EditionError("has not been sent, so there is nothing to report yet", where=f"{name} {day}")
    found = standing(app, name, day)
    key = ("report", app.db.url, edition.id)
    made = WATCHED.paced.paced(key, partial(_reported, app, edition))
    late = shown.late(app, edition.id)
    return found | made | {"late": late, "late_labels": LABELS, "charts": _charts(app, edition, found, made)}


def _reported(app: App, edition: Edition) -> dict[str, Any]:
    """Return what costs a look at every row."""
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
    return {
        "classes": sorted(classes.items(), key=lambda pair: -pair[1]),
        "moments": found.moments,
        "unsubscribed": found.unsubscribed,
        "answers": [
            (labels.STATES.get(one[0], one[0]), labels.answer(one[1], one[2]), one[3])
            for one in found.answers[:20]
        ],
    }


def _charts(
    app: App, edition: Edition, found: Mapping[str, Any], made: Mapping[str, Any]
) -> list[charts.Chart]:
    states, total = {state: count for state, _, count in found["states"]}, found["total"] or 1
    sent = states.get("sent", 0)
    rows = [(label, count, KINDS.get(state, "bad")) for state, label, count in found["states"]]
    share = f"{100 * sent / total:.1f} %".replace(".0 %", " %")
    made_charts = [charts.shares(rows, _finding(share, found["reach"]), "readers")]
    moments: list[tuple[datetime, int]] = made["moments"]
    if moments:
        minutes = int((moments[-1][0] - moments[0][0]).total_seconds() // 60) + 1
        finding = f"It was out within {labels.plural(minutes, 'minute')}"
        made_charts.append(charts.pace(moments, "a minute", finding))
    providers = found["providers"][:8]
    if providers:
        worst = max(providers, key=lambda pair: _lost(pair[1]))
        bad = _lost(worst[1])
        finding = f"{worst[0]} took {100 * (1 - bad):.0f} % only" if bad > 0.02 else "No provider stands out"
        bars = [
            (name, sum(each.values()), "bad" if _lost(each) > 0.02 else "sent") for name, each in providers
        ]
        made_charts.append(charts.shares(bars, finding, "readers"))
    if made["classes"]:
        finding = f"Most that failed: {made['classes'][0][0]}"
        made_charts.append(
            charts.shares([(label, count, "bad") for label, count in made["classes"][:6]], finding, "readers")
        )
    return made_charts


def _finding(share: str, reach: Revisions) -> str:
    """Return what the chart of states shows: of an edition that was corrected, who has which revision."""
    return f"{share} were taken by the relay" + (f" ({reach.words})" if reach.words else "")


def _lost(states: Mapping[str, int]) -> float:
    return sum(states.get(state, 0) for state in BAD) / max(1, sum(states.values()))


def _reader(app: App, query: str, chosen: int) -> dict[str, Any]:
    now = app.now()
    found = flow.find_reader(app, query, chosen)
    newsletters = app.config.newsletters
    zones = {name: newsletter.schedule.tz for name, newsletter in newsletters.items()}
    rows = [
        {
            "row": row,
            "title": newsletters[row.newsletter].title if row.newsletter in newsletters else row.newsletter,
            "at": labels.clock(row.at, zones[row.newsletter], now)
            if row.newsletter in zones
            else f"{row.at:%H:%M} UTC",
            "state": labels.STATES.get(row.state, row.state),
            "reply": labels.answer(row.code, row.reply),
            "events": [
                (
                    f"{one.at:%H:%M:%S} UTC",
                    labels.STATES.get(one.state, one.state),
                    labels.answer(one.code, one.text),
                )
                for one in found.events.get(row.id, [])
            ],
        }
        for row in found.rows
    ]
    return {
        "q": query,
        "person": found.person,
        "matches": found.matches,
        "rows": rows,
        "returned": returned.lines(app, found.person.subscriber.id) if found.person else [],
        "cause": lists.cause(app, found.person.subscriber.id) if found.person else "",
        "names": {k: v.title for k, v in newsletters.items()},
    }
