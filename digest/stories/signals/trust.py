"""trust: what a lead loses whose source the newsroom trusts less than fully (`sources.<name>.trust`)."""

from digest.model import Story
from digest.stories.context import Context

DEFAULT_WEIGHT = 0.7  # a source that is not trusted at all needs twice the echo
LEAST = -1.0
MOST = 0.0


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 0 for a source that is trusted fully, down to -1 for one that is not trusted at all."""
    trust = min(1.0, max(0.0, context.trust.get(story.lead.source, 1.0)))
    return (trust - 1.0, f"from a source trusted {trust:.0%}") if trust < 1.0 else (0.0, "")
