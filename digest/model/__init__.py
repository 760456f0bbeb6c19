"""The nouns, in the order in which a day's news becomes a mail. Plain data: nothing here acts.

    Item -> Article -> Story -> Ranked -> Edition(Placed) -> Rendered -> Variant -> Message -> Outcome

All times are aware datetimes in UTC unless a name says otherwise.
"""

from digest.model.article import Article, Direction, Item, Media, Picture, Role, Sighting
from digest.model.choice import Act, Choice
from digest.model.delivery import (
    OPEN,
    DeliveryState,
    Message,
    Recipient,
    Rendered,
    Segment,
    StoredVariant,
    Variant,
)
from digest.model.edition import (
    BEGUN,
    BENCH,
    MAIN,
    TRANSITIONS,
    UNBEGUN,
    Appearance,
    Built,
    Composition,
    Edition,
    EditionEvent,
    EditionState,
    OccurrenceState,
    Placed,
    Section,
    Sponsor,
    Transition,
)
from digest.model.notice import Audience, Notice
from digest.model.story import Ranked, Reason, Story

__all__ = [
    "BEGUN",
    "BENCH",
    "MAIN",
    "OPEN",
    "TRANSITIONS",
    "UNBEGUN",
    "Act",
    "Appearance",
    "Article",
    "Audience",
    "Built",
    "Choice",
    "Composition",
    "DeliveryState",
    "Direction",
    "Edition",
    "EditionEvent",
    "EditionState",
    "Item",
    "Media",
    "Message",
    "Notice",
    "OccurrenceState",
    "Picture",
    "Placed",
    "Ranked",
    "Reason",
    "Recipient",
    "Rendered",
    "Role",
    "Section",
    "Segment",
    "Sighting",
    "Sponsor",
    "StoredVariant",
    "Story",
    "Transition",
    "Variant",
]
