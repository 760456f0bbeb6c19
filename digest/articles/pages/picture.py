"""The picture that leads a page's article, with its alternative text, its caption and its credit."""

import re
from dataclasses import dataclass

from digest.articles import lead, urls
from digest.articles.pages.lines import Line, Outline, Picture, holds, word_list
from digest.articles.pages.linked import Linked, string
from digest.articles.pages.metas import Metas
from digest.articles.text import cut, plain

_DEFAULT = re.compile(
    r"logo|default|fallback|placeholder|blank|spacer|sprite|icon|qr-?code|pixel\.|1x1|avatar|"
    r"gravatar|share[-_]?(?:img|image|pic)|og[-_]?image\.|social[-_]?(?:card|share)|\.svg(?:$|"
    r"\?)",
    re.IGNORECASE,
)
_CREDITED = word_list("credit copyright source photographer byline attribution rights owner autor author")
_CAPTIONED = ("caption", "legend", "bildunterschrift", "imgdesc", "photo-desc", "descr")
_PHOTO = re.compile(
    r"\s*(?:\||–|—|-|/|\(|\[)?\s*\b(?:photo|photograph|picture|image|foto|bild|credit|crédit|"
    r"crédits|photo credit|צילום|תמונה|تصوير|الصورة|写真|撮影|图片来源|图|사진)\b\s*"
    r"(?:by|credit|de|von)?\s*[:：]\s*(?P<credit>[^|]{2,160}?)\s*[)\]]?\.?\s*$",
    re.IGNORECASE,
)
_AGENCY = re.compile(
    r"\b(?:AP|AFP|Reuters|Getty(?: Images)?|EPA|dpa|ANSA|EFE|Xinhua|Pool Photo|Keystone|Alamy|"
    r"Shutterstock|iStock|Imago|Flash ?90|TASS|Kyodo)\b|©|/",
)
_SMALLEST = 200


@dataclass(frozen=True, slots=True)
class Lead:
    """A page's lead picture; all empty where it has none."""

    url: str = ""
    alt: str = ""
    caption: str = ""
    credit: str = ""


def picture(linked: Linked, metas: Metas, outline: Outline, url: str, title: str) -> Lead:
    """Return the lead picture: the one for sharing, then that of the page's data, then the first large one shown."""
    shared = metas.first(
        "og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"
    )
    shared = metas.first("og:image") or shared
    offered = [
        shared,
        linked.image(),
        metas.first("thumbnail", "image", "thumbnailurl", "parsely-image-url", "sailthru.image.full"),
    ]
    chosen = next((one for one in offered if one and not _DEFAULT.search(one.split("?")[0])), "")
    shown = _shown(outline)
    address = urls.absolute(chosen, url) if chosen else ""
    if not address and shown is not None:
        address = urls.absolute(_source(shown), url)
    if not address:
        address = urls.absolute(next((one for one in offered if one), ""), url) if any(offered) else ""
    if not address:
        return Lead()
    caption, credit = _words(linked, outline, shown, address)
    alt = plain(metas.first("og:image:alt", "twitter:image:alt")) or (
        plain(shown.attributes.get("alt", "")) if shown else ""
    )
    return Lead(address, cut(alt, 250), cut("" if caption == title else caption, 400), cut(credit, 160))


def _shown(outline: Outline) -> Picture | None:
    """Return the first large picture of the article: near the headline or behind it."""
    first = max(0, outline.heading - 6)
    for one in outline.pictures:
        if one.apart or one.line < first:
            continue
        address = _source(one)
        width, height = (_pixels(one.attributes.get(name, "")) for name in ("width", "height"))
        small = (width or _SMALLEST) < _SMALLEST or (height or 100) < 100
        if address and not small and not _DEFAULT.search(address) and not _DEFAULT.search(one.names[-80:]):
            return one
    return None


def _source(one: Picture) -> str:
    found = lead.source(one.attributes)
    return found if not found.startswith("data:") else ""


def _pixels(text: str) -> int:
    found = re.match(r"\s*(\d{1,5})", text)
    return int(found[1]) if found else 0


def _words(linked: Linked, outline: Outline, shown: Picture | None, address: str) -> tuple[str, str]:
    """Return caption and credit: those of the page's data, then the lines behind the picture."""
    for thing in linked.images():
        caption = plain(string(thing.get("caption")) or string(thing.get("description")))
        credit = plain(
            string(thing.get("creditText"))
            or _name(thing.get("creator"))
            or string(thing.get("copyrightNotice"))
            or _name(thing.get("author"))
        )
        if caption or credit:
            return split(caption, credit)
    start = shown.line if shown is not None else max(outline.heading, 0) + 1
    caption = credit = ""
    for line in outline.lines[start : start + (6 if shown is not None else 15)]:
        if line.apart > 2 or len(line.text) > 600:
            continue
        if _is_credit(line) and not credit:
            credit = line.text
        elif (
            line.tag == "figcaption" or holds(line.names[-80:], _CAPTIONED) or _PHOTO.search(line.text)
        ) and not caption:
            caption = line.text
    return split(caption, credit)


def _is_credit(line: Line) -> bool:
    short = len(line.text) <= 120
    return short and (
        holds(line.names[-60:], _CREDITED)
        and (line.tag in {"figcaption", "figure"} or "image" in line.names or "photo" in line.names)
    )


def split(caption: str, credit: str) -> tuple[str, str]:
    """Return caption and credit, the one that ends the other taken apart: "... | Photo: A. Name/Pool Photo via AP"."""
    found = _PHOTO.search(caption)
    if found:
        caption, credit = caption[: found.start()].rstrip(" |(–—-"), credit or found["credit"]
    if credit and caption.endswith(credit):
        caption = caption[: -len(credit)].rstrip(" |(–—-:©")
    mark = _PHOTO.search(f" {credit}")
    credit = mark["credit"] if mark else credit
    return caption, credit.strip(" .|()[]")


def _name(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return string(value.get("name")) if isinstance(value, dict) else string(value)
