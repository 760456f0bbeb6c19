"""Send, pause, resume, cancel: an edition, from its start to its end."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Annotated

import typer
import uvloop

from digest.app import App
from digest.cli.output import DATE_HELP, JSON_HELP, as_json, console, day_of, opened, progress
from digest.cli.shell import shell_user
from digest.flows.newsroom import audit_log
from digest.flows.sending import outbox
from digest.flows.sending import send as sending
from digest.model import OPEN, DeliveryState, EditionState
from digest.ops.names import Live
from digest.store import counts
from digest.store.reports import Sent

cli = typer.Typer()

Name = Annotated[str, typer.Argument(help="The newsletter's name in the configuration.")]
Day = Annotated[str | None, typer.Option("--date", help=DATE_HELP)]


@cli.command()
def send(
    context: typer.Context,
    newsletter: Name,
    date: Day = None,
    test: Annotated[
        list[str] | None, typer.Option("--test", help="Only to this address, as a test; repeat for more.")
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Again to those who miss it by no fault of their address.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Send the approved edition to its readers. Twice sends nothing twice; a killed run goes on where it was."""
    with opened(context) as app, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        edition = app.edition(newsletter, day_of(date))
        if test:
            return _test(runner.run(outbox.test(app, edition.id, test, by=shell_user())), json)
        if missing:
            again = sending.missing(app, edition.id)
            audit_log.noted(
                app, shell_user(), "send to the missing", f"{again:,} readers", edition=edition.id
            )
            console.print(f"{again:,} rows are queued again.")
        elif edition.state is EditionState.APPROVED:
            audit_log.noted(app, shell_user(), "send now", edition=edition.id)
        with progress("Sending") as bar:
            total = _readers(app, newsletter)
            drawn = partial(_drawn, bar, total)
            work = partial(sending.send, app, edition.id, progress=drawn, names=Live())
            made = runner.run(until_signalled(lambda stop: work(stop=stop)))
    if json:
        as_json({"edition": made.edition, "state": made.state, "deliveries": made.counts, "why": made.why})
    else:
        outcome = (
            ", ".join(f"{count:,} {state}" for state, count in sorted(made.counts.items())) or "no readers"
        )
        console.print(f"{newsletter} {made.date}: {made.state}; {outcome}")
        if made.why:
            console.print(f"{made.why}. When that is mended: digest resume {newsletter}", markup=False)
    if made.state is not EditionState.SENT:
        raise typer.Exit(1)


@cli.command()
def pause(context: typer.Context, newsletter: Name, date: Day = None) -> None:
    """Stop the sending within a second; resume goes on where it was."""
    _move(context, newsletter, date, sending.pause, "is paused", "was not being sent")


@cli.command()
def resume(context: typer.Context, newsletter: Name, date: Day = None) -> None:
    """Let a paused or halted edition go on; `digest serve` or `digest send` does the sending."""
    _move(context, newsletter, date, sending.resume, "goes on", "was neither paused nor halted")


@cli.command()
def cancel(context: typer.Context, newsletter: Name, date: Day = None) -> None:
    """End an edition for good: who has no mail yet gets none."""
    _move(context, newsletter, date, sending.cancel, "is cancelled", "had ended already")


async def until_signalled(send: Callable[[asyncio.Event], Awaitable[Sent]]) -> Sent:
    """Return what *send* returns; the first SIGTERM or SIGINT sets its event.

    A sender that is stopped so takes the answers that are due and gives the rest back.
    """
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def signalled() -> None:
        stop.set()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)  # a second one means it

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, signalled)
    return await send(stop)


def _move(
    context: typer.Context,
    newsletter: str,
    date: str | None,
    act: Callable[..., bool],
    done: str,
    not_done: str,
) -> None:
    with opened(context) as app:
        edition = app.edition(newsletter, day_of(date))
        moved = act(app, edition.id, by=shell_user())
    console.print(f"{newsletter} {edition.date} {done if moved else not_done}.")
    if not moved:
        raise typer.Exit(1)


def _test(outcomes: Mapping[str, tuple[DeliveryState, str]], json: bool) -> None:
    if json:
        as_json({address: {"state": state, "reply": reply} for address, (state, reply) in outcomes.items()})
    for address, (state, reply) in outcomes.items() if not json else ():
        words = (
            f"{state}: no mail server accepted it. `digest check` says why."
            if state in OPEN
            else f"{state} {reply}"
        )
        console.print(f"{address}: {words}", markup=False)
    if any(state is not DeliveryState.SENT for state, _ in outcomes.values()):
        raise typer.Exit(1)


def _readers(app: App, newsletter: str) -> int:
    with app.db.read() as connection:
        return counts.readers(connection, newsletter)


def _drawn(bar: Callable[[int, int], None], total: int, found: Mapping[DeliveryState, int]) -> None:
    bar(sum(count for state, count in found.items() if state not in OPEN), total)
