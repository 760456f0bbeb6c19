"""The stories: there is one at least, each leads somewhere, none stands twice."""

from collections import Counter
from collections.abc import Iterator

from digest.editions.preflight import Finding, Proof

OWNER = "editor"
GOOD = "Every story has a headline, a place of its own and a web address."


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for an empty edition, and for each story that is not fit to print."""
    stories = proof.edition.stories
    if not stories:
        yield Finding("stop", "the edition has no stories.")
    twice = Counter(placed.article.id for placed in stories)
    for placed in stories:
        article = placed.article
        if not placed.title.strip():
            yield Finding("stop", "a story has no headline.", "Write one, or drop it.", article.id)
        if not article.url.lower().startswith(("http://", "https://")):
            yield Finding("stop", f"“{placed.title}” has no web address.", "Drop it.", article.id)
        if twice.pop(article.id, 0) > 1:
            yield Finding("stop", f"“{placed.title}” stands in the edition twice.", "Drop one.", article.id)
