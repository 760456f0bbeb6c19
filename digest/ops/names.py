"""The DNS as the checks see it: the real one, or a zone file in its stead."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import dns.exception
import dns.name
import dns.rdata
import dns.rdatatype
import dns.resolver
import dns.zone

from digest.errors import ConfigError

Kind = Literal["TXT", "MX", "A", "AAAA", "CNAME"]
SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Found:
    """The records of a name, as text; *fault* says why nobody could answer, "" where somebody did."""

    records: tuple[str, ...] = ()
    fault: str = ""

    @property
    def void(self) -> bool:
        """Whether the answer was that there is nothing."""
        return not self.records and not self.fault


class Names(Protocol):
    """Whoever answers."""

    def ask(self, name: str, kind: Kind) -> Found:
        """Return the records of *name*: TXT with its strings joined, MX as "10 mx.example.org"."""
        ...


class Live:
    """The DNS, through this machine's resolver; each question is asked once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Kind], Found] = {}
        try:
            self._resolver: dns.resolver.Resolver | None = dns.resolver.Resolver()
            self._resolver.lifetime = SECONDS
        except dns.exception.DNSException:  # no /etc/resolv.conf
            self._resolver = None

    def ask(self, name: str, kind: Kind) -> Found:
        key = (name.lower().rstrip("."), kind)
        if key not in self._known:
            self._known[key] = self._asked(*key)
        return self._known[key]

    def _asked(self, name: str, kind: Kind) -> Found:
        if self._resolver is None:
            return Found(fault="this machine has no resolver")
        try:
            answer = self._resolver.resolve(f"{name}.", kind, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return Found()
        except (dns.exception.DNSException, UnicodeError, ValueError) as problem:
            return Found(fault=str(problem) or type(problem).__name__)
        return Found(tuple(_text(record) for record in answer.rrset or ()))


class Zone:
    """A zone file: absolute names, or relative to its $ORIGIN; what is not in it does not exist."""

    def __init__(self, text: str) -> None:
        try:
            zone = dns.zone.from_text(
                f"$ORIGIN .\n$TTL 300\n{text}\n", ".", relativize=False, check_origin=False
            )
        except (dns.exception.DNSException, ValueError) as problem:
            raise ConfigError(f"is no zone file: {problem}", where="the zone") from None
        self._known: dict[tuple[str, str], list[str]] = {}
        for name, _, record in zone.iterate_rdatas():
            key = name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(record.rdtype)
            self._known.setdefault(key, []).append(_text(record))

    def ask(self, name: str, kind: Kind) -> Found:
        name = name.lower().rstrip(".")
        for _hop in range(8):
            aliases = self._known.get((name, "CNAME"), ())
            if not aliases or kind == "CNAME":
                break
            name = aliases[0]
        return Found(tuple(self._known.get((name, kind), ())))


def zone(file: Path) -> Zone:
    """Return what answers from *file*; raise ConfigError where it is no zone file."""
    try:
        return Zone(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"the zone file cannot be read: {problem}", where=str(file)) from None


def _text(record: dns.rdata.Rdata) -> str:
    strings = getattr(record, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", "replace")
    return record.to_text().removesuffix(".").lower()
