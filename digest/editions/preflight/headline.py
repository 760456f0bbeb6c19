"""The sources: no headline was changed, and no article taken away, since the draft was made."""

from collections.abc import Iterator

from digest.editions.preflight import RUN, Finding, Proof

OWNER = "editor"
GOOD = "The headlines are still those of the sources."


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for each placed article that is gone at its publisher's (stop) or retitled (warn)."""
    changes = {change.article: change for change in proof.facts.changes}
    for placed in proof.edition.stories:
        change = changes.get(placed.article.id)
        if change is None:
            continue
        if not change.title:
            what = f"“{placed.title}” was taken away by its publisher."
            yield Finding("stop", what, "Drop it, or choose another lead article.", placed.article.id)
        elif change.title != placed.title:
            what = f"“{placed.title}” has a new headline at its source: “{change.title}”."
            yield Finding(
                "warn", what, "Take the new one, or keep yours.", placed.article.id, offer=change.title
            )
    unseen = sum(placed.article.id in proof.facts.unseen for placed in proof.edition.stories)
    if unseen:
        what = f"Not looked at yet: the sources of {unseen} of {len(proof.edition.stories)} stories."
        yield Finding("warn", what, RUN, unrun=True)
