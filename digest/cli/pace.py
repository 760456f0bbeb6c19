"""`digest pace`: how fast each relay is fed, and how fast it is to be from now on."""

import re
from typing import Annotated

import typer

from digest.cli.output import JSON_HELP, as_json, console, opened, table
from digest.cli.shell import shell_user
from digest.flows.newsroom import audit_log
from digest.flows.sending import pace as pacing

cli = typer.Typer()
UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


@cli.command()
def pace(
    context: typer.Context,
    relay: Annotated[str, typer.Argument(help="A relay's name, or `all` for all of them together.")] = "",
    rate: Annotated[
        str,
        typer.Argument(help="Such as 5/s or 300/m; `none` for no limit, `config` for what is configured."),
    ] = "",
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Show how fast mail is sent, or change it: a running send obeys within a second, in every process."""
    if relay and not rate:
        raise typer.BadParameter("say how fast, such as 5/s, none or config", param_hint="RATE")
    with opened(context) as app:
        if relay:
            pacing.set_pace(app, relay, _rate(rate))
            audit_log.noted(app, shell_user(), "pace", f"{relay} {rate}")
        found = pacing.current(app)
    if json:
        return as_json(found)
    rows = [(one.name, _words(one.rate), _words(one.configured)) for one in found]
    table("", ("relay", "now", "configured"), rows)
    if relay:
        console.print("Running sends obey within a second.")


def _rate(text: str) -> float | None:
    if text == "config":
        return None
    if text == "none":
        return 0.0
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(?:/(s|m|min|h))?", text)
    if not found or not float(found[1]):
        raise typer.BadParameter(f"{text!r} is no pace; write 5/s, 300/m, none or config", param_hint="RATE")
    return float(found[1]) / UNITS[found[2] or "s"]


def _words(rate: float) -> str:
    return f"{rate:g}/s" if rate else "no limit"
