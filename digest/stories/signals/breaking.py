"""breaking: a story that several outlets began to tell at almost the same time, not long ago."""

from datetime import timedelta

from digest.model import Story
from digest.stories.context import Context
from digest.stories.copies import firsts
from digest.stories.words import age, count

DEFAULT_WEIGHT = 0.05

NEW = timedelta(hours=2)  # older than this nothing breaks any more
ENOUGH = 3  # outlets; two can be chance
FULL = 6


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 0 unless the whole story is of the last two hours, 1 where six outlets or more tell it."""
    ages = [context.age(article) for article in firsts(story)]
    if len(ages) < ENOUGH or max(ages) >= NEW:
        return 0.0, ""
    return min(1.0, len(ages) / FULL), f"{count(len(ages), 'outlet')} began it within {age(max(ages))}"
