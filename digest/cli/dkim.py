"""`digest dkim new`: a key to sign with, and the record that makes it known."""

from pathlib import Path
from typing import Annotated

import typer

from digest.app import clock
from digest.cli.output import JSON_HELP, as_json
from digest.config.schema import Dkim
from digest.configuration import load
from digest.errors import ConfigError
from digest.flows.newsroom import dkim_keys
from digest.ops import records

cli = typer.Typer(help="The keys that sign mails.", no_args_is_help=True)


@cli.callback()
def _group() -> None:
    """The keys that sign mails (DKIM)."""


@cli.command()
def new(
    context: typer.Context,
    newsletter: Annotated[str, typer.Argument(help="The newsletter's name in the configuration.")],
    selector: Annotated[
        str, typer.Option("--selector", help="The key's name in the DNS; by default digest-<year and month>.")
    ] = "",
    ed25519: Annotated[
        bool, typer.Option("--ed25519", help="A key for a second, short signature (RFC 8463), beside RSA's.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Make a key, and print its DNS record and the lines for the configuration."""
    config, folder = load(context.obj), Path(context.obj).resolve().parent
    selector = selector or f"digest-{clock():%Y%m}" + ("-ed" if ed25519 else "")
    try:
        Dkim(selector=selector)
    except ValueError:
        raise ConfigError(
            f"{selector!r} is no selector", where="--selector", do="Use a-z, 0-9, - and dots."
        ) from None
    made = dkim_keys.new(config, newsletter, folder=folder, selector=selector, ed25519=ed25519)
    if json:
        return as_json(made)
    settings = "\n".join(made.settings)
    typer.echo(f"""Wrote {made.file}: only you can read it. Keep a copy in a safe place.

Put this record into the DNS:

{records.txt(made.name, made.record)}

(a form that asks for name and value wants the name {made.name} and the value
{made.record})

and these lines into {context.obj}, under [newsletters.{newsletter}.dkim]:

{settings}

Set dkim = "ours" at the relay once `digest doctor {newsletter}` sees the record.""")
    return None
