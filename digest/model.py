"""The nouns, in the order in which a day's news becomes a mail. Plain data: nothing here acts.

    Item -> Article -> Story -> Ranked -> Edition(Placed) -> Rendered -> Variant -> Message -> Outcome

All times are aware datetimes in UTC unless a name says otherwise.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

Direction = Literal["ltr", "rtl"]
OfStory = Literal[
    "pin", "drop", "move", "retitle", "redek", "merge", "split", "lead", "picture", "add", "embargo"
]
OfEdition = Literal["subject", "preheader", "note", "sponsor", "approve", "undo"]


class Role(StrEnum):
    """What an outlet is to a newsletter: mailed, or only listened to."""

    OWN = "own"
    WITNESS = "witness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture as a source offers it; nothing has been fetched."""

    url: str
    alt: str = ""
    caption: str = ""
    credit: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a source gave, untouched but decoded: markup and odd dates are still in it."""

    guid: str = ""
    url: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    byline: str = ""
    published: datetime | None = None
    modified: datetime | None = None
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    language: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A lead picture: where it came from, and the content hashes of our two crops ("" when not made)."""

    url: str
    alt: str = ""
    caption: str = ""
    credit: str = ""
    wide: str = ""
    square: str = ""

    def shows(self, policy: str) -> bool:
        """Return whether a mail can show it under *policy* (`look.pictures`): what we host must have been fetched."""
        return bool(self.wide or self.square) if policy == "host" else policy == "hotlink"


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where in a source an article stood at its latest sighting: 0 is the top of the feed."""

    source: str
    position: int
    at: datetime
    first: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One piece, cleaned and dated, in its latest version.

    *published* is the publisher's date, or *first_seen* where that is missing or absurd. *section* and
    *role* are as the newsletter at hand sees them: they are set when a newsletter loads its articles.
    *body* is plain text (summary or content, capped), for likeness only; it is never mailed.
    """

    id: int
    version: int = 1
    source: str
    outlet: str
    url: str
    title: str
    dek: str = ""
    byline: str = ""
    body: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    section: str = ""
    role: Role = Role.OWN
    published: datetime
    modified: datetime | None = None
    first_seen: datetime
    language: str = "en"
    direction: Direction = "ltr"
    picture: Picture | None = None
    sightings: tuple[Sighting, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """The articles about one event; *lead* is the one that would be mailed (own wherever there is one).

    *echoes* is, for each of *articles*, how much of other outlets' reporting is like it (0 for witnesses).
    *thread* are articles of the same event that earlier editions carried and that are no news any more.
    """

    lead: Article
    articles: tuple[Article, ...]
    echoes: tuple[float, ...] = ()
    thread: tuple[Article, ...] = ()

    @property
    def echo(self) -> float:
        """How much of other outlets' reporting is like the lead; 1 would be one article with its very words."""
        heard = (
            echo for one, echo in zip(self.articles, self.echoes, strict=False) if one.id == self.lead.id
        )
        return next(heard, 0.0)

    @property
    def outlets(self) -> tuple[str, ...]:
        """The outlets that tell this story, the lead's first, then in order of appearance."""
        return tuple(dict.fromkeys([self.lead.outlet, *(article.outlet for article in self.articles)]))


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a score: what the signal saw (*value*, 0..1), what it weighs, and why, in words.

    One that weighs nothing is no part of the score: it says why the story stands elsewhere than its score would put it.
    """

    signal: str
    value: float
    weight: float
    text: str = ""

    @property
    def points(self) -> float:
        """What this reason adds to the score."""
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Ranked:
    """A story with its score and the reasons that add up to it, the weightiest first; *topics*: its title's words."""

    story: Story
    score: float
    reasons: tuple[Reason, ...]
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Appearance:
    """That an earlier edition carried an article: in which version, under which title, and when it was built."""

    article: int
    version: int
    title: str
    date: date
    at: datetime


class EditionState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    SENDING = "sending"
    PAUSED = "paused"
    HALTED = "halted"
    SENT = "sent"
    CANCELLED = "cancelled"


class OccurrenceState(StrEnum):
    WAITING = "waiting"
    BUILDING = "building"
    DONE = "done"
    QUIET = "quiet"  # nothing new: no mail, and it says so
    SKIPPED = "skipped"  # a person said no
    MISSED = "missed"  # the freshness deadline passed


@dataclass(frozen=True, slots=True)
class Choice:
    """An editor's recorded act about an *article*, 0 for the edition; *value* is the act's own (`choices.py` says).

    *undoes* is the id of the choice that this one takes back, 0 where it takes back none.
    """

    act: OfStory | OfEdition
    article: int
    value: str
    by: str
    at: datetime
    id: int = 0
    undoes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A story at its place in an edition. *title* and *dek* are the editor's where the editor wrote them."""

    place: int
    section: str
    article: Article
    title: str
    dek: str = ""
    score: float = 0.0
    reasons: tuple[Reason, ...] = ()
    outlets: tuple[str, ...] = ()  # every outlet that tells it
    also: tuple[Article, ...] = ()  # other *own* outlets' articles: a roundup links to them
    members: tuple[int, ...] = ()  # ids of the articles that are this story
    update: bool = False  # an earlier edition carried it; this one has news


@dataclass(frozen=True, slots=True)
class Section:
    """A named run of stories: "top" first, then the newsletter's own, then "brief"."""

    name: str
    title: str
    stories: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class Sponsor:
    """Who pays for the edition's one advertisement, its line of plain text, and the https address it leads to."""

    name: str
    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One day's issue of a newsletter, composed: all that a template may know, and nothing about a reader."""

    newsletter: str
    title: str
    date: date  # in the newsletter's zone
    now: datetime
    language: str
    direction: Direction
    subject: str
    preheader: str
    sections: tuple[Section, ...]
    id: int = 0
    revision: int = 1
    number: int = 0  # the how-manieth edition this is; 0 is unknown
    state: EditionState = EditionState.DRAFT
    note: str = ""  # the editor's, plain text
    correction: bool = False  # it is a correction mail, and its note says what was wrong
    sponsor: Sponsor | None = None
    shed: tuple[str, ...] = ()  # titles left out to keep the mail under its size
    bench: tuple[Placed, ...] = ()  # ranked, but not placed; never rendered

    @property
    def stories(self) -> tuple[Placed, ...]:
        """Every placed story, in reading order."""
        return tuple(story for section in self.sections for story in section.stories)


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
