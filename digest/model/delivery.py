"""An edition as bytes, a reader's mail, and what became of it."""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """An edition as subject, preheader, HTML and text with open slots and section markers.

    The slot `view_url` stands as `@@<nonce>.view_url@@`; a part that belongs to a section stands between
    `@@<nonce>.begin.<section>@@` and `@@<nonce>.end.<section>@@` (inside a comment in the HTML).
    """

    subject: str
    preheader: str
    html: str
    text: str
    nonce: str
    language: str
    shed: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The bytes of the HTML as a mailbox provider counts them: decoded, each slot filled with 100 bytes."""
        return len(self.html.encode()) + 100 * self.html.count(f"@@{self.nonce}.")


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of a message's bytes: ready-made *data*, or a *slot* to fill; *section* "" goes to everybody."""

    data: bytes = b""
    slot: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A rendered edition compiled to wire bytes: one for each revision and language.

    *headers* are the header lines that are the same for everybody; *body* is everything after the empty
    line. *sha256* covers both and is shown wherever the variant is named.
    """

    subject: str
    language: str
    content_type: str
    headers: tuple[Segment, ...]
    body: tuple[Segment, ...]
    sha256: str
    size: int  # of the largest message, slots empty


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVariant:
    """A stored variant: the HTML and text with open slots, and the compiled bytes."""

    id: int
    edition: int
    revision: int
    language: str
    sha256: str
    subject: str
    preheader: str
    nonce: str
    html: str
    text: str
    compiled: bytes
    size: int

    @property
    def rendered(self) -> Rendered:
        """What was rendered, as it is kept."""
        return Rendered(
            subject=self.subject,
            preheader=self.preheader,
            html=self.html,
            text=self.text,
            nonce=self.nonce,
            language=self.language,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """What a message needs to know about its reader. *sections* None means all of them."""

    subscriber: int
    address: str
    name: str = ""
    language: str = ""
    sections: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One mail to one reader, ready as wire bytes (CRLF, no dot-stuffing left to do).

    Its bytes are in *parts*, most of which it shares with all other readers' mails: a mail that waits for its
    turn holds little memory, and the kernel reads what lies in the cache already.
    """

    delivery: int
    sender: str  # the VERP envelope address
    recipient: str
    message_id: str
    parts: tuple[bytes, ...] = field(repr=False)
    smtputf8: bool = False
    eight_bit: bool = False  # it has bytes above 127, and needs 8BITMIME (RFC 6152)
    ours: frozenset[str] = (
        frozenset()
    )  # our addresses and domains in it: an answer that names one is about us

    @property
    def content(self) -> bytes:
        """The whole of it."""
        return b"".join(self.parts)

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return sum(map(len, self.parts))


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    HANDED = "handed"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    REFUSED = "refused"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    UNDELIVERABLE = "undeliverable"
    BROKEN = "broken"
    CANCELLED = "cancelled"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


OPEN = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.HANDED})
