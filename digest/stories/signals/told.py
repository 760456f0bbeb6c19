"""told: whether another outlet tells the same event; what one outlet has alone needs a sixth more echo."""

from digest.model import Story
from digest.stories.context import Context
from digest.stories.copies import firsts
from digest.stories.words import age, count

DEFAULT_WEIGHT = 0.15


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 1 for a story that another outlet tells, too, with how many do and when the last one did; else 0."""
    others = [one for one in firsts(story) if one.outlet != story.lead.outlet]
    if not others:
        return 0.0, ""
    newest = min(context.age(one) for one in story.articles if one.outlet != story.lead.outlet)
    return (
        1.0,
        f"{count(len(others), 'other outlet')} {'tells' if len(others) == 1 else 'tell'} it, last {age(newest)} ago",
    )
