"""Which language an article is in: by its script first, then as configured, then as the feed says."""

import re
import unicodedata
from functools import lru_cache

from digest.config.schema import RTL
from digest.model import Direction

# Script -> the languages written in it, the likeliest first. Latin is left out: it says nothing.
_SCRIPTS: dict[str, tuple[str, ...]] = {
    "HEBREW": ("he", "yi", "iw"),
    "ARABIC": ("ar", "fa", "ur", "ps", "sd", "ckb", "ug"),
    "CYRILLIC": ("ru", "uk", "bg", "sr", "be", "mk", "kk", "ky", "mn", "tg"),
    "GREEK": ("el",),
    "ARMENIAN": ("hy",),
    "GEORGIAN": ("ka",),
    "THAI": ("th",),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "BENGALI": ("bn", "as"),
    "GURMUKHI": ("pa",),
    "GUJARATI": ("gu",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "KANNADA": ("kn",),
    "MALAYALAM": ("ml",),
    "SINHALA": ("si",),
    "ETHIOPIC": ("am", "ti"),
    "KHMER": ("km",),
    "LAO": ("lo",),
    "MYANMAR": ("my",),
    "TIBETAN": ("bo",),
    "THAANA": ("dv",),
    "SYRIAC": ("arc",),
    "HANGUL": ("ko",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "CJK": ("zh", "ja"),
}
_ELSEWHERE = {language for languages in _SCRIPTS.values() for language in languages}
_TAG = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?(?:[-_.].*)?", re.IGNORECASE)


def tag(text: str) -> str:
    """Return *text* as a language tag ("en-us" -> "en-US", "iw" -> "he"); "" when it is none (RFC 5646)."""
    found = _TAG.fullmatch(text.strip())
    if not found:
        return ""
    language = {"iw": "he", "in": "id", "ji": "yi"}.get(found[1].lower(), found[1].lower())
    script, region = (found[2] or "").title(), (found[3] or "").upper()
    return "-".join(part for part in (language, script, region) if part)


def language(text: str, configured: str = "", said: str = "") -> str:
    """Return the tag of *text*'s language.

    A script that is not Latin decides, narrowed by *configured* or *said* (the feed's word) where one of
    them is written in it; else the first of the two that may be in Latin letters, else English.
    """
    script = _script(text[:600])
    offered = [found for found in (tag(configured), tag(said)) if found]
    if script:
        fitting = [found for found in offered if found.split("-")[0] in _SCRIPTS[script]]
        return fitting[0] if fitting else _SCRIPTS[script][0]
    if not any(mark.isalpha() for mark in text):
        return offered[0] if offered else "en"
    latin = [found for found in offered if found.split("-")[0] not in _ELSEWHERE or "Latn" in found]
    return latin[0] if latin else "en"


def direction(language_tag: str) -> Direction:
    """Return the reading direction of a language."""
    return "rtl" if language_tag.split("-", maxsplit=1)[0].lower() in RTL else "ltr"


def _script(text: str) -> str:
    """Return the script that holds most letters of *text*; "" for Latin, for none and for one unknown."""
    counts: dict[str, int] = {}
    for mark in text:
        if mark.isalpha():
            name = _script_of(mark)
            counts[name] = counts.get(name, 0) + 1
    if counts.keys() & {"HIRAGANA", "KATAKANA"}:
        counts["KATAKANA"] = counts.get("KATAKANA", 0) + counts.pop("CJK", 0)
    most = max(counts, key=lambda name: counts[name], default="")
    return most if most in _SCRIPTS else ""


@lru_cache(maxsize=4096)
def _script_of(mark: str) -> str:
    if mark.isascii():
        return "LATIN"
    return unicodedata.name(mark, "").split(" ")[0]
