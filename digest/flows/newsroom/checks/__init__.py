"""What `digest check` looks at, one file a group; the file name is its registration.

A check is a public module here with `PLACE`, its place in the list, and `look(app, offline) -> Iterator[Finding]`.
It sends nothing, changes nothing, and never raises: what could not be looked at is a finding, too. *offline*
says that nothing beyond this machine and the relays may be asked.
"""

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
