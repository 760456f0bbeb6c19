"""`digest demo`: the whole road on this machine, with a newsroom that comes along."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from digest.app import clock
from digest.demo import run
from digest.runtime import process

cli = typer.Typer()


@cli.command()
def demo(
    serve: Annotated[
        bool, typer.Option("--serve", help="Keep the pages and the caught mails up until Ctrl-C.")
    ] = False,
    folder: Annotated[Path, typer.Option("--folder", help="Where everything it makes goes.")] = Path(
        "demo-run"
    ),
) -> None:
    """Collect, rank, render and send a sample newsroom's mail to 25 sample readers, all on this machine."""
    process.tune()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(run.run(folder, clock(), serve=serve))
    if code:
        raise typer.Exit(code)
