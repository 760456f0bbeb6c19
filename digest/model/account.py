"""Who signs in: what is known of the one who tries, what came of it, and how long a session lasts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

IDLE, MOST = timedelta(days=7), timedelta(days=30)  # a session unused ends, and in the end any session


@dataclass(frozen=True, slots=True)
class Trier:
    """Who tries to sign in: hashes of the network and, if it signed in here before, of the browser.

    *wide* is the /48 around an IPv6 network, which one customer of a data centre may have whole.
    """

    network: str
    device: str = ""
    agent: str = ""
    wide: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """It was the right password: *cookie* is the new session's."""

    user: str
    cookie: str


@dataclass(frozen=True, slots=True)
class NotSignedIn:
    """It was not, or it is too early to say: try again after *wait* seconds (0: at once)."""

    why: Literal["wrong", "early", "busy"]
    wait: int = 0


def lasts(created: datetime, now: datetime) -> datetime:
    """Return until when a session lasts that was made at *created* and used *now*."""
    return min(now + IDLE, created + MOST)
