"""What a transport says of a message: the last of the nouns of `digest.model`, and as plain."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """The relay took the message: 250, with the text that names its queue id."""

    code: int
    reply: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now (4xx): try again later."""

    code: int
    reply: str


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too fast, or not now for reasons of theirs (421, a quota): the row pays no attempt for it.

    *relay* tells whose word it is: the relay's own, else that of the provider behind it.
    """

    code: int
    reply: str
    relay: bool = True


@dataclass(frozen=True, slots=True)
class Rejected:
    """They will not have the address: *dead* (5.1.x) is suppressed, else (full, disabled) it is counted."""

    code: int
    reply: str
    dead: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """They will not have *us* (5.7.x and kin): the reader is not to blame."""

    code: int
    reply: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The final dot went out and no answer came: nobody can say."""

    why: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The line was lost before the final dot, for certain; *inside* the message's own body, or not."""

    why: str
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """The relay cannot carry this message at all: its SIZE, 8BITMIME or SMTPUTF8 say so."""

    why: str
    code: int = 0


Outcome = Accepted | Deferred | Throttled | Rejected | Refused | Lost | Undeliverable | Unknown
