"""kept_words: how much this house's record keeps the lead's words; nothing before 14 days of record."""

from digest.model import Story
from digest.stories.context import Context
from digest.stories.memory import WORDS

DEFAULT_WEIGHT = WORDS
LEAST = -4.0
MOST = 4.0


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return the words' worth in spreads of the record's days, with those that say most; 0 without a memory."""
    if context.memory is None:
        return 0.0, ""
    value, words = context.memory.of_words(story.lead)
    if not value or not words:
        return 0.0, ""
    less = "" if value > 0 else " less of"
    return value, f"{context.keeps or 'your record keeps'}{less} the words: {', '.join(words)}"
