"""Replay, backtest, tune: what was sent, made once more; what other weights would have done; what memory is worth."""

from typing import Annotated

import typer

from digest.cli.output import DATE_HELP, JSON_HELP, as_json, console, day_of, opened
from digest.flows.newsroom import backtest as testing
from digest.flows.newsroom import replay as replaying
from digest.flows.newsroom import tune as tuning

cli = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
MOST_DAYS = 36_500
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


@cli.command()
def backtest(
    context: typer.Context,
    newsletter: Name,
    days: Annotated[
        int, typer.Option("--days", min=1, max=MOST_DAYS, help="How many days to look back.")
    ] = 30,
    json: Json = False,
) -> None:
    """Rank past days with the present weights, beside what was sent: agreement, overlap, what moved."""
    with opened(context) as app:
        tried = testing.backtest(app, newsletter, days=days)
    if json:
        return as_json(tried)
    for one in tried:
        edited = ", changed by an editor" if one.by_hand else ""
        console.print(
            f"{one.edition.date}: NDCG@10 {one.ndcg:.3f}, {one.overlap} of {one.of} the same{edited}",
            markup=False,
        )
        for move in one.moved:
            console.print(f"    {_place(move.sent)} -> {_place(move.now)}  {move.title}", markup=False)
    for words, kind in (("all", tried), ("changed by an editor", [one for one in tried if one.by_hand])):
        if kind:
            mean = sum(one.ndcg for one in kind) / len(kind)
            share = sum(one.overlap for one in kind) / max(1, sum(one.of for one in kind))
            console.print(f"{len(kind)} editions, {words}: NDCG@10 {mean:.3f}, {share:.0%} the same")


def _place(place: int) -> str:
    return f"{place:3}" if place else "  -"


@cli.command()
def tune(context: typer.Context, newsletter: Name, json: Json = False) -> None:
    """Say how well the memory predicts what your newsroom keeps, on weeks it had not seen; nothing is changed."""
    with opened(context) as app:
        found = tuning.tune(app, newsletter)
    if json:
        return as_json(found)
    console.print(f"There is a record of {found.days} days (digest memory import adds one).")
    for one in found.tried:
        console.print(
            f"After {one.after} days of memory, {one.days} days of {one.weeks} weeks left out: NDCG@10 "
            f"{one.memory:.3f} by the memory alone, {one.chance:.3f} by chance; difference {one.low:+.3f} to "
            f"{one.high:+.3f} (95 % by weeks)."
        )
    if not found.tried:
        console.print(
            f"Nothing can be tried yet: it takes {found.needed} days of record, and two weeks after them."
        )
    elif found.tried[-1].low <= 0.0:
        console.print("The difference may be chance: import more days, or switch the memory off on the desk.")
