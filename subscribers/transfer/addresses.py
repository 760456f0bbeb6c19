"""Which column holds the readers' addresses: found where there is one, asked for where there are several."""

import re
from collections.abc import Sequence

from subscribers.transfer.csv_file import CsvError
from subscribers.transfer.headings import NAMES, of_another, of_mail
from subscribers.transfer.phrases import normalized

LOOKS = re.compile(
    r"""\s*(?:mailto:)?["'<]*[^@\s<>"',;]{1,255}@[^@\s<>"',;]{1,255}\.[^@\s<>"',;]{1,255}[>"',;]*"""
)
_INSIDE = re.compile(r"[^@\s<>\"',;|/()]{1,255}@[^@\s<>\"',;|/()]{1,255}\.[^@\s<>\"',;|/()]{1,255}")
_FIRST, _SHOWN = 30, 60  # headings that a message names, and their characters
_LONGEST = (
    1_000  # characters of a cell that are read: an address has a quarter of that, a text may have a million
)


def several(text: str) -> bool:
    """Return whether more than one address is in a cell."""
    text = text[:_LONGEST]
    return text.count("@") > 1 and len({each.lower() for each in _INSIDE.findall(text)}) > 1


def _bearing(cells: Sequence[str]) -> bool:
    """Return whether most of the cells that say something are addresses, alone or with a name."""
    filled = [text[:_LONGEST].strip() for text in cells if text.strip()]
    good = sum(bool(LOOKS.fullmatch(text) or _INSIDE.search(text)) for text in filled)
    return good * 2 > len(filled)


def shown_headings(header: Sequence[str]) -> str:
    """Return the headings as a person can read them: the first ones, each cut where it is long."""
    names = [name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…" for name in header[:_FIRST]]
    more = len(header) - len(names)
    return ", ".join([*names, *([f"and {more:,} more"] if more else [])])


def address_column(header: Sequence[str], headings: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return the place of the column of addresses; *rows* are some of the first ones.

    Raise CsvError where there is none, or where several hold different ones: nobody may be written to by a guess.
    """
    columns = [
        [row[place].strip() if place < len(row) else "" for row in rows] for place in range(len(headings))
    ]
    bearing = [place for place, cells in enumerate(columns) if _bearing(cells)]
    own = [place for place in bearing if not of_another(header[place])]
    if len(own) > 1:
        own = [place for place in own if not _repeats(place, own, columns, headings)]
    if len(own) > 1:
        named = shown_headings([f'"{header[place]}"' for place in own])
        raise CsvError(
            f"Several columns hold mail addresses: {named}.",
            do=f"Say which is the readers': --map email={_quoted(header[own[0]])}",
            usage=True,
        )
    if own:
        return own[0]
    named_so = [place for place, name in enumerate(headings) if name in NAMES["address"]]
    named_so += [
        place for place in range(len(headings)) if of_mail(header[place]) and not of_another(header[place])
    ]
    if named_so:
        return named_so[0]
    raise CsvError(
        "No column holds mail addresses.",
        do=f"Its headings are {shown_headings(header)}; if one of them does, name it: --map email=COLUMN",
        usage=True,
    )


def _repeats(
    place: int, own: Sequence[int], columns: Sequence[Sequence[str]], headings: Sequence[str]
) -> bool:
    """Return whether another column, a better or an earlier one, has the same addresses."""
    mine = columns[place]
    for other in own:
        if other == place or not all(
            not one or one.lower() == two.lower() for one, two in zip(mine, columns[other], strict=True)
        ):
            continue
        both = all(one.lower() == two.lower() for one, two in zip(mine, columns[other], strict=True))
        if not both or _rank(other, headings) < _rank(place, headings):
            return True
    return False


def _rank(place: int, headings: Sequence[str]) -> tuple[bool, int]:
    return normalized(headings[place]) not in NAMES["address"], place


def _quoted(text: str) -> str:
    return f'"{text}"' if re.search(r"\W", text) else text
