"""Figures for a monitor, in the text format of Prometheus: how each provider took the mails of the last 7 days."""

import hmac
from functools import partial

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest.app import App
from digest.flows.sending import reputation
from digest.web.desk.cache import Remembered

RATES = Remembered(most=8)
HELP = {
    "digest_provider_mails": "Mails that have an answer, of the editions of the last 7 days.",
    "digest_provider_complaints": "Of these, mails that a reader called spam.",
    "digest_provider_dead": "Of these, mails to addresses that do not exist.",
    "digest_provider_soft": "Of these, mails that failed for a reason that may pass.",
    "digest_provider_refused": "Of these, mails that were refused because of us.",
}


def routes(app: App) -> list[Route]:
    """Return the route that a monitor asks; it is there for whoever has the token of [web], and 404 for others."""
    threads = CapacityLimiter(1)

    async def metrics(request: Request) -> Response:
        wanted = app.config.web.metrics_token.get_secret_value()
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not wanted or not hmac.compare_digest(given.encode(), wanted.encode()):
            return PlainTextResponse("There is no such page.\n", status_code=404)
        text = await to_thread.run_sync(RATES.paced, app.db.url, partial(_text, app), limiter=threads)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")

    return [Route("/metrics", metrics)]


def _text(app: App) -> str:
    found = reputation.by_provider(app)
    lines: list[str] = []
    for name, words in HELP.items():
        lines += [f"# HELP {name} {words}", f"# TYPE {name} gauge"]
        for one in found:
            week = one.week
            value = {
                "digest_provider_mails": week.tried,
                "digest_provider_complaints": week.complaints,
                "digest_provider_dead": week.hard,
                "digest_provider_soft": week.soft,
                "digest_provider_refused": week.refused,
            }[name]
            lines.append(f'{name}{{provider="{_label(one.name)}",window="7d"}} {value}')
    return "\n".join(lines) + "\n"


def _label(name: str) -> str:
    """Return *name* as the value of a label: a provider may be a domain that a stranger chose."""
    return name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
