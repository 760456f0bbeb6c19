"""Markup and raw text to clean plain text: one door for everything that a publisher wrote."""

import html
import re
import unicodedata

import nh3

# XML 1.0 forbids these, and mail clients choke on them: C0 and C1 controls, surrogates, noncharacters.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\ufff9-\ufffb"
    + "".join(chr(plane * 0x10000 + tail) for plane in range(1, 17) for tail in (0xFFFE, 0xFFFF))
    + "]"
)
_HALVES = re.compile("[\ud800-\udfff]")
# Embeddings, overrides and isolates can turn the rest of a mail around; the plain marks (LRM, RLM) cannot.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u206a-\u206f]")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_BINDING = frozenset("\u200d\ufe0e\ufe0f\u20e3")  # joiner, variation selectors, keycap
_BLOCK = re.compile(
    r"<(?=/?(?:p|div|br|li|ul|ol|h[1-6]|tr|td|th|table|blockquote|section|article|figure|figcaption|hr|dd|dt)\b)",
    re.IGNORECASE,
)
_INLINE = re.compile(
    r"</?(?:b|i|em|strong|span|a|sub|sup|br|p|font|u|small|mark|cite|q|abbr)(?:\s[^<>]{0,500})?/?>",
    re.IGNORECASE,
)
_SILENT = {"script", "style", "template", "svg", "math", "figcaption"}
# Taken off before parsing: left open, each of these would swallow all the text behind it.
_FRAME = re.compile(
    r"</?(?:iframe|object|embed|noscript|form|noembed|noframes|plaintext|xmp)\b[^<>]*>", re.IGNORECASE
)
_PARAGRAPH = re.compile(
    r"</(?:p|div|h[1-6]|blockquote|li|figure|table)\s*>|<br\s*/?>\s*<br\s*/?>", re.IGNORECASE
)


def whole(text: str) -> str:
    """Return *text* without lone halves of a character: JSON can spell them, and nothing can store or mail them."""
    return text if text.isascii() else _HALVES.sub("", text)


def safe(text: str) -> str:
    """Return *text* in NFC, without forbidden, invisible and direction-turning characters."""
    text = _LINE_ENDS.sub("\n", text)
    text = _INVISIBLE.sub("", _BIDI.sub("", _FORBIDDEN.sub("", text)))
    return unicodedata.normalize("NFC", text)


def line(text: str) -> str:
    """Return plain *text* as one safe line: no line breaks, no runs of blanks."""
    return " ".join(safe(text).split())


_VOID = "p|br|li|img|hr|wbr|div|ul|ol|h[1-6]|tr|td|table|blockquote|figure|input|source|!--|!\\[CDATA\\["
_PAIRED = (
    "a|abbr|article|aside|audio|b|big|center|cite|code|del|dd|dl|dt|em|embed|figcaption|font|footer|form|header|i|iframe|ins|kbd|"
    "label|link|main|mark|math|meta|nav|noembed|noframes|noscript|object|param|picture|plaintext|pre|q|s|samp|script|section|select|option|button|"
    "small|span|strike|strong|style|sub|sup|svg|template|tbody|textarea|tfoot|thead|th|time|title|tt|u|var|video|xmp|"
    "html|head|body|caption|col|colgroup|details|summary|dfn|area|map|marquee|nobr|o:p|base|canvas|ruby|rt|rp|rb|track|bdi|bdo|address|acronym|g-emoji|path|g|rect|circle"
)
_TAG = re.compile(rf"</?(?:{_VOID}|{_PAIRED})(?=[\s/>])|<(?:!--|!\[CDATA\[|!doctype|\?)", re.IGNORECASE)
_ANGLE = re.compile("<")
_ENTITY = re.compile(
    r"&(?:#[0-9]{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[A-Za-z][A-Za-z0-9]{1,30};|(?:amp|lt|gt|quot|nbsp)(?![A-Za-z0-9=]))"
)
_PAIR = re.compile(
    r"<(b|i|em|strong|span|sub|sup|u|a|p|small|font|cite|q|mark)(?:\s[^<>]*)?>.*?</\1\s*>|<(br)\s*/?>",
    re.IGNORECASE | re.DOTALL,
)


