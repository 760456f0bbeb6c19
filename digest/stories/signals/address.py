"""address: what the newsroom gives to addresses that contain a text (`ranking.urls`); off until asked for."""

from digest.model import Story
from digest.stories.context import Context

DEFAULT_WEIGHT = 0.0


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return the most that the house gives to a part of the lead's address, 0 where it says nothing."""
    wanted = context.newsletter.ranking.urls
    value, part = max(
        ((value, part) for part, value in wanted.items() if part and part in story.lead.url),
        default=(0.0, ""),
    )
    return value, f"house style: {part} in the address" if value else ""
