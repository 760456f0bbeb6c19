"""What the words of a server's answer point at, and what a rule of the tables is."""

from dataclasses import dataclass
from enum import StrEnum


class Sign(StrEnum):
    """What words point at: one sign of several, weighed by `delivery.blame` with the codes."""

    LIMIT = "limit"  # how much we send, how fast, on how many connections
    SENDER = "sender"  # our address, our account, our rights at the relay
    BLOCK = "block"  # our reputation, a block list, a policy, spam
    DEFECT = "defect"  # the mail is malformed, or holds what they do not take
    SIZE = "size"  # the mail is too big
    GREYLIST = "greylist"  # come back in some minutes, whoever you are
    BUSY = "busy"  # this reader gets too much mail just now, from anybody
    FULL = "full"  # this reader's mailbox is full
    CLOSED = "closed"  # this reader's mailbox is disabled, or takes no mail from outside
    NOBODY = "nobody"  # there is no such mailbox
    NOWHERE = "nowhere"  # there is no such domain, or it takes no mail at all
    DOUBTFUL = "doubtful"  # something is wrong with the recipient's address: too little to call it dead


@dataclass(frozen=True, slots=True)
class Rule:
    """One of *phrases*, regular expressions without regard to case, is a *sign*; *source* says or documents so."""

    sign: Sign
    source: str
    phrases: tuple[str, ...]
