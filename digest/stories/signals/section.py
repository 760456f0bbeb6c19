"""section: what the newsroom gives to a section (`ranking.sections`); off until it is asked for."""

from digest.model import Story
from digest.stories.context import Context

DEFAULT_WEIGHT = 0.0


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return what the house gives to the section of the lead, 0 where it says nothing."""
    section = story.lead.section
    value = context.newsletter.ranking.sections.get(section, 0.0)
    return value, f"house style: section {section}" if value else ""
