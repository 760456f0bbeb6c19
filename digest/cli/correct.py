"""`digest correct`: a wrong edition is out."""

import asyncio
from typing import Annotated

import typer
import uvloop

from digest.cli.output import DATE_HELP, JSON_HELP, as_json, console, day_of, opened
from digest.cli.send import until_signalled
from digest.editions.revisions import Revisions
from digest.flows.edition import correct as flow
from digest.flows.sending import send as sending
from digest.model import EditionState

cli = typer.Typer()


@cli.command()
def correct(
    context: typer.Context,
    newsletter: Annotated[str, typer.Argument(help="The newsletter's name in the configuration.")],
    date: Annotated[str | None, typer.Option("--date", help=DATE_HELP)] = None,
    why: Annotated[
        str, typer.Option("--why", help="Stop it now and make it a draft again; what is wrong.")
    ] = "",
    mail: Annotated[
        str, typer.Option("--mail", help="Send these words to exactly those who got the wrong one.")
    ] = "",
    subject: Annotated[str, typer.Option("--subject", help="The subject of that mail.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who does it.", envvar="USER")] = "command line",
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Stop an edition that is wrong, or tell those who got it; without options, say who got what."""
    day = day_of(date)
    with opened(context) as app:
        if why:
            flow.stopped(app, newsletter, day, by=by, why=why)
        if mail:
            made = flow.send_correction(app, newsletter, day, by=by, words=mail, subject=subject)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(until_signalled(lambda stop: sending.send(app, made.id, stop=stop)))
        found = flow.status(app, newsletter, day)
    if json:
        return as_json({"edition": found.edition, "reach": reach_of(found.reach), "mails": found.mails})
    edition, reach = found.edition, found.reach
    console.print(
        f"{newsletter} {edition.date}: {edition.state}, revision {edition.revision}. {reach.got:,} have an earlier "
        f"one, {reach.waiting:,} wait, {reach.unanswered:,} are unanswered, {reach.unknown:,} unknown."
    )
    if reach.words:
        console.print(f"Who has what: {reach.words}", markup=False)
    for sent in reach.told:
        console.print(
            f"Correction mail about revision {sent.revision}: {sent.state}, {sent.got:,} of {sent.total:,} have it, "
            f"“{sent.subject}”",
            markup=False,
        )
    if edition.state is EditionState.DRAFT:
        console.print(
            f"Mend it on the desk or with digest build {newsletter}; then digest approve and digest send "
            f"{newsletter}: the rest get the new one, and nobody gets it twice."
        )


def reach_of(found: Revisions) -> dict[str, object]:
    """Return for JSON who has which revision, and what came of the correction mails."""
    counts = {
        "got": found.got,
        "waiting": found.waiting,
        "unanswered": found.unanswered,
        "unknown": found.unknown,
    }
    return {**counts, "revisions": found.have, "corrections": found.told, "words": found.words}
