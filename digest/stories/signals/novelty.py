"""novelty: whether the last editions had the story already; each that had it makes it half as new."""

from digest.model import Role, Story
from digest.stories.context import Context
from digest.stories.words import count, same_words

DEFAULT_WEIGHT = 0.0

ALIKE = 0.6  # share of words in common from which a title that was carried is about the same


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 1 for a story that no edition in memory carried, a half for each edition that did."""
    own = {article.id for article in story.articles if article.role is Role.OWN} | {story.lead.id}
    own |= {article.id for article in story.thread}
    days = {
        carried.date
        for carried in context.carried.values()
        if carried.article in own or same_words(carried.title, story.lead.title) >= ALIKE
    }
    said = (
        f"{count(len(days), 'earlier edition')} had this story"
        if days
        else "no earlier edition had this story"
    )
    return 0.5 ** len(days), said
