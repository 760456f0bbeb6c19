"""Articles about one event, ranked with reasons."""

from dataclasses import dataclass

from digest.model.article import Article


@dataclass(frozen=True, slots=True)
class Story:
    """The articles about one event; *lead* is the one that would be mailed (own wherever there is one).

    *echoes* is, for each of *articles*, how much of other outlets' reporting is like it (0 for witnesses).
    *thread* are articles of the same event that earlier editions carried and that are no news any more. *across* are
    headlines of other stories that one outlet's piece runs across: it is about all of them, and tells none.
    """

    lead: Article
    articles: tuple[Article, ...]
    echoes: tuple[float, ...] = ()
    thread: tuple[Article, ...] = ()
    across: tuple[str, ...] = ()

    @property
    def echo(self) -> float:
        """How much of other outlets' reporting is like the lead; 1 would be one article with its very words."""
        heard = (
            echo for one, echo in zip(self.articles, self.echoes, strict=False) if one.id == self.lead.id
        )
        return next(heard, 0.0)

    @property
    def outlets(self) -> tuple[str, ...]:
        """The outlets that tell this story, the lead's first, then in order of appearance."""
        return tuple(dict.fromkeys([self.lead.outlet, *(article.outlet for article in self.articles)]))


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a score: what the signal saw (*value*, 0..1), what it weighs, and why, in words.

    One that weighs nothing is no part of the score: it says why the story stands elsewhere than its score would put it.
    """

    signal: str
    value: float
    weight: float
    text: str = ""

    @property
    def points(self) -> float:
        """What this reason adds to the score."""
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Ranked:
    """A story with its score and the reasons that add up to it, the weightiest first; *topics*: its title's words."""

    story: Story
    score: float
    reasons: tuple[Reason, ...]
    topics: frozenset[str] = frozenset()
