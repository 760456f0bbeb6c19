"""Bytes of mails as text: by the charset they name, by the marks they carry, and at the worst letter by letter."""

import binascii
import codecs
import html
import re

LONGEST_WORDS = 2_000  # of a header that are decoded

# Only codecs that take time in proportion to the length, and make text of bytes: not idna, punycode, zlib.
_CODEC = re.compile(
    r"(?:ascii|iso|utf_?-?(?:8|16|32)|cp\d|windows|koi8|gb|big5|euc|shift|hz|johab|mac|tis|viscii|hp-roman)",
    re.I,
)
_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "utf8": "utf-8",
}
_ENCODED = re.compile(r"=\?([\w.:+-]{1,40})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?\s]{0,400})\?=")
_BETWEEN = re.compile(r"(\?=)\s{1,20}(=\?)")
_SKIPPED = re.compile(r"<(script|style|head|title)\b.*?</\1\s*>|<!--.*?-->", re.I | re.S)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d|p|hr|/table|/pre|/blockquote)\b[^<>]{0,500}>", re.I)
_TAG = re.compile(r"<[!/a-zA-Z][^<>]{0,2000}>")
_ADDRESS_TAG = re.compile(r"<([^<>\s\"'=]{1,250}@[^<>\s\"'=]{1,250})>")


def decoded(data: bytes, charset: str = "") -> str:
    """Return *data* as text; what does not fit *charset* is tried as UTF-8, then read letter by letter."""
    named = charset.strip().strip("\"'").lower()
    if b"\x1b$" in data and not named.startswith("iso-2022"):
        named = "iso-2022-jp"
    elif named in ("", "us-ascii", "ascii"):
        named = "utf-8"
    if _CODEC.match(named := _ALIASES.get(named, named)):
        try:
            return codecs.decode(data, named, "strict" if named == "utf-8" else "replace")
        except (LookupError, ValueError):
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def header_text(value: str) -> str:
    """Return a header's *value* with its encoded words decoded (RFC 2047)."""
    if "=?" not in value and "\x1b$" not in value:
        return value
    if "\x1b$" in value:
        return decoded(value.encode("latin-1", "replace")[:LONGEST_WORDS])
    return _ENCODED.sub(_word, _BETWEEN.sub(r"\1\2", value[:LONGEST_WORDS]))


def _word(found: "re.Match[str]") -> str:
    letters = found[3].encode("ascii", "replace")
    try:
        if found[2] in "bB":
            return decoded(binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)), found[1])
        return decoded(binascii.a2b_qp(letters, header=True), found[1])
    except binascii.Error:
        return found[0]


def plain_of_html(page: str) -> str:
    """Return the words of *page* on their lines; an address in angle brackets is no tag."""
    page = _ADDRESS_TAG.sub(r"&lt;\1&gt;", _SKIPPED.sub(" ", page))
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", page))).replace("\xa0", " ")
