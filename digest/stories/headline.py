"""What kind of headline it is: one that tells news, one that asks or explains, or one over a comment."""

import re
from collections.abc import Collection

from digest.model import Article
from digest.stories import languages, tokens

MOST = 70  # characters; more of them tell no more news
_MARKS = ("?", "؟", "？", "\u037e")
LONGEST = 3  # words of what a headline opens with
LABEL = 3  # words before a colon; more of them are a sentence
_LABELLED = re.compile(r"\s*[:|]\s+")
_ADDRESS = re.compile(r"[/.?#&=]+")


def asks(article: Article) -> bool:
    """Return whether the headline of *article* asks, explains, or offers something to watch: it tells no news."""
    title = article.title.strip().rstrip("\"'»”’)] ")
    if title.endswith(_MARKS):
        return True
    known = languages.words(article.language)
    if known is None:
        return False
    said = _said(title)
    return (
        _opens(said, known.opens)
        or _opens(said[len(_label(title)) :], known.opens)
        or _holds(said, known.holds)
    )


def comments(article: Article) -> bool:
    """Return whether *article* is a comment or an appreciation: by its section, its label or its address."""
    known = languages.words(article.language)
    marks: frozenset[str] = languages.english().opinion | (known.opinion if known else frozenset())
    labels = [" ".join(_said(label)) for label in (*article.categories, article.section)]
    labels.append(" ".join(_label(article.title)))
    path = _ADDRESS.split(article.url.partition("://")[2].casefold())
    return not marks.isdisjoint(labels) or not marks.isdisjoint(path)


def weight(article: Article) -> float:
    """Return from 0 to 1 how much the headline of *article* tells, by its length."""
    return min(MOST, len(article.title)) / MOST


def _said(text: str) -> list[str]:
    return [word.casefold() for word in tokens.raw_words(text)]


def _label(title: str) -> list[str]:
    """Return the words of a label before a colon or a bar ("Opinion: ..."), LABEL at most."""
    before, *after = _LABELLED.split(title, maxsplit=1)
    found = _said(before) if after else []
    return found if len(found) <= LABEL else []


def _opens(said: list[str], phrases: Collection[str]) -> bool:
    return any(" ".join(said[:count]) in phrases for count in range(1, min(LONGEST, len(said)) + 1))


def _holds(said: list[str], phrases: Collection[str]) -> bool:
    text = f" {' '.join(said)} "
    return any(f" {phrase} " in text for phrase in phrases)
