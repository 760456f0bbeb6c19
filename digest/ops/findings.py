"""What `digest check` finds: one line each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: about *what*, in *words*; not *ok* is what a send would fail by.

    A *note* is in order, and somebody should know of it.
    """

    what: str
    ok: bool
    words: str
    note: bool = False


def many(count: int, word: str) -> str:
    """Return *count* with its *word*, in the plural where it must be."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
