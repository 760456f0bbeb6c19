"""What an editor did: an append-only record, whose act is one of a closed set of dataclasses with one codec.

A new kind of choice is one dataclass here, named in `Act`; mypy then shows each place that has to know about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import ClassVar, get_args

from pydantic import AwareDatetime, ConfigDict, JsonValue, TypeAdapter, ValidationError

from digest.model.edition import Sponsor


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a choice puts a story. *place* counts from 1, 0 is anywhere; *was* is where it stood, 0 unknown.

    *section* "" with a place is the top; "" without one is the article's own section.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    section: str = ""
    place: int = 0
    was: int = 0


@dataclass(frozen=True, slots=True)
class _OfEdition:
    """An act about the whole edition. A field that this version does not know makes the stored act an Unknown."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    article: ClassVar[int] = 0


@dataclass(frozen=True, slots=True)
class _OfStory:
    """An act about the story that holds *article*, whichever article leads that story after a rebuild."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    article: int


@dataclass(frozen=True, slots=True)
class Pin(_OfStory):
    """Put it among the top stories, at *place* from 1, 0 for anywhere in the edition; *was* as in a Spot."""

    kind: ClassVar[str] = "pin"
    place: int = 0
    was: int = 0


@dataclass(frozen=True, slots=True)
class Move(_OfStory):
    kind: ClassVar[str] = "move"
    to: Spot = Spot()


@dataclass(frozen=True, slots=True)
class Add(_OfStory):
    """Bring an article in that no feed brought, and put it *to* a spot."""

    kind: ClassVar[str] = "add"
    to: Spot = Spot()


@dataclass(frozen=True, slots=True)
class Drop(_OfStory):
    kind: ClassVar[str] = "drop"


@dataclass(frozen=True, slots=True)
class Hold(_OfStory):
    """An embargo: hold the story back *until* then; None lets it go."""

    kind: ClassVar[str] = "embargo"
    until: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class Retitle(_OfStory):
    """*text* "" is the publisher's own headline again."""

    kind: ClassVar[str] = "retitle"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Redek(_OfStory):
    """*text* "" is the publisher's own dek again."""

    kind: ClassVar[str] = "redek"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Lead(_OfStory):
    """The article itself is to lead its story."""

    kind: ClassVar[str] = "lead"


@dataclass(frozen=True, slots=True)
class Omit(_OfStory):
    """Do not show the article itself below the story that it belongs to."""

    kind: ClassVar[str] = "omit"


@dataclass(frozen=True, slots=True)
class ShowPicture(_OfStory):
    """Show the picture of the article *source* of the same story; 0 is its lead's own, None is no picture."""

    kind: ClassVar[str] = "picture"
    source: int | None = 0


@dataclass(frozen=True, slots=True)
class Merge(_OfStory):
    """Make one story of the two that hold *article* and *other*."""

    kind: ClassVar[str] = "merge"
    other: int


@dataclass(frozen=True, slots=True)
class Split(_OfStory):
    """Keep *article* and *other* in two stories."""

    kind: ClassVar[str] = "split"
    other: int


@dataclass(frozen=True, slots=True)
class SetSubject(_OfEdition):
    """*text* "" is the automatic subject again."""

    kind: ClassVar[str] = "subject"
    text: str = ""


@dataclass(frozen=True, slots=True)
class SetPreheader(_OfEdition):
    """*text* "" is the automatic preheader again."""

    kind: ClassVar[str] = "preheader"
    text: str = ""


@dataclass(frozen=True, slots=True)
class SetNote(_OfEdition):
    """*text* "" takes the editor's note away."""

    kind: ClassVar[str] = "note"
    text: str = ""


@dataclass(frozen=True, slots=True)
class SetSponsor(_OfEdition):
    """The edition's advertisement; None takes it away."""

    kind: ClassVar[str] = "sponsor"
    sponsor: Sponsor | None = None


@dataclass(frozen=True, slots=True)
class Approve(_OfEdition):
    kind: ClassVar[str] = "approve"
    revision: int


@dataclass(frozen=True, slots=True)
class Undo(_OfEdition):
    """Take back the choice with the id *choice*, which may itself be an Undo."""

    kind: ClassVar[str] = "undo"
    choice: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A stored act that this version cannot read: it is kept as it is and shown, and changes nothing."""

    kind: str
    article: int
    body: Mapping[str, JsonValue]


OfStory = Pin | Move | Add | Drop | Hold | Retitle | Redek | Lead | Omit | ShowPicture | Merge | Split
OfEdition = SetSubject | SetPreheader | SetNote | SetSponsor | Approve | Undo
Act = OfStory | OfEdition | Unknown
Placing = Pin | Move | Add  # the editor wants it in, however old it is by now
Pairing = Merge | Split
Line = SetSubject | SetPreheader | SetNote | SetSponsor  # what the edition says about itself

KINDS: Mapping[str, type[OfStory | OfEdition]] = {
    one.kind: one for one in (*get_args(OfStory), *get_args(OfEdition))
}


@dataclass(frozen=True, slots=True)
class Choice:
    """That somebody did *act*; *id* counts up in the database, 0 is not stored yet."""

    act: Act
    by: str
    at: datetime
    id: int = 0

    @property
    def article(self) -> int:
        """The article that it is about, 0 for the edition."""
        return self.act.article


def encode(act: Act) -> tuple[str, int, Mapping[str, JsonValue]]:
    """Return *act* as it is stored: its kind, its article (0 for the edition), and its other fields as JSON."""
    if isinstance(act, Unknown):
        return act.kind, act.article, act.body
    body = _adapter(act.kind).dump_python(act, mode="json")
    body.pop("article", None)
    return act.kind, act.article, body


def decode(kind: str, article: int, body: Mapping[str, JsonValue]) -> Act:
    """Return the act that was stored; Unknown where its kind or a field of it is not of this version."""
    found = KINDS.get(kind)
    if found is None:
        return Unknown(kind, article, body)
    about = {"article": article} if issubclass(found, _OfStory) else {}
    try:
        return _adapter(kind).validate_python({**body, **about})
    except ValidationError:
        return Unknown(kind, article, body)


@cache
def _adapter(kind: str) -> TypeAdapter[OfStory | OfEdition]:
    return TypeAdapter(KINDS[kind])
