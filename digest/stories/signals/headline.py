"""headline: how much the headline tells, up to 70 characters; a full one adds what a quarter more echo does."""

from digest.model import Story
from digest.stories import headline
from digest.stories.context import Context

DEFAULT_WEIGHT = 0.21


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 1 for a lead whose headline has 70 characters or more, a part of it for a shorter one."""
    length = len(story.lead.title)
    return headline.weight(story.lead), f"its headline has {length} characters" if length else ""
