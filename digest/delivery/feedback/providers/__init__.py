"""The webhooks of mail providers, one file a provider; the file name is its name in [feedback.NAME] and in the address.

A provider is a public module here with two pure functions:

    verify(post, settings, now)   raises Refused where *post* is not the provider's own word to this account
    events(post, ours) -> Batch   what it says; what cannot be read in it is counted, and the rest is taken

and, where it is needed, `certificate(post, settings) -> str`, the address of the certificate that the signature is
checked with (the caller puts what is there into `post.certificate`), and `confirmation(post) -> str`, an address that
is to be read once so that events are sent at all.

How a provider's classes become ours: the answer of the reader's server decides where it is quoted
(`digest.delivery.blame`), but never more harshly than the provider's own class. A mail that the provider itself held
back, because the address stands on its suppression list, was never offered to the reader's server: it is a soft
bounce, which counts and does not suppress at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from digest.model.feedback import FeedbackReport

__all__ = ["Batch", "Event", "Post", "Refused"]


class Refused(Exception):
    """The post is not the provider's word to us; why is for our log, and not for whoever posted it."""


@dataclass(frozen=True, slots=True)
class Post:
    """A request as it came: *headers* by lower-case name, *peer* its address, *certificate* in PEM."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    peer: str = ""
    certificate: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Event:
    """One event: what it *report*s, the provider's id of it (the same when it is sent again), and its JSON."""

    report: FeedbackReport
    replay: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """The *events* of a post that say something about a mail, and how many were *broken*."""

    events: tuple[Event, ...] = ()
    broken: int = 0
