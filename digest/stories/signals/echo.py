"""echo: how much the other outlets report on the story's subject, same event or not, beside the day's most."""

from digest.model import Story
from digest.stories.context import Context

DEFAULT_WEIGHT = 0.6


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 1 for the story that other outlets' reporting is most like, 0 where there is no other outlet."""
    if context.loudest <= 0.0:
        return 0.0, ""
    value = min(1.0, max(0.0, story.echo / context.loudest))
    if value >= 1.0:
        return value, "the subject that others write most about"
    if value <= 0.0:
        return 0.0, ""
    if value < 0.01:
        return value, "others hardly write about it"
    return value, f"others write about it {value:.0%} as much as about the day's most"
