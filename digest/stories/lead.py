"""Which of a story's own articles is the one to mail, and how much that one says for the story.

Measured by `make bench-news`: the echo of an article, the length of its headline and whether that one asks choose
better than the newest, the oldest, the most central one or the one with the longest dek.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import log

from digest.model import Article, Role, Story
from digest.stories import headline
from digest.stories.memory import Memory

QUIET = 0.1  # an echo that counts for nothing: below it even a report of a stranger is chance
ASKS = 0.3  # what a headline that asks costs an article that would lead
HEADLINE = 0.84  # what a full headline is worth to it

Readings = Mapping[str, datetime]


def loudness(echo: float) -> float:
    """Return what an *echo* counts: 0 for none, 0.7 more each time that it doubles."""
    return log((max(0.0, echo) + QUIET) / QUIET)


def readings(articles: Iterable[Article]) -> dict[str, datetime]:
    """Return when each source was read last, by the newest sighting that it gave."""
    last: dict[str, datetime] = {}
    for article in articles:
        for seen in article.sightings:
            last[seen.source] = max(seen.at, last.get(seen.source, seen.at))
    return last


def story(
    articles: Sequence[Article],
    heard: Mapping[int, float] | None = None,
    read: Readings | None = None,
    memory: Memory | None = None,
) -> Story:
    """Return the story that *articles* tell, in order of publication, with its lead chosen.

    *heard* is the echo of each own article, by id; *read* is when each source was read last; *memory* is
    what the house keeps.
    """
    echoes = heard or {}
    ordered = sorted(articles, key=lambda article: (article.published, article.id))
    read = readings(ordered) if read is None else read

    def order(article: Article) -> tuple[bool, bool, bool, float, bool, float, str, int]:
        kept = memory.worth(article) if memory and article.role is Role.OWN else 0.0
        return _order(article, loudness(echoes.get(article.id, 0.0)) + kept, read)

    lead = min(ordered, key=order)
    return Story(lead, tuple(ordered), tuple(echoes.get(article.id, 0.0) for article in ordered))


def _order(
    article: Article, loud: float, read: Readings
) -> tuple[bool, bool, bool, float, bool, float, str, int]:
    """Own before witness, a report before a comment, what its source still has before what left it; then by words.

    Between equals one with a picture that was fetched leads, then the newest.
    """
    points = loud - ASKS * headline.asks(article) + HEADLINE * headline.weight(article)
    picture = article.picture
    return (
        article.role is not Role.OWN,
        headline.comments(article),
        _left(article, read),
        -round(points, 6),
        picture is None or not (picture.wide or picture.square),
        -article.published.timestamp(),
        article.title,
        article.id,
    )


def _left(article: Article, read: Readings) -> bool:
    """Whether every source that showed *article* was read since without it; False where nobody was asked."""
    return bool(article.sightings) and all(
        seen.at < read.get(seen.source, seen.at) for seen in article.sightings
    )
