"""Collect, build, show, preview, approve: an edition's way up to the moment when it may go."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import anyio
import typer
from rich.markup import escape

from digest.articles.failing import Failure, by_host
from digest.cli.output import DATE_HELP, JSON_HELP, as_json, console, day_of, opened, progress, table
from digest.cli.shell import shell_user
from digest.flows.collect import collect as collecting
from digest.flows.edition import approve as approving
from digest.flows.edition import build as building
from digest.flows.edition import preview as showing
from digest.model import BENCH
from digest.points import Sum, summed
from digest.store.editions import Line

cli = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
Day = Annotated[str | None, typer.Option("--date", help=DATE_HELP)]
Name = Annotated[str, typer.Argument(help="The newsletter's name in the configuration.")]


@cli.command()
def collect(
    context: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(help="Only these sources; all that are due without.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Ask sources that are not due, too.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 where any source failed, not only all.")
    ] = False,
    json: Json = False,
) -> None:
    """Read the sources: what is new, what changed, what failed. Exit 1 where all of them failed."""
    with opened(context) as app, progress("Collecting") as bar:
        made = anyio.run(partial(collecting.collect, app, names=sources or None, force=force, progress=bar))
    if json:
        as_json(made)
    else:
        _collected(made, {name: source.url for name, source in app.config.sources.items()})
    failed = len(made.failed)
    if failed and (strict or failed == len(made.sources)):
        raise typer.Exit(1)


def _collected(made: collecting.Collected, urls: Mapping[str, str]) -> None:
    """Print a line for each source that was read, and one for each host whose feeds or pictures could not be had."""
    rows = [
        (one.name, one.outcome, one.seen, one.new, one.changed, "; ".join(one.problems[:3]))
        for one in made.sources
        if not one.error
    ]
    failures = [Failure(one.name, urls.get(one.name, ""), one.error) for one in made.sources if one.error]
    outcomes = {one.name: one.outcome for one in made.sources}
    rows += [(one.label, outcomes[one.names[0]], 0, 0, 0, one.error) for one in by_host(failures)]
    columns = ("source", "outcome", "items", "new", "changed", "problem")
    table("", columns, rows, right=("items", "new", "changed"))
    console.print(
        f"{len(made.sources)} sources, {made.new} new articles; {len(made.failed)} could not be read. "
        f"{made.pictures.made} new pictures."
    )
    if made.pages.summary:
        console.print(f"{made.pages.summary[0].upper()}{made.pages.summary[1:]}")
    for line in made.pictures.hosts:
        console.print(line, markup=False)


@cli.command()
def build(context: typer.Context, newsletter: Name, date: Day = None, json: Json = False) -> None:
    """Rank the day's articles and make the draft."""
    with opened(context) as app:
        made = building.build(app, newsletter, day_of(date))
    if json:
        return as_json(
            {
                "edition": made.saved,
                "articles": made.articles,
                "stories": made.stories,
                "size": made.size,
                "sha256": made.sha256,
                "shed": made.shed,
                "lumps": made.lumps,
            }
        )
    if made.saved is None:
        console.print(f"Nothing new since {made.since:%Y-%m-%d %H:%M} UTC: there will be no mail.")
        if not made.articles:
            console.print("No article at all is that young. Have the sources been read? Try: digest collect")
        return
    console.print(
        f"{newsletter} {made.edition.date}, revision {made.saved.revision}: {len(made.edition.stories)} of "
        f"{made.stories} stories from {made.articles} articles, {made.size / 1000:.0f} kB, {made.sha256[:12]}"
    )
    console.print(f"Subject: {made.saved.subject}", markup=False)
    for warning in made.lumps:
        console.print(f"[yellow]Look at this:[/yellow] {escape(warning)}")
    for title in made.shed:
        console.print(f"Left out to keep the mail small: {title}", markup=False)
    console.print(f"Look at it: digest show {newsletter} --explain, or digest preview {newsletter}")


@cli.command()
def show(
    context: typer.Context,
    newsletter: Name,
    date: Day = None,
    explain: Annotated[bool, typer.Option("--explain", help="Each story's reasons, and the bench.")] = False,
    json: Json = False,
) -> None:
    """Show the edition's stories in order; with --explain, why each is where it is."""
    with opened(context) as app:
        found = showing.show(app, newsletter, day_of(date))
    if json:
        return as_json({"edition": found.edition, "stories": [_plain(line) for line in found.stories]})
    edition = found.edition
    console.print(f"{newsletter} {edition.date}: {edition.state}, revision {edition.revision}")
    console.print(f"Subject: {edition.subject}", markup=False)
    section = ""
    for line in found.stories:
        if line.section == BENCH and not explain:
            break
        if line.section != section:
            section = line.section
            console.print(f"\n[bold]{section}[/]")
        mark = " (update)" if line.update else ""
        score = summed(line.reasons)
        console.print(f"{line.place + 1:3}. {line.title}{mark}  [{score}]", markup=False)
        for text in _explained(score) if explain else ():
            console.print(f"       {text}", markup=False)


def _explained(found: Sum) -> list[str]:
    """Return the parts of a score, which add up to it, and why the story is elsewhere than it would put it."""
    lines = [f"{part}  {part.reason.signal}: {part.reason.text}" for part in found.parts]
    if found.silent:
        lines.append(f" 0.00  {', '.join(found.silent)}")
    return lines + [f"place  {note.signal}: {note.text}" for note in found.notes]


def _plain(line: Line) -> dict[str, object]:
    """Return a story for JSON: *points* of its reasons add up to its score."""
    reasons = [asdict(reason) | {"points": reason.points} for reason in line.reasons]
    return asdict(line) | {"reasons": reasons}


@cli.command()
def preview(
    context: typer.Context,
    newsletter: Name,
    date: Day = None,
    out: Annotated[Path, typer.Option("--out", help="The folder for the files.")] = Path("."),
) -> None:
    """Write the mail as it would go out: HTML, text and the whole message."""
    with opened(context) as app:
        files = showing.preview(app, newsletter, day_of(date), out)
    for file in files:
        console.print(f"Wrote {file}", markup=False)


@cli.command()
def approve(
    context: typer.Context,
    newsletter: Name,
    date: Day = None,
    by: Annotated[str, typer.Option("--by", help="Who approves.", envvar="USER")] = "",
    override: Annotated[
        str,
        typer.Option("--override", help="Why, though the preflight stops it; the audit keeps the reason."),
    ] = "",
) -> None:
    """Approve the draft as it is: from here on it does not change."""
    if not by:
        raise typer.BadParameter("say who approves", param_hint="--by")
    with opened(context) as app:
        made = approving.approve(app, newsletter, day_of(date), by=by, override=override, via=shell_user())
    for finding in made.findings:
        console.print(f"{finding.level}: {finding}", markup=False)
    console.print(made.words, markup=False)
    if not made.approved and made.refused:
        raise typer.Exit(1)
