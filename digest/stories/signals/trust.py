"""trust: how far the newsroom trusts the source of the lead article (`sources.<name>.trust`)."""

from digest.model import Story
from digest.stories.context import Context

DEFAULT_WEIGHT = 0.2


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return the trust in the lead's source, 1 where none is given."""
    value = min(1.0, max(0.0, context.trust.get(story.lead.source, 1.0)))
    return value, f"from a source trusted {value:.0%}"
