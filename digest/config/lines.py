"""Where a setting stands in a TOML file: the parser keeps no positions, so faults need this small reader."""

import re

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def positions(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every table and key in *text*; items of `[[tables]]` carry their index.

    Keys inside inline tables are not found on their own: `line_of` then answers with the table's line.
    """
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    quote = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quote:
            quote = "" if quote in line else quote
            continue
        if header := _HEADER.match(line):
            table = _inside(_parts(header[2]), counts)
            if header[1] == "[[":
                index = counts.get(table, -1) + 1
                counts[table] = index
                table = (*table, index)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_parts(key[1])), number)
            quote = _opened(line[key.end() :])
    return found


def line_of(path: Path, known: dict[Path, int]) -> int:
    """Return the line of *path* or of the nearest table around it; 0 when nothing of it is in the file."""
    for length in range(len(path), 0, -1):
        if path[:length] in known:
            return known[path[:length]]
    return 0


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _inside(path: Path, counts: dict[Path, int]) -> Path:
    """Return *path* with the index of the latest item after each array of tables that it goes through."""
    done: Path = ()
    for part in path:
        if done in counts:
            done = (*done, counts[done])
        done = (*done, part)
    return done


def _opened(value: str) -> str:
    """Return the quotes of a multi-line string that *value* opens and does not close, else ""."""
    for quote in ('"""', "'''"):
        if value.count(quote) % 2:
            return quote
    return ""
