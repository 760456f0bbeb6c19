"""burst: the word that rises most in the own feed against the week before; heard only where no other outlet is."""

from digest.model import Story
from digest.stories.context import Context

DEFAULT_WEIGHT = 1.0
MOST = 10.0


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return how far the lead's word rose, in logarithms, and which word it is; 0 where other outlets are heard."""
    rise = context.rises.get(story.lead.id)
    if rise is None or rise.value <= 0.0:
        return 0.0, ""
    said = f"in {rise.now} of today's own articles, usually in {rise.usual:.1f}"
    return rise.value, f"“{rise.word}” rises: {said}"
