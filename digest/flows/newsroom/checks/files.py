"""The files: are addresses, keys and passwords closed to the other users of this machine?"""

import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from digest.app import FALLS, App
from digest.ops.findings import Finding

PLACE = 2
OTHERS, GROUP_WRITES, WRITES = 0o007, 0o030, 0o022


def examine(app: App, offline: bool) -> Iterator[Finding]:
    """Yield a note for each file and folder whose mode lets others in, with the command that mends it."""
    found = [*_wide(_held(app), OTHERS, "o="), *_wide(_secrets(app), OTHERS | GROUP_WRITES, "g-wx,o=")]
    for path, mode, do in found:
        words = f"{path} is open to other users of this machine ({mode:04o}): chmod {do} {path}"
        yield Finding("files", True, words, note=True)
    for path, mode, do in _wide(_code(app), WRITES, "go-w"):
        words = f"whoever may write into {path} ({mode:04o}) can run what they like as our user: chmod {do} {path}"
        yield Finding("files", True, words, note=True)
    if not found:
        yield Finding("files", True, "database, keys and mails are closed to other users of this machine")


def _held(app: App) -> Iterator[Path]:
    """Yield what holds readers, drafts and settings."""
    if app.config_file is not None:
        yield app.config_file.absolute()
    yield app.data
    yield app.data / FALLS
    yield app.data / "pictures"
    url = make_url(app.config.database.url)
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        yield (file := Path(str(url.database)))
        if not any(_wide(iter([file]), OTHERS, "")):  # its companions get its mode, and go with it
            yield from (Path(f"{file}{end}") for end in ("-wal", "-shm"))
    yield from (relay.folder for relay in app.config.relays.values() if relay.transport == "folder")


def _secrets(app: App) -> Iterator[Path]:
    """Yield what signs and opens: whoever may write there could put their own in its place."""
    folder = app.config_file.absolute().parent if app.config_file else Path()
    yield app.config.site.keys_file
    yield from (folder / one.password_file for one in app.config.relays.values() if one.password_file)
    for newsletter in app.config.newsletters.values():
        own = newsletter.dkim
        yield from (file for file in (own.key_file, own.ed25519_key_file) if file is not None)


def _code(app: App) -> Iterator[Path]:
    """Yield the newsroom's own extensions and their folders: they are run."""
    if (folder := app.config.site.extensions) is not None:
        yield folder
        yield from sorted(path for path in folder.rglob("*") if path.is_dir() or path.suffix == ".py")


def _wide(paths: Iterator[Path], bits: int, do: str) -> Iterator[tuple[Path, int, str]]:
    for path in dict.fromkeys(paths):
        try:
            mode, above = stat.S_IMODE(path.stat().st_mode), path.parent.stat().st_mode
        except OSError:  # not there yet, or not ours to look at
            continue
        if mode & bits and above & (stat.S_IXOTH | (stat.S_IXGRP if bits & GROUP_WRITES else 0)):
            yield path, mode, do
