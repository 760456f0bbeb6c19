"""picture: whether the lead article brings one that the mail can show."""

from digest.model import Story
from digest.stories.context import Context

DEFAULT_WEIGHT = 0.0


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 1 for a story with a picture that was fetched, or is shown from where it is."""
    found = story.lead.picture
    return (1.0, "has a picture") if found and found.shows(context.newsletter.look.pictures) else (0.0, "")
