"""One file a target: something that reads strangers' bytes, with what may never happen while it does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

NAMES = ("wire", "session", "feed", "page", "lists", "config", "feedback")
DATA = Path(__file__).parents[4] / "shared" / "data"  # real inputs, read where they are there


class Broken(AssertionError):
    """A promise of the target was not kept."""


@dataclass(frozen=True, slots=True)
class Target:
    """*one* tries an input of at most *most* bytes: it raises what is a finding, and nothing for what is documented.

    *tokens* are words of the input's language; *seconds* of CPU time is what one input may take.
    """

    name: str
    one: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    tokens: tuple[bytes, ...] = ()
    most: int = 65_536
    seconds: float = 2.0
    real: Callable[[], Iterable[bytes]] = tuple


def load(name: str) -> Target:
    """Return the target *name*."""
    found: Target = import_module(f"tests.fuzz.targets.{name}").TARGET
    return found


def some(folder: str, *patterns: str, count: int = 60, most: int = 40_000) -> list[bytes]:
    """Return the contents of some of the small files in a folder of real data; none where it is not there."""
    files = sorted(file for pattern in patterns for file in (DATA / folder).rglob(pattern) if file.is_file())
    small = [file for file in files if 0 < file.stat().st_size <= most]
    step = max(1, len(small) // count)
    return [file.read_bytes() for file in small[::step]][:count]
