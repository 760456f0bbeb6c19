"""A source's items as drafts of articles, without the names that the outlet gives itself around headlines. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from digest.articles import clean, labels, urls
from digest.articles.reading import Document
from digest.config.schema import Source


def drafts(document: Document, source: Source, url: str) -> list[clean.Draft]:
    """Return the items of *document*, read from *url*, as drafts, without the names that the outlet gives itself."""
    base = document.link or url
    made = (clean.draft(item, source, base=base, feed_language=document.language) for item in document.items)
    names = labels.names_of(source.outlet, document.title, urls.host(base))
    return [_named(draft, names) for draft in made if draft is not None]


def _named(draft: clean.Draft, names: Sequence[str]) -> clean.Draft:
    title, marks = labels.told(draft.title, names)
    return replace(draft, title=title, tags=tuple(dict.fromkeys((*marks, *draft.tags))))
