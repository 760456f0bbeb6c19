"""Words that rise in the newsroom's own feed against the week before: what to go by where nobody else is heard.

Measured by `make bench-news` where no other outlet is named: the word that rose most says more than the mean or the
sum over an article's words. Words that are no news by themselves do not count: "years" rises on many a day.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import log

from digest.model import Article
from digest.stories import tokens
from digest.stories.plain import is_plain

BEFORE = timedelta(days=7)  # of the own feed, before what counts today
PRIOR = 1.0  # articles a day that any word is thought to have


@dataclass(frozen=True, slots=True)
class Rise:
    """How a *word* rose: *now* of today's articles have it, *usual* is what the week before makes expect."""

    word: str
    now: int
    usual: float

    @property
    def value(self) -> float:
        """Return how far it rose, in natural logarithms: 0.7 is twice as often as usual."""
        return max(0.0, log((self.now + PRIOR) / (self.usual + PRIOR)))


def rises(today: Sequence[Article], earlier: Sequence[Article]) -> Mapping[int, Rise]:
    """Return, by the article's id, the word of each of *today*'s articles that rose most against *earlier* ones."""
    said = {article.id: _words(article) for article in today}
    now = Counter(word for words in said.values() for word in words)
    before = Counter(word for article in earlier for word in _words(article))
    share = len(said) / len(earlier) if earlier else 0.0
    risen = {word: Rise(word, often, before[word] * share) for word, often in now.items()}
    return {
        number: max((risen[word] for word in words), key=_most) for number, words in said.items() if words
    }


def _most(rise: Rise) -> tuple[float, int, int, str]:
    """Return what is compared: of equal ones the longest, for a Hebrew word also counts without its prefixes."""
    return rise.value, rise.now, len(rise.word), rise.word


def _words(article: Article) -> frozenset[str]:
    folded = (word.casefold() for word in tokens.raw_words(f"{article.title} {article.dek}"))
    news = (word for word in folded if not is_plain(word, article.language))
    return frozenset(form for word in news for form in tokens.told(word))
