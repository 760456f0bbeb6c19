"""`digest feedback`: mails that came back, from files or standard input."""

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.output import JSON_HELP, as_json, console, opened
from digest.errors import UsageError
from digest.flows.feedback.files import Taken, take_files
from digest.flows.feedback.imap import Memory, read_mailbox

cli = typer.Typer()
WORDS = {
    "suppressed": "the address is not written to any more",
    "counted": "a mailbox was full or closed: counted for its reader",
    "refused": "about us, not about a reader: counted for the provider",
    "delayed": "the mail server still tries",
    "complained": "a complaint: the subscription is ended, the address suppressed",
    "unsubscribed": "a reader left by mail",
    "summary": "a DMARC or TLS report: the desk shows who sends in our name",
    "probe": "the bounce that digest doctor sent to itself",
    "stale": "of ours, but too old to say anything of the address as it is now",
    "ignored": "an automatic reply, a delivery notice or ordinary mail: nothing to do",
    "quarantined": "no token of ours is in it: it has no effect",
    "repeated": "taken before: nothing is done twice",
}


@cli.command()
def feedback(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Mails, mboxes or folders of them; - is standard input.", metavar="FILE..."),
    ] = None,
    to: Annotated[
        str, typer.Option("--to", help="The envelope's recipient, where the mails' headers do not say it.")
    ] = "",
    imap: Annotated[
        bool, typer.Option("--imap", help="Read the mailbox of [feedback.imap] once, now, instead of files.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Take bounces, complaints and mails to a List-Unsubscribe address. The same mail again does nothing."""
    if imap == bool(files):
        raise UsageError("name files, or --imap", do="Try: digest feedback FILE...; digest feedback --imap")
    if imap:
        _mailbox(context, json=json)
        return
    with tempfile.TemporaryDirectory() as folder, opened(context) as app:
        paths = [_spooled(Path(folder)) if str(path) == "-" else path for path in files or ()]
        taken = list(take_files(app, paths, to=to))
    if json:
        as_json([_plain(one) for one in taken])
    else:
        _summary(taken)
    if any(one.receipt is None for one in taken):
        raise typer.Exit(1)


def _mailbox(context: typer.Context, *, json: bool) -> None:
    """Read the mailbox once; exit 1 where a mail could not be taken."""
    with opened(context) as app:
        found = read_mailbox(app, Memory())
    if json:
        as_json({"understood": found.understood, "left": found.left, "failed": found.failed})
    else:
        console.print(f"  {found.understood:>7,} understood    taken, and marked as read")
        console.print(f"  {found.left:>7,} left          for a person, unread")
        if found.failed:
            console.print(f"  {found.failed:>7,} not taken     a fault of ours: the log names it")
    if found.failed:
        raise typer.Exit(1)


def _spooled(folder: Path) -> Path:
    """Put standard input into a file: an mbox is read from its end as well."""
    path = folder / "standard input"
    with path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return path


def _plain(one: Taken) -> dict[str, object]:
    file = "-" if Path(one.file).name == "standard input" else one.file
    receipt = one.receipt
    if receipt is None:
        return {"file": file, "number": one.number, "problem": one.problem}
    return {
        "file": file,
        "number": one.number,
        "kind": receipt.kind,
        "effect": receipt.effect,
        "delivery": receipt.delivery or None,
        "why": receipt.why,
    }


def _summary(taken: Sequence[Taken]) -> None:
    counts = Counter(str(one.receipt.effect) for one in taken if one.receipt is not None)
    console.print(f"{len(taken):,} mails" if len(taken) != 1 else "1 mail")
    for effect, count in counts.most_common():
        console.print(f"  {count:>7,} {effect:<12}  {WORDS[effect]}", markup=False)
    for one in taken:
        if one.receipt is None:
            console.print(f"  not read: {one.file}, mail {one.number}: {one.problem}", markup=False)
