"""The one setting for every newsletter: how near articles must be to be one story, and how far time counts."""

from dataclasses import dataclass, field
from datetime import timedelta

from digest.stories.likeness import Mix


@dataclass(frozen=True, slots=True)
class Settings:
    """The one setting for every newsletter; measured by `make bench-news`."""

    mix: Mix = field(default_factory=Mix)
    join: float = 0.16  # the average likeness from which two stories are one
    breadth: float = 0.35  # how far a large story's many ways of telling lower its bar
    tightness: float = 0.85  # how far a story of much alike articles raises it
    usual: float = 0.25  # the likeness of two articles of one story, before a story shows its own
    doubt: float = 4.0  # so many pairs of its own it takes until a story's own likeness counts half
    length: float = 0.63  # how far many words raise the bar: long texts share more by chance
    words: float = 20.0  # of an article, from which they do
    steady: timedelta = timedelta(days=2)  # time apart that does not matter
    half_life: timedelta = timedelta(days=2)
    timeless: float = 0.5  # the share of a likeness that no time takes away
    index: int = 40  # the weightiest terms of an article, by which others find it
    common: int = 1500  # a term that finds more articles than this finds nobody any more
    asked: int = 4  # articles from which a story is asked whether it is one,
    growth: float = 1.3  # and again each time that it has grown by so much,
    largest: int = 200  # and no more once it has so many
    part: float = 1.05  # halves are two stories below this many times what joins two
    least: int = 2  # articles that make a half; one alone is a stray, no event
    others: int = 6  # stories, the likeliest, that a new article is compared with in full
    late: float = (
        1.5  # so many times what joins two, and what is told long after goes with what it goes on from
    )
    stray: int = 2  # as long as one of the two has so few articles: many at once tell something new


DEFAULT = Settings()
