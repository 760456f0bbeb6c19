"""asks: whether the headline asks, explains, or offers something to watch, instead of telling what happened."""

from digest.model import Story
from digest.stories import headline
from digest.stories.context import Context

DEFAULT_WEIGHT = -0.1


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 1 for a story whose lead has such a headline, else 0."""
    return (1.0, "its headline asks or explains") if headline.asks(story.lead) else (0.0, "")
