"""Stories that hold so much of a source that words which all its items have may have joined them."""

from collections.abc import Iterator

from digest.editions.preflight import Finding, Proof

OWNER = "editor"
GOOD = "No story holds a third of a source's articles."


def check(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for each story that may be several."""
    for said in proof.facts.lumps:
        yield Finding(
            "warn", said, "Read what it holds; drop it, or choose one article of it, where they are several."
        )
