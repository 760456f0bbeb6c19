"""growth: how many outlets took the story up in the last hours; a story that grows will be talked about."""

from datetime import timedelta

from digest.model import Story
from digest.stories.context import Context
from digest.stories.copies import firsts
from digest.stories.words import count

DEFAULT_WEIGHT = 0.02

LATELY = timedelta(hours=3)
HALF = 2.0  # so many outlets that joined lately make half of the full value


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 0 for a story that no second outlet joined lately, nearing 1 the more did."""
    ages = sorted((context.age(article) for article in firsts(story)), reverse=True)
    joined = sum(age < LATELY for age in ages[1:])  # whoever was first did not join
    if not joined:
        return 0.0, ""
    hours = int(LATELY.total_seconds() // 3600)
    return 1.0 - 0.5 ** (joined / HALF), f"{count(joined, 'outlet')} joined in the last {hours} h"
