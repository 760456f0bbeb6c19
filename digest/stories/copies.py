"""Which of a story's articles are reprints of one text: wire copy counts less than a report of one's own."""

from collections.abc import Sequence
from functools import lru_cache

from digest.model import Article, Story
from digest.stories import tokens

ALIKE = 0.8  # share of words in common from which two texts are one text
SHORTEST = 6  # two headlines of fewer words agree by chance
REPRINT = 0.25  # what an outlet that only reprints counts, a report of its own counting 1
REPRINTS = 1.0  # what all of them count at most: however many run the wire's text, one wrote it


@lru_cache(maxsize=512)  # the texts of one build: kept for longer, they only fill memory
def _words(text: str) -> frozenset[str]:
    return frozenset(tokens.words(text))


def same_text(one: Article, other: Article) -> bool:
    """Whether two articles are one text under two roofs: by their deks where both have one, else by title."""
    pairs = ((one.dek, other.dek), (one.title, other.title))
    return any(_same(_words(left), _words(right)) for left, right in pairs if left and right)


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    if min(len(one), len(other)) < SHORTEST:
        return False
    return len(one & other) >= ALIKE * len(one | other)


def texts(articles: Sequence[Article]) -> list[list[Article]]:
    """Return *articles* grouped by text: each group holds one text and its reprints, in the order given."""
    groups: list[list[Article]] = []
    for article in articles:
        for group in groups:
            if same_text(group[0], article):
                group.append(article)
                break
        else:
            groups.append([article])
    return groups


def firsts(story: Story) -> list[Article]:
    """Return the first article of each outlet that tells *story* on its own account, in order of publication."""
    found: dict[str, Article] = {}
    for group in texts(story.articles[:200]):
        outlet = group[0].outlet
        if outlet not in found or group[0].published < found[outlet].published:
            found[outlet] = group[0]
    return sorted(found.values(), key=lambda article: (article.published, article.id))


def independent(story: Story) -> tuple[float, int, int]:
    """Return the weight of *story*'s outlets, how many tell it on their own account, how many reprint.

    An outlet counts once, however many articles it has.
    """
    original: set[str] = set()
    reprinting: set[str] = set()
    for group in texts(story.articles[:200]):
        outlets = list(dict.fromkeys(article.outlet for article in group))
        fresh = [outlet for outlet in outlets if outlet not in original]
        if len(fresh) == len(outlets):
            original.add(fresh.pop(0))
        reprinting.update(fresh)
    reprinting -= original
    return len(original) + min(REPRINTS, REPRINT * len(reprinting)), len(original), len(reprinting)
