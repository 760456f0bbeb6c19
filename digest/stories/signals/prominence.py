"""prominence: how high the outlets place the story. A feed that only follows the clock says nothing."""

from digest.model import Story
from digest.stories.context import Context
from digest.stories.words import count, ordinal

DEFAULT_WEIGHT = 0.0

DEPTH = 20  # below this place in a long feed nobody decided anything
ONE_FEED = 0.5  # the top of one feed is worth half; each further feed half of what is left


def score(story: Story, context: Context) -> tuple[float, str]:
    """Return 0 for a story that no ordered source shows, nearing 1 for one on top of several."""
    places: dict[str, int] = {}
    for article in story.articles:
        for sighting in article.sightings:
            listing = context.listings.get(sighting.source)
            if listing is not None and not listing.by_time:
                places[sighting.source] = min(
                    sighting.position, places.get(sighting.source, sighting.position)
                )
    rest = 1.0
    for source, place in places.items():
        depth = min(DEPTH, max(context.listings[source].length, 5))
        rest *= 1.0 - ONE_FEED * max(0.0, 1.0 - place / depth) ** 2
    return 1.0 - rest, _words(sorted(places.values()))


def _words(places: list[int]) -> str:
    if not places or places[0] >= DEPTH:
        return ""
    best = places[0]
    same = places.count(best)
    return f"{ordinal(best)} in {count(same, 'feed')}"
