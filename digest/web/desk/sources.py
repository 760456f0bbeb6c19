"""How the sources are doing: one page for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from digest.flows.collect import health
from digest.flows.collect.health import SourceReport
from digest.web.accounts.guard import require
from digest.web.desk.context import app_of, page

STATES = {"fine": "sent", "trouble": "held", "failing": "held", "gone": "missed", "not read": "waiting"}


@dataclass(frozen=True, slots=True)
class SourcesView:
    """What the page prints: the sources, those in trouble first; how many are *fine*; the look of each state."""

    sources: list[SourceReport]
    fine: int
    states: Mapping[str, str] = field(default_factory=lambda: STATES)


@require("viewer")
async def show(request: Request) -> Response:
    """Show each source: last success, next reading, what it brings, what is missing, what is wrong."""
    found = await to_thread.run_sync(partial(health.of_all, app_of(request)))
    fine = sum(one.state == "fine" for one in found)
    return page(request, "desk/sources.html", SourcesView(found, fine))
