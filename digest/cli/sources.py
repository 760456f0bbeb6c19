"""`digest sources`: what is read and how it is doing; where else an outlet may be read; lists from other programs."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import anyio
import typer

from digest.app import clock
from digest.cli.output import JSON_HELP, as_json, console, opened, table
from digest.config.schema import Config, Fetch
from digest.config.written import Proposal, lines
from digest.configuration import load
from digest.errors import BlockedAddress, DeniedAddress
from digest.fetch import fetcher, user_agent
from digest.flows.collect import discover, health, listed
from digest.flows.collect.discover import Discovery

cli = typer.Typer()
sources = typer.Typer(help="What is read, how each source is doing, and where else an outlet may be read.")
cli.add_typer(sources, name="sources")

Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
Write = Annotated[
    bool, typer.Option("--write", help="Add the lines to the configuration; without, they are only printed.")
]
NEXT = "Name them in a newsletter's `sources` (own) or `witnesses` (others), then: digest collect"


@sources.callback(invoke_without_command=True)
def list_(context: typer.Context, json: Json = False) -> None:
    """Show how each source is doing: last success, articles a day, what is missing, failures, next reading."""
    if context.invoked_subcommand is not None:
        return
    with opened(context) as app:
        found = health.of_all(app)
    if json:
        return as_json(found)
    rows = [
        (
            one.name,
            one.kind,
            one.state,
            f"{one.last_ok:%Y-%m-%d %H:%M}" if one.last_ok else "never",
            f"{one.a_day:.1f}",
            f"{one.undated_share:.0%}" if one.items else "-",
            f"{one.unpictured_share:.0%}" if one.items else "-",
            f"{one.next_poll:%Y-%m-%d %H:%M}" if one.next_poll else "-",
            "; ".join(one.problems),
        )
        for one in found
    ]
    columns = ("source", "kind", "state", "last read", "a day", "undated", "no picture", "next", "problem")
    table("", columns, rows, right=("a day", "undated", "no picture"))


@sources.command()
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The outlet's site, a section of it, a feed or a sitemap.")],
    write: Write = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Everything that was found, not only what is advised.")
    ] = False,
    private: Annotated[
        list[str] | None,
        typer.Option("--allow-private", metavar="HOST:PORT", help="A private address that may be read."),
    ] = None,
    json: Json = False,
) -> None:
    """Find the feeds, sitemaps and section pages of an outlet, try each, and propose the lines to add."""
    address = discover.address(url)
    config = _configured(context.obj, needed=write)
    fetch = config.fetch if config else Fetch()
    known = {one.url: name for name, one in config.sources.items()} if config else {}
    found = anyio.run(partial(_discovered, fetch, address, known, tuple(private or ())))
    taken = [one for one in (found.found if everything else found.advised) if not one.known]
    proposals = [one.proposal for one in taken]
    if write and proposals:
        listed.add(context.obj, proposals)
    if json:
        as_json({"found": found, "proposed": proposals, "written": bool(write and proposals)})
    else:
        _shown(found)
        _proposed(context.obj, proposals, write)
    if not found.found:
        raise typer.Exit(1)


def _shown(found: Discovery) -> None:
    rows = [
        (
            "[green]take[/]" if one.advised else f"is {one.known}" if one.known else "",
            one.proposal.kind,
            one.proposal.url,
            str(one.items),
            f"{one.newest:%Y-%m-%d %H:%M}" if one.newest else "-",
            str(one.pictured),
        )
        for one in found.found
    ]
    if rows:
        table(
            found.site,
            ("", "kind", "address", "items", "newest", "pictures"),
            rows,
            right=("items", "pictures"),
        )
    for one in found.failed:
        console.print(f"Not usable: {one.proposal.kind} {one.proposal.url}: {one.problem}", markup=False)
    if not rows:
        console.print(
            f"Nothing at {found.url} can be read: no feed, no sitemap, no page with articles.", markup=False
        )


def _proposed(file: Path, proposals: Sequence[Proposal], write: bool) -> None:
    if not proposals:
        return
    if write:
        console.print(f"Added to {file}: {', '.join(one.name for one in proposals)}. {NEXT}", markup=False)
        return
    console.print(f"\nLines for {file} (--write adds them):\n", markup=False)
    console.print(lines(proposals), markup=False)


@sources.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="An OPML file, as feed readers export it.")],
    write: Write = False,
    json: Json = False,
) -> None:
    """Take the feeds of an OPML file: their folders become sections. Nothing is written without --write."""
    config = _configured(context.obj, needed=write)
    known = {one.url: name for name, one in config.sources.items()} if config else {}
    found = listed.imported(file, known)
    if write and found.proposals:
        listed.add(context.obj, found.proposals)
    if json:
        return as_json({"list": found, "written": bool(write and found.proposals)})
    for problem in found.problems:
        console.print(f"Left out: {problem}", markup=False)
    if found.known:
        console.print(f"There already: {', '.join(found.known)}", markup=False)
    _proposed(context.obj, found.proposals, write)
    if not found.proposals:
        console.print("There is nothing to add.")


@sources.command()
def export(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option("--out", help="The file; standard output without.")] = None,
    json: Json = False,
) -> None:
    """Give out the feeds as OPML, for a feed reader or another newsroom."""
    config = load(context.obj)
    content, others = listed.exported(config.sources, config.site.name)
    if out is not None:
        out.write_bytes(content)
    if json:
        return as_json({"file": str(out) if out else "", "opml": content.decode(), "left_out": others})
    if out is None:
        typer.echo(content.decode(), nl=False)
    if others:
        typer.echo(f"No feeds, so not in it: {', '.join(others)}", err=True)


def _configured(file: Path, *, needed: bool) -> Config | None:
    """Return the configuration; None where there is no file and none is *needed*."""
    if not file.exists() and not needed:
        return None
    return load(file)


async def _discovered(fetch: Fetch, url: str, known: dict[str, str], private: tuple[str, ...]) -> Discovery:
    async with fetcher(
        agent=user_agent(fetch.contact),
        seconds=min(fetch.timeout.total_seconds(), 20),
        most=fetch.max_bytes,
        side_by_side=fetch.concurrency,
        deny=fetch.deny,
    ) as http:
        try:
            return await discover.discover(http, url, clock(), known=known, inside=private)
        except DeniedAddress:
            raise
        except BlockedAddress as fault:
            fault.do = "If that is meant, say --allow-private HOST:PORT."
            raise
