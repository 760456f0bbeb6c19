"""`digest subscribers`: who gets which newsletter, by hand and in bulk."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.output import JSON_HELP, as_json, console, opened, progress, table
from digest.cli.shell import shell_user
from digest.flows.newsroom import audit_log
from digest.flows.readers import lists, readers
from subscribers.api import ImportReport

cli = typer.Typer(help="Readers: add, import, list, suppress, lift.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
Newsletter = Annotated[str, typer.Argument(help="The newsletter's name in the configuration.")]


@cli.command()
def add(
    context: typer.Context,
    newsletter: Newsletter,
    address: Annotated[str, typer.Argument(help="The reader's mail address.")],
    source: Annotated[str, typer.Option("--source", help="Where the consent comes from; it is recorded.")],
    name: Annotated[str, typer.Option("--name", help="The reader's name.")] = "",
    sections: Annotated[str, typer.Option("--sections", help="Comma-separated; all without.")] = "",
) -> None:
    """Subscribe somebody who agreed elsewhere. Whoever left, bounced or complained stays out."""
    with opened(context) as app:
        made = readers.add(
            app, newsletter, address, source=source, name=name, sections=sections, by=shell_user()
        )
    console.print(made.words, markup=False)
    if not made.done:
        raise typer.Exit(1)


@cli.command("import")
def import_(
    context: typer.Context,
    newsletter: Newsletter,
    file: Annotated[Path, typer.Argument(help="A CSV file; its columns, charset and delimiter are guessed.")],
    source: Annotated[str, typer.Option("--source", help="Where the consents come from; it is recorded.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")
    ] = False,
    suppressions: Annotated[
        bool, typer.Option("--suppressions", help="A list of addresses that must never be written to.")
    ] = False,
    unsubscribed: Annotated[
        bool, typer.Option("--unsubscribed", help="A list of people who left: none of them gets it.")
    ] = False,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="FIELD=COLUMN", help="What a column is: email, name, status, date, ignore ..."
        ),
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="WORD=MEANING", help="What a word of the status means: VIP=active."),
    ] = None,
    rejected: Annotated[
        Path | None, typer.Option("--rejected", help="Write refused rows with their reasons here.")
    ] = None,
    json: Json = False,
) -> None:
    """Import a list. It never re-subscribes a reader who left, bounced or complained.

    A row whose status is not understood is skipped and reported; --status says what a word means.
    """
    act = "import suppressions" if suppressions else "import readers"
    with opened(context) as app, progress("Importing") as bar:
        if not dry_run:  # before it begins: one that is killed has imported a part
            audit_log.noted(app, shell_user(), act, f"{newsletter}, {file.name}; consent: {source}")
        wanted = lists.ListImport(
            newsletter=newsletter,
            file=file,
            source=source,
            dry_run=dry_run,
            suppressions=suppressions,
            unsubscribed=unsubscribed,
            columns=map_ or (),
            statuses=status or (),
            rejected=rejected,
        )
        made = lists.import_readers(app, wanted, progress=bar)
        if not dry_run:
            audit_log.noted(
                app, shell_user(), f"{act}, done", f"{newsletter}, {file.name}: {made.rows:,} rows"
            )
    if json:
        return as_json(made)
    tense = "would be" if dry_run else "were"
    console.print(f"{file}: {made.rows:,} rows, read as {made.provider}, {made.charset}", markup=False)
    for outcome, count in sorted(made.counts.items(), key=lambda each: -each[1]):
        few = ", ".join(made.samples.get(outcome, [])[:3])
        console.print(f"  {count:>9,} {tense} {outcome}  ({few})", markup=False)
    for line in _remarks(made):
        console.print(line, markup=False)
    if dry_run:
        console.print("Nothing was changed. Run it again without --dry-run to import.")


def _remarks(made: ImportReport) -> Iterator[str]:
    """Yield what a person should know beside the counts, and do."""
    if any(' says "' in outcome or outcome.endswith("no status given") for outcome in made.counts):
        yield "A status that is not understood is no yes: those rows were skipped. To say what a word means:"
        yield "  --status WORD=active  (or unsubscribed, pending, suppressed, skip; --map ignore=COLUMN for a column)"
    if made.undated:
        yield f"{made.undated:,} came in with the moment of the import, as when they consented is not known:"
        yield from (f"  {one}" for one in made.odd)
        if made.undated > len(made.odd):
            yield f"  and {made.undated - len(made.odd):,} more; --rejected FILE lists all of them"
    yield from made.notes


@cli.command()
def export(
    context: typer.Context,
    newsletter: Annotated[str, typer.Argument(help="Only readers of this newsletter.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="The file; standard output without.")] = None,
) -> None:
    """Write readers as CSV; what a spreadsheet would take for a formula is made harmless."""
    with opened(context) as app:
        audit_log.noted(app, shell_user(), "export readers", newsletter or "every newsletter")
        if out is None:
            lists.export_list(app, sys.stdout, newsletter)
            return
        with out.open("w", encoding="utf-8", newline="") as file:
            count = lists.export_list(app, file, newsletter)
    console.print(f"Wrote {count:,} rows to {out}", markup=False)


@cli.command()
def person(
    context: typer.Context, address: Annotated[str, typer.Argument(help="The reader's mail address.")]
) -> None:
    """Print everything that is held about one reader, as JSON."""
    with opened(context) as app:
        as_json(readers.person(app, address, by=shell_user()))


@cli.command("list")
def list_(
    context: typer.Context,
    newsletter: Annotated[str, typer.Argument(help="Only readers of this newsletter.")] = "",
    search: Annotated[str, typer.Option("--search", help="Part of an address or a name.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000)] = 100,
    json: Json = False,
) -> None:
    """List readers with what they want and in which state that is."""
    with opened(context) as app:
        found = lists.subscriptions(app, newsletter, search=search, limit=limit)
        audit_log.noted(
            app, shell_user(), "list readers", f"{newsletter or 'every newsletter'}, {len(found):,} rows"
        )
        totals = lists.totals(app)
    if json:
        return as_json(found)
    columns = ("id", "address", "name", "newsletter", "state", "sections")
    table("", columns, [[getattr(one, column) for column in columns] for one in found], right=("id",))
    for line in totals:
        console.print(
            f"{line.newsletter}: {line.active:,} active, {line.pending:,} pending, {line.paused:,} paused, "
            f"{line.ended:,} ended; an edition would go to {line.reachable:,}"
        )


@cli.command()
def suppress(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="The address that must not be written to.")],
) -> None:
    """Never write to an address again, whatever any list says."""
    with opened(context) as app:
        console.print(readers.suppress(app, address, by=shell_user()), markup=False)


@cli.command()
def lift(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="The address that may be written to again.")],
    reason: Annotated[
        str, typer.Option("--reason", help="Why; it is kept with the consents and in the audit.")
    ],
    asked: Annotated[
        bool, typer.Option("--asked", help="They complained, and have asked for mail since.")
    ] = False,
) -> None:
    """Take a suppression back, such as a bounce that was our fault. Who left stays out: wishes are not changed."""
    with opened(context) as app:
        done = readers.lift(app, address, why=reason, by=shell_user(), asked=asked)
    console.print(f"{done.words} (--asked)." if done.asks else done.words, markup=False)
    if not done.done:
        raise typer.Exit(1)


@cli.command()
def erase(
    context: typer.Context, address: Annotated[str, typer.Argument(help="The reader's mail address.")]
) -> None:
    """Delete everything that is held about a reader; a keyed hash stays, so that no list can import them again."""
    with opened(context) as app:
        console.print(readers.erase(app, address, by=shell_user()), markup=False)


@cli.command("move-list")
def move_list(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help="What the newsletter was called.")],
    new: Annotated[str, typer.Argument(help="What it is called in the configuration now.")],
) -> None:
    """After a newsletter was renamed in the configuration: move its readers and their old links over."""
    with opened(context) as app:
        audit_log.noted(app, shell_user(), "move list", f"{old} to {new}")
        words = lists.move_list(app, old, new)
    console.print(f"{words}.", markup=False)


@cli.command()
def form(
    context: typer.Context,
    newsletter: Newsletter,
    back: Annotated[
        str, typer.Option("--back", help="Your own thank-you page, on a site of readers.forms_on.")
    ] = "",
) -> None:
    """Print the sign-up form to paste into any page: plain HTML, no script."""
    with opened(context) as app:
        typer.echo(lists.form(app, newsletter, back=back))


@cli.command()
def mail(
    context: typer.Context,
    recipient: Annotated[
        list[str] | None, typer.Argument(help="The envelope's recipient, if your server says it.")
    ] = None,
) -> None:
    """Read a mail to a List-Unsubscribe address on standard input and end that subscription (for an MTA's pipe)."""
    with opened(context) as app:
        ended = lists.leave_by_mail(app, sys.stdin.buffer.read(2_000_000), recipient or ())
    console.print(f"{ended} ended")


@cli.command()
def replay(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(help="The files of consent falls; the site's own without.")
    ] = None,
) -> None:
    """After a backup was restored: end, suppress and erase again what fell since. It raises nothing."""
    with opened(context) as app:
        audit_log.noted(app, shell_user(), "replay falls of consent")
        done = lists.replay(app, files or ())
    words = ", ".join(f"{count:,} {what}" for what, count in sorted(done.items()))
    console.print(f"Lowered again: {words}" if done else "Nothing had fallen that is not known here.")
