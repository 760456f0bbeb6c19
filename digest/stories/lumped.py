"""Stories that hold a suspicious share of a source: words that all its items have in common may have joined them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from digest.model import Article, Story

FEWEST = 4  # articles
SHARE = 1 / 3  # of what a source has


def lumps(stories: Sequence[Story], articles: Sequence[Article]) -> tuple[str, ...]:
    """Return a sentence on each story of at least FEWEST articles of one source, and a third of all that it has."""
    groups = ((story.articles[0].title, [article.source for article in story.articles]) for story in stories)
    return said(groups, Counter(article.source for article in articles))


def said(groups: Iterable[tuple[str, Sequence[str]]], totals: Mapping[str, int]) -> tuple[str, ...]:
    """Return the same for (headline, the source of each of its articles); *totals* are articles by source."""
    found = []
    for title, sources in groups:
        for source, many in Counter(sources).most_common():
            if many >= FEWEST and many >= SHARE * totals.get(source, 0):
                whole = f"One story holds {many} of the {totals.get(source, many)} articles of {source}"
                found.append(f"{whole}: “{title}”. Look whether they are several.")
    return tuple(found)
