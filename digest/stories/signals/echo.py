"""echo: how much the other outlets write on what the story tells, same event or not; twice as much adds 0.7."""

from digest.model import Story
from digest.stories.context import Context
from digest.stories.copies import firsts
from digest.stories.lead import loudness
from digest.stories.words import age, count

DEFAULT_WEIGHT = 1.0
MOST = 10.0


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return the logarithm of the echo of the story's lead, 0 where there is none, and who tells the story."""
    value = loudness(story.echo)
    if value <= 0.0:
        return 0.0, ""
    others = [one for one in firsts(story) if one.outlet != story.lead.outlet]
    if not others:
        return value, f"no other outlet tells it, others write on its subject ({_amount(story.echo)})"
    newest = min(context.age(one) for one in story.articles if one.outlet != story.lead.outlet)
    told = f"told by {count(len(others), 'other outlet')}, last {age(newest)} ago"
    return value, f"{told} ({_amount(story.echo)})"


def _amount(echo: float) -> str:
    """Return *echo* in reports of the story's very words, as the desk says it."""
    return f"echo {echo:.1f}"
