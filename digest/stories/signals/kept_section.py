"""kept_section: how much this house's record keeps the section of the lead; nothing before 14 days of record."""

from digest.model import Story
from digest.stories.context import Context
from digest.stories.memory import SECTION

DEFAULT_WEIGHT = SECTION
LEAST = -4.0
MOST = 4.0
SAID = 0.05  # below it a section is neither kept nor left


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return the section's worth in spreads of the record's days, with whose record it is; 0 without a memory."""
    if context.memory is None:
        return 0.0, ""
    value = context.memory.of_section(story.lead)
    name = story.lead.section or next(iter(story.lead.categories), "")
    titles = {rule.name: rule.title for rule in context.newsletter.sections}
    if not value:
        return 0.0, ""
    less = "" if value > SAID else " less of" if value < -SAID else " as much as others of"
    return value, f"{context.keeps or 'your record keeps'}{less} {titles.get(name, name)}"
