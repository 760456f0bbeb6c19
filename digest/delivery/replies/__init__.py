"""What SMTP servers answer, as tables: words about limits of sending, about us, and about the reader's mailbox.

A rule is a sign, not a verdict: `blame.classified` weighs the signs of a reply against its codes. Each rule names
its source: a standard, the documentation of a mail server, or a provider's own page for postmasters. A server that
says something new is one phrase more.
"""

import re
from functools import lru_cache

from digest.delivery.replies import limits, ours, readers
from digest.delivery.replies.signs import Rule, Sign

__all__ = ["RULES", "Rule", "Sign", "signs"]

LONGEST = 1000  # characters of an answer that are read
RULES = (*limits.RULES, *ours.RULES, *readers.RULES)


def lowered(pattern: str) -> str:
    """Return *pattern* for a text in lower case: a search without regard to case takes twice the time."""
    return re.sub(r"\\.|[^\\]+", lambda part: part[0] if part[0][0] == "\\" else part[0].lower(), pattern)


_WORDS = [(rule.sign, re.compile(lowered("|".join(rule.phrases)))) for rule in RULES]


@lru_cache(maxsize=2048)  # a server says the same to many
def signs(text: str) -> frozenset[Sign]:
    """Return what the words of *text* point at; empty where they say nothing that is known."""
    text = text[:LONGEST].lower()
    return frozenset(sign for sign, words in _WORDS if words.search(text))
