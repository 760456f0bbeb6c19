"""What a text says of a reader: its known phrases, found without regard to case, accents and marks."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from subscribers.transfer.entry import ImportStatus
from subscribers.transfer.vocabulary import FALSE, LANGUAGES, NOT, ONLY_OF_MAIL, TRUE, Sense

_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "œ": "oe", "æ": "ae", "ß": "ss", "ð": "d"})
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[ T]+\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?Z?)?")
_CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])")
_SPACELESS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


@lru_cache(maxsize=4096)
def normalized(text: str) -> str:
    """Return *text* without case, accents, blanks and marks: "E-Mail Address" is "emailaddress"."""
    return "".join(mark for mark in _folded(text) if mark.isalnum())


def tokens(text: str) -> list[str]:
    """Return the words of *text*, folded as `normalized` does; `optOut` and `opt_out` are two."""
    found = "".join(mark if mark.isalnum() else " " for mark in _folded(_CAMEL.sub(" ", text)))
    return found.split()


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.strip("\ufeff\u200b \t").casefold()).translate(_LETTERS)
    return "".join(mark for mark in folded if not unicodedata.combining(mark))


def _known(words: Iterable[str]) -> frozenset[str]:
    return frozenset(normalized(word) or word for word in words)


YES, NO, _NOT = (_known(words.split("|")) for words in (TRUE, FALSE, NOT))
_GRAVITY = tuple(Sense)
# One word may have two meanings in two languages: the graver one holds.
SENSES: dict[str, Sense] = {}
for _meanings in LANGUAGES.values():
    for _sense, _words in _meanings.items():
        for _word in _known(_words.split("|")):
            SENSES[_word] = max(_sense, SENSES.get(_word, _sense), key=_GRAVITY.index)
_LONGEST = 6  # words in a phrase

STATUS: dict[Sense, ImportStatus] = {
    Sense.YES: ImportStatus.SUBSCRIBED,
    Sense.CONFIRMED: ImportStatus.SUBSCRIBED,
    Sense.SOFT: ImportStatus.UNKNOWN,
    Sense.PENDING: ImportStatus.PENDING,
    Sense.OFF: ImportStatus.UNSUBSCRIBED,
    Sense.NO: ImportStatus.UNSUBSCRIBED,
    Sense.DELETED: ImportStatus.DELETED,
    Sense.BOUNCE: ImportStatus.BOUNCED,
    Sense.COMPLAINT: ImportStatus.COMPLAINED,
    Sense.NEVER: ImportStatus.SUPPRESSED,
}
AFFIRMATIVE = frozenset({Sense.YES, Sense.CONFIRMED})
_REFUSALS = frozenset({Sense.NO, Sense.BOUNCE, Sense.COMPLAINT, Sense.NEVER})
_STEMS = _known(ONLY_OF_MAIL.split("|"))
_SMALL = (
    "e email emails mail mails newsletter newsletters double single subscriber subscribers contact contacts "
    "user member recipient list status state the to is has a by via from for in since paid free premium "
    "customer import imported manually manual form api admin opt marketing globally currently still yes "
    "abonnent empfänger abonné kontakt benutzer contacto suscriptor usuario contato usuário contatto utente "
    "am le el la en de und and et y"
)
NEUTRAL = _known(_SMALL.split())


def senses(words: Sequence[str]) -> tuple[list[Sense], list[str]]:
    """Return the meanings of the known phrases among *words*, the longest first taken, and what is left over.

    A "not" before a yes makes a no of it, before "confirmed" an open sign-up; before a no it has no meaning.
    """
    found: list[Sense] = []
    left: list[str] = []
    place = 0
    while place < len(words):
        size, sense = _phrase(words, place)
        if sense is None and words[place] in _NOT and place + 1 < len(words):
            size, sense = _phrase(words, place + 1)
            if sense in AFFIRMATIVE:
                found.append(Sense.NO if sense is Sense.YES else Sense.PENDING)
            else:
                left += words[place : place + 1 + size]
            place += 1 + size
        elif sense is None:
            left.append(words[place])
            place += 1
        else:
            found.append(sense)
            place += size
    return found, left


def _phrase(words: Sequence[str], place: int) -> tuple[int, Sense | None]:
    for size in range(min(_LONGEST, len(words) - place), 0, -1):
        sense = SENSES.get("".join(words[place : place + size]))
        if sense is not None:
            return size, sense
    return 1, None


def meaning(text: str) -> Sense | None:
    """Return what *text* says of a reader, None where it is not understood.

    A no is heard anywhere in it. A yes has to be all it says, or it may be "active until complained".
    """
    words = tokens(_DATE.sub(" ", text))
    whole = SENSES.get("".join(words))
    if whole is not None:
        return whole
    found, left = senses(words)
    if not found:
        return _within(words)
    gravest = max(found, key=_GRAVITY.index)
    if gravest in AFFIRMATIVE and not NEUTRAL.issuperset(left):
        return _within(left)
    return gravest


@lru_cache(maxsize=65536)
def refusal(text: str) -> Sense | None:
    """Return the no that all of *text* is, in words that are said of nothing but mail; None for any other text."""
    whole = normalized(text) if len(text) <= 60 else ""
    sense = SENSES.get(whole)
    return sense if sense in _REFUSALS and any(stem in whole for stem in _STEMS) else None


def _within(words: Sequence[str]) -> Sense | None:
    """Return the gravest no inside of words that are written without blanks (Chinese, Japanese)."""
    whole = "".join(words)
    if not _SPACELESS.search(whole):
        return None
    inside = [
        sense for word, sense in SENSES.items() if len(word) > 1 and _SPACELESS.search(word) and word in whole
    ]
    return max((one for one in inside if one not in AFFIRMATIVE), key=_GRAVITY.index, default=None)
