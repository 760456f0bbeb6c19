"""What commands print: tables for people, JSON for programs, progress for terminals."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from digest.app import App, wired
from digest.ops.findings import Finding
from digest.runtime import process

# Into a file or a pipe a table is as wide as it needs: whoever reads it there wants whole addresses.
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 500)

JSON_HELP = "Print JSON instead of a table."
DATE_HELP = "The edition's local date; today when left out."


@contextmanager
def opened(context: typer.Context) -> Iterator[App]:
    """Give the application for the configuration that the command line names, and close it."""
    app = wired(context.obj)
    process.tune()
    try:
        yield app
    finally:
        app.close()


def as_json(value: object) -> None:
    """Print *value* as JSON: dataclasses as objects, times in ISO 8601."""
    typer.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=2))


def table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[str] = ()
) -> None:
    """Print *rows* under *columns*; those named in *right* are set flush right."""
    made = Table(title=title or None, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", header_style="dim")
    for row in rows:
        made.add_row(*(str(cell) for cell in row))
    console.print(made)


def findings(found: Sequence[Finding], *, json: bool) -> None:
    """Print what was found, a line each; exit with 1 where something is not in order."""
    if json:
        as_json(found)
    for line in found if not json else ():
        mark = "[red]FAIL[/]" if not line.ok else "[yellow]note[/]" if line.note else "[green]ok  [/]"
        console.print(mark, end=" ")
        console.print(f"{line.what}: {line.words}", markup=False)
    if not all(line.ok for line in found):
        raise typer.Exit(1)


def day_of(text: str | None) -> date | None:
    """Return the date that *text* writes as 2026-03-04; None stays None."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no date; write it as 2026-03-04", param_hint="--date"
        ) from None


@contextmanager
def progress(words: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function (done, total) that draws a bar where standard error is a terminal, else nothing."""
    terminal = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):  # each field by itself: asdict breaks a Counter
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")
