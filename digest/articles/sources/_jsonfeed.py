"""JSON Feed, versions 1 and 1.1 (jsonfeed.org/version/1.1)."""

from datetime import tzinfo

from digest.articles import dates
from digest.articles.reading import Document
from digest.articles.text import whole
from digest.errors import ParseError
from digest.model import Item, Media

MOST_ITEMS = 2_000
_LONGEST_TEXT = 200_000


def parse(data: object, url: str, own: dict[str, tzinfo]) -> Document:
    """Return the feed in *data*, an already decoded JSON value; raise ParseError if it is none."""
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise ParseError("is JSON, but no JSON Feed: it has no list of items", where=url)
    entries = [entry for entry in data["items"] if isinstance(entry, dict)]
    odd = len(data["items"]) - len(entries)
    feed_author = _names(data)
    return Document(
        title=_text(data, "title"),
        link=_text(data, "home_page_url"),
        language=_text(data, "language"),
        encoding="utf-8",
        form="json",
        items=tuple(item(entry, place, own, feed_author) for place, entry in enumerate(entries[:MOST_ITEMS])),
        problems=(f"{odd} of its items are no objects and were left out",) if odd else (),
    )


def item(entry: dict[str, object], place: int, own: dict[str, tzinfo], feed_author: str = "") -> Item:
    """Return one JSON Feed item as an Item. What has the wrong type counts as missing."""
    tags = entry.get("tags")
    published = dates.moment(_text(entry, "date_published"), own)
    modified = dates.moment(_text(entry, "date_modified"), own)
    return Item(
        guid=_identity(entry.get("id")),
        url=_text(entry, "url") or _text(entry, "external_url"),
        title=_text(entry, "title"),
        summary=_text(entry, "summary"),
        content=_text(entry, "content_html") or _escaped(_text(entry, "content_text")),
        byline=_names(entry) or feed_author,
        published=published or modified,
        modified=modified,
        categories=tuple(whole(tag) for tag in tags if isinstance(tag, str))
        if isinstance(tags, list)
        else (),
        media=_media(entry),
        language=_text(entry, "language"),
        position=place,
    )


def _media(entry: dict[str, object]) -> tuple[Media, ...]:
    found = [Media(url=address) for name in ("image", "banner_image") if (address := _text(entry, name))]
    attached = entry.get("attachments")
    found += [
        Media(url=_text(part, "url"), caption=_text(part, "title"))
        for part in (attached if isinstance(attached, list) else [])
        if isinstance(part, dict) and _text(part, "mime_type").startswith("image/")
    ]
    return tuple(media for media in found if media.url)


def _names(holder: dict[str, object]) -> str:
    several = holder.get("authors")
    authors = several if isinstance(several, list) else [holder.get("author")]
    names = [_text(author, "name") for author in authors if isinstance(author, dict)]
    return ", ".join(dict.fromkeys(name for name in names if name))


def _text(holder: dict[str, object], name: str) -> str:
    value = holder.get(name)
    return whole(value[:_LONGEST_TEXT]) if isinstance(value, str) else ""


def _identity(value: object) -> str:
    # Version 1.1 wants a string, but says that numbers in the wild are to be read as one.
    return (
        whole(str(value)[:2000])
        if isinstance(value, str | int | float) and not isinstance(value, bool)
        else ""
    )


def _escaped(text: str) -> str:
    """Return plain *text* as markup, so that what follows can treat all content alike."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
