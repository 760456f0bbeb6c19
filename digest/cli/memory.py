"""`digest memory`: what a newsroom keeps, learnt from its own record: imported, shown, forgotten."""

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.output import JSON_HELP, as_json, console, opened, table
from digest.errors import UsageError
from digest.flows.memory import learnt, record
from digest.stories.memory import NEEDED

cli = typer.Typer()
memory = typer.Typer(
    no_args_is_help=True, help="What your newsroom keeps, learnt from your own record: import, show, forget."
)
cli.add_typer(memory, name="memory")

Name = Annotated[str, typer.Argument(help="The newsletter's name in the configuration.")]
Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]


@memory.command("import")
def import_(
    context: typer.Context,
    newsletter: Name,
    file: Annotated[Path, typer.Argument(help="A CSV of your site's counts: address, day, views.")],
    json: Json = False,
) -> None:
    """Bring in a CSV of your site's own counts (address, day, views), and learn from it."""
    with opened(context) as app:
        found = record.import_views(app, newsletter, file)
    if json:
        return as_json(found)
    for fault in found.faults:
        console.print(f"Left out: {fault}", markup=False)
    if found.more_faults:
        console.print(f"Left out: {found.more_faults} more rows")
    if found.unknown:
        console.print(
            f"Left out: {found.unknown} addresses that we never collected; a column title imports them"
        )
    console.print(f"{found.rows} rows, {found.articles} articles; there is a record of {found.days} days.")
    if found.days < NEEDED:
        console.print(f"It counts from {NEEDED} days on: {NEEDED - found.days} are missing.")


@memory.command()
def show(context: typer.Context, newsletter: Name, json: Json = False) -> None:
    """Show what was learnt, and whether it counts."""
    with opened(context) as app:
        found = learnt.known(app, newsletter)
    rows = list(learnt.rows_of(found.memory, 15)) if found.memory else []
    if json:
        learned = [{"kind": kind, "name": name, "worth": worth, "on": on} for kind, name, worth, on in rows]
        return as_json({"days": found.days, "on": found.on, "at": found.at, "rows": learned})
    console.print(learnt.said(found), markup=False)
    if rows:
        cells = [(kind, name, f"{worth:+.2f}", "" if on else "off") for kind, name, worth, on in rows]
        table("", ("", "what", "worth", ""), cells, right=("worth",))


@memory.command()
def forget(
    context: typer.Context,
    newsletter: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without being asked.")] = False,
) -> None:
    """Forget the record and all that was learnt of it."""
    if not yes and not typer.confirm(f"Forget what {newsletter} has learnt, and its record?"):
        raise UsageError("nothing was forgotten", where=newsletter, do="Say yes, or give --yes.")
    with opened(context) as app:
        learnt.forget(app, newsletter)
    console.print("Forgotten.")
