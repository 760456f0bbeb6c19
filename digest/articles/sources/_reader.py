"""feedparser, which reads nearly every feed as it is; the few it stumbles over are mended and read once more.

It raises for what it should take in its stride: a backslash in an entity, a character reference beyond Unicode,
a coordinate system that is no number, a charset that is none. One such spot must not cost a newsroom the feed.
"""

import codecs
import io
import re

import feedparser

from digest.articles import charsets
from digest.errors import ParseError

_DECLARED = re.compile(r"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"'>]{1,40})["'][^>]{0,200}>""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^"';\s]{1,40})""", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]{0,1000}(?:\[.{0,50000}?\]\s{0,100})?>", re.DOTALL | re.IGNORECASE)
_PLACES = re.compile(r"</?(?:georss|gml):[^<>]{0,1000}>", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def parsed(content: bytes, content_type: str, url: str) -> feedparser.FeedParserDict:
    """Return what feedparser finds in *content*; raise ParseError where it cannot be had, mended or not.

    Its links come as they are written, but for `xml:base`: feedparser knows no base but the feed's own address.
    """
    mended = "application/xml; charset=utf-8"
    for data, said in ((content, content_type or "application/xml"), (b"", mended)):
        try:
            # Given bytes or a name, feedparser would try to open a file or an address of that name.
            return feedparser.parse(
                io.BytesIO(data or _mended(content, content_type)),
                response_headers={"content-type": said},
                sanitize_html=False,
                resolve_relative_uris=False,
            )
        except MemoryError:
            raise
        except Exception as problem:
            fault = problem
    raise ParseError(f"is so malformed that it cannot be read: {type(fault).__name__}", where=url) from None


def _mended(content: bytes, content_type: str) -> bytes:
    """Return a feed in UTF-8 without what its reader stumbles over: references, own entities, places on a map."""
    text = _DECLARED.sub("", _text(content, content_type), count=1)
    text = _PLACES.sub("", _DOCTYPE.sub("", text, count=1))
    return _REFERENCE.sub(_referred, text).encode("utf-8", "replace")


def _text(content: bytes, content_type: str) -> str:
    named = _DECLARED.search(content[:500].decode("latin-1"))
    header = _CHARSET.search(content_type)
    marked = next((name for mark, name in _BOMS if content.startswith(mark)), "")
    for name in (marked, header[1] if header else "", named[1] if named else ""):
        if name and (text := charsets.decoded(content, name)) is not None:
            return text
    return content.decode("utf-8", "replace")


def _referred(found: "re.Match[str]") -> str:
    """Return a character reference as it is; U+FFFD for one that names no character of XML (XML 1.0, 2.2)."""
    digits, base = (found[1], 16) if found[1] else (found[2], 10)
    number = int(digits, base) if len(digits) < 10 else 0
    good = (
        number in (9, 10, 13)
        or 32 <= number < 0xD800
        or 0xE000 <= number < 0xFFFE
        or 0x10000 <= number < 0x110000
    )
    return f"&#{number};" if good else "\ufffd"
