"""The rule for new passwords: how hard one is to guess, by zxcvbn, for somebody who knows whose it is."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from digest.config.schema import Config

SHORTEST, LONGEST = 12, 1000  # characters
SCORE = 3  # of 0 to 4: more than 10^8 guesses (Wheeler, USENIX Security 2016)
SCORED = 72  # zxcvbn looks at no more
RULE = (
    f"At least {SHORTEST} characters, and hard to guess: a few words in a row that have nothing to do with each other. "
    "Your name and the newsroom's count for nothing."
)


def normal(password: str) -> str:
    """Return the same password however a keyboard composes its letters (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, known: Iterable[str]) -> str:
    """Return in words why *password* will not do, "" when it will; *known* is what a guesser knows of its user."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"a password has {SHORTEST} to {LONGEST:,} characters"
    from zxcvbn import zxcvbn  # it loads its dictionaries, which no other command needs

    words = sorted({word for text in known for word in _words(text)}, key=len, reverse=True)
    given = normal(password)
    without = given
    for word in words:  # however they are joined, bent or repeated
        without = re.sub(r"[\W_]*".join(map(re.escape, word)), "a", without, flags=re.IGNORECASE)
    found = [zxcvbn(text[:SCORED], user_inputs=words) for text in dict.fromkeys((given, without)) if text]
    worst = min(found, key=lambda one: int(one["score"]))
    if worst["score"] >= SCORE:
        return ""
    why = str(worst["feedback"]["warning"]).rstrip(".")
    if found[0]["score"] >= SCORE:
        why = "Your name and the newsroom's count for nothing"
    return f"that password is too easy to guess{f' ({why})' if why else ''}"


def known_of(config: Config, name: str) -> Iterator[str]:
    """Yield what anybody knows of the user *name* and of their newsroom."""
    yield name
    yield config.site.name
    yield urlsplit(config.site.url).hostname or ""
    for newsletter in config.newsletters.values():
        yield from (newsletter.title, newsletter.sender.address, newsletter.sender.name)


def _words(text: str) -> Iterator[str]:
    plain = normal(text).casefold().strip()
    parts = [part for part in re.split(r"[\W_]+", plain) if len(part) > 3]
    yield from parts
    whole = re.sub(r"[\W_]+", "", plain)
    if len(whole) > 3:
        yield whole
