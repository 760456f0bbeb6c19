"""freshness: how new the story is; it halves with each half-life, which a section may have of its own."""

from datetime import timedelta

from digest.model import Story
from digest.stories.context import Context
from digest.stories.words import age

DEFAULT_WEIGHT = 0.0


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 1 for a story of this minute, half for one that is a half-life old, and its age in words."""
    ranking = context.newsletter.ranking
    half_life = max(ranking.half_lives.get(story.lead.section, ranking.half_life), timedelta(minutes=1))
    old = context.age(story.lead)
    return float(2.0 ** -(old / half_life)), f"{age(old)} old" if old >= timedelta(minutes=1) else "just out"
