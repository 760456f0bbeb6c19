"""Mails that came back, from files: single ones, mboxes, and folders of them."""

import mailbox
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from digest.app import App
from digest.delivery.consequences import Receipt
from digest.delivery.feedback import LONGEST
from digest.errors import DigestError, UsageError
from digest.flows.feedback.reports import receive

SUFFIXES = frozenset({".eml", ".mbox", ".msg", ".txt"})  # of files in a folder that are mails
PARTS = ("new", "cur")  # of a Maildir


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one mail of a file; *number* counts the mails of it from 1."""

    file: str
    number: int
    receipt: Receipt | None
    problem: str = ""


def take_files(app: App, paths: Iterable[Path], *, to: str = "") -> Iterator[Taken]:
    """Take every mail of *paths*, and yield what became of each; one that cannot be read is passed over and named.

    Raises UsageError, before anything is done, where a path is not there.
    """
    every = list(paths)
    for path in every:
        if not path.exists():
            raise UsageError(
                f"there is no {path}", do="Name a mail, an mbox or a folder; - is standard input."
            )
    for path in every:
        for file in _files(path):
            yield from _of_file(app, file, to)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    if all((path / part).is_dir() for part in PARTS):
        return sorted(file for part in PARTS for file in (path / part).iterdir() if file.is_file())
    return sorted(file for file in path.rglob("*") if file.is_file() and file.suffix.lower() in SUFFIXES)


def _of_file(app: App, file: Path, to: str) -> Iterator[Taken]:
    try:
        for number, raw in enumerate(_mails(file), 1):
            yield _taken(app, file, number, raw, to)
    except OSError as problem:
        yield Taken(file=str(file), number=0, receipt=None, problem=problem.strerror or str(problem))


def _taken(app: App, file: Path, number: int, raw: bytes, to: str) -> Taken:
    try:
        return Taken(file=str(file), number=number, receipt=receive(app, raw, to=to, source="file"))
    except DigestError as problem:
        return Taken(file=str(file), number=number, receipt=None, problem=str(problem))


def _mails(file: Path) -> Iterator[bytes]:
    """Yield the mails of *file*: it is an mbox where it begins as one, else a single mail."""
    with file.open("rb") as opened:
        beginning = opened.read(5)
        if beginning != b"From ":
            yield (beginning + opened.read(LONGEST))[:LONGEST]
            return
    box = mailbox.mbox(file, create=False)
    try:
        for key in box.keys():  # noqa: SIM118 - a mailbox iterates over its mails, parsed
            yield box.get_bytes(key)[:LONGEST]
    finally:
        box.close()
