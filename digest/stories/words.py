"""Numbers as an editor says them: "38 min", "second", "two feeds"."""

from datetime import timedelta

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
