"""Replay, backtest, tune: what was sent, made once more; and what other weights would have done."""

from typing import Annotated

import typer

from digest.cli.output import DATE_HELP, JSON_HELP, as_json, console, day_of, opened, table
from digest.flows import replay as replaying

cli = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
Name = Annotated[str, typer.Argument(help="The newsletter's name in the configuration.")]


@cli.command()
def replay(
    context: typer.Context,
    edition: Annotated[str, typer.Argument(help="An edition's id, or a newsletter's name with --date.")],
    date: Annotated[str | None, typer.Option("--date", help=DATE_HELP)] = None,
    json: Json = False,
) -> None:
    """Make a stored edition once more and compare its bytes; exit 1 when they differ."""
    with opened(context) as app:
        found = replaying.replay(app, edition, day_of(date))
    if json:
        as_json(found)
    else:
        saved = found.edition
        said = "identical" if found.identical else "it differs"
        console.print(
            f"{saved.newsletter} {saved.date}, revision {saved.revision}: {said}, {found.stored[:12]}"
        )
        for line in (*(f"Note: {note}." for note in found.notes), *found.differs):
            console.print(line, markup=False)
    if not found.identical:
        raise typer.Exit(1)
