"""`digest report`: how an edition went, and "did she get it?"."""

from typing import Annotated

import typer

from digest.cli.output import DATE_HELP, JSON_HELP, as_json, console, day_of, opened, table
from digest.errors import DigestError
from digest.flows import report as reporting
from digest.flows.approve import edition_of

cli = typer.Typer()


@cli.command()
def report(
    context: typer.Context,
    newsletter: Annotated[str, typer.Argument(help="The newsletter's name; not needed with --reader.")] = "",
    date: Annotated[str | None, typer.Option("--date", help=DATE_HELP)] = None,
    reader: Annotated[str, typer.Option("--reader", help="What became of the mails to this address.")] = "",
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """How an edition went, who is unknown or missing; with --reader, whether she got it, and when."""
    if not newsletter and not reader:
        raise typer.BadParameter("name a newsletter, or a reader with --reader")
    if reader:
        return _reader(context, reader, json)
    with opened(context) as app:
        made = reporting.report(app, edition_of(app, newsletter, day_of(date)).id)
    if json:
        return as_json(made)
    console.print(f"{newsletter} {made.sent.date}: {made.sent.state}, {made.sent.readers:,} rows")
    table("", ("state", "rows"), sorted(made.sent.counts.items()), right=("rows",))
    for provider, why in made.halts.items():
        console.print(
            f"Halted for {provider}: {why}. `digest resume {newsletter}` lets it go on.", markup=False
        )
    for title, rows in (
        ("Unknown: the dot went out, no answer came", made.unknown),
        ("Not sent", made.missing),
    ):
        if rows:
            shown = [(row.delivery, row.subscriber, row.state, row.at, row.code, row.reply) for row in rows]
            table(title, ("delivery", "reader", "state", "at", "code", "reply"), shown)


def _reader(context: typer.Context, address: str, json: bool) -> None:
    with opened(context) as app:
        found = reporting.reader(app, address)
    if found is None:
        raise DigestError(f"nobody here has the address {address}")
    if json:
        return as_json(found)
    if not found:
        console.print("No edition was addressed to this reader yet.")
    for answer in found:
        row = answer.row
        console.print(
            f"{row.newsletter} {row.date}: {row.state} at {row.at:%Y-%m-%d %H:%M:%S} UTC; {row.code} {row.reply}; "
            f"revision {row.revision}, SHA-256 {row.sha256[:12] or 'unknown'}",
            markup=False,
        )
        for event in answer.events:
            console.print(f"    {event.at:%H:%M:%S} {event.state} {event.code} {event.text}", markup=False)
