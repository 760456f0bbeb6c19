"""Sources as lines of the configuration, and a file with them added: what was there stays, comments included."""

import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from digest.errors import ConfigError

LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A source that could be added: its name and settings, and what is known of it, in words."""

    name: str
    url: str
    kind: str = "feed"
    outlet: str = ""
    language: str = ""
    section: str = ""
    allow_private: tuple[str, ...] = ()
    note: str = ""


def slug(text: str, fallback: str = "source") -> str:
    """Return *text* as a name of a source: small letters, digits and dashes; *fallback* where it has none of them."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].strip("-")
    return made if made and made[0].isalpha() else fallback


def distinct(proposals: Sequence[Proposal], taken: Collection[str]) -> list[Proposal]:
    """Return *proposals* under names that differ from each other and from those that are *taken*."""
    used = set(taken)
    found = []
    for one in proposals:
        name, number = one.name, 1
        while name in used:
            number += 1
            name = f"{one.name[: LONGEST_NAME - len(str(number)) - 1]}-{number}"
        used.add(name)
        found.append(replace(one, name=name))
    return found


def lines(proposals: Sequence[Proposal]) -> str:
    """Return the tables of *proposals* as TOML, each with its note as a comment."""
    return "\n".join(_table(one) for one in proposals)


def _table(one: Proposal) -> str:
    made = [f"[sources.{one.name}]"]
    made += [f"# {line}" for line in one.note.splitlines() if line.strip()]
    fields = ("kind", "url", "outlet", "language", "section")
    made += [f"{name} = {_quoted(value)}" for name in fields if (value := getattr(one, name))]
    if one.allow_private:
        made.append(f"allow_private = [{', '.join(map(_quoted, one.allow_private))}]")
    return "\n".join(made) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def append(file: Path, proposals: Sequence[Proposal], check: Callable[[Path], Any]) -> None:
    """Add *proposals* at the end of the configuration *file*, in one step; raise ConfigError and leave it as it was
    where *check* finds that the whole would not load.

    A link is followed, so that the file behind it is the one that changes; its mode stays.
    """
    there = file.resolve()
    try:
        before = there.read_bytes()
        mode = there.stat().st_mode & 0o777
    except OSError as problem:
        raise ConfigError(f"cannot be read: {problem.strerror}", where=str(file)) from None
    ending = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if before.endswith(b"\n") or not before else ending
    made = lines(proposals).encode().replace(b"\n", ending)
    handle, name = tempfile.mkstemp(prefix=f".{there.name}.", suffix=".new", dir=there.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(before + gap + ending + made)
            out.flush()
            os.fsync(out.fileno())
        fresh.chmod(mode)
        check(fresh)
        if there.read_bytes() != before:
            raise ConfigError(
                "was changed meanwhile, so nothing was added", where=str(file), do="Run it again."
            )
        fresh.replace(there)
    finally:
        fresh.unlink(missing_ok=True)
