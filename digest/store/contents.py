"""What a version of an article holds: a draft as the row that is stored, merged with what was known."""

from collections.abc import Mapping

from digest.articles import urls
from digest.articles.clean import Draft

CONTENT = ("title", "dek", "byline", "body", "picture")  # a change in one of these is a new version


def merged(stored: Mapping[str, object], draft: Draft, *, leads: bool) -> dict[str, object]:
    """Return the version's texts: the leading source's where it has them, else what is known already."""
    ours = columns_of(draft)
    merged = {}
    for name, value in ours.items():
        first, second = (value, stored[name]) if leads else (stored[name], value)
        merged[name] = first or second
    return merged


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
