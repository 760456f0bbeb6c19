"""`digest doctor`: is everything outside the newsroom set up so that mail arrives?"""

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.output import JSON_HELP, as_json, console, opened
from digest.flows.newsroom.doctor import examined
from digest.ops.doctor import Grade
from digest.ops.names import zone as zone_of

cli = typer.Typer()

MARKS = {Grade.GREEN: "[green]ok  [/]", Grade.AMBER: "[yellow]note[/]", Grade.RED: "[red]FAIL[/]"}


@cli.command()
def doctor(
    context: typer.Context,
    newsletter: Annotated[
        str | None, typer.Argument(help="Its name in the configuration; all without.")
    ] = None,
    zone: Annotated[
        Path | None,
        typer.Option("--zone", help="Read the DNS from this zone file, and ask nobody but the relays."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Look at SPF, DKIM, DMARC, bounces, relays and links as a mailbox provider would. Exit 1 where one is red."""
    names = zone_of(zone) if zone else None
    with opened(context) as app:
        found = examined(app, newsletter, names)
    if json:
        as_json(found)
    for line in found if not json else ():
        console.print(MARKS[line.grade], end=" ")
        console.print(f"{line.check}: {line.what}: {line.words}", markup=False)
        if line.paste:
            console.print(f"       {line.paste}", markup=False, style="dim")
    if any(line.grade is Grade.RED for line in found):
        raise typer.Exit(1)
