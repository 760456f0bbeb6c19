"""Doctor: is everything outside the house set up so that mail arrives? One file a check.

A check is a public module here with `PLACE`, its place in the list, and `look(setup) -> Iterator[Line]`. It
asks the DNS through `setup.names` only, so a zone file can answer in its stead, and it never raises: what
could not be asked is a line, too. Nothing is sent, nothing is changed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from digest.config.schema import Newsletter, Relay
from digest.messages import dkim
from digest.ops.names import Names

Visit = Callable[[str, Mapping[str, str]], tuple[int, str, bytes]]


class Grade(StrEnum):
    GREEN = "green"
    AMBER = "amber"  # it works; somebody should know
    RED = "red"  # mail will be lost or refused


@dataclass(frozen=True, slots=True)
class Line:
    """What a check found: about *what*, in *words*; *paste* is the record or setting that mends it."""

    check: str
    what: str
    grade: Grade
    words: str
    paste: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the checks look at: one newsletter, and the world through what answers for it.

    *get* returns the status of an https address and where it led; *knock* asks a mail host whether it takes
    an address and returns its reply; *visit* asks for a path of our own site with headers, and returns the status,
    the address that it led to and the body; *bounce* sends a bounce of our own to a mail host, and
    returns after how many seconds it was taken, None where it was not.
    None where nobody beyond this machine is to be asked.
    """

    name: str
    newsletter: Newsletter
    relays: Mapping[str, Relay]
    names: Names
    now: datetime
    readers: int
    others: int  # readers of the other newsletters
    sender: str  # the domain of From
    signing: str  # d=
    bounces: str  # the domain of the envelope sender
    keys: Sequence[dkim.Key]
    lost: str  # why there are none, though the configuration names them
    unsubscribe: str  # an unsubscribe link that is nobody's
    get: Callable[[str], tuple[int, str]] | None = None
    knock: Callable[[str, str], tuple[int, str]] | None = None
    visit: Visit | None = None
    bounce: Callable[[str, str], float | None] | None = None
    reads_mail: str = ""  # what reads the mails that come back, in words
    posted: str = ""  # the providers that post what comes back
    probe: str = ""  # the path that says how we are seen to come
    lifetime: Callable[[], str] = field(default=lambda: "")  # of the queue of a relay on this machine

    @property
    def ours(self) -> bool:
        """Whether there is a relay that leaves the signature to us."""
        return any(relay.dkim == "ours" for relay in self.relays.values())
