"""Bytes to text under a charset that a stranger names: a server's header, a page, a source's settings."""

import codecs
import re

# They stand in Python's list and are no charsets of documents: some refuse every byte, some run escapes.
_NONE = frozenset(
    {"idna", "punycode", "undefined", "unicode_escape", "unicode-escape", "raw-unicode-escape", "utf-7"}
)
# What browsers read under another name than its own (encoding.spec.whatwg.org, "Names and labels").
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
_LABELS = {
    "iso-8859-8-i": "iso8859-8",
    "visual": "iso8859-8",
    "logical": "iso8859-8",
    "uft-8": "utf-8",
    "x-sjis": "cp932",
    "unicode-1-1-utf-8": "utf-8",
    "x-cp1252": "cp1252",
}


def decoded(content: bytes, name: str) -> str | None:
    """Return *content* as text under the charset *name*, what does not fit replaced; None where there is none such."""
    name = name.strip().lower()
    try:
        known = codecs.lookup(_LABELS.get(name, name)).name
        if known in _NONE or known.replace("_", "-") in _NONE:
            return None
        return content.decode(_MEANT.get(known, known), "replace")
    except (LookupError, ValueError):  # no such name, no charset of text, or no name at all ("a\0b")
        return None


def known_as(name: str) -> str:
    """Return the name under which documents know a charset that Python or a guess calls by its code page."""
    return {"cp932": "shift_jis", "cp874": "tis-620", "cp949": "euc-kr", "cp936": "gbk"}.get(
        name.lower(), name
    )


def of_page(content: bytes, content_type: str) -> str:
    """Return a page as text: UTF-8 where it is that, else by the header, by its own word, and at last windows-1252.

    What is UTF-8 cannot well be anything else, whatever is said of it; a few bad bytes in much that is good are U+FFFD.
    """
    text = _utf8(content)
    if text is not None:
        return text
    head = content[:4096].decode("latin-1").lower()
    for place, inside in ((content_type.lower(), False), (head, True)):
        _, found, rest = place.partition("charset=")
        name = rest.lstrip("\"' ").split(">")[0].split(";")[0].split('"')[0].split("'")[0].strip(" /")
        if inside and name.startswith("utf-16"):
            name = "utf-8"  # else that word could not have been read
        if found and name and (text := decoded(content, name)) is not None:
            return text
    return content.decode("cp1252", "replace")


def _utf8(content: bytes) -> str | None:
    """Return *content* where it is UTF-8, or nearly; None for ASCII alone, UTF-16 and what is mostly something else."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if content.isascii():
        return None if b"\x1b" in content else content.decode("ascii")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("utf-8-sig", "replace")
    good = len(text.encode("ascii", "ignore")) - len(text)
    bad = len(_REPLACED.findall(text))
    return text if -good - text.count("\ufffd") > 8 * bad else None


# What was written in a language before UTF-8, by those who still do it and say that it is UTF-8.
_USUAL = {
    **dict.fromkeys(("he", "yi"), "cp1255"),
    **dict.fromkeys(("ru", "uk", "be", "bg", "sr", "mk"), "cp1251"),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "ro", "hr", "sl", "sq"), "cp1250"),
    **dict.fromkeys(("lt", "lv", "et"), "cp1257"),
    **dict.fromkeys(("ar", "fa", "ur"), "cp1256"),
    "el": "cp1253",
    "tr": "cp1254",
    "az": "cp1254",
    "vi": "cp1258",
    "th": "cp874",
    "ja": "cp932",
    "zh": "gb18030",
    "ko": "cp949",
    **dict.fromkeys(
        [
            "en",
            "de",
            "fr",
            "es",
            "it",
            "pt",
            "nl",
            "sv",
            "da",
            "nb",
            "no",
            "fi",
            "is",
            "ca",
            "eu",
            "gl",
            "ga",
            "id",
        ],
        "cp1252",
    ),
}
_SINGLE = re.compile(
    r"(?:us-)?ascii|iso-?8859|windows-?12|cp-?12|latin|macintosh|koi8|x-cp12|utf-?8|uft-?8", re.IGNORECASE
)

_SURROGATES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_REPLACED = re.compile("\ufffd+")


def mended(content: bytes, claimed: str, language: str) -> tuple[bytes, str] | None:
    """Return *content* in UTF-8 with a sentence on what was done; None where it is best left to what it says.

    *claimed* is the charset that a feed or its server names, "" for none. Text that is UTF-8 but for a few places is
    UTF-8 with U+FFFD in these, whatever it says of itself; where hardly anything is, the charset is the usual one of
    its *language*, or windows-1252.
    """
    if (
        content.isascii()
        or (claimed and not _SINGLE.match(claimed.strip()))
        or content.startswith((b"\xff\xfe", b"\xfe\xff"))
    ):
        return None
    utf8 = not claimed or "utf" in claimed.lower() or "uft" in claimed.lower()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _guessed(content, language, utf8=utf8)
    if utf8:
        return None
    return content, f"the encoding is UTF-8, although the feed says {claimed}: read as UTF-8"


def _guessed(content: bytes, language: str, *, utf8: bool) -> tuple[bytes, str] | None:
    content = _SURROGATES.sub(_paired, content)
    text = content.decode("utf-8", "replace")
    own = content.count("\ufffd".encode())
    good = sum(1 for mark in text if mark > "\x7f" and mark != "\ufffd")
    if good and good >= text.count("\ufffd") - own:
        bad = len(_REPLACED.findall(text)) - own
        places = "1 place is no UTF-8 and is" if bad == 1 else f"{bad} places are no UTF-8 and are"
        said = (
            f"the encoding is damaged: {places} shown as \ufffd" if bad > 0 else "the encoding was repaired"
        )
        return text.encode("utf-8"), said
    name = _USUAL.get(language.split("-", maxsplit=1)[0].lower(), "") if utf8 else ""
    guess = decoded(content, name) if name else None
    if guess is None or guess.count("\ufffd") > len(guess) // 50:
        return None
    return guess.encode("utf-8"), f"the encoding is not UTF-8, as the feed says: read as {name}"


def _paired(found: "re.Match[bytes]") -> bytes:
    """Return a character whose UTF-16 halves were each written in UTF-8 (CESU-8) as one."""
    halves = found[0].decode("utf-8", "surrogatepass")
    return halves.encode("utf-16", "surrogatepass").decode("utf-16").encode("utf-8")
