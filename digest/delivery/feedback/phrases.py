"""Tables of phrases as one pattern: a phrase more is a line more."""

import re


def any_of(*phrases: str, flags: int = re.I) -> "re.Pattern[str]":
    """Return a pattern of any of *phrases*, regular expressions without regard to case."""
    return re.compile("|".join(phrases), flags)
