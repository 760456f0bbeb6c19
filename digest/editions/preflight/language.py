"""The language of each story: one in another language than the newsletter's may have slipped in."""

from collections.abc import Iterator

from digest.editions.preflight import Finding, Proof

OWNER = "editor"
GOOD = "Every story is in the newsletter's language."


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for each placed story in another language; regions ("en-GB", "en-US") do not count."""
    wanted = _base(proof.newsletter.language)
    for placed in proof.edition.stories:
        found = _base(placed.article.language)
        if found and found != wanted:
            what = f"“{placed.title}” is in another language ({found}) than the newsletter ({wanted})."
            do = "Drop it, or leave it where your readers expect it; its source's `language` may be set wrongly."
            yield Finding("warn", what, do, placed.article.id)


def _base(tag: str) -> str:
    return tag.replace("_", "-").split("-")[0].lower()
