"""Sources that fail alike: one line for a host whose feeds all fail for one reason."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

FEW = 3  # names that a line says
_ADDRESS = re.compile(r"^https?://(?:[^/@\s]*@)?([^/:\s]+)\S*: ")


@dataclass(frozen=True, slots=True)
class Failure:
    """A source that could not be read, and why."""

    name: str
    url: str
    error: str


@dataclass(frozen=True, slots=True)
class Failing:
    """Sources of *host* that fail for the one reason *error*; a host is "" where a source has none."""

    host: str
    names: tuple[str, ...]
    error: str

    @property
    def label(self) -> str:
        """The sources in a few words: "example.com: 14 sources (city, sport, world, ...)"."""
        if len(self.names) == 1:
            return self.names[0]
        more = ", ..." if len(self.names) > FEW else ""
        return f"{self.host}: {len(self.names)} sources ({', '.join(self.names[:FEW])}{more})"


def by_host(failures: Iterable[Failure]) -> list[Failing]:
    """Return *failures* with those of one host and one reason as one, in the order in which each came first.

    A reason that begins with the source's address is the same as one that begins with another's of that host.
    """
    found: dict[tuple[str, str], list[Failure]] = {}
    for one in failures:
        host = (urlsplit(one.url).hostname or "") if "://" in one.url else ""
        reason = _ADDRESS.sub(r"\1: ", one.error.removeprefix(f"{one.name}: "))
        found.setdefault((host or one.name, reason), []).append(one)
    return [
        Failing(host, tuple(one.name for one in alike), alike[0].error if len(alike) == 1 else reason)
        for (host, reason), alike in found.items()
    ]
