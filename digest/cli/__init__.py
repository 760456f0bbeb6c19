"""The command line: each command is one call of a flow and a few lines that say what came of it.

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration. Every fault says what, where and what to do.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError

from digest import __version__
from digest.cli import demo, editions, readers, send, serve, setup
from digest.errors import ConfigError, DigestError

cli = typer.Typer(
    name="digest",
    help="The newsroom's daily mail: collects, ranks, renders, and sends exactly once.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (setup, demo, editions, send, serve):
    module.register(cli)
cli.add_typer(readers.cli, name="subscribers")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"newsroom-digest {__version__}")
        raise typer.Exit


@cli.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option("--config", "-c", envvar="DIGEST_CONFIG", help="The configuration file.")
    ] = Path("digest.toml"),
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    context.obj = config


def main() -> None:
    """Run `digest`; a fault ends in words on standard error, never in a traceback."""
    try:
        cli()
    except ConfigError as problem:
        _fail(str(problem), 2)
    except DigestError as problem:
        _fail(str(problem), 1)
    except DBAPIError as problem:
        _fail(f"the database: {problem.orig}. Nothing that was stored before is lost; mend it and run again.", 1)
    except OSError as problem:
        _fail(f"{problem.strerror or problem}: {problem.filename or 'this machine'}", 1)
    except KeyboardInterrupt:
        _fail("stopped; what was stored stays, run it again to go on", 130)


def _fail(words: str, code: int) -> None:
    typer.echo(f"digest: {words}", err=True)
    sys.exit(code)
