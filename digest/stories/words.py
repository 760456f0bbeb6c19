"""Numbers as an editor says them ("38 min", "second", "two feeds"), and whether texts share words."""

from datetime import timedelta
from functools import lru_cache

from digest.stories import tokens

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_CARDINALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def age(span: timedelta) -> str:
    """Return *span* in its largest sensible unit: 45 s, 38 min, 5 h, 3 days."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{round(minutes / 60)} h"
    return f"{round(minutes / 60 / 24)} days"


def ordinal(place: int) -> str:
    """Return "first" for 0, "11th" for 10."""
    if place < len(_ORDINALS):
        return _ORDINALS[place]
    number = place + 1
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def count(number: int, one: str, many: str = "") -> str:
    """Return "one feed", "two feeds", "12 feeds"."""
    said = _CARDINALS[number] if 0 <= number < len(_CARDINALS) else str(number)
    return f"{said} {one if number == 1 else many or one + 's'}"


def same_words(one: str, other: str) -> float:
    """Return the share of words that two titles have in common, from 0 to 1."""
    left, right = _folded(one), _folded(other)
    return len(left & right) / max(1, len(left | right))


def names(text: str, place: str) -> bool:
    """Whether *text* names *place*: its words stand there in a row, in any of their forms.

    Hebrew and Arabic prefixes do not hide a place; scripts without spaces are searched for as they are.
    """
    wanted = [word.casefold() for word in tokens.raw_words(place)]
    there = [tokens.forms(word.casefold()) for word in tokens.raw_words(text)]
    if any(tokens.is_unspaced(word) for word in wanted):
        return tokens.normalised(place).casefold() in tokens.normalised(text).casefold()
    return bool(wanted) and any(
        all(tokens.forms(word)[0] in there[at + step] for step, word in enumerate(wanted))
        for at in range(len(there) - len(wanted) + 1)
    )


@lru_cache(maxsize=512)  # the texts of one build: kept for longer, they only fill memory
def _folded(text: str) -> frozenset[str]:
    return frozenset(tokens.words(text))
