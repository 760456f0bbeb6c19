"""Bytes of a feed before its reader sees them: unpacked, in an encoding that holds, and closer to XML.

What is already right is left as it is, byte for byte.
"""

import re
import zlib
from dataclasses import dataclass

from digest.articles import charsets
from digest.errors import ParseError

MOST_BYTES = 64_000_000
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"'>]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^"';\s]{1,40})""", re.IGNORECASE)
_LANGUAGE = re.compile(
    rb"""<(?:dc:)?language>\s*(?:<!\[CDATA\[)?\s*([A-Za-z]{2,3})\b|<(?:feed|rss)\b[^>]{0,1000}\sxml:lang=["']([A-Za-z]{2,3})\b"""
)
# Sections whose text is taken as it is, and an ampersand or a "<" that begins nothing.
_STRAY = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>|&(?!#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,30};)"
    rb"|<(?![A-Za-z_/!?:])|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]",
    re.DOTALL,
)
_ESCAPED = {b"&": b"&amp;", b"<": b"&lt;"}


@dataclass(frozen=True, slots=True)
class Repaired:
    """A feed's bytes as they are to be read, the content type to read them with, and what was mended, in words."""

    content: bytes
    content_type: str
    problems: tuple[str, ...] = ()


def unpacked(content: bytes, url: str) -> bytes:
    """Return *content*, unpacked where it is gzip that no header named; raise ParseError for damaged or huge ones."""
    if content[:2] != b"\x1f\x8b":
        return content
    stream = zlib.decompressobj(31)
    try:
        found = stream.decompress(content, MOST_BYTES)
    except zlib.error as problem:
        raise ParseError(f"is packed with gzip, and damaged: {problem}", where=url) from None
    if stream.unconsumed_tail:
        raise ParseError(f"is larger than {MOST_BYTES:,} bytes when unpacked", where=url)
    return found


def repaired(content: bytes, content_type: str, language: str = "") -> Repaired:
    """Return the feed in *content* ready to be read; *language* is the newsroom's word for what it is written in."""
    claimed = _claimed(content, content_type)
    found = charsets.mended(content, claimed, language or _language(content))
    problems: tuple[str, ...] = ()
    if found:
        content, said = found
        problems = (said,)
        content = _DECLARED.sub(rb'<?xml version="1.0" encoding="utf-8"', content, count=1)
        content_type = "application/xml; charset=utf-8"
    elif not _bytewise(content, claimed):
        return Repaired(content, content_type)
    return Repaired(_STRAY.sub(_escaped, content), content_type, problems)


def guessed(content: bytes, content_type: str, encoding: str) -> tuple[str, ...]:
    """Return the sentence that a feed of UTF-8 by its own word was read in another *encoding*; () where it was not."""
    claimed = _claimed(content, content_type)
    if encoding.lower() in {"utf-8", "us-ascii", "ascii", ""} or (claimed and "utf-8" not in claimed.lower()):
        return ()
    return (f"the encoding is not UTF-8, as the feed says: read as {encoding}",) if _invalid(content) else ()


def _invalid(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return content[:2] not in {b"\xff\xfe", b"\xfe\xff"}
    return False


def _claimed(content: bytes, content_type: str) -> str:
    """Return the charset that the header names, else the feed itself; "" where neither does."""
    header = _CHARSET.search(content_type)
    named = _DECLARED.match(content[:500].removeprefix(b"\xef\xbb\xbf"))
    return header[1] if header else named[1].decode("latin-1") if named else ""


def _language(content: bytes) -> str:
    found = _LANGUAGE.search(content[:20_000])
    return (found[1] or found[2]).decode("ascii") if found else ""


def _bytewise(content: bytes, claimed: str) -> bool:
    """Return whether an ASCII character is the same byte in this feed: not so in UTF-16 and ISO-2022."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in content[:4]:
        return False
    return not re.match(r"utf-?(?:16|32|7)|iso-?2022|ucs|hz|ebcdic|cp037|ibm", claimed, re.IGNORECASE)


def _escaped(found: "re.Match[bytes]") -> bytes:
    return found[0] if len(found[0]) > 1 else _ESCAPED.get(found[0], b"")
