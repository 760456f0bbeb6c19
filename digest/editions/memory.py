"""What earlier editions carried: a story comes back only with news, and says that it is an update."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from digest.model import Appearance, Article, Role, Story

Carried = Mapping[int, Appearance]

MEMORY = timedelta(days=14)  # how long an edition's stories are remembered
THREAD = timedelta(days=4)  # how long an article that was carried draws later ones to its story
SAME = 0.75  # share of words in common from which two titles say the same


@dataclass(frozen=True, slots=True)
class News:
    """What is new about a story since it was carried: the article to show, and the reason in words."""

    article: Article | None  # None: it was carried, and there is nothing new
    update: bool = False
    text: str = ""


def news(story: Story, lead: Article, carried: Carried) -> News:
    """Return how *story*, shown by *lead*, stands to what was *carried*.

    A story is known by its own articles and by its thread, what earlier editions carried of it. It has news
    when its title was materially changed in a later version, or when a later own article says something else.
    """
    own = [article for article in story.articles if article.role is Role.OWN]
    before = [carried[article.id] for article in (*own, *story.thread) if article.id in carried]
    if not before:
        return News(lead)
    last = max(before, key=lambda appearance: (appearance.at, appearance.article))
    said = [appearance.title for appearance in before]
    day = f"{last.date:%d %B}".lstrip("0")
    for article in _candidates(own, lead):
        was = carried.get(article.id)
        if was is None:
            if article.first_seen > last.at and differs(article.title, said):
                return News(article, update=True, text=f"carried on {day}; since then: {article.title}")
        elif article.version > was.version and differs(article.title, said):
            return News(article, update=True, text=f"carried on {day} as: {was.title}")
    return News(None, text=f"carried on {day}, nothing new since")


def _candidates(own: Sequence[Article], lead: Article) -> list[Article]:
    newest = sorted(own, key=lambda article: (article.published, article.id), reverse=True)
    return sorted(newest, key=lambda article: article.id != lead.id)


def differs(title: str, said: Sequence[str]) -> bool:
    """Whether *title* says something else than each of the titles *said*."""
    return all(_alike(title, other) < SAME for other in said)


def _alike(one: str, other: str) -> float:
    left, right = _words(one), _words(other)
    return len(left & right) / max(1, len(left | right))


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))