_LONE = re.compile(rf"<({_PAIRED})>", re.IGNORECASE)


def unescaped(text: str) -> str:
    """Return *text* with its entities decoded; what has no semicolon is none ("AT&T", "?a=1&region=eu")."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def escaped(text: str) -> str:
    """Return plain *text* as markup that reads the same: "Use <b> for bold" keeps its letters.

    Entities, and inline tags in pairs, are undone even there: publishers escape once too often so commonly.
    """
    text = unescaped(text)
    if "<" in text and not _PAIR.search(text):
        text = text.replace("&", "&amp;").replace("<", "&lt;")
    return text


def _tags_only(markup: str) -> str:
    """Return *markup* with each "<" escaped that begins no tag of HTML: "<under pressure", "a <3"."""
    return _ANGLE.sub(
        lambda found: (
            "<"
            if _TAG.match(markup, found.start()) and ">" in markup[found.start() : found.start() + 20_000]
            else "&lt;"
        ),
        markup,
    )


def bare(markup: str, *, silent: frozenset[str] | set[str] = frozenset(_SILENT)) -> str:
    """Return *markup* as text, blocks parted by blanks; entities are decoded, {{ }} and the like are kept."""
    if "<" in markup:
        markup = _tags_only(whole(markup))
        markup = _BLOCK.sub(" <", _FRAME.sub(" ", markup))
        markup = nh3.clean(markup, tags=set(), clean_content_tags=set(silent))
    return unescaped(markup)


def plain(markup: str) -> str:
    """Return *markup* as one safe line of text.

    Feeds escape once too often so commonly that a second layer of entities and of inline tags is undone.
    """
    text = unescaped(bare(markup))
    return line(_INLINE.sub(" ", text) if "<" in text and _PAIR.search(text) else text)


def title(markup: str) -> str:
    """Return a headline as one safe line of text; a tag that nothing closes is a word of it: "How <video> won"."""
    closed = {name.lower() for name in re.findall(r"</([A-Za-z][A-Za-z0-9]*)", markup)}
    return plain(
        _LONE.sub(lambda found: found[0] if found[1].lower() in closed else f"&lt;{found[1]}&gt;", markup)
    )


def first_paragraph(markup: str) -> str:
    """Return the text of the first paragraph in *markup* that holds more than a few words."""
    for part in _PARAGRAPH.split(markup[:20_000]):
        text = plain(part)
        if len(text) > 40:
            return text
    return plain(markup[:20_000])


def cut(text: str, most: int) -> str:
    """Return *text* in at most *most* characters, ended on a word with an ellipsis when it was longer."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    at = head.rfind(" ")
    head = head[:at] if at > most // 2 else head
    while head and _inside_a_character(text, len(head)):
        head = head[:-1]
    return head.rstrip(" ,;:–—-·") + "…"


def _inside_a_character(text: str, at: int) -> bool:
    """Return whether what is seen as one character would be cut at *at*: a letter and its marks, a flag, a family."""
    mark, before = text[at], text[at - 1]
    if (
        unicodedata.combining(mark)
        or mark in _BINDING
        or before == "\u200d"
        or "\U0001f3fb" <= mark <= "\U0001f3ff"
    ):
        return True
    flags = 0
    while flags < at and "\U0001f1e6" <= text[at - 1 - flags] <= "\U0001f1ff":
        flags += 1
    return "\U0001f1e6" <= mark <= "\U0001f1ff" and flags % 2 == 1


def cut_sentence(text: str, most: int) -> str:
    """Return *text* in at most *most* characters, ended after a sentence where one ends late enough."""
    if len(text) <= most:
        return text
    ends = [found.end() for found in re.finditer(r"[.!?。؟।](?=[\s\"'”’)]|$)[\"'”’)]*", text[:most])]
    return text[: ends[-1]] if ends and ends[-1] > most // 3 else cut(text, most)
