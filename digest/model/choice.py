"""What an editor did: an append-only record about an article or the edition."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

OfStory = Literal[
    "pin", "drop", "move", "retitle", "redek", "merge", "split", "lead", "picture", "add", "embargo"
]
OfEdition = Literal["subject", "preheader", "note", "sponsor", "approve", "undo"]


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
