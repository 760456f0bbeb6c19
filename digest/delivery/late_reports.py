"""What came back of an edition after it was accepted, as columns and rows for people; and such a mail as text. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

ORDER = ("dead", "soft", "ours", "complained", "delayed")
LABELS = {
    "dead": "dead addresses",
    "soft": "mailboxes full or closed",
    "ours": "refused us",
    "complained": "complaints",
    "delayed": "delayed",
}
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Late:
    """What came back of an edition after it was accepted: what, and how many of each, by provider."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]


def late(found: Mapping[str, Mapping[str, int]], *, limit: int = 30) -> Late:
    """Return *found*, how many of what came back by provider, as a table: the providers with most of it first."""
    columns = tuple(what for what in ORDER if any(what in each for each in found.values()))
    rows = [(name, tuple(each.get(what, 0) for what in columns)) for name, each in found.items()]
    rows.sort(key=lambda row: (-sum(row[1]), row[0]))
    return Late(columns, tuple(rows[:limit]))


def by_provider(found: Late) -> Mapping[str, Mapping[str, int]]:
    """Return the same as a mapping, for programs."""
    return {name: dict(zip(found.columns, counts, strict=True)) for name, counts in found.rows}


def readable(raw: bytes) -> str:
    """Return the mail *raw* as text: a stranger's, to be shown escaped.

    What could turn its direction or move a cursor is taken out.
    """
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
