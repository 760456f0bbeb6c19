"""How we stand with the providers: the shares that they judge by, with their lines, and who sends in our name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from digest.app import App
from digest.flows.sending import reputation as flow
from digest.flows.sending.reputation import Provider, Rates
from digest.web.accounts.guard import require
from digest.web.desk import charts, context
from digest.web.desk.cache import Remembered
from digest.web.desk.charts import Chart
from digest.web.desk.context import app_of, page

SHOWN = 12  # providers: the others are a mail or two each
COMPLAINTS = {"google": (0.001, 0.003), "yahoo": (0.003,), "microsoft": (0.003,)}
RATES = Remembered(most=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReputationView:
    """What the page prints: shares by provider with their charts, who sends in our name, and sessions over TLS."""

    providers: list[Provider]
    charts: list[Chart]
    dead_line: float  # the share of dead addresses at which our own breaker stops
    sources: Sequence[flow.Source]
    sessions: Sequence[flow.Sessions]
    failing: int
    complaints: Callable[[Rates], float] = flow.complaints
    bounces: Callable[[Rates], float] = flow.bounces


@require("viewer")
async def show(request: Request) -> Response:
    """Show the shares of complaints and bounces by provider, and what receivers report of mails in our name."""
    found = await context.loaded(request, partial(_view, app_of(request)))
    return found if isinstance(found, Response) else page(request, "desk/reputation.html", found)


def _view(app: App) -> ReputationView:
    providers = RATES.paced(app.db.url, partial(flow.by_provider, app))[:SHOWN]
    sources, sessions = flow.reported(app)
    dead = app.config.breaker.bounces  # providers name no line: that is ours
    charts_of = [
        _complaints(providers, "7 days"),
        _complaints(providers, "30 days"),
        _dead(providers, "7 days", dead),
        _dead(providers, "30 days", dead),
    ]
    return ReputationView(
        providers=providers,
        charts=charts_of if providers else [],
        dead_line=dead,
        sources=sources,
        sessions=sessions,
        failing=sum(1 for one in sources if one.failed),
    )


def _complaints(providers: list[Provider], span: str) -> Chart:
    rows = [
        (one.name, flow.complaints(_within(one, span)), COMPLAINTS.get(one.name, ())) for one in providers
    ]
    return charts.against(rows, 0.004, _finding(f"Complaints in {span}", rows), "of mails")


def _dead(providers: list[Provider], span: str, line: float) -> Chart:
    rows = [(one.name, flow.bounces(_within(one, span)), (line,)) for one in providers]
    return charts.against(rows, 2 * line or 1.0, _finding(f"Dead addresses in {span}", rows), "of mails")


def _within(one: Provider, span: str) -> Rates:
    return one.week if span == "7 days" else one.month


def _finding(what: str, rows: Sequence[tuple[str, float, Sequence[float]]]) -> str:
    over = [name for name, share, lines in rows if lines and share >= lines[0]]
    return f"{what}: {', '.join(over)} over the line" if over else f"{what}: nobody over the line"
