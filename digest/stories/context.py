"""What a signal may know besides the story: the moment, the newsletter, its memory, and the day's sources."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from digest.config.schema import Newsletter
from digest.model import Appearance, Article, Story
from digest.stories.burst import Rise
from digest.stories.memory import Memory

FEW = 5  # of fewer articles than this nobody can say in which order a source lists them


@dataclass(frozen=True, slots=True)
class Listing:
    """How a source lists its articles: how many, and whether its editors order it or only the clock does."""

    length: int
    by_time: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is the same for every story of a day; *trust* is by source.

    *earlier* is the own feed's week before today, for days on which no other outlet is heard. *memory* is
    what the house's record taught, and *keeps* whose record it is, in words ("your readers open"). `rank.ranked` fills
    *listings*, and on such days *rises*: the word of each own article that rose most.
    """

    now: datetime
    newsletter: Newsletter
    carried: Mapping[int, Appearance] = field(default_factory=dict)
    trust: Mapping[str, float] = field(default_factory=dict)
    earlier: Sequence[Article] = ()
    listings: Mapping[str, Listing] = field(default_factory=dict)
    rises: Mapping[int, Rise] = field(default_factory=dict)
    memory: Memory | None = None
    keeps: str = ""

    def age(self, article: Article) -> timedelta:
        """Return how old *article* is; nothing is younger than new, whatever its date says."""
        return max(timedelta(0), self.now - article.published)


def listings(stories: Iterable[Story]) -> dict[str, Listing]:
    """Return how each source that was sighted lists its articles."""
    seen: defaultdict[str, dict[int, Article]] = defaultdict(dict)
    for story in stories:
        for article in story.articles:
            for sighting in article.sightings:
                seen[sighting.source][sighting.position] = article
    return {source: _listing(places) for source, places in sorted(seen.items())}


def _listing(places: Mapping[int, Article]) -> Listing:
    dates = [article.published for _, article in sorted(places.items())]
    falling = sum(later <= earlier for earlier, later in pairwise(dates))
    by_time = len(dates) >= FEW and falling >= 0.9 * (len(dates) - 1)
    return Listing(length=max(places) + 1, by_time=by_time)
