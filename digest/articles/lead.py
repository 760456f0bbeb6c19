"""Which of the pictures that an item offers leads the article, with its alt text, caption and credit."""

import re
from dataclasses import replace
from html import unescape

from digest.articles import urls
from digest.articles.text import cut, plain
from digest.model import Item, Media

SMALLEST = 200  # pixels across: below that it is a stamp, not a lead picture
_IMG = re.compile(r"<img\b([^>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_CAPTION = re.compile(r"<figcaption\b[^>]{0,500}>(.{1,4000}?)</figcaption", re.IGNORECASE | re.DOTALL)
_CREDIT = re.compile(
    r"\s*[|(\[–—/-]*\s*\b(?:Photo(?:graph)?(?:\s+(?:by|credit))?|Picture|Image|Credit|Source|Illustration|צילום|תמונה)"
    r"\s*(?:(?:by)?\s*:|(?<=by)\s)\s*(?:Photo:\s*)?([^|()\[\]]{2,160}?)\s*[)\]]?\.?\s*$",
    re.IGNORECASE,
)
# Counters, avatars, emoji and share buttons: pictures that tell nothing.
_NOISE = re.compile(
    r"feedburner|doubleclick|pixel|gravatar\.com|s\.w\.org/images|/emoji/|/smilies/|share[-_]?(?:icon|button)"
    r"|feeds\.wordpress\.com|stats\.|/spacer|1x1|blank\.gif|amazon-adsystem|scorecardresearch|\.svg(?:\?|$)",
    re.IGNORECASE,
)


def picture(item: Item, base: str) -> Media | None:
    """Return the lead picture of *item*, its address absolute and its words clean; None when it has none.

    The feed's own media come first, the widest of them at that; then the first picture in the text.
    """
    offered = [media for media in item.media if _fit(media)]
    wide = [media for media in offered if (media.width or SMALLEST) >= SMALLEST]
    inside = _inside(item.content) or _inside(item.summary)
    ranked = sorted(wide, key=lambda media: -(media.width or 0)) or ([inside] if inside else offered)
    for media in ranked:
        address = urls.absolute(unescape(media.url), base)
        if address:
            return _worded(replace(media, url=address), inside)
    return None


def split_credit(caption: str) -> tuple[str, str]:
    """Return *caption* without the credit that ends it, and that credit: "... | Photo: A. Name/AP"."""
    found = _CREDIT.search(caption)
    if not found:
        return caption, ""
    return caption[: found.start()].rstrip(" |(–—-"), found[1].strip(" .")


def _worded(media: Media, inside: Media | None) -> Media:
    if inside and not (media.caption or media.alt):
        media = replace(media, alt=inside.alt, caption=inside.caption, credit=media.credit or inside.credit)
    caption, credit = split_credit(plain(media.caption[:5_000]))
    said = re.sub(r"^(?:credit|photo)\s*:\s*", "", plain(media.credit[:1_000]), flags=re.IGNORECASE)
    return replace(
        media,
        alt=cut(plain(media.alt[:2_000]), 250),
        caption=cut(caption, 400),
        credit=cut(said or credit, 160),
    )


def _inside(markup: str) -> Media | None:
    """Return the first telling picture in *markup* with the caption that follows it."""
    for found in _IMG.finditer(markup[:100_000]):
        attributes = {
            name.lower(): unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(found[1])
        }
        media = Media(
            url=_source(attributes),
            alt=attributes.get("alt", ""),
            width=_pixels(attributes.get("width", "")),
            height=_pixels(attributes.get("height", "")),
        )
        if media.url and _fit(media) and (media.width or SMALLEST) >= SMALLEST:
            caption = _CAPTION.search(markup, found.end(), found.end() + 5_000)
            return replace(media, caption=caption[1] if caption else "")
    return None


def _source(attributes: dict[str, str]) -> str:
    """Return the picture's address; pages that load late keep it in a data attribute."""
    for name in ("src", "data-src", "data-lazy-src", "data-original"):
        if attributes.get(name, "data:").strip()[:5] != "data:":
            return attributes[name].strip()
    return ""


def _fit(media: Media) -> bool:
    small = (media.width or 100) < 50 or (media.height or 100) < 50
    return not small and not media.url.startswith("data:") and not _NOISE.search(media.url)


def _pixels(text: str) -> int | None:
    head = text.strip().removesuffix("px")
    return int(head) if head.isascii() and head.isdigit() and 0 < int(head[:6]) < 100_000 else None
