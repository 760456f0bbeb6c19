"""followup: whether the story goes on from what the readers were told in one of the last editions."""

from digest.model import Story
from digest.stories.context import Context

DEFAULT_WEIGHT = 0.0

LONG = 70  # characters of a title; longer ones are cut


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 1 for a story with an article of its own that follows one the readers had, else 0."""
    told = [context.carried[article.id] for article in story.thread if article.id in context.carried]
    if not told or story.lead.id in context.carried:
        return 0.0, ""
    last = max(told, key=lambda one: (one.at, one.article))
    title = last.title if len(last.title) <= LONG else last.title[: LONG - 1].rstrip() + "…"
    return 1.0, f"follows “{title}” of {last.date.day} {last.date:%B}"
