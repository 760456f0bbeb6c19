"""local: whether the story names the words and places that are close to the readers (`ranking.local`)."""

from digest.model import Story
from digest.stories.context import Context
from digest.stories.words import names

DEFAULT_WEIGHT = 0.7  # as much as twice the echo; nothing until places are named

BELOW = 0.6  # what a name counts that stands in the dek and not in the headline


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 1 for a story whose headline names one of the places, less where only its dek does."""
    places = context.newsletter.ranking.local
    for text, value in ((story.lead.title, 1.0), (story.lead.dek, BELOW)):
        named = [place for place in places if names(text, place)]
        if named:
            return value, f"names {', '.join(named[:3])}"
    return 0.0, ""
