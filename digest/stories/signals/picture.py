"""picture: whether the lead article brings one."""

from digest.model import Story
from digest.stories.context import Context

DEFAULT_WEIGHT = 0.02


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 1 for a story with a picture that we may show."""
    return (1.0, "has a picture") if story.lead.picture is not None else (0.0, "")
