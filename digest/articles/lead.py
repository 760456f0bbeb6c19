"""Which of the pictures that an item offers leads the article, with its alt text, caption and credit."""

import re
from dataclasses import replace

from digest.articles import urls
from digest.articles.text import cut, plain, unescaped
from digest.model import Item, Media

SMALLEST = 200  # pixels across: below that it is a stamp, not a lead picture
_IMG = re.compile(r"<(?:img|video|amp-img)\b([^>]{1,6000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z][a-zA-Z0-9-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_CAPTION = re.compile(r"<figcaption\b[^>]{0,500}>(.{1,4000}?)</figcaption", re.IGNORECASE | re.DOTALL)
_CREDIT = re.compile(
    r"\s*[|(\[–—/-]*\s*\b(?:Photo(?:graph)?(?:\s+(?:by|credit))?|Picture|Image|Credit|Source|Illustration|צילום|תמונה)"
    r"\s*(?:(?:by)?\s*:|(?<=by)\s)\s*(?:Photo:\s*)?([^|()\[\]]{2,160}?)\s*[)\]]?\.?\s*$",
    re.IGNORECASE,
)
# Counters, avatars, emoji and share buttons: pictures that tell nothing. A name that merely holds such a word is none:
# "google-pixel-9-review.jpg", "baker-681x1024.jpg".
_NOISE = re.compile(
    r"//(?:feeds\.feedburner|[^/]*\.doubleclick|[^/]*gravatar|feeds\.wordpress|stats\.|pixel\.|[^/]*amazon-adsystem|[^/]*scorecardresearch)"
    r"|s\.w\.org/images|/emoji/|/smilies/|share[-_]?(?:icon|button)|/~r/|/~4/"
    r"|/(?:pixel|spacer|blank|transparent|clear|tracker|counter|1x1|1px|count)(?:[-_]?1x1)?(?:\.(?:gif|png|jpe?g|webp))?(?:[?;/]|$)"
    r"|\.svg(?:\?|$)",
    re.IGNORECASE,
)
_STYLED = re.compile(r"(?:^|[;\s])(?:max-)?(width|height)\s*:\s*(\d{1,5})(?:\.\d+)?\s*px", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CANDIDATE = re.compile(r"([^\s,]\S*)(?:\s+([\d.]{1,8})([wx]))?\s*(?:,|$)")
_BEST = 1600  # pixels across: more than a mail shows is only heavier
_LAZY = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-orig-file",
    "data-large-file",
    "data-hi-res-src",
    "data-url",
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
        address = urls.absolute(urls.spelled_out(media.url, base), base)
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
            name.lower(): unescaped(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(found[1])
        }
        style = attributes.get("style", "")
        styled = {name.lower(): text for name, text in _STYLED.findall(style)}
        media = Media(
            url=source(attributes),
            alt=attributes.get("alt", ""),
            width=_pixels(attributes.get("width", "")) or _pixels(styled.get("width", "")),
            height=_pixels(attributes.get("height", "")) or _pixels(styled.get("height", "")),
        )
        if _HIDDEN.search(style) or "hidden" in attributes:
            continue
        if media.url and _fit(media) and (media.width or SMALLEST) >= SMALLEST:
            caption = _CAPTION.search(markup, found.end(), found.end() + 5_000)
            return replace(media, caption=caption[1] if caption else "")
    return None


def source(attributes: dict[str, str]) -> str:
    """Return the picture's address: pages that load late keep it in another attribute, a video has its poster."""
    for name in ("srcset", "data-srcset", "data-lazy-srcset"):
        best = _of_set(attributes.get(name, ""))
        if best:
            return best
    for name in (*_LAZY, "src", "poster"):
        said = attributes.get(name, "data:").strip()
        poster = name != "src" or "poster" not in attributes  # the source of a video is no picture
        if said and poster and not said.startswith("data:"):
            return said
    return ""


def _of_set(srcset: str) -> str:
    """Return the widest picture of a `srcset` that a mail can use, "" where it has none (HTML, 4.8.4.2.1)."""
    found = [
        (address, float(size or 1) * (1 if unit == "w" else 1000))
        for address, size, unit in _CANDIDATE.findall(srcset)
    ]
    usable = [one for one in found if not one[0].startswith("data:")]
    fitting = [one for one in usable if one[1] <= _BEST] or sorted(usable, key=lambda one: one[1])[:1]
    return max(fitting, key=lambda one: one[1], default=("", 0.0))[0].rstrip(",")


def _fit(media: Media) -> bool:
    small = (media.width or 100) < 50 or (media.height or 100) < 50
    return not small and not media.url.startswith("data:") and not _NOISE.search(media.url)


def _pixels(text: str) -> int | None:
    head = text.strip().removesuffix("px")
    return int(head) if head.isascii() and head.isdigit() and 0 < int(head[:6]) < 100_000 else None
