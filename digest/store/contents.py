"""What a version of an article holds: a draft as the row that is stored, merged with what was known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from digest.articles import urls
from digest.articles.clean import Draft
from digest.model import Media

CONTENT = ("title", "dek", "byline", "body", "picture")  # a change in one of these is a new version


def merged(stored: Mapping[str, object], draft: Draft, *, leads: bool) -> dict[str, object]:
    """Return the version's texts: the leading source's where it has them, else what is known already."""
    ours = columns_of(draft)
    merged = {}
    for name, value in ours.items():
        first, second = (value, stored[name]) if leads else (stored[name], value)
        merged[name] = first or second
    return merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a page says that an article may lack."""

    dek: str = ""
    byline: str = ""
    section: str = ""
    tags: tuple[str, ...] = ()
    picture: Media | None = None
    published: datetime | None = None
    modified: datetime | None = None


def filled(stored: Mapping[str, object], said: Said, *, cut: bool) -> dict[str, object]:
    """Return the version's texts, gaps filled by what its page *said*; a *cut* dek gives way to a whole one."""
    dek = str(stored["dek"])
    whole = said.dek and not said.dek.endswith(("…", "...")) and len(said.dek) > len(dek.rstrip(" .…"))
    return {
        **stored,
        "dek": said.dek if not dek or (cut and whole) else dek,
        "byline": stored["byline"] or said.byline,
        "picture": _pictured(stored["picture"], said.picture),
        "categories": stored["categories"] or ([said.section] if said.section else []),
        "tags": stored["tags"] or list(said.tags),
        "modified": stored["modified"] or said.modified,
    }


def _pictured(stored: object, said: Media | None) -> object:
    """Return the picture that there is, with the words of the page for the same one."""
    if said is None:
        return stored
    ours = {"url": said.url, "alt": said.alt, "caption": said.caption, "credit": said.credit}
    if not isinstance(stored, dict):
        return ours
    same = str(stored["url"]).partition("?")[0] == said.url.partition("?")[0]
    return {name: text or ours[name] for name, text in stored.items()} if same else stored


def columns_of(draft: Draft) -> dict[str, object]:
    """Return what *draft* says, by the columns of a version."""
    picture = draft.picture
    return {
        "title": draft.title,
        "dek": draft.dek,
        "byline": draft.byline,
        "body": draft.body,
        "categories": list(draft.categories),
        "tags": list(draft.tags),
        "modified": draft.modified,
        "picture": {
            "url": picture.url,
            "alt": picture.alt,
            "caption": picture.caption,
            "credit": picture.credit,
        }
        if picture
        else None,
    }


def sha256(row: Mapping[str, object]) -> str:
    """Return the SHA-256 of what makes a version."""
    picture = row["picture"]
    said = sorted(picture.items()) if isinstance(picture, dict) else []
    return urls.digest("\0".join(str(one) for one in (row["title"], row["dek"], row["body"], said)))


def content_key(draft: Draft) -> str:
    """Return the SHA-256 of all that *draft* says, by which a change of its item is noticed."""
    said = columns_of(draft)
    return urls.digest("\0".join(str(said[name]) for name in sorted(said)))
