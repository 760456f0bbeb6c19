"""A newsletter's day: whether it is due, the edition that it makes, and what stands in it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from digest.model.article import Article, Direction
from digest.model.story import Reason

MAIN = "main"  # the issue of a day that every newsletter has; the name of another one makes a second edition
BENCH = "bench"  # the section of what was ranked and not placed


class OccurrenceState(StrEnum):
    WAITING = "waiting"
    BUILDING = "building"
    DONE = "done"
    QUIET = "quiet"  # nothing new: no mail, and it says so
    SKIPPED = "skipped"  # a person said no
    MISSED = "missed"  # the freshness deadline passed


class EditionState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    SENDING = "sending"
    PAUSED = "paused"
    HALTED = "halted"
    SENT = "sent"
    CANCELLED = "cancelled"


class EditionEvent(StrEnum):
    """What happens to an edition; TRANSITIONS says from where to where."""

    APPROVE = "approve"  # enough people have; from here on it does not change
    WITHDRAW = "withdraw"  # the approval is taken back before anything went out
    BEGIN = "begin"  # its hour has come, or a person sends it
    PAUSE = "pause"
    RESUME = "resume"
    HALT = "halt"  # the machine stops it until a person looks
    FINISH = "finish"  # planned to the end, and no row is open
    REQUEUE = "requeue"  # who misses it by no fault of their address gets another try
    REOPEN = "reopen"  # the wrong edition is out: it is a draft again, to be corrected
    MISS = "miss"  # its day ended before it began: too late, nothing new, or nobody to read it
    CANCEL = "cancel"  # a person ends it for good


@dataclass(frozen=True, slots=True)
class Transition:
    """From which states an event leads *to* which one.

    *stamps* are the columns that get the moment of the event (one that has a value keeps it where it is in *keeps*),
    *clears* those that lose theirs. *halt* gets the event's reason, "" for all but HALT.
    """

    was: frozenset[EditionState]
    to: EditionState
    stamps: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()


def _from(*states: EditionState) -> frozenset[EditionState]:
    return frozenset(states)


BEGUN = _from(EditionState.SENDING, EditionState.PAUSED, EditionState.HALTED)
UNBEGUN = _from(EditionState.DRAFT, EditionState.APPROVED)
TRANSITIONS = {
    EditionEvent.APPROVE: Transition(
        _from(EditionState.DRAFT), EditionState.APPROVED, stamps=("approved_at",)
    ),
    EditionEvent.WITHDRAW: Transition(
        _from(EditionState.APPROVED), EditionState.DRAFT, clears=("approved_at",)
    ),
    EditionEvent.BEGIN: Transition(_from(EditionState.APPROVED), EditionState.SENDING, keeps=("started_at",)),
    EditionEvent.PAUSE: Transition(_from(EditionState.SENDING), EditionState.PAUSED),
    EditionEvent.RESUME: Transition(_from(EditionState.PAUSED, EditionState.HALTED), EditionState.SENDING),
    EditionEvent.HALT: Transition(_from(EditionState.SENDING), EditionState.HALTED),
    EditionEvent.FINISH: Transition(_from(EditionState.SENDING), EditionState.SENT, stamps=("finished_at",)),
    EditionEvent.REQUEUE: Transition(
        _from(EditionState.SENDING, EditionState.HALTED, EditionState.SENT), EditionState.SENDING
    ),
    EditionEvent.REOPEN: Transition(
        BEGUN | {EditionState.SENT}, EditionState.DRAFT, clears=("approved_at", "finished_at")
    ),
    EditionEvent.MISS: Transition(UNBEGUN, EditionState.CANCELLED),
    EditionEvent.CANCEL: Transition(UNBEGUN | BEGUN, EditionState.CANCELLED),
}


@dataclass(frozen=True, slots=True)
class Appearance:
    """That an earlier edition carried an article: in which version, under which title, and when it was built."""

    article: int
    version: int
    title: str
    date: date
    at: datetime


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
    also: tuple[
        Article, ...
    ] = ()  # other own articles to link to: a second one of its outlet, one of each other outlet
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
    """The row of one day's edition; what stands in it is a Composition, made of the stored stories."""

    id: int
    newsletter: str
    date: date
    issue: str = MAIN
    state: EditionState
    revision: int
    now: datetime
    since: datetime
    subject: str
    preheader: str
    note: str
    sponsor: Sponsor | None = None
    approved_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    halt: str
    watched_until: datetime | None = None
    corrects: int = 0  # the edition that this is a correction mail about
    corrected: int = 0
    planned: bool = False  # every reader has a row in the ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """One day's issue of a newsletter, composed: all that a template may know, and nothing about a reader."""

    newsletter: str
    title: str
    date: date  # in the newsletter's zone
    issue: str = MAIN
    now: datetime
    language: str
    direction: Direction
    subject: str
    preheader: str
    sections: tuple[Section, ...]
    id: int = 0
    revision: int = 1
    number: int = 0  # counted from the newsletter's first edition; 0 is unknown
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
class Built:
    """What a build made: the stored edition (None when there is nothing new), and how it came about.

    *lumps* warn of stories that hold so much of a source that they may be several.
    """

    saved: Edition | None
    edition: Composition
    articles: int
    own: int
    stories: int
    size: int = 0
    sha256: str = ""
    shed: tuple[str, ...] = ()
    lumps: tuple[str, ...] = ()
    since: datetime
