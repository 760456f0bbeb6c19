"""The command line: each command is one call of a flow and a few lines that say what came of it.

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration. Every fault says what, where and what to do.
A command's file is imported when the command is used: `digest --version` need not know SQL, and the
processes that parse feeds, which import this script again, start at once.
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand, TyperGroup

from digest import __version__
from digest.errors import ConfigError, DigestError, UsageError
from digest.ops import logs

COMMANDS = {
    "init": "setup",
    "check": "setup",
    "doctor": "doctor",
    "dkim": "dkim",
    "look": "look",
    "demo": "demo",
    "sources": "sources",
    "collect": "editions",
    "build": "editions",
    "show": "editions",
    "preview": "editions",
    "approve": "editions",
    "send": "send",
    "pause": "send",
    "resume": "send",
    "cancel": "send",
    "pace": "pace",
    "correct": "correct",
    "report": "report",
    "replay": "looking_back",
    "backtest": "looking_back",
    "tune": "looking_back",
    "memory": "memory",
    "serve": "serve",
    "feedback": "feedback",
    "subscribers": "readers",
    "users": "users",
}


class Commands(TyperGroup):
    """The commands there are, in the order of a first day, each found in its file."""

    def list_commands(self, ctx: object) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | TyperGroup | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"digest.cli.{COMMANDS[cmd_name]}")
        found = typer.main.get_command(module.cli)
        if isinstance(found, TyperGroup) and cmd_name in found.commands:
            found = found.commands[cmd_name]
        found.name = cmd_name
        assert isinstance(found, TyperCommand | TyperGroup)
        return found


cli = typer.Typer(
    name="digest",
    cls=Commands,
    help="The newsroom's daily mail: collects, ranks, renders, and sends exactly once.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    os.umask(0o077)  # addresses, keys and drafts are nobody else's on this machine to read
    logs.configure()  # events go there, too: standard output is the answer, which --json lets machines read
    try:
        cli()
    except (ConfigError, UsageError) as problem:
        _fail(str(problem), 2)
    except DigestError as problem:
        _fail(str(problem), 1)
    except OSError as problem:
        _fail(f"{problem.strerror or problem}: {problem.filename or 'this machine'}", 1)
    except KeyboardInterrupt:
        _fail("stopped; what was stored stays, run it again to go on", 130)
    except Exception as problem:
        words = _of_the_database(problem)
        if not words:
            raise
        _fail(words, 1)


def _of_the_database(problem: Exception) -> str:
    """Return a database's complaint in words; "" where *problem* is something else."""
    known = sys.modules.get("sqlalchemy.exc")
    if known is None or not isinstance(problem, known.DBAPIError):
        return ""
    said = str(problem.orig).strip()
    return f"the database: {said}. Nothing that was stored before is lost; mend it and run again."


def _fail(words: str, code: int) -> None:
    typer.echo(f"digest: {words}", err=True)
    sys.exit(code)
