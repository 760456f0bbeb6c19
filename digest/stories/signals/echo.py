"""echo: how much other outlets' headlines of the last day are like it, same event or not; twice as much adds 0.7."""

from digest.model import Story
from digest.stories.context import Context
from digest.stories.lead import loudness

DEFAULT_WEIGHT = 1.0
MOST = 10.0
LITTLE = 0.5  # of the very words of one report


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return the logarithm of the echo of the story's lead, 0 where there is none, and how large the echo is."""
    value = loudness(story.echo)
    if value <= 0.0:
        return 0.0, ""
    return (
        value,
        f"{'little' if story.echo < LITTLE else 'heard'} in other outlets' headlines: echo {story.echo:.1f}",
    )
