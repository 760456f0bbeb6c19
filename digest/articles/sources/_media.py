"""Pictures that a feed's items offer, with caption and credit (Media RSS, enclosures, iTunes).

feedparser reads `media:description` as one more description of the item and keeps credits apart from their
pictures, so the elements of Media RSS are read once more here, in their places.
"""

import re

from feedparser import FeedParserDict
from lxml import etree
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from digest.articles import urls
from digest.model import Media

_ITEMS = frozenset({"item", "entry"})
_MEDIA = "http://search.yahoo.com/mrss"
_ITEM = re.compile(rb"<(item|entry)\b.*?</\1\s*>", re.DOTALL)
_OWN = re.compile(rb"<(?:description|summary)\b[^>]*>\s*(?:<!\[CDATA\[\s*)?[^<\s\]]")
_CAPTION = re.compile(rb"<media:description\b[^>]*?(?:/>|>.*?</media:description\s*>)", re.DOTALL)
_IMAGE_ENDS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")


def by_item(content: bytes, count: int) -> tuple[tuple[Media, ...], ...]:
    """Return the pictures of each of the *count* items; () when the feed has none, or is unclear."""
    if b"search.yahoo.com/mrss" not in content and b"<image" not in content:
        return ()
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return ()
    if root is None:
        return ()
    try:
        items = [node for node in root.iter() if _name(node) in _ITEMS]
        return tuple(_of_item(item) for item in items) if len(items) == count else ()
    except UnicodeDecodeError:  # a recovered name or text is no UTF-8: half of a surrogate pair
        return ()


def undescribed(content: bytes) -> bytes:
    """Return a feed without the captions of pictures in items that have a description of their own.

    feedparser takes the last one in an item for its summary, whatever it describes.
    """
    if b"<media:description" not in content:
        return content
    return _ITEM.sub(lambda item: _CAPTION.sub(b"", item[0]) if _OWN.search(item[0]) else item[0], content)


def of_entry(entry: FeedParserDict) -> tuple[Media, ...]:
    """Return the pictures that feedparser found for *entry*, the largest kinds first."""
    credits = [str(credit.get("content", "")) for credit in entry.get("media_credit", []) if credit]
    found = []
    for part in entry.get("media_content", []):
        kind = str(part.get("type", "")) or str(part.get("medium", ""))
        if kind.startswith("image") or (not kind and _is_image(str(part.get("url", "")))):
            found.append(_media(part, credit=credits[0] if credits else ""))
    for link in entry.get("links", []):
        href = str(link.get("href", ""))
        kind = str(link.get("type", ""))
        if link.get("rel") == "enclosure" and (kind.startswith("image/") or _is_image(href)):
            found.append(Media(url=href))
    found += [_media(part) for part in entry.get("media_thumbnail", [])]
    image = entry.get("image")
    address = (image.get("href") or image.get("url")) if hasattr(image, "get") else image
    if address:
        found.append(Media(url=str(address).strip()))
    return tuple(media for media in found if media.url)


def advertised(page: bytes, url: str) -> str:
    """Return the address of the feed that an HTML *page* names in its head; "" when it names none."""
    try:
        links = LexborHTMLParser(page[:200_000]).css('link[rel~="alternate"]')
    except (SelectolaxError, ValueError):
        return ""
    for link in links:
        kind = (link.attributes.get("type") or "").lower()
        if kind in {"application/rss+xml", "application/atom+xml", "application/feed+json"}:
            return urls.absolute(link.attributes.get("href") or "", url)
    return ""


def _of_item(item: etree._Element) -> tuple[Media, ...]:
    found: list[Media] = []
    thumbnails: list[Media] = []
    loose = {"caption": "", "credit": ""}
    for node in item.iter():
        name = _media_name(node)
        if name == "content" and _offers_image(node):
            found.append(_media(node.attrib, **_words(node)))
        elif name == "thumbnail":
            thumbnails.append(_media(node.attrib))
        elif name in {"description", "credit"} and _media_name(node.getparent()) != "content":
            loose["caption" if name == "description" else "credit"] = _said(node)
    enclosures = [
        Media(url=node.get("url") or node.get("href") or "")
        for node in item.iter()
        if _is_enclosure(node) and ((node.get("type") or "").startswith("image/"))
    ]
    own = [Media(url=address) for node in item if (address := _of_image(node))]
    offered = [*found, *enclosures, *own, *thumbnails]
    return tuple(_filled(media, loose) for media in offered if media.url)


def _of_image(node: etree._Element) -> str:
    """Return the address in an item's own `<image>`, which holds it as text, in a `<url>`, or as an attribute."""
    if _name(node) != "image" or _media_name(node):
        return ""
    inner = next((_said(child) for child in node if _name(child) in {"url", "href"}), "")
    said = node.get("href") or node.get("url") or inner or _said(node)
    return said if said.startswith(("http://", "https://", "/")) else ""


def _filled(media: Media, loose: dict[str, str]) -> Media:
    """Return *media* with the item's own caption and credit where it has none itself."""
    return Media(
        url=media.url,
        alt=media.alt,
        caption=media.caption or loose["caption"],
        credit=media.credit or loose["credit"],
        width=media.width,
        height=media.height,
    )


def _words(node: etree._Element) -> dict[str, str]:
    words = {"caption": "", "credit": "", "alt": ""}
    for child in node:
        name = _media_name(child)
        if name in {"description", "text"}:
            words["caption"] = words["caption"] or _said(child)
        elif name == "credit":
            words["credit"] = words["credit"] or _said(child)
        elif name == "title":
            words["alt"] = words["alt"] or _said(child)
    return words


def _media(
    part: FeedParserDict | etree._Element, *, caption: str = "", credit: str = "", alt: str = ""
) -> Media:
    return Media(
        url=str(part.get("url", "")).strip(),
        alt=alt,
        caption=caption,
        credit=credit,
        width=_size(part.get("width")),
        height=_size(part.get("height")),
    )


def _offers_image(node: etree._Element) -> bool:
    kind = node.get("type") or node.get("medium") or ""
    return kind.startswith("image") or (not kind and _is_image(node.get("url") or ""))


def _is_enclosure(node: etree._Element) -> bool:
    return _name(node) == "enclosure" or (_name(node) == "link" and node.get("rel") == "enclosure")


def _is_image(url: str) -> bool:
    return url.partition("?")[0].lower().endswith(_IMAGE_ENDS)


def _size(text: object) -> int | None:
    head = str(text or "").partition(".")[0].strip()
    return int(head) if head.isascii() and head.isdigit() and 0 < int(head[:6]) < 100_000 else None


def _name(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2] if isinstance(node.tag, str) else ""


def _media_name(node: etree._Element) -> str:
    if node is None or not isinstance(node.tag, str) or not node.tag.startswith(f"{{{_MEDIA}"):
        return ""
    return _name(node)


def _said(node: etree._Element) -> str:
    return "".join(node.itertext()).strip()[:5_000]
