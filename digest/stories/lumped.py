"""Stories that hold a suspicious share of a source: words that all its items have in common may have joined them."""

from collections import Counter
from collections.abc import Sequence

from digest.model import Article, Story

FEWEST = 4  # articles
SHARE = 1 / 3  # of what a source has


def lumps(stories: Sequence[Story], articles: Sequence[Article]) -> tuple[str, ...]:
    """Return a sentence on each story of at least FEWEST articles of one source, and a third of all that it has."""
    totals = Counter(article.source for article in articles)
    found = []
    for story in stories:
        for source, many in Counter(article.source for article in story.articles).most_common():
            if many >= FEWEST and many >= SHARE * totals[source]:
                said = f"One story holds {many} of the {totals[source]} articles of {source}"
                found.append(f"{said}: “{story.articles[0].title}”. Look whether they are several.")
    return tuple(found)
