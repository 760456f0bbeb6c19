"""coverage: how many outlets tell the story on their own account, and how many joined lately."""

from datetime import timedelta

from digest.model import Story
from digest.stories.context import Context
from digest.stories.copies import independent

DEFAULT_WEIGHT = 0.1

LATELY = timedelta(hours=1)
HALF = 4.0  # so many outlets besides the first make half of the full value


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 0 for a story that one outlet has to itself, nearing 1 as others tell it too."""
    weight, own_account, reprints = independent(story)
    firsts: dict[str, timedelta] = {}
    for article in story.articles:
        firsts[article.outlet] = max(firsts.get(article.outlet, timedelta(0)), context.age(article))
    lately = sum(age < LATELY for age in firsts.values())
    value = 1.0 - 0.5 ** ((weight - 1.0) / HALF)
    if own_account + reprints < 2:
        return max(0.0, value), ""
    text = f"{own_account} independent outlet{'s' if own_account > 1 else ''}"
    text += f", {lately} in the last hour" if lately else ""
    return value, text + (f", {reprints} reprint{'s' if reprints > 1 else ''}" if reprints else "")
