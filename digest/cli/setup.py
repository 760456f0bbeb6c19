"""`digest init` and `digest check`: the first and the second thing that one types."""

import secrets
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from digest.app import wired
from digest.cli.first_admin import setup_link
from digest.cli.output import console, findings
from digest.configuration import load
from digest.contracts.trial import tried
from digest.errors import ConfigError, DigestError
from digest.flows.newsroom.check import check as checked

cli = typer.Typer()


@cli.command()
def init(context: typer.Context) -> None:
    """Write a configuration and keys to start from; print the link that makes the first admin while there is none."""
    file: Path = context.obj
    if file.exists():
        console.print(f"{file} is there already and stays as it is.")
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(example(), encoding="utf-8")
        console.print(f"Wrote {file}: every setting with a comment. Make it yours, then try `digest check`.")
    _keys(load(file).site.keys_file)
    _first_admin(file)


def _keys(keys: Path) -> None:
    if keys.exists():
        console.print(f"{keys} is there already and stays as it is.")
        return
    keys.parent.mkdir(parents=True, exist_ok=True)
    keys.touch(mode=0o600, exist_ok=False)
    keys.write_text(secrets.token_urlsafe(32) + "\n", encoding="ascii")
    console.print(
        f"Wrote {keys}: keep a copy in a safe place; without it, links in mails already sent stop working."
    )


def _first_admin(file: Path) -> None:
    """Print the setup link, if the database can be asked whether there is nobody yet."""
    try:
        app = wired(file)
    except (DigestError, OSError, SQLAlchemyError):  # it is perhaps not there yet; `digest check` says more
        console.print("`digest serve` prints a link that makes the first admin of the desk.")
        return
    try:
        setup_link(app)
    finally:
        app.close()


def example() -> str:
    """Return the text of `config.example.toml`, from the wheel or from beside the checkout."""
    installed = files("digest") / "config.example.toml"
    beside = Path(str(files("digest"))).parent / "config.example.toml"
    return (
        installed.read_text(encoding="utf-8") if installed.is_file() else beside.read_text(encoding="utf-8")
    )


@cli.command()
def check(
    context: typer.Context,
    offline: Annotated[
        bool, typer.Option("--offline", help="Leave out what asks others: the sources are not read.")
    ] = False,
    extensions: Annotated[
        bool,
        typer.Option(
            "--extensions", help="Only your extensions: each is tried against the contract of its kind."
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Check the configuration, the database, the sources, the templates and the relays. Nothing is sent."""
    try:
        app = wired(context.obj)
    except ConfigError:
        raise
    except DigestError as problem:
        raise ConfigError(problem.what, where=problem.where, do=problem.do) from problem
    try:
        found = tried(app.config.site.extensions) if extensions else checked(app, offline=offline)
    finally:
        app.close()
    findings(found, json=json)
