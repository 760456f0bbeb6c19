"""`digest report`: how an edition went, and "did she get it?"."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from digest.cli.correct import reach_of
from digest.cli.output import DATE_HELP, JSON_HELP, as_json, console, day_of, opened, table
from digest.delivery.late_reports import LABELS
from digest.editions.revisions import Revisions
from digest.errors import DigestError, EditionError
from digest.flows.sending import report as reporting

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
        coming = reporting.next_send(app, newsletter)
        zone, now = app.config.newsletters[newsletter].schedule.tz, app.now()
        try:
            made = reporting.report(app, app.edition(newsletter, day_of(date)).id)
        except EditionError as problem:
            raise EditionError(
                problem.what, where=problem.where, do=f"{problem.do}\n{_next(coming)}"
            ) from None
    if json:
        return as_json({**asdict(made), **reach_of(made.revisions), "next": coming})
    console.print(f"{newsletter} {made.sent.date}: {made.sent.state}, {made.sent.readers:,} rows")
    table("", ("state", "rows"), sorted(made.sent.counts.items()), right=("rows",))
    if made.wave is not None:
        console.print(
            made.wave.words(f"{made.wave.rest_at.astimezone(zone):%H:%M} ({zone})", now).capitalize()
        )
    if made.warm_up is not None and made.warm_up.waiting:
        console.print(f"{made.warm_up.words}.", markup=False)
    _correction(made.revisions, zone)
    for provider, why in made.halts.items():
        console.print(
            f"Halted for {provider}: {why}. `digest resume {newsletter}` lets it go on.", markup=False
        )
    _late(made.late)
    for title, rows in (
        ("Unknown: the dot went out, no answer came", made.unknown),
        ("Not sent", made.missing),
    ):
        if rows:
            cells = [
                (
                    row.delivery,
                    row.subscriber,
                    row.state,
                    f"{row.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                    row.code,
                    row.reply,
                )
                for row in rows
            ]
            table(title, ("delivery", "reader", "state", f"at ({zone})", "code", "reply"), cells)
    console.print(_next(coming))


def _late(found: Mapping[str, Mapping[str, int]]) -> None:
    """Print what came back after it was accepted."""
    if not found:
        return
    kinds = [kind for kind in LABELS if any(kind in counts for counts in found.values())]
    rows = [(name or "ours", *(counts.get(kind, 0) for kind in kinds)) for name, counts in found.items()]
    named = [LABELS[kind] for kind in kinds]
    table("What came back later", ("provider", *named), rows, right=named)


def _next(coming: datetime | None) -> str:
    return (
        f"Next send: {coming:%Y-%m-%d %H:%M} ({coming.tzinfo})."
        if coming
        else "No next send: its schedule has no day."
    )


def _correction(found: Revisions, zone: ZoneInfo) -> None:
    """Print who has which revision of an edition that was corrected, and what the correction mails said."""
    if not found.words:
        return
    console.print(f"Corrected. Who has what: {found.words}")
    for mail in found.told:
        console.print(
            f"Correction mail of {mail.at.astimezone(zone):%Y-%m-%d %H:%M} ({zone}), {mail.state}: "
            f"{mail.got:,} of {mail.total:,} have it. "
            f"{mail.words}",
            markup=False,
        )
    for number, step in enumerate(found.steps, 1):
        console.print(f"{number}. {step.words}: {'done' if step.done == 'done' else 'to be done'}")


def _reader(context: typer.Context, address: str, json: bool) -> None:
    with opened(context) as app:
        found = reporting.reader(app, address)
        zones = {name: one.schedule.tz for name, one in app.config.newsletters.items()}
    if found is None:
        raise DigestError(f"nobody here has the address {address}")
    if json:
        return as_json(found)
    if not found:
        console.print("No edition was addressed to this reader yet.")
    for answer in found:
        row = answer.row
        zone = zones.get(row.newsletter, UTC)  # of one that left the configuration nobody knows it
        at = f"{row.at.astimezone(zone):%Y-%m-%d %H:%M:%S} ({zone})"
        console.print(
            f"{row.newsletter} {row.date}: {row.state} at {at}; {row.code} {row.reply}; "
            f"revision {row.revision}, SHA-256 {row.sha256[:12] or 'unknown'}",
            markup=False,
        )
        for event in answer.events:
            console.print(
                f"    {event.at.astimezone(zone):%H:%M:%S} {event.state} {event.code} {event.text}",
                markup=False,
            )
