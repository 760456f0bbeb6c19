"""What the demo prints: sources, articles, stories with their reasons, the mail's size, deliveries, files."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from digest.app import App
from digest.config.schema import Newsletter
from digest.demo.catcher import Catcher
from digest.demo.server import Newsroom
from digest.flows.collect.collect import Collected
from digest.flows.edition.preview import Shown
from digest.flows.newsroom.setup import DEMO_USER, demo_password
from digest.model import BENCH, Built
from digest.points import summed
from digest.store.editions import Line
from digest.store.reports import Sent

Echo = Callable[[object], object]
CLIP = 100_000  # bytes from which Gmail cuts a mail
TOP = 5
WIDTH = 79  # what a plain terminal shows in a line


def fault(problem: BaseException) -> str:
    """Return a fault as a line in red."""
    return f"[bold red]The demo failed:[/] {escape(str(problem) or type(problem).__name__)}"


def _table(*columns: tuple[str, bool]) -> Table:
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, right in columns:
        made.add_column(
            name,
            justify="right" if right else "left",
            header_style="dim",
            no_wrap=name != "outcome",
            overflow="fold",
        )
    return made


def collected(echo: Echo, made: Collected) -> None:
    """Print each source with what it brought."""
    echo("\n[bold]Sources[/]")
    rows = _table(("source", False), ("items", True), ("new", True), ("outcome", False))
    for one in made.sources:
        words = f"[red]{escape(one.error)}[/]" if one.error else escape(one.outcome)
        rows.add_row(one.name, str(one.seen), str(one.new), words)
    echo(rows)
    echo(f"{made.new} articles from {len(made.sources)} sources, {made.pictures.made} pictures cropped")
    for address, words in made.pictures.problems:
        echo(f"[yellow]picture[/] {escape(address)}: {escape(words)}")


def edition(echo: Echo, newsletter: Newsletter, built: Built, shown: Shown) -> None:
    """Print the edition: its subject, its size, and its first stories with their reasons."""
    echo(f"\n[bold]{escape(newsletter.title)}[/] {built.edition.date}")
    echo(
        f"{built.articles} articles tell {built.stories} stories; the mail has {len(built.edition.stories)} of them"
    )
    echo(
        f"Size: {built.size / 1000:.1f} kB, {built.size / CLIP:.0%} of what mail programs show before they cut"
    )
    echo(escape(hung(["Subject:", *shown.edition.subject.split(" ")], " ", 0, 9)))
    for title in built.shed:
        echo(f"[yellow]left out to keep the mail small:[/] {escape(title)}")
    placed = [line for line in shown.stories if line.section != BENCH]
    for number, line in enumerate(placed[:TOP], 1):
        title = hung(f"{number}. {line.title}  {summed(line.reasons)}".split(" "), " ", 2, 5)
        echo(escape(title))
        echo(f"[dim]{escape(hung(_reasons(line), ' · ', 5, 5))}[/]")
    sections: dict[str, int] = {}
    for line in placed[TOP:]:
        sections[line.section] = sections.get(line.section, 0) + 1
    if sections:
        parts = [f"{count} in {name}" for name, count in sections.items()]
        echo(escape(hung([f"then {parts[0]}", *parts[1:]], ", ", 2, 7)))


def _reasons(line: Line) -> list[str]:
    """Return what adds up to the score, and why the story stands elsewhere than that would put it."""
    found = summed(line.reasons)
    return [*(f"{part} {part.reason.text}" for part in found.parts), *(note.text for note in found.notes)]


def hung(parts: Sequence[str], between: str, first: int, rest: int) -> str:
    """Return *parts* in lines no wider than a terminal, broken only between two of them, and indented."""
    lines = [" " * first]
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        piece = part if last else part + between.rstrip()
        glue = "" if not lines[-1].strip() else between[len(between.rstrip()) :]
        if glue and len(lines[-1]) + len(glue) + len(piece) > WIDTH:
            lines.append(" " * rest + piece)
        else:
            lines[-1] += glue + piece
    return "\n".join(lines)


def sent(echo: Echo, made: Sent, files: Sequence[Path]) -> None:
    """Print the deliveries by state, and the files to look at."""
    states = ", ".join(f"{count} {state}" for state, count in made.counts.items() if count)
    echo(f"Deliveries: {states or 'none'}; the edition is [bold]{made.state}[/]")
    for file in files:
        echo(f"  {escape(str(file))}")


def caught(echo: Echo, catcher: Catcher, expected: int) -> None:
    """Print what arrived at the other end of the SMTP dialogue."""
    sizes = [mail.size / 1000 for mail in catcher.mails] or [0.0]
    readers = len({mail.recipient for mail in catcher.mails})
    echo("\n[bold]Inboxes[/]")
    words = f"{len(catcher)} of {expected} mails arrived for {readers} readers"
    echo(f"{words}, {min(sizes):.1f} to {max(sizes):.1f} kB each")


def places(echo: Echo, folder: Path, seconds: float) -> None:
    """Print where everything lies."""
    echo(f"\n[bold]Look at it[/] ({seconds:.1f} s)")
    for name, what in (
        ("editions", "each newsletter's mail as .html, .txt and .eml"),
        ("mails", "every mail as it arrived, one .eml a reader, and envelopes.jsonl"),
        ("config.toml", "the configuration that was used"),
        ("data", "the database and the cropped pictures"),
    ):
        echo(f"  {escape(str(folder / name)):24} {what}")


def doors(echo: Echo, app: App, newsroom: Newsroom, *, desk: str, mails: str) -> None:
    """Print what can be visited while `--serve` keeps it up, and what to try there; *desk* is the setup link."""
    home = newsroom.bases["courier"]
    echo("\n[bold]Open until Ctrl-C[/]")
    for address, what in (
        (desk, "the desk, with the morning's draft; the button signs you in, once"),
        (f"{home}/", "the paper's own site, with the sign-up form pasted in"),
        (f"{app.config.site.url}/subscribe/morning", "our own sign-up page"),
        (mails, "the caught mails"),
    ):
        echo(f"  {address}")
        echo(f"[dim]     {what}[/]")
    echo(f"In another browser: {app.config.site.url}/sign-in")
    echo(f"[dim]     as {DEMO_USER}, password {demo_password(app)}[/]")
    echo("\n[bold]Try[/]")
    for number, words in enumerate(TRY, 1):
        echo(hung(f"{number}. {words}".split(" "), " ", 2, 5))


TRY = (
    "On the desk, drag a story to another place, click it and write its headline anew, drop one.",
    "Sign up on the paper's site, open the mail that was caught for you, confirm, and choose your sections.",
    "Run the checks and approve the edition, send it, and watch it go; then open its report.",
    "Look at what was caught for you: it has your sections only. Leave by the link in its foot, or by one"
    " of the two buttons that mail programs show above it.",
)
