"""What a text is made of, for likeness: words, name and number marks, and character n-grams.

Script-aware, and without a model: Hebrew and Arabic words also stand without their prefixes, gershayim and
geresh stay inside a word (בג"ץ), scripts without spaces become n-grams of two characters, accents and
vowel points are dropped, and English plurals meet their singular.
"""

import re
import unicodedata
from functools import lru_cache

# Accents, Hebrew points, Arabic vowel signs and the tatweel say nothing about which event is told.
_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\u0640]"
)
_APOSTROPHES = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u05f3": "'", "\u05f4": '"', "\u201d": '"'}
)
_ALEFS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك"})

# Scripts that write no spaces between words, and Hangul, whose particles stick to the word.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
)
_WORD = re.compile(
    rf"[{_UNSPACED}]+"
    r"|[\u05d0-\u05ea]+(?:[\"'][\u05d0-\u05ea]+)*'?"
    r"|\d+(?:[.,:]\d+)*%?"
    rf"|(?:(?![{_UNSPACED}\u05d0-\u05ea\d_])[\w\u0900-\u0963\u0971-\u0dff])(?:(?![{_UNSPACED}\u05d0-\u05ea_])[\w\u0900-\u0963\u0971-\u0dff'])*"
)
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_HEBREW = re.compile("[\u05d0-\u05ea]")
_ARABIC = re.compile("[\u0620-\u06d3]")

_HEBREW_PREFIXES = "הובכלמש"
_ARABIC_PREFIXES = ("وال", "بال", "كال", "فال", "لل", "ال", "و", "ف", "ب", "ل", "ك")

# Words that say how a sentence is built and not what happened: articles, prepositions, auxiliaries.
_FUNCTION_WORDS = """
    a about after again against all also am an and any are as at be because been before being but by can
    could did do does doing down during each few for from further get gets had has have having he her
    here hers him his how i if in into is it its itself just may me might more most my new no nor not
    now of off on once one only or other our out over own s said same say says she should so some such t
    than that the their them then there these they this those through to too two under until up us very
    was we were what when where which while who whom why will with would you your der die das den dem
    des ein eine einer und oder mit von zu im ist sind war nicht auf fur bei nach aus wie le la les un
    une et ou de du au aux en dans pour par sur avec est sont qui que ne pas il elle el los las una y o
    del al con por para es son se su sus lo gli di da nel della dei che non per och att det som ett av
    pa ar med till har om inte של על את עם לא כי גם הוא היא זה אל או אם כל בין לאחר אחרי في من على الي
    عن مع ان هذا هذه التي الذي بعد كان قد и в на не что с по из за от для как это
"""
STOP = frozenset(_FUNCTION_WORDS.split())


def normalised(text: str) -> str:
    """Return *text* with one form for letters that differ only by accent, point, width or apostrophe."""
    text = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFD", text).translate(_ALEFS))
        text = unicodedata.normalize("NFC", text)
    return text


@lru_cache(maxsize=16384)
def forms(word: str) -> tuple[str, ...]:
    """Return the forms under which a word (normalised, folded) is looked up, the plainest last.

    Hebrew and Arabic: the word and the word without its prefixes; scripts without spaces: pairs of
    characters; other words: one form, without possessive and plural.
    """
    if _IS_UNSPACED.match(word):
        return tuple(word[at : at + 2] for at in range(len(word) - 1)) or (word,)
    if _HEBREW.match(word):
        return tuple(_without_hebrew_prefixes(word))
    if _ARABIC.match(word):
        return tuple(_without_arabic_prefixes(word))
    return (_singular(word),)


def _without_hebrew_prefixes(word: str) -> list[str]:
    found = [word]
    while len(word) > 3 and word[0] in _HEBREW_PREFIXES and len(found) < 3:
        word = word[1:]
        found.append(word)
    return found


def _without_arabic_prefixes(word: str) -> list[str]:
    found = [word]
    for prefix in _ARABIC_PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            found.append(word[len(prefix) :])
            break
    return found


def _singular(word: str) -> str:
    word = word.removesuffix("'s").replace("'", "")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def raw_words(text: str) -> list[str]:
    """Return the words of *text* in order, normalised, case kept: the input of `forms` once folded."""
    return _WORD.findall(normalised(text))


def words(text: str) -> list[str]:
    """Return the word forms of *text* in order, folded, without stop words."""
    return [form for word in raw_words(text) for form in told(word.casefold())]


def told(word: str) -> list[str]:
    """Return the forms of *word* (normalised, folded) that are no stop words."""
    return [form for form in forms(word) if form not in STOP and (len(form) > 1 or not form.isascii())]


def is_unspaced(word: str) -> bool:
    """Whether a word begins in a script that writes no spaces between words."""
    return _IS_UNSPACED.match(word) is not None


def grams(word: str, size: int) -> list[str]:
    """Return the character n-grams of a folded word with its edges marked, one for a short word."""
    padded = f" {word} "
    return [padded[at : at + size] for at in range(max(1, len(padded) - size + 1))]
