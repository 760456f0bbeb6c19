"""Bytes to text under a charset that a stranger names: a server's header, a page, a source's settings."""

import codecs

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


def of_page(content: bytes, content_type: str) -> str:
    """Return a page as text: by the header, by its own word, else UTF-8 and at last windows-1252."""
    head = content[:4096].decode("latin-1").lower()
    for place, inside in ((content_type.lower(), False), (head, True)):
        _, found, rest = place.partition("charset=")
        name = rest.lstrip("\"' ").split(">")[0].split(";")[0].split('"')[0].split("'")[0].strip(" /")
        if inside and name.startswith("utf-16"):
            name = "utf-8"  # else that word could not have been read
        if found and name and (text := decoded(content, name)) is not None:
            return text
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
