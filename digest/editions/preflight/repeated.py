"""The memory: a story that an earlier edition brought comes back only as an update."""

from collections.abc import Iterator

from digest.editions.preflight import Finding, Proof

OWNER = "editor"
GOOD = "No story is repeated from an earlier edition."


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for each story that readers have had and that is not marked as an update."""
    for placed in proof.edition.stories:
        had = [
            proof.facts.carried[one]
            for one in dict.fromkeys((placed.article.id, *placed.members))
            if one in proof.facts.carried
        ]
        if had and not placed.update:
            last = max(had, key=lambda appearance: appearance.date)
            what = f"“{placed.title}” was in the edition of {last.date:%d %B %Y}"
            what += f" as “{last.title}”." if last.title != placed.title else "."
            yield Finding("warn", what, "Drop it, or say in its headline what is new.", placed.article.id)
