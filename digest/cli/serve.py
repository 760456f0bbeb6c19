"""`digest serve`: the daily run that nobody has to look after."""

import asyncio
from contextlib import closing

import typer
import uvloop

from digest.cli.first_admin import setup_link
from digest.cli.output import console, opened
from digest.ops import logs
from digest.serve import listening
from digest.serve import serve as serving

cli = typer.Typer()


@cli.command()
def serve(context: typer.Context) -> None:
    """Run web, clock and sender until stopped: collect, build, approve and send at each newsletter's hour."""
    with opened(context) as app, closing(listening(app)) as listener:
        logs.configure()
        console.print(f"Serving http://{app.config.web.host}:{app.config.web.port}; stop with Ctrl-C.")
        setup_link(app)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serving(app, listener=listener))
